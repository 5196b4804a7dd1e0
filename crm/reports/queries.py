"""What the home page shows: what I must do, what is coming, what is on its way, who is going cold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import case, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from crm.accounts.models import Account
from crm.db import count_up_to, db
from crm.directory.merging import queries as merging
from crm.directory.models import Organisation
from crm.events.models import Answer, Event, EventState, Invitation, Registration, Seat
from crm.mail.models import Channel, Delivery, DeliveryState, Dispatch, DispatchState
from crm.mailings.models import Mailing, MailingState
from crm.relations import queries as relations
from crm.relations.cold import queries as cold
from crm.relations.models import FollowUp, Interaction, InteractionPerson

WAITING = (DeliveryState.QUEUED, DeliveryState.SENDING)
MANY = 1_000


@dataclass(frozen=True)
class ToDo:
    """My open follow-ups: the first ones, how many there are, how many are late."""

    first: Sequence[FollowUp]
    number: int
    late: int


@dataclass(frozen=True)
class Coming:
    """An event to come with its numbers."""

    event: Event
    invited: int
    answered: int
    confirmed: int
    waiting: int


@dataclass
class OnItsWay:
    """Messages that leave together, and how many stand where."""

    dispatch: Dispatch
    numbers: dict[DeliveryState, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.numbers.values())

    @property
    def gone(self) -> int:
        return self.total - sum(self.numbers.get(state, 0) for state in WAITING)


@dataclass(frozen=True)
class Quiet:
    """Organisations gone quiet: the longest silent ones with their last exchange, how many there are."""

    first: Sequence[tuple[Organisation, datetime | None]]
    number: int


def to_do(account: Account, *, today: date, most: int = 6) -> ToDo:
    mine = relations.follow_ups(state="open", today=today, account_id=account.id)
    counted = mine.order_by(None).with_only_columns(
        func.count(), func.count(case((FollowUp.due_on < today, 1))), maintain_column_froms=True
    )
    number, late = db.session.execute(counted.options()).one()
    first = db.session.scalars(mine.order_by(relations.due(), FollowUp.id).limit(most)).all()
    return ToDo(first, number, late)


def next_events(*, at: datetime, most: int = 5) -> list[Coming]:
    """The next events that are not over and not cancelled, drafts among them, soonest first."""
    rows = (
        select(
            Event,
            _of_event(Invitation, Invitation.uninvited_at.is_(None)),
            _of_event(Invitation, Invitation.uninvited_at.is_(None), Invitation.answer != Answer.NONE),
            _of_event(Registration, Registration.seat == Seat.CONFIRMED),
            _of_event(Registration, Registration.seat == Seat.WAITING),
        )
        .where(
            or_(Event.ends_at > at, Event.state == EventState.POSTPONED),
            Event.state.not_in((EventState.CANCELLED, EventState.HELD)),
        )
        .where(Event.starts_at > at - timedelta(days=366))
        .order_by(Event.starts_at, Event.id)
        .limit(most)
    )
    return [Coming(*row) for row in db.session.execute(rows)]


def _of_event(model: Any, *conditions: Any) -> Any:
    """How many rows of that table the event of the outer row has."""
    return (
        select(func.count())
        .select_from(model)
        .where(model.event_id == Event.id, *conditions)
        .correlate(Event)
        .scalar_subquery()
    )


def on_their_way(*, most: int = 5) -> list[OnItsWay]:
    """What is leaving or held with messages still to send, the latest first."""
    waiting = exists().where(Delivery.dispatch_id == Dispatch.id, Delivery.state.in_(WAITING))
    dispatches = db.session.scalars(
        select(Dispatch)
        .where(Dispatch.state != DispatchState.CANCELLED, waiting)
        .order_by(Dispatch.id.desc())
        .limit(most)
    ).all()
    if not dispatches:
        return []
    found = {dispatch.id: OnItsWay(dispatch) for dispatch in dispatches}
    counted = (
        select(Delivery.dispatch_id, Delivery.state, func.count())
        .where(Delivery.dispatch_id.in_(found))
        .group_by(Delivery.dispatch_id, Delivery.state)
    )
    for row in db.session.execute(counted):
        found[int(row[0] or 0)].numbers[row[1]] = row[2]
    return list(found.values())


def scheduled(*, most: int = 5) -> Sequence[Mailing]:
    """The mailings that leave by themselves, soonest first."""
    return db.session.scalars(
        select(Mailing)
        .where(Mailing.state == MailingState.SCHEDULED)
        .order_by(Mailing.leaves_at, Mailing.id)
        .limit(most)
    ).all()


def duplicates() -> int:
    """How many pairs of people may be one."""
    return merging.number_of_pairs(db.session(), "people")


def uncertain() -> int:
    """How many messages wait for somebody to say whether they left, counted no further than 1,000."""
    rows = select(Delivery.id).where(Delivery.state == DeliveryState.UNCERTAIN)
    return count_up_to(db.session(), rows, MANY)


def paused_channels() -> Sequence[Channel]:
    """The ways out that refuse our account: nothing leaves by them before somebody mended the cause."""
    rows = select(Channel).where(Channel.needs_person.is_(True)).order_by(Channel.name)
    return db.session.scalars(rows).all()


def latest_exchanges(*, most: int = 6) -> Sequence[Interaction]:
    """The latest exchanges with their kinds, organisations and people."""
    return db.session.scalars(
        select(Interaction)
        .where(Interaction.binned_at.is_(None))
        .options(
            joinedload(Interaction.kind),
            selectinload(Interaction.organisations),
            selectinload(Interaction.people).joinedload(InteractionPerson.person),
        )
        .order_by(Interaction.happened_at.desc(), Interaction.id.desc())
        .limit(most)
    ).all()


def quiet(*, at: datetime, today: date, most: int = 6) -> Quiet:
    """Who is cold and of whom nothing has become yet: partners, where there are any."""
    scope = cold.usual_scope()
    rows = cold.part(cold.cold(at=at, scope=scope), cold.Part.OPEN, today=today)
    number = count_up_to(db.session(), rows, MANY)
    order = rows.selected_columns["late"].desc()
    found = db.session.execute(rows.order_by(order, Organisation.id).limit(most)).all() if number else []
    keys = [row.id for row in found]
    named = {one.id: one for one in db.session.scalars(select(Organisation).where(Organisation.id.in_(keys)))}
    return Quiet([(named[row.id], row.last) for row in found], number)
