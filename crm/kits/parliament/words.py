"""What chambers, and those who sit in them, are called."""

from crm.kits.parliament.models import Chamber, Parliamentarian
from crm.text import N_

CHAMBERS = {Chamber.ASSEMBLY: N_("National Assembly"), Chamber.SENATE: N_("Senate")}
# For a man, for a woman.
_TITLES = {
    ("fr", Chamber.ASSEMBLY): ("député", "députée"),
    ("fr", Chamber.SENATE): ("sénateur", "sénatrice"),
    ("en", Chamber.ASSEMBLY): ("deputy", "deputy"),
    ("en", Chamber.SENATE): ("senator", "senator"),
}


def title(one: Parliamentarian, language: str) -> str:
    """Député, députée, sénateur or sénatrice, by the civility that the chamber gives."""
    man, woman = _TITLES["en" if language == "en" else "fr", one.chamber]
    return woman if one.civility.startswith("Mme") else man
