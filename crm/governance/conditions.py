"""What views can ask of governance: who sits in a body, which organisation is a member, on a day or ever.

Of organisations a seat is asked of those who represent them, of people a membership of the organisations
for which they hold a role that day.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, select

from crm.db import db
from crm.directory import conditions
from crm.directory.conditions import Asked, Choice, Condition, Gone, Operator, Part, Said, Takes
from crm.directory.conditions.fields import key_of
from crm.directory.models import Organisation, Person, Role
from crm.directory.queries import held_on
from crm.governance import queries, words
from crm.governance.models import Body, BodyFunction, College, Fee, Membership, Seat
from crm.text import N_

GOVERNANCE = N_("Governance")
ANY = "any"


def _bodies(english: bool) -> Sequence[Choice]:
    rows = db.session.scalars(queries.bodies().order_by(Body.sort, Body.id))
    return [Choice(ANY, N_("any body")), *(Choice(str(body.id), body.name, is_data=True) for body in rows)]


def _body_named(text: str, english: bool) -> str | Said | None:
    if text == ANY:
        return Said(N_("a body"))
    body = _found(Body, text)
    return Said(N_("“%(body)s”"), {"body": body.name}) if body is not None else None


def _found(model: Any, text: str) -> Any:
    return db.session.get(model, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _entries(rows: Any, english: bool) -> Sequence[Choice]:
    language = "en" if english else "fr"
    return [Choice(str(one.id), one.name(language), is_data=True) for one in db.session.scalars(rows)]


def _named(model: Any) -> conditions.Named:
    def named(text: str, english: bool) -> str | None:
        one = _found(model, text)
        return one.name("en" if english else "fr") if one is not None else None

    return named


def _functions(english: bool) -> Sequence[Choice]:
    return _entries(queries.functions(), english)


def _colleges(english: bool) -> Sequence[Choice]:
    return _entries(queries.colleges(), english)


def _fees(english: bool) -> Sequence[Choice]:
    return [Choice(fee.value, label) for fee, label in words.FEES.items()]


_BODY = Part("body", N_("Body"), Takes.CHOICE, choices=_bodies, named=_body_named)
_FUNCTION = Part(
    "function", N_("Function"), Takes.CHOICE, N_("as “%(value)s”"), False, _functions, _named(BodyFunction)
)
_COLLEGE = Part(
    "college",
    N_("College"),
    Takes.CHOICE,
    N_("in the college “%(value)s”"),
    False,
    _colleges,
    _named(College),
)
_FEE = Part("fee", N_("Fee"), Takes.CHOICE, N_("with “%(value)s”"), False, _fees)
_ON = Part("on", N_("Day"), Takes.DATE)


# Seats


def _seat(owner: Any, record: Any) -> conditions.Where:
    def where(asked: Asked) -> ColumnElement[bool]:
        told = _told_of_seat(asked)

        def sits(*tests: ColumnElement[bool]) -> ColumnElement[bool]:
            return queries.sitting(*told, *tests, owner=owner, record=record)

        match asked.operator:
            case "now":
                return sits(queries.running(Seat, asked.day))
            case "not":
                return not_(sits(queries.running(Seat, asked.day)))
            case "on":
                return sits(queries.running(Seat, asked.values["on"]))
            case "past":
                return and_(sits(Seat.ends_on < asked.day), not_(sits(queries.running(Seat, asked.day))))
            case "never":
                return not_(sits(_begun(Seat, asked.day)))
            case _:
                return sits(_begun(Seat, asked.day))

    return where


def _begun(model: Any, day: date) -> ColumnElement[bool]:
    """What is still to come has never been."""
    begun: ColumnElement[bool] = model.begins_on.is_(None) | (model.begins_on <= day)
    return begun


def _told_of_seat(asked: Asked) -> list[ColumnElement[bool]]:
    told: list[ColumnElement[bool]] = []
    wanted = asked.values["body"]
    if wanted != ANY:
        if _found(Body, wanted) is None:
            raise Gone(what=wanted)
        told.append(Seat.body_id == int(wanted))
    if "function" in asked.values:
        told.append(Seat.function_id == key_of(asked.values["function"]))
    return told


_SEAT = (_BODY, _FUNCTION)
SEAT = Condition(
    "governance.seat",
    N_("Seat in a body"),
    conditions.group(GOVERNANCE),
    (
        Operator("now", N_("is held today"), N_("who sit in %(body)s"), _SEAT),
        Operator("not", N_("is not held today"), N_("who do not sit in %(body)s"), _SEAT),
        Operator("on", N_("was held on"), N_("who sat in %(body)s on %(on)s"), (_BODY, _ON, _FUNCTION)),
        Operator("past", N_("is over"), N_("who no longer sit in %(body)s"), _SEAT),
        Operator("ever", N_("was ever held"), N_("who sit or sat in %(body)s"), _SEAT),
        Operator("never", N_("was never held"), N_("who never sat in %(body)s"), _SEAT),
    ),
    people=_seat(Seat.person_id, Person.id),
    organisations=_seat(Seat.organisation_id, Organisation.id),
)


# Memberships


def _organisations(asked: Asked) -> ColumnElement[bool]:
    return _member(asked, lambda *tests: exists().where(*tests).correlate(Organisation), Organisation.id)


def _people(asked: Asked) -> ColumnElement[bool]:
    """Asked of the organisations for which they hold a role: on the day that is meant, else today."""
    day = asked.values.get("on", asked.day)
    there = select(Role.organisation_id).where(Role.person_id == Person.id, held_on(day)).correlate(Person)

    def found(*tests: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(Membership.organisation_id.in_(there), *tests).correlate(Person)

    return _member(asked, found, None)


def _member(asked: Asked, found: Any, organisation: Any) -> ColumnElement[bool]:
    told: list[ColumnElement[bool]] = [Membership.binned_at.is_(None)]
    if organisation is not None:
        told.append(Membership.organisation_id == organisation)
    if "college" in asked.values:
        told.append(Membership.college_id == key_of(asked.values["college"]))
    if "fee" in asked.values:
        told.append(Membership.fee == Fee(asked.values["fee"]))
    runs = queries.running(Membership, asked.values.get("on", asked.day))
    is_meant: ColumnElement[bool]
    match asked.operator:
        case "now" | "on":
            is_meant = found(*told, runs)
        case "not" | "not_on":
            is_meant = not_(found(*told, runs))
        case "past":
            is_meant = and_(found(*told, Membership.ends_on < asked.day), not_(found(*told, runs)))
        case "never":
            is_meant = not_(found(*told, _begun(Membership, asked.day)))
        case _:
            is_meant = found(*told, _begun(Membership, asked.day))
    return is_meant


_PARTS = (_COLLEGE, _FEE)
MEMBER = Condition(
    "governance.member",
    N_("Membership"),
    conditions.group(GOVERNANCE),
    (
        Operator("now", N_("is a member today"), N_("who are members"), _PARTS),
        Operator("not", N_("is not a member today"), N_("who are not members"), _PARTS),
        Operator("on", N_("was a member on"), N_("who were members on %(on)s"), (_ON, *_PARTS)),
        Operator("not_on", N_("was not a member on"), N_("who were not members on %(on)s"), (_ON, *_PARTS)),
        Operator("past", N_("is no longer a member"), N_("who are no longer members"), _PARTS),
        Operator("ever", N_("is or was a member"), N_("who are or were members"), _PARTS),
        Operator("never", N_("was never a member"), N_("who never were members"), _PARTS),
    ),
    people=_people,
    organisations=_organisations,
)


def register() -> None:
    conditions.register(SEAT, MEMBER)
