"""The rules of the directory. Each takes its author (`by`) and its instant (`at`), and commits nothing."""

from crm.directory.services.hierarchy import check_place
from crm.directory.services.organisations import (
    add_organisation,
    change_organisation,
    facts_of,
    organisation_chosen,
    organisation_from_territory,
)
from crm.directory.services.people import add_person, add_reader, change_person, person_chosen
from crm.directory.services.records import bin_record, hold_people, restore_record
from crm.directory.services.refusals import (
    AlreadyInDirectory,
    Nameless,
    NamelessOrganisation,
    OwnSuccessor,
    ParentCycle,
    PersonErased,
    RoleEndsBeforeItBegins,
    SameRole,
    UnknownOrganisation,
    UnknownPerson,
)
from crm.directory.services.roles import change_role, end_role, give_role, make_main, reopen_role

__all__ = [
    "AlreadyInDirectory",
    "Nameless",
    "NamelessOrganisation",
    "OwnSuccessor",
    "ParentCycle",
    "PersonErased",
    "RoleEndsBeforeItBegins",
    "SameRole",
    "UnknownOrganisation",
    "UnknownPerson",
    "add_organisation",
    "add_person",
    "add_reader",
    "bin_record",
    "change_organisation",
    "change_person",
    "change_role",
    "check_place",
    "end_role",
    "facts_of",
    "give_role",
    "hold_people",
    "make_main",
    "organisation_chosen",
    "organisation_from_territory",
    "person_chosen",
    "reopen_role",
    "restore_record",
]
