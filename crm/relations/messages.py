"""How the log says what it knows: kinds, and what the house wrote by itself."""

from datetime import date
from typing import Any

from flask import current_app, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from crm.relations.models import (
    Act,
    Consent,
    Every,
    FiledMail,
    Filing,
    FollowUp,
    InteractionKind,
    InteractionPerson,
    Minutes,
    Quote,
)
from crm.relations.queries import Folded, Noted
from crm.text import N_
from crm.web import i18n

# The page that shows what a note is about, by the table that its subject names.
PAGES = {
    "events": ("events.show", "event_id"),
    "mailings": ("mailings.show", "mailing_id"),
    "kits": ("kits.show", "kit_id"),
}


def day(value: date | None) -> str:
    return i18n.day(value)


def repeats(promised: FollowUp) -> str:
    """How often a follow-up comes again: “every 2 months, until 3 May 2027”; "" for once."""
    if not promised.repeat_every:
        return ""
    number = promised.repeat_every
    if promised.repeat_unit is Every.WEEKS:
        said = ngettext("every week", "every %(num)s weeks", number)
    else:
        said = ngettext("every month", "every %(num)s months", number)
    if promised.repeat_until:
        said = _("%(often)s, until %(day)s", often=said, day=i18n.day(promised.repeat_until))
    return str(said)


def kind_name(kind: InteractionKind) -> str:
    return kind.name("en" if str(get_locale()) == "en" else "fr")


FILING = {
    Filing.WAITING: (N_("To file"), "wait"),
    Filing.FILED: (N_("Filed"), "good"),
    Filing.DISCARDED: (N_("Set aside"), "plain"),
    Filing.REFUSED: (N_("Not taken"), "bad"),
}


def filing_state(mail: FiledMail) -> tuple[str, str]:
    said, tone = FILING[mail.state]
    return str(_(said)), tone


def filing_reason(mail: FiledMail) -> str:
    """Why the mail stands where it stands, as a sentence."""
    said = str(_(mail.reason)) if mail.reason else ""
    return said % mail.facts if "%(" in said else said


def left_out(left: dict[str, Any]) -> str:
    """Why an attachment was not kept."""
    why: str = left["why"]
    said = str(_(why))
    return said % left["facts"] if "%(" in said else said


CONSENT = {
    Consent.NOT_ASKED: (N_("Not asked yet"), "plain"),
    Consent.ASKED: (N_("Asked"), "wait"),
    Consent.YES: (N_("May be quoted"), "good"),
    Consent.NO: (N_("Said no"), "bad"),
    Consent.WITHDRAWN: (N_("Agreement withdrawn"), "bad"),
}


def consent(quoted: Quote) -> tuple[str, str]:
    """What the person answered, as a word and its tone."""
    said, tone = CONSENT[quoted.agreement]
    return str(_(said)), tone


def stood_as(took_part: InteractionPerson) -> str:
    """The function of that day with the organisation, as it may be printed."""
    function = took_part.role.function if took_part.role else ""
    return ", ".join(
        part for part in (function, took_part.organisation.name if took_part.organisation else "") if part
    )


def printed(quoted: Quote) -> str:
    """The quote as one line of text, to be copied."""
    return str(
        _(
            "“%(words)s” %(name)s, %(function)s",
            words=quoted.words,
            name=quoted.person.name,
            function=quoted.printed_as,
        )
    )


def minutes_name(template: Minutes) -> str:
    return (template.name_en if str(get_locale()) == "en" else "") or template.name_fr


def minutes_body(template: Minutes) -> str:
    """The template's text in the reader's language, else in the one it has."""
    told = (template.body_fr, template.body_en)
    return (told[1] or told[0]) if str(get_locale()) == "en" else (told[0] or told[1])


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
        case Act.WROTE_TO_PARLIAMENT:
            said = ngettext("%(num)s wrote to parliament", "%(num)s wrote to parliament", number)
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
        Act.WROTE_TO_PARLIAMENT: _("wrote to a deputy or senator"),
    }
    return str(said[act])


def page_of(subject: str) -> str | None:
    """The address of the page about that subject, None when there is none."""
    table, _colon, key = subject.partition(":")
    endpoint, name = PAGES.get(table, ("", ""))
    if endpoint not in current_app.view_functions or not key.isdigit():
        return None
    return url_for(endpoint, **{name: int(key)})  # type: ignore[arg-type]
