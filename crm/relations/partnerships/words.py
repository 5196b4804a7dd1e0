"""How pages say where a partnership stands."""

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from crm.relations.partnerships.models import PartnershipStage


def stage_name(stage: PartnershipStage) -> str:
    return stage.name("en" if str(get_locale()) == "en" else "fr")


def late(days: int) -> str:
    """By how many days the rhythm is exceeded."""
    return str(ngettext("cold for %(num)s day", "cold for %(num)s days", days))


def rhythm(days: int | None) -> str:
    if days is None:
        return str(_("silence is meant"))
    return str(ngettext("every %(num)s day", "every %(num)s days", days))
