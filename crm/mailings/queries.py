"""Who a mailing goes to, who not and why; and the mailings themselves."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, or_, select

from crm.db import db
from crm.directory import queries as directory
from crm.directory.filters import Filter
from crm.directory.models import Organisation, Person, Role
from crm.mailings.audiences import parts
from crm.mailings.audiences.models import AudiencePart, Fate, PartKind
from crm.mailings.audiences.reckoning import LANGUAGES, Count, audience, counted, recipients
from crm.mailings.audiences.words import WHY
from crm.mailings.models import Mailing, MailingState

__all__ = ["LANGUAGES", "WHY", "Count", "Fate", "audience", "counted", "recipients"]


@dataclass(frozen=True)
class Around:
    """One recipient, in the language they get, and the keys of those before and after them."""

    person_id: int
    language: str
    before: int | None
    after: int | None


def around(mailing: Mailing, person_id: int, *, day: date) -> Around | None:
    """That recipient, or the first one where that person is none; None when nobody is written to.

    The audience is reckoned once, though three of it are asked for.
    """
    rows = recipients(mailing, day=day).cte("recipients")
    key = rows.c.person_id
    first = select(func.min(key)).scalar_subquery()
    meant = case((exists().where(key == person_id), person_id), else_=first)
    one = select(key, rows.c.language).where(key == meant).subquery("here")
    found = db.session.execute(
        select(
            one.c.person_id,
            one.c.language,
            select(func.max(key)).where(key < one.c.person_id).scalar_subquery(),
            select(func.min(key)).where(key > one.c.person_id).scalar_subquery(),
        )
    ).first()
    return Around(*found) if found else None


def listed(state: MailingState | None = None) -> Select[Any]:
    """The mailings, those of one state or all."""
    rows = select(Mailing)
    return rows if state is None else rows.where(Mailing.state == state)


def departed() -> Select[Any]:
    """The mailings of which messages left, though some were called back; the last first."""
    return select(Mailing).where(Mailing.left_at.is_not(None)).order_by(Mailing.left_at.desc(), Mailing.id)


def due(at: datetime) -> list[Mailing]:
    """The scheduled mailings whose hour has come."""
    asked = (
        select(Mailing)
        .where(Mailing.state == MailingState.SCHEDULED, Mailing.leaves_at <= at)
        .order_by(Mailing.leaves_at, Mailing.id)
    )
    return list(db.session.scalars(asked))


def waiting_by_purpose() -> dict[str, int]:
    """How many mailings of each purpose have not left yet."""
    open_states = (MailingState.DRAFT, MailingState.SCHEDULED)
    asked = select(Mailing.purpose, func.count()).where(Mailing.state.in_(open_states))
    return {key: number for key, number in db.session.execute(asked.group_by(Mailing.purpose))}


def drafts(purpose: str | None = None) -> list[Mailing]:
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
    """The mailings that have not left and go to the people of that view, or leave them out."""
    names_it = or_(
        and_(AudiencePart.kind == PartKind.VIEW, AudiencePart.key == view_id),
        AudiencePart.filter.like(f"%view={view_id}%"),
    )
    asked = (
        select(Mailing)
        .join(AudiencePart)
        .where(Mailing.state.in_((MailingState.DRAFT, MailingState.SCHEDULED)), names_it)
        .order_by(Mailing.id)
    )
    return [one for one in db.session.scalars(asked).unique() if _names(one, view_id)]


def _names(mailing: Mailing, view_id: int) -> bool:
    return any(Filter.of(parts.querystring(part)).view == str(view_id) for part in mailing.parts)
