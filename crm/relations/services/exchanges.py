"""Exchanges: logged, changed, put into the bin and taken out again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from crm import clock, history
from crm.accounts.models import Account
from crm.db import db, is_sqlite
from crm.directory import queries as directory
from crm.directory.models import Organisation, Person, Role
from crm.directory.services import hold_people
from crm.errors import Changed
from crm.relations import queries
from crm.relations.models import (
    Interaction,
    InteractionFile,
    InteractionKind,
    InteractionPerson,
    LastExchange,
)
from crm.relations.services.follow_ups import promise, sign
from crm.relations.services.refusals import (
    AccountClosed,
    DueBefore,
    InTheFuture,
    KindArchived,
    NothingToDo,
    TooLongAgo,
    WithNobody,
)
from crm.text import clean
from crm.web.files import Kept
from crm.web.richtext import sanitise

FIRST_YEAR = 1950
# Clocks of two machines may differ, and a call may be logged while it ends.
TOLERANCE = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is told of an exchange. `hour` is wall time in `zone`; None when it took the whole day."""

    kind: InteractionKind
    title: str
    day: date
    hour: time | None = None
    zone: ZoneInfo = clock.PARIS
    body: str = ""
    organisations: Sequence[Organisation] = ()
    people: Sequence[Person] = ()
    mentions: Sequence[Person] = ()
    staff: Sequence[Account] = ()

    @property
    def happened_at(self) -> datetime:
        """The instant; of a whole day its noon, which is the same day in every zone near."""
        return clock.instant(datetime.combine(self.day, self.hour or time(12)), self.zone)


@dataclass(frozen=True, kw_only=True)
class Promised:
    """The follow-up told together with an exchange; nothing at all when all three are empty."""

    what: str = ""
    assigned_to: Account | None = None
    due_on: date | None = None

    def __bool__(self) -> bool:
        return bool(clean(self.what))


def log(
    told: Told,
    *,
    follow_up: Promised | None = None,
    files: Sequence[Kept] = (),
    by: Account,
    at: datetime,
) -> Interaction:
    """Write an exchange into the log, with what was promised.

    The role of each person and the organisation stood for are those of that day, and stay so.
    Raises WithNobody, InTheFuture, TooLongAgo, SkippedHour, KindArchived, AccountClosed, DueBefore,
    NothingToDo, PersonErased.
    """
    sign(by)
    hold_people(*told.people, *told.mentions)
    exchange = Interaction(created_by_id=by.id, created_at=at)
    if told.kind.is_archived:
        raise KindArchived(kind=told.kind.name_fr)
    _tell(exchange, told, at)
    _attach(exchange, files)
    if follow_up is not None:
        _check(follow_up, told.day)
    db.session.add(exchange)
    db.session.flush()
    if follow_up:
        promise(
            what=follow_up.what,
            assigned_to=follow_up.assigned_to,
            due_on=follow_up.due_on,
            interaction=exchange,
            by=by,
            at=at,
        )
    refresh_last(queries.concerned(exchange))
    return exchange


def change(
    exchange: Interaction,
    told: Told,
    *,
    files: Sequence[Kept] = (),
    dropped: Iterable[InteractionFile] = (),
    version: int,
    by: Account,
    at: datetime,
) -> list[str]:
    """Tell it anew; give back the random names of the files that were dropped, to be discarded.

    People who were there already keep the role and organisation they had, unless the day changed.
    Raises Changed and what `log` raises.
    """
    sign(by)
    if exchange.version != version:
        raise Changed(who=history.last_actor(db.session(), exchange))
    if told.kind.is_archived and told.kind is not exchange.kind:
        raise KindArchived(kind=told.kind.name_fr)
    before = queries.concerned(exchange)
    _tell(exchange, told, at)
    _attach(exchange, files)
    gone = [file for file in dropped if file in exchange.files]
    for file in gone:
        exchange.files.remove(file)
    history.save(db.session(), exchange)
    refresh_last(before | queries.concerned(exchange))
    return [file.stored_as for file in gone]


def bin(exchange: Interaction, *, by: Account, at: datetime) -> None:
    """Put it into the bin; doing so twice changes nothing."""
    sign(by)
    if exchange.binned_at is None:
        exchange.binned_at = exchange.updated_at = at
        db.session.flush()
        refresh_last(queries.concerned(exchange))


def restore(exchange: Interaction, *, by: Account, at: datetime) -> None:
    """Take it out of the bin as it was."""
    sign(by)
    if exchange.binned_at is not None:
        exchange.binned_at, exchange.updated_at = None, at
        db.session.flush()
        refresh_last(queries.concerned(exchange))


