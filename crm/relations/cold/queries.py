"""Who is going cold: the last exchange of substance against the rhythm that is meant.

A partnership has its own rhythm or that of its stage; one whose stage means silence is never cold.
Every other organisation that somebody follows, or with which something was exchanged once, has
`QUIET_DAYS`. Time counts from the last exchange of substance; without one, from the day on which the
partnership was opened or the organisation came into the directory.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import joinedload

from crm.accounts.models import Account
from crm.db import UtcDateTime, db, is_sqlite
from crm.directory.models import Organisation, Person, Role
from crm.directory.queries import held_on
from crm.mail.models import Delivery
from crm.relations.cold.models import Leave, MondayMail
from crm.relations.models import FollowUp, Interaction, InteractionPerson, LastExchange
from crm.relations.partnerships.models import Partnership, PartnershipStage
from crm.relations.queries.promises import due
from crm.web.tables import Order

QUIET_DAYS = 90


class Scope(StrEnum):
    """Which organisations are looked at."""

    PARTNERS = "partners"
    ALL = "all"


class Part(StrEnum):
    """What has become of the cold ones: nothing yet, a day is planned, left alone for a while."""

    OPEN = "open"
    PLANNED = "planned"
    LEFT = "left"


@dataclass(frozen=True)
class Known:
    """Somebody whom we know there."""

    id: int
    name: str
    function: str


@dataclass
class Cold:
    """One line of the Monday list. `late` is by how many days the rhythm is exceeded."""

    organisation: Organisation
    partnership: Partnership | None
    last: datetime | None
    last_title: str
    last_id: int | None
    late: int
    rhythm: int
    promised: list[FollowUp] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    left: Leave | None = None


def days_since(column: Any, at: datetime) -> ColumnElement[int]:
    """How many whole days lie between the instant in the column and `at`."""
    now = literal(at, UtcDateTime())
    if is_sqlite(db.session()):
        return cast(func.julianday(now) - func.julianday(column), Integer)
    return cast(func.floor(func.extract("epoch", now - column) / 86_400), Integer)


def rhythm() -> ColumnElement[int | None]:
    """The longest silence that is meant with the organisation of the row, in days."""
    own = func.coalesce(Partnership.rhythm_days, PartnershipStage.rhythm_days)
    return case((Partnership.id.is_not(None), own), else_=QUIET_DAYS)


def since() -> ColumnElement[datetime]:
    """Since when nothing of substance was exchanged."""
    begun = func.coalesce(Partnership.created_at, Organisation.created_at)
    return case((LastExchange.at.is_(None), begun), else_=LastExchange.at)


def _joined(*columns: Any, scope: Scope) -> Select[Any]:
    followed = and_(Partnership.organisation_id == Organisation.id, Partnership.binned_at.is_(None))
    partners = scope is Scope.PARTNERS
    return (
        select(*columns)
        .select_from(Organisation)
        .join(Partnership, followed, isouter=not partners)
        .join(PartnershipStage, PartnershipStage.id == Partnership.stage_id, isouter=not partners)
        .outerjoin(LastExchange, LastExchange.organisation_id == Organisation.id)
        .where(Organisation.binned_at.is_(None))
    )


def cold(*, at: datetime, scope: Scope = Scope.ALL, account_id: int | None = None) -> Select[Any]:
    """Rows of `id` (the organisation's), `late`, `rhythm` and `last`, in no order.

    With an account only those that it follows: as the owner of the partnership or of the record.
    """
    late = days_since(since(), at) - rhythm()
    rows = _joined(
        Organisation.id,
        late.label("late"),
        rhythm().label("rhythm"),
        LastExchange.at.label("last"),
        LastExchange.interaction_id,
        scope=scope,
    ).where(late > 0)
    if scope is Scope.ALL:
        rows = rows.where(
            or_(
                Partnership.id.is_not(None),
                LastExchange.at.is_not(None),
                Organisation.followed_by_id.is_not(None),
            )
        )
    if account_id:
        rows = rows.where(func.coalesce(Partnership.owner_id, Organisation.followed_by_id) == account_id)
    return rows


def is_left(today: date) -> ColumnElement[bool]:
    """Whether somebody decided to leave the organisation alone beyond today."""
    return exists().where(
        Leave.organisation_id == Organisation.id, Leave.until > today, Leave.ended_at.is_(None)
    )


def is_planned(today: date) -> ColumnElement[bool]:
    """Whether a follow-up about the organisation is planned for today or later."""
    return exists().where(
        FollowUp.organisation_id == Organisation.id,
        FollowUp.done_at.is_(None),
        FollowUp.due_on >= today,
        or_(
            FollowUp.interaction_id.is_(None),
            exists().where(Interaction.id == FollowUp.interaction_id, Interaction.binned_at.is_(None)),
        ),
    )


def part(rows: Select[Any], which: Part, *, today: date) -> Select[Any]:
    """Of the cold ones those of which nothing has become yet, that are planned, or left alone."""
    match which:
        case Part.LEFT:
            return rows.where(is_left(today))
        case Part.PLANNED:
            return rows.where(~is_left(today), is_planned(today))
        case Part.OPEN:
            return rows.where(~is_left(today), ~is_planned(today))


def numbers(rows: Select[Any], *, today: date) -> dict[Part, int]:
    """How many of the cold ones are in each part."""
    become = case((is_left(today), Part.LEFT), (is_planned(today), Part.PLANNED), else_=Part.OPEN)
    of = rows.with_only_columns(become.label("part"), maintain_column_froms=True).subquery()
    counted = db.session.execute(select(of.c.part, func.count()).group_by(of.c.part))
    found = {Part(which): number for which, number in counted}
    return {which: found.get(which, 0) for which in Part}


def coldest_first(rows: Select[Any]) -> Order:
    return Order(by=rows.selected_columns["late"], key=Organisation.id, descending=True)


def usual_scope() -> Scope:
    """Partners, once there are any; until then every organisation that was spoken to or is followed."""
    first = select(Partnership.id).where(Partnership.binned_at.is_(None)).limit(1)
    return Scope.ALL if db.session.scalar(first) is None else Scope.PARTNERS


def told(rows: Sequence[Any], *, today: date) -> list[Cold]:
    """The lines in full: what was promised, whom we know there, who left it alone until when."""
    keys = [row.id for row in rows]
    organisations = {
        one.id: one
        for one in db.session.scalars(
            select(Organisation)
            .where(Organisation.id.in_(keys))
            .options(joinedload(Organisation.followed_by), joinedload(Organisation.kind))
        )
    }
    partners = {
        one.organisation_id: one
        for one in db.session.scalars(
            select(Partnership)
            .where(Partnership.organisation_id.in_(keys), Partnership.binned_at.is_(None))
            .options(joinedload(Partnership.stage), joinedload(Partnership.owner))
        )
    }
    latest = [row.interaction_id for row in rows if row.interaction_id]
    titles = dict(
        db.session.execute(select(Interaction.id, Interaction.title).where(Interaction.id.in_(latest))).all()
    )
    lines = {
        row.id: Cold(
            organisations[row.id],
            partners.get(row.id),
            row.last,
            titles.get(row.interaction_id, ""),
            row.interaction_id,
            row.late,
            row.rhythm,
        )
        for row in rows
    }
    for key, promise in _promised(keys):
        lines[key].promised.append(promise)
    for key, person in known_at(keys, today):
        lines[key].known.append(person)
    for leave in db.session.scalars(
        select(Leave)
        .where(Leave.organisation_id.in_(keys), Leave.until > today, Leave.ended_at.is_(None))
        .options(joinedload(Leave.by))
        .order_by(Leave.until, Leave.id)
    ):
        lines[leave.organisation_id].left = leave
    return [lines[key] for key in keys]


def _promised(keys: Sequence[int], *, most: int = 3) -> list[tuple[int, FollowUp]]:
    """What is still to be done for each organisation, the soonest first."""
    place = func.row_number().over(partition_by=FollowUp.organisation_id, order_by=(due(), FollowUp.id))
    numbered = (
        select(FollowUp.id, place.label("place"))
        .outerjoin(Interaction, Interaction.id == FollowUp.interaction_id)
        .where(
            FollowUp.organisation_id.in_(keys), FollowUp.done_at.is_(None), Interaction.binned_at.is_(None)
        )
        .subquery()
    )
    rows = (
        select(FollowUp)
        .join(numbered, numbered.c.id == FollowUp.id)
        .where(numbered.c.place <= most)
        .options(joinedload(FollowUp.assigned_to))
        .order_by(due(), FollowUp.id)
    )
    return [(int(one.organisation_id or 0), one) for one in db.session.scalars(rows)]


def known_at(keys: Sequence[int], today: date, *, most: int = 3) -> list[tuple[int, Known]]:
    """Who holds a role at each organisation: those we last met first."""
    met = (
        select(
            InteractionPerson.organisation_id,
            InteractionPerson.person_id,
            func.max(InteractionPerson.interaction_id).label("last"),
        )
        .where(InteractionPerson.organisation_id.in_(keys))
        .group_by(InteractionPerson.organisation_id, InteractionPerson.person_id)
        .subquery()
    )
    place = func.row_number().over(
        partition_by=Role.organisation_id,
        order_by=(func.coalesce(met.c.last, 0).desc(), Role.is_main.desc(), Person.sort, Role.id),
    )
    numbered = (
        select(
            Role.organisation_id,
            Role.function,
            Person.id,
            Person.given_name,
            Person.family_name,
            place.label("place"),
        )
        .join(Person, Person.id == Role.person_id)
        .outerjoin(
            met, and_(met.c.person_id == Role.person_id, met.c.organisation_id == Role.organisation_id)
        )
        .where(Role.organisation_id.in_(keys), held_on(today), Person.binned_at.is_(None))
        .subquery()
    )
    rows = (
        select(numbered)
        .where(numbered.c.place <= most)
        .order_by(numbered.c.organisation_id, numbered.c.place)
    )
    return [
        (row.organisation_id, Known(row.id, f"{row.given_name} {row.family_name}".strip(), row.function))
        for row in db.session.execute(rows)
    ]


def wish_of(account_id: int) -> MondayMail | None:
    """What the account wants by mail on Mondays."""
    return db.session.scalar(select(MondayMail).where(MondayMail.account_id == account_id))


class Row(NamedTuple):
    """One row of `cold` as a delivery keeps it."""

    id: int
    late: int
    rhythm: int
    interaction_id: int | None
    at: str | None

    @property
    def last(self) -> datetime | None:
        return datetime.fromisoformat(self.at) if self.at else None


def monday(day: date) -> int:
    """The outbox's sequence for the list of that Monday."""
    return day.year * 10_000 + day.month * 100 + day.day


def wishes_waiting(day: date, *, begun: datetime) -> list[int]:
    """The wishes, made before the list's hour, of open accounts for which that Monday's was not queued."""
    queued = exists().where(
        Delivery.kind == "monday-list",
        Delivery.subject_id == MondayMail.account_id,
        Delivery.sequence == monday(day),
    )
    rows = (
        select(MondayMail.id)
        .join(Account, Account.id == MondayMail.account_id)
        .where(Account.is_open.is_(True), MondayMail.since < begun, ~queued)
        .order_by(MondayMail.id)
    )
    return list(db.session.scalars(rows))
