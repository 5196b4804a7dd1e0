"""Why something cannot be."""

from crm.errors import CrmError
from crm.text import N_


class EndsBeforeItBegins(CrmError):
    text = N_("The last day comes before the first: check the two days.")
    field = "ends_on"


class NamelessBody(CrmError):
    text = N_("Give the body a name.")
    field = "name"


class NameTaken(CrmError):
    text = N_("There is a body called “%(name)s” already: give this one another name.")
    field = "name"


class SitsAlready(CrmError):
    text = N_("%(person)s already sits in “%(body)s” in that time. End that seat first, or change it.")
    field = "begins_on"


class OutsideTheBody(CrmError):
    text = N_("“%(body)s” does not exist all that time: check the two days.")
    field = "begins_on"


class PersonInBin(CrmError):
    text = N_("%(person)s is in the bin: take that record out of it first.")


class BodyInBin(CrmError):
    text = N_("“%(body)s” is in the bin: take it out first.")


class MemberAlready(CrmError):
    text = N_("“%(organisation)s” has a membership in that time already: change that one, or begin later.")
    field = "begins_on"


class OrganisationInBin(CrmError):
    text = N_("“%(organisation)s” is in the bin: take that record out of it first.")
