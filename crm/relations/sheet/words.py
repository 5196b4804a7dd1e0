"""The sheet in words of the reader's language: what the page shows and the PDF is made of."""

from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from crm.directory import messages as directory
from crm.directory.models import Role
from crm.directory.normal import shown_phone
from crm.relations import messages
from crm.relations.agreements import words as agreements
from crm.relations.models import FollowUp, Interaction
from crm.relations.sheet.facts import Sheet
from crm.web import i18n
from crm.web.richtext import plain

MOST_TEXT = 700


def told(sheet: Sheet, *, house: str) -> dict[str, Any]:
    """Everything as plain text; nothing of it is ever read as markup."""
    organisation = sheet.organisation
    return {
        "language": "en" if str(get_locale()) == "en" else "fr",
        "title": organisation.name,
        "house": house,
        "made": _("Sheet of %(day)s", day=i18n.day(sheet.day)),
        "facts": [[label, value] for label, value in _facts(sheet) if value],
        "sections": [
            {"title": _("What is promised"), "none": _("Nothing was promised."), "rows": _promises(sheet)},
            {
                "title": _("Last exchanges"),
                "none": _("Nothing in the log yet"),
                "rows": [_exchange(exchange) for exchange in sheet.exchanges],
            },
            {
                "title": _("Whom we know there"),
                "none": _("Nobody yet."),
                "rows": [_person(role) for role in sheet.roles],
            },
            {"title": _("Agreements"), "none": _("None."), "rows": _agreements(sheet)},
        ],
        "notes_title": _("Notes"),
        "notes": organisation.notes,
        "own_notes": _("My own notes"),
        "page": _("Page"),
    }


def _facts(sheet: Sheet) -> list[tuple[str, str]]:
    one, partnership = sheet.organisation, sheet.partnership
    town = " ".join(part for part in (one.postcode, one.city) if part)
    return [
        (_("Also called"), ", ".join(part for part in (one.acronym, *one.aliases.splitlines()) if part)),
        (_("Kind"), directory.kind_name(one.kind) if one.kind else ""),
        (_("Part of"), one.parent.name if one.parent else ""),
        (_("Territory"), one.territory.name if one.territory else ""),
        (_("Address"), ", ".join(part for part in (one.street, town) if part)),
        (_("Phone"), shown_phone(one.phone) if one.phone else ""),
        (_("Website"), one.website),
        (_("Followed by"), one.followed_by.name if one.followed_by else ""),
        (_("Partnership"), _stage(sheet) if partnership else ""),
        (_("What we want together"), partnership.aim if partnership else ""),
        (_("Tags"), ", ".join(tag.name for tag in one.tags)),
    ]


def _stage(sheet: Sheet) -> str:
    partnership = sheet.partnership
    if partnership is None:
        return ""
    name = partnership.stage.name("en" if str(get_locale()) == "en" else "fr")
    return str(_("%(stage)s since %(day)s", stage=name, day=i18n.day(partnership.moved_at)))


def _promises(sheet: Sheet) -> list[dict[str, str]]:
    return [{"head": one.what, "side": _when(one), "text": _doer(one)} for one in sheet.promises]


def _when(promised: FollowUp) -> str:
    return _("until %(day)s", day=i18n.day(promised.due_on)) if promised.due_on else ""


def _doer(promised: FollowUp) -> str:
    facts = (promised.assigned_to.name if promised.assigned_to else "", messages.repeats(promised))
    return " · ".join(fact for fact in facts if fact)


def _exchange(exchange: Interaction) -> dict[str, str]:
    names = [took_part.person.name for took_part in exchange.people] + [one.name for one in exchange.staff]
    body = plain(exchange.body)
    text = body if len(body) <= MOST_TEXT else f"{body[:MOST_TEXT].rsplit(' ', 1)[0]} …"
    return {
        "head": exchange.title,
        "side": f"{i18n.day(exchange.happened_at)} · {messages.kind_name(exchange.kind)}",
        "text": "\n".join(part for part in (", ".join(name for name in names if name), text) if part),
    }


def _person(role: Role) -> dict[str, str]:
    person = role.person
    reach = [shown_phone(phone.number) for phone in person.phones]
    reach += [read.address.email for read in person.addresses[:1]]
    return {"head": person.name, "side": role.function, "text": " · ".join(reach)}


def _agreements(sheet: Sheet) -> list[dict[str, str]]:
    told = []
    for agreement in sheet.agreements:
        ends = agreement.end_on(sheet.day)
        signed = _("signed on %(day)s", day=i18n.day(agreement.signed_on)) if agreement.signed_on else ""
        state = _(agreements.state(agreement, sheet.day))
        told.append(
            {
                "head": agreement.title,
                "side": _("runs until %(day)s", day=i18n.day(ends)) if ends else "",
                "text": " · ".join(part for part in (state, signed) if part),
            }
        )
    return told