def _tell(exchange: Interaction, told: Told, at: datetime) -> None:
    if not told.organisations and not told.people:
        raise WithNobody
    _check_day(told, at)
    had = {account.id for account in exchange.staff}
    for account in told.staff:
        if not account.is_open and account.id not in had:
            raise _closed(account)
    same_day = exchange.happened_at is not None and clock.day(exchange.happened_at, told.zone) == told.day
    exchange.kind, exchange.title = told.kind, clean(told.title)
    exchange.body = str(sanitise(told.body))
    exchange.happened_at, exchange.is_all_day = told.happened_at, told.hour is None
    exchange.organisations = list(dict.fromkeys(told.organisations))
    exchange.staff = list(dict.fromkeys(told.staff))
    exchange.updated_at = at
    _seat(exchange, told, same_day)
    # Somebody who was there is not mentioned besides.
    there = {person.id for person in told.people}
    exchange.mentions = [person for person in dict.fromkeys(told.mentions) if person.id not in there]


def _check_day(told: Told, at: datetime) -> None:
    if told.day.year < FIRST_YEAR:
        raise TooLongAgo(year=FIRST_YEAR)
    if told.day > clock.day(at, told.zone):
        raise InTheFuture
    if told.hour is not None and told.happened_at > at + TOLERANCE:
        refusal = InTheFuture()
        refusal.field = "hour"
        raise refusal


def _closed(account: Account) -> AccountClosed:
    refusal = AccountClosed(name=account.name)
    refusal.field = "staff"
    return refusal


def _seat(exchange: Interaction, told: Told, same_day: bool) -> None:
    """Freeze for each person the role and the organisation of that day."""
    known = {took_part.person_id: took_part for took_part in exchange.people} if same_day else {}
    here = {organisation.id for organisation in told.organisations}
    people = list(dict.fromkeys(told.people))
    roles = _roles([person for person in people if person.id not in known], told.day, here)
    seated = []
    for person in people:
        took_part = known.get(person.id) or InteractionPerson(person=person, person_id=person.id)
        if person.id not in known:
            took_part.role = roles.get(person.id)
            took_part.organisation_id = took_part.role.organisation_id if took_part.role else None
        seated.append(took_part)
    exchange.people = seated


def _roles(people: Sequence[Person], day: date, here: set[int]) -> dict[int, Role]:
    """The role in which each spoke: one at an organisation of the exchange, else the main one that day."""
    chosen: dict[int, Role] = {}
    held = (
        directory.roles_on(day)
        .where(Role.person_id.in_([person.id for person in people]))
        .order_by(*directory.main_first(Role))
    )
    for role in db.session.scalars(held):
        first = chosen.get(role.person_id)
        if first is None or (role.organisation_id in here and first.organisation_id not in here):
            chosen[role.person_id] = role
    return chosen


def _attach(exchange: Interaction, files: Sequence[Kept]) -> None:
    for file in files:
        exchange.files.append(
            InteractionFile(
                name=file.name, media_type=file.media_type, size=file.size, stored_as=file.stored_as
            )
        )


def _check(follow_up: Promised, day: date) -> None:
    if not follow_up and follow_up.due_on:
        raise NothingToDo
    if follow_up.due_on and follow_up.due_on < day:
        raise DueBefore


def refresh_last(organisations: set[int]) -> None:
    """Find anew the latest exchange of substance with each of these organisations."""
    db.session.flush()
    for organisation_id in sorted(organisations):
        db.session.execute(delete(LastExchange).where(LastExchange.organisation_id == organisation_id))
        latest = db.session.execute(
            select(Interaction.id, Interaction.happened_at)
            .join(InteractionKind, InteractionKind.id == Interaction.kind_id)
            .where(Interaction.id.in_(queries.with_organisation(organisation_id)))
            .where(Interaction.binned_at.is_(None), InteractionKind.counts.is_(True))
            .order_by(Interaction.happened_at.desc(), Interaction.id.desc())
            .limit(1)
        ).first()
        if latest is not None:
            _write_last(organisation_id, latest.id, latest.happened_at)


def _write_last(organisation_id: int, interaction_id: int, at: datetime) -> None:
    into: Any = (sqlite if is_sqlite(db.session()) else postgresql).insert(LastExchange)
    row = into.values(organisation_id=organisation_id, interaction_id=interaction_id, at=at)
    # Somebody else may be logging an exchange with the same organisation: the later one stays.
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=["organisation_id"],
            set_={"interaction_id": row.excluded.interaction_id, "at": row.excluded.at},
            where=row.excluded.at > LastExchange.at,
        )
    )
