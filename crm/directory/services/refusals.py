"""What the directory will not do, and what to do instead."""

from crm.directory.models import Organisation
from crm.errors import CrmError
from crm.text import N_


class Nameless(CrmError):
    text = N_("Enter a family name, a given name or an e-mail address.")
    field = "family_name"


class NamelessOrganisation(CrmError):
    text = N_("Enter the organisation’s name.")
    field = "name"


class AlreadyInDirectory(CrmError):
    """`organisation` is the one that is there already; it may lie in the bin."""

    text = N_(
        "“%(name)s” is already in the directory with this number or territory. Open that record instead."
    )

    def __init__(self, organisation: Organisation, field: str | None = None) -> None:
        self.organisation = organisation
        self.field = field
        super().__init__(name=organisation.name)


class ParentCycle(CrmError):
    """`chain` goes up from the parent that was chosen to the organisation itself."""

    text = N_(
        "“%(parent)s” is itself part of “%(name)s” (%(chain)s). Choose an organisation that is not below it."
    )
    field = "parent_name"


class UnknownOrganisation(CrmError):
    text = N_("The directory has no organisation “%(name)s”. Choose one of the proposals, or add it first.")
    field = "organisation_name"


class UnknownPerson(CrmError):
    text = N_("The directory has no “%(name)s”, or several. Choose one of the proposals, or add the person.")
    field = "person_name"


class PersonErased(CrmError):
    text = N_("This person was erased for good: nothing brings back who it was.")


class RoleEndsBeforeItBegins(CrmError):
    text = N_("Enter a last day that comes after the first.")
    field = "ends_on"


class OwnSuccessor(CrmError):
    text = N_("%(person)s cannot take over from themselves. Choose another person.")
    field = "person_name"


class SameRole(CrmError):
    text = N_(
        "%(person)s already has this role at “%(organisation)s” in that time. Change its dates instead."
    )
    field = "function"
