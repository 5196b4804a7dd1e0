"""The rules of the directory. Each takes its author (`by`) and its instant (`at`), and commits nothing."""

from crm.directory.services.organisations import (
    add_organisation,
    change_organisation,
    organisation_chosen,
    organisation_from_territory,
)
from crm.directory.services.people import add_person, change_person
from crm.directory.services.records import bin_record, restore_record, tag_all, untag_all
from crm.directory.services.refusals import (
    AlreadyInDirectory,
    Nameless,
    NamelessOrganisation,
    ParentCycle,
    RoleEndsBeforeItBegins,
    SameRole,
    UnknownOrganisation,
)
from crm.directory.services.roles import change_role, end_role, give_role, make_main

__all__ = [
    "AlreadyInDirectory",
    "Nameless",
    "NamelessOrganisation",
    "ParentCycle",
    "RoleEndsBeforeItBegins",
    "SameRole",
    "UnknownOrganisation",
    "add_organisation",
    "add_person",
    "bin_record",
    "change_organisation",
    "change_person",
    "change_role",
    "end_role",
    "give_role",
    "make_main",
    "organisation_chosen",
    "organisation_from_territory",
    "restore_record",
    "tag_all",
    "untag_all",
]
