"""Who a mailing goes to, who not and why; and the mailings themselves."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Subquery, case, exists, false, func, literal, select

from crm.db import db
from crm.directory import queries as directory
from crm.directory.filters import Filter
from crm.directory.models import Organisation, Person, Role
from crm.mail.models import Address, Objection, Purpose
from crm.mailings.models import Mailing, MailingState
from crm.text import N_

LANGUAGES = ("fr", "en")


class Fate(StrEnum):
    """Whether a person of the audience gets the mailing, or why not."""

    WRITTEN_TO = "written_to"
    NO_ADDRESS = "no_address"
    ON_HOLD = "on_hold"
    OBJECTED = "objected"
    SAME_ADDRESS = "same_address"


WHY = {
    Fate.NO_ADDRESS: N_("no address is known"),
    Fate.ON_HOLD: N_("the address is on hold: mail to it came back"),
    Fate.OBJECTED: N_("does not want this kind of mail"),
    Fate.SAME_ADDRESS: N_("the address is written to already, for somebody else who reads it"),
}


def audience(mailing: Mailing, *, day: date) -> Subquery:
    """Everyone in the audience: `person_id`, `address_id`, the `language` given and `wished`, the `fate`.

    Nobody while the mailing's audience is not chosen.
    """
    meant = directory.people_filtered(mailing.audience or "", day=day)
    if mailing.audience is None:
        meant = meant.where(false())
    people = meant.subquery("people_meant")
    first = directory.first_addresses()
    objects = exists().where(Objection.address_id == first.c.address_id, Objection.purpose == mailing.purpose)
    place = func.row_number().over(partition_by=first.c.address_id, order_by=people.c.id)
    fate = case(
        (first.c.address_id.is_(None), Fate.NO_ADDRESS.value),
        (Address.held_since.is_not(None), Fate.ON_HOLD.value),
        (objects, Fate.OBJECTED.value),
        (place > 1, Fate.SAME_ADDRESS.value),
        else_=Fate.WRITTEN_TO.value,
    )
    return (
        select(
            people.c.id.label("person_id"),
            first.c.address_id,
            _language(mailing, people.c.language).label("language"),
            people.c.language.label("wished"),
            fate.label("fate"),
        )
        .outerjoin(first, first.c.person_id == people.c.id)
        .outerjoin(Address, Address.id == first.c.address_id)
        .subquery("audience")
    )


def _language(mailing: Mailing, wished: ColumnElement[str]) -> ColumnElement[str]:
    """The language each reader gets: the wished one where the mailing has it, else the one it has."""
    written = mailing.languages or list(LANGUAGES[:1])
    if len(written) == 1:
        return literal(written[0])
    return case((wished.in_(written), wished), else_=written[0])


def recipients(mailing: Mailing, *, day: date) -> Select[Any]:
    """The people who are written to, one for each address, as `outbox.queue_many` takes them."""
    everyone = audience(mailing, day=day)
    return select(everyone.c.person_id, everyone.c.address_id, everyone.c.language).where(
        everyone.c.fate == Fate.WRITTEN_TO.value
    )


@dataclass(frozen=True)
class Count:
    """How many people the audience has, and what becomes of them."""

    fates: dict[Fate, int]
    fallbacks: dict[tuple[str, str], int]

    @property
    def written_to(self) -> int:
        return self.fates.get(Fate.WRITTEN_TO, 0)

    @property
    def everyone(self) -> int:
        return sum(self.fates.values())

    @property
    def left_out(self) -> list[tuple[Fate, int]]:
        return [(fate, self.fates[fate]) for fate in WHY if self.fates.get(fate)]


def counted(mailing: Mailing, *, day: date) -> Count:
    """The audience in numbers; `fallbacks` counts who gets another language than wished."""
    everyone = audience(mailing, day=day)
    keys = (everyone.c.fate, everyone.c.wished, everyone.c.language)
    fates: dict[Fate, int] = {}
    fallbacks: dict[tuple[str, str], int] = {}
    for fate, wished, language, number in db.session.execute(select(*keys, func.count()).group_by(*keys)):
        fates[Fate(fate)] = fates.get(Fate(fate), 0) + number
        if fate == Fate.WRITTEN_TO and wished != language:
            fallbacks[wished, language] = number
    return Count(fates, fallbacks)


def left_out(mailing: Mailing, fate: Fate, *, day: date) -> Select[Any]:
    """The people of the audience whom that keeps from being written to, with their address."""
    everyone = audience(mailing, day=day)
    rows = (
        select(Person, Address.email)
        .join(everyone, everyone.c.person_id == Person.id)
        .outerjoin(Address, Address.id == everyone.c.address_id)
        .where(everyone.c.fate == fate.value)
    )
    return cast(Select[Any], rows)


def neighbour(mailing: Mailing, person_id: int, *, day: date, forwards: bool) -> int | None:
    """The recipient before or after that person, in the order of their keys."""
    rows = recipients(mailing, day=day).subquery()
    key = rows.c.person_id
    beside = select(key).where(key > person_id if forwards else key < person_id)
    return db.session.scalar(beside.order_by(key if forwards else key.desc()).limit(1))


def recipient(mailing: Mailing, person_id: int, *, day: date) -> Any:
    """That person's row among the recipients, or None."""
    rows = recipients(mailing, day=day).subquery()
    return db.session.execute(select(rows).where(rows.c.person_id == person_id)).first()


def listed(state: MailingState | None = None) -> Select[Any]:
    """The mailings, those of one state or all."""
    rows = select(Mailing)
    return rows if state is None else rows.where(Mailing.state == state)


def due(at: datetime) -> list[Mailing]:
    """The scheduled mailings whose hour has come."""
    asked = (
        select(Mailing)
        .where(Mailing.state == MailingState.SCHEDULED, Mailing.leaves_at <= at)
        .order_by(Mailing.leaves_at, Mailing.id)
    )
    return list(db.session.scalars(asked))


def drafts(purpose: Purpose | None = None) -> list[Mailing]:
    """The mailings that can still be changed, newest first."""
    rows = listed(MailingState.DRAFT).order_by(Mailing.id.desc()).limit(100)
    return list(db.session.scalars(rows if purpose is None else rows.where(Mailing.purpose == purpose)))


@dataclass(frozen=True)
class Reader:
    """What merge fields say of one person."""

    person_id: int
    given_name: str
    family_name: str
    civility: str
    function: str
    organisation: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


def readers(person_ids: list[int], *, day: date) -> dict[int, Reader]:
    """The people by key, with the role in which they are written to on that day."""
    role = directory.main_role_id(Person.id, day)
    rows = (
        select(
            Person.id,
            Person.given_name,
            Person.family_name,
            Person.civility,
            Role.function,
            Organisation.name,
        )
        .select_from(Person)
        .outerjoin(Role, Role.id == role)
        .outerjoin(Organisation, Organisation.id == Role.organisation_id)
        .where(Person.id.in_(person_ids), Person.binned_at.is_(None))
    )
    return {
        key: Reader(key, given, family, str(civility), function or "", organisation or "")
        for key, given, family, civility, function, organisation in db.session.execute(rows)
    }


def going_to_view(view_id: int) -> list[Mailing]:
    """The mailings that have not left and go to the people of that view."""
    asked = select(Mailing).where(
        Mailing.state.in_((MailingState.DRAFT, MailingState.SCHEDULED)),
        Mailing.audience.like(f"%view={view_id}%"),
    )
    return [one for one in db.session.scalars(asked) if Filter.of(one.audience or "").view == str(view_id)]
