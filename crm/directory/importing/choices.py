"""How a file is taken in: what happens to known records, and by what a record is recognised."""

from enum import StrEnum

from crm.text import N_


class Mode(StrEnum):
    """What becomes of a record that the directory knows already."""

    SKIP = "skip"
    FILL = "fill"
    UPDATE = "update"


class Key(StrEnum):
    """By what a record is recognised. `ANY` tries everything, the surest first."""

    ANY = "any"
    ADDRESS = "address"
    SIREN = "siren"
    REFERENCE = "reference"


MODES = {
    Mode.FILL: N_("Complete them: only what is empty is filled in"),
    Mode.SKIP: N_("Leave them as they are: only new records are added"),
    Mode.UPDATE: N_("Update them: what the file says replaces what is there"),
}
KEYS = {
    Key.ANY: N_("Numbers first, then the e-mail address, then the name"),
    Key.ADDRESS: N_("People by their e-mail address alone"),
    Key.SIREN: N_("Organisations by SIREN, SIRET or INSEE code alone"),
    Key.REFERENCE: N_("Your own reference alone"),
}
