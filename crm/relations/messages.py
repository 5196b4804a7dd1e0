"""How the log says what it knows: kinds, and what the house wrote by itself."""

from flask import current_app, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from crm.relations.models import Act, InteractionKind
from crm.relations.queries import Folded, Noted

# The page that shows what a note is about, by the table that its subject names.
PAGES = {
    "events": ("events.show", "event_id"),
    "mailings": ("mailings.show", "mailing_id"),
    "kits": ("kits.show", "kit_id"),
}


def kind_name(kind: InteractionKind) -> str:
    return kind.name("en" if str(get_locale()) == "en" else "fr")


def acts(folded: Folded, *, of_person: bool) -> str:
    """What became of one event, mailing or kit: “14 people invited · 5 registered”."""
    said = (_of_one(noted.act) if of_person else noted_by(noted) for noted in folded.acts)
    return " · ".join(said)


def noted_by(noted: Noted) -> str:
    """One act and how many people it concerns."""
    number = noted.number
    match noted.act:
        case Act.INVITED:
            said = ngettext("%(num)s person invited", "%(num)s people invited", number)
        case Act.REGISTERED:
            said = ngettext("%(num)s registered", "%(num)s registered", number)
        case Act.WITHDREW:
            said = ngettext("%(num)s withdrew", "%(num)s withdrew", number)
        case Act.ATTENDED:
            said = ngettext("%(num)s present", "%(num)s present", number)
        case Act.MAILED:
            said = ngettext("mailing to %(num)s person", "mailing to %(num)s people", number)
        case Act.KIT_MAILED:
            said = ngettext("kit mailed to %(num)s person", "kit mailed to %(num)s people", number)
        case Act.COSIGNED:
            said = _("co-signed")
    return str(said)


def _of_one(act: Act) -> str:
    said = {
        Act.INVITED: _("was invited"),
        Act.REGISTERED: _("has registered"),
        Act.WITHDREW: _("withdrew"),
        Act.ATTENDED: _("was there"),
        Act.MAILED: _("mailing received"),
        Act.KIT_MAILED: _("kit mailed"),
        Act.COSIGNED: _("co-signed"),
    }
    return str(said[act])


def page_of(subject: str) -> str | None:
    """The address of the page about that subject, None when there is none."""
    table, _colon, key = subject.partition(":")
    endpoint, name = PAGES.get(table, ("", ""))
    if endpoint not in current_app.view_functions or not key.isdigit():
        return None
    return url_for(endpoint, **{name: int(key)})  # type: ignore[arg-type]
