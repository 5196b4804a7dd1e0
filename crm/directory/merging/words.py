"""The sentences of duplicates: why two records may be one, how their fields read."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _

from crm.accounts.models import Account
from crm.db import db
from crm.directory import messages, normal
from crm.directory.merging import fields, rules
from crm.directory.merging.fields import Field, Record
from crm.directory.merging.likeness import Reason
from crm.directory.models import Organisation, OrganisationKind
from crm.territories.models import Territory
from crm.text import N_
from crm.web.pages import say

REASONS = {
    Reason.ADDRESS: N_("the same e-mail address"),
    Reason.SHARED_ADDRESS: N_("a mailbox that both read"),
    Reason.NAME: N_("the same name"),
    Reason.NEAR_NAME: N_("nearly the same name"),
    Reason.NO_NAME: N_("one of them has no name"),
    Reason.PHONE: N_("the same phone"),
    Reason.ORGANISATION: N_("the same organisation"),
    Reason.ROLE: N_("the same role"),
    Reason.FUNCTION: N_("the same function elsewhere"),
    Reason.BARE: N_("one of them has nothing but a name"),
    Reason.REFERENCE: N_("the same reference of your own"),
    Reason.SIREN: N_("the same SIREN"),
    Reason.WEBSITE: N_("the same website"),
    Reason.ACRONYM: N_("the same acronym"),
    Reason.PLACE: N_("the same town"),
    Reason.TERRITORY: N_("the same department"),
}
SURE, LIKELY = 85, 70


def reasons(found: Iterable[str]) -> str:
    """`the same name, the same phone`."""
    return ", ".join(say(REASONS[Reason(one)]) for one in found if one in list(Reason))


def likelihood(strength: int) -> tuple[str, str]:
    """The strength in a word, with its tone."""
    if strength >= SURE:
        return _("Very likely"), "bad"
    return (_("Likely"), "wait") if strength >= LIKELY else (_("Possible"), "plain")


def shown(field: Field, record: Record) -> str:
    """The field's value as people read it."""
    if field.key == "civility":
        return messages.civility(record.civility) if record.civility != "none" else ""  # type: ignore[union-attr]
    if field.key == "language":
        return messages.language(record.language)  # type: ignore[union-attr]
    if field.key == "place":
        street, postcode, city, country = field.values(record)
        place = " ".join(filter(None, (postcode, city)))
        return ", ".join(
            filter(None, (street, place, country if country != "FR" and (street or place) else ""))
        )
    value = field.values(record)[0]
    return _named(field.key, value) if value else ""


def _named(key: str, value: Any) -> str:
    if key == "kind":
        return messages.kind_name(db.session.get(OrganisationKind, value))
    if key == "phone":
        return normal.shown_phone(value)
    model: Any = {"territory": Territory, "parent": Organisation, "followed_by": Account}.get(key)
    if model is None:
        return str(value)
    found = db.session.get(model, value)
    return found.name if found is not None else ""


def left(codes: Iterable[str]) -> list[str]:
    """What an undoing could not bring back, in sentences."""
    told = []
    for code in codes:
        what, _colon, rest = code.partition(":")
        if what == "field":
            told.append(_("“%(field)s” now belongs to another record and stayed there.", field=_field(rest)))
            continue
        table, _colon, number = rest.partition(":")
        named = say(rules.called(table, "")) or _("other records")
        told.append(_("%(what)s that were changed or removed since: %(number)s", what=named, number=number))
    return told


def _field(column: str) -> str:
    known = [field for field in (*fields.PEOPLE, *fields.ORGANISATIONS) if column in field.columns]
    return say(known[0].label) if known else column
