"""What the log answers: timelines, latest exchanges, follow-ups, organisations gone quiet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import joinedload, selectinload

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import Organisation, Person, Role
from crm.directory.queries import held_on
from crm.relations.models import (
    Act,
    FollowUp,
    Interaction,
    InteractionKind,
    InteractionPerson,
    LastExchange,
    Note,
    interaction_organisations,
    interaction_staff,
)
from crm.web.tables import Order

AUTOMATIC = "auto"
QUIET_DAYS = 90
NAMED = 8


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which part of a log is shown. `since` and `until` are days in the office's zone, both included.

    `kind` is the slug of a kind of exchange, or `auto` for what the house wrote by itself.
    """

    kind: str = ""
    person_id: int | None = None
    organisation_id: int | None = None
    staff_id: int | None = None
    since: date | None = None
    until: date | None = None

    def __bool__(self) -> bool:
        return self != Chosen()


# Exchanges


def with_organisation(organisation_id: int) -> CompoundSelect[Any]:
    """The keys of the exchanges that concern it: its own, and those of people who stood for it that day."""
    own = select(interaction_organisations.c.interaction_id).where(
        interaction_organisations.c.organisation_id == organisation_id
    )
    stood = select(InteractionPerson.interaction_id).where(
        InteractionPerson.organisation_id == organisation_id
    )
    return union(own, stood)


def with_person(person_id: int) -> Select[Any]:
    """The keys of the exchanges in which the person took part."""
    return select(InteractionPerson.interaction_id).where(InteractionPerson.person_id == person_id)


def concerned(exchange: Interaction) -> set[int]:
    """The organisations on whose page the exchange shows."""
    stood_for = {
        took_part.organisation_id for took_part in exchange.people if took_part.organisation_id is not None
    }
    return {organisation.id for organisation in exchange.organisations} | stood_for


def exchanges(chosen: Chosen, *, zone: ZoneInfo = clock.PARIS) -> Select[Any]:
    """The kept exchanges of everyone that were chosen, in no order."""
    return select(Interaction.id).where(Interaction.binned_at.is_(None), *_exchange_conditions(chosen, zone))


def latest_first() -> Order:
    return Order(by=Interaction.happened_at, key=Interaction.id, descending=True)  # type: ignore[arg-type]


def _exchange_conditions(chosen: Chosen, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    asked = _in_period(Interaction.happened_at, chosen, zone)  # type: ignore[arg-type]
    if chosen.kind:
        kinds = select(InteractionKind.id).where(InteractionKind.slug == chosen.kind)
        asked.append(Interaction.kind_id.in_(kinds))
    if chosen.person_id:
        asked.append(Interaction.id.in_(with_person(chosen.person_id)))
    if chosen.organisation_id:
        asked.append(Interaction.id.in_(with_organisation(chosen.organisation_id)))
    if chosen.staff_id:
        taking_part = select(interaction_staff.c.interaction_id).where(
            interaction_staff.c.account_id == chosen.staff_id
        )
        asked.append(Interaction.id.in_(taking_part))
    return asked


def _in_period(at: ColumnElement[datetime], chosen: Chosen, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if chosen.since:
        asked.append(at >= _midnight(chosen.since, zone))
    if chosen.until:
        asked.append(at < _midnight(chosen.until + timedelta(days=1), zone))
    return asked


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def told(keys: Sequence[int]) -> dict[int, Interaction]:
    """The exchanges with everything that a page says of them, by key."""
    rows = (
        select(Interaction)
        .where(Interaction.id.in_(keys))
        .options(
            joinedload(Interaction.kind),
            joinedload(Interaction.created_by),
            selectinload(Interaction.organisations),
            selectinload(Interaction.people).options(
                joinedload(InteractionPerson.person),
                joinedload(InteractionPerson.role),
                joinedload(InteractionPerson.organisation),
            ),
            selectinload(Interaction.staff),
            selectinload(Interaction.files),
            selectinload(Interaction.follow_ups).joinedload(FollowUp.assigned_to),
        )
    )
    return {exchange.id: exchange for exchange in db.session.scalars(rows)}


# The log of a record


@dataclass(frozen=True)
class Noted:
    """One act of the people of a folded line: how many, and the first of them by name."""

    act: Act
    number: int
    people: list[tuple[int, str]]


@dataclass
class Folded:
    """What the house wrote about one event, mailing or kit."""

    subject: str
    title: str
    at: datetime
    acts: list[Noted] = field(default_factory=list)


@dataclass(frozen=True)
class Entry:
    """One line of a log: an exchange, or what the house wrote by itself."""

    exchange: Interaction | None = None
    folded: Folded | None = None


def log_of(record: Organisation | Person, chosen: Chosen, *, zone: ZoneInfo = clock.PARIS) -> Select[Any]:
    """Rows of `ref` (an exchange's key, else None), `subject`, `at` and `key`, to be paged by `log_order`."""
    exchanged = with_organisation(record.id) if isinstance(record, Organisation) else with_person(record.id)
    parts: list[Any] = []
    if chosen.kind != AUTOMATIC:
        parts.append(
            select(
                Interaction.id.label("ref"),
                literal("").label("subject"),
                Interaction.happened_at.label("at"),
                (Interaction.id * 2).label("key"),
            ).where(
                Interaction.id.in_(exchanged),
                Interaction.binned_at.is_(None),
                *_exchange_conditions(chosen, zone),
            )
        )
    if chosen.kind in ("", AUTOMATIC) and not chosen.staff_id:
        parts.append(
            select(
                literal(0).label("ref"),
                Note.subject.label("subject"),
                func.max(Note.at).label("at"),
                (func.min(Note.id) * 2 + 1).label("key"),
            )
            .where(*_note_conditions(record, chosen, zone))
            .group_by(Note.subject)
        )
    lines = union_all(*parts).subquery("log")
    return select(lines.c.ref, lines.c.subject, lines.c.at, lines.c.key)


def log_order(rows: Select[Any]) -> Order:
    columns = rows.selected_columns
    return Order(by=columns["at"], key=columns["key"], descending=True)


def _note_conditions(
    record: Organisation | Person, chosen: Chosen, zone: ZoneInfo
) -> list[ColumnElement[bool]]:
    own = (
        Note.organisation_id == record.id if isinstance(record, Organisation) else Note.person_id == record.id
    )
    asked = [own, *_in_period(Note.at, chosen, zone)]  # type: ignore[arg-type]
    if chosen.person_id:
        asked.append(Note.person_id == chosen.person_id)
    if chosen.organisation_id:
        asked.append(Note.organisation_id == chosen.organisation_id)
    return asked


def entries(
    rows: Sequence[Any], record: Organisation | Person, chosen: Chosen, *, zone: ZoneInfo = clock.PARIS
) -> list[Entry]:
    """The lines of a page of `log_of`, told in full."""
    exchanged = told([row.ref for row in rows if row.ref])
    folded = _folded({row.subject: row.at for row in rows if not row.ref}, record, chosen, zone)
    return [
        Entry(exchange=exchanged[row.ref]) if row.ref else Entry(folded=folded[row.subject]) for row in rows
    ]


def _folded(
    subjects: dict[str, datetime], record: Organisation | Person, chosen: Chosen, zone: ZoneInfo
) -> dict[str, Folded]:
    """Each subject with its acts in the order of `Act`, its people counted and the first ones named.

    `subjects` says of each when it was last noted.
    """
    if not subjects:
        return {}
    same = (Note.subject, Note.act)
    numbered = (
        select(
            Note.subject,
            Note.act,
            Note.title,
            Note.person_id,
            func.count().over(partition_by=same).label("number"),
            func.row_number().over(partition_by=same, order_by=Note.id).label("place"),
        )
        .where(*_note_conditions(record, chosen, zone), Note.subject.in_(subjects))
        .subquery()
    )
    rows = (
        select(numbered, Person.given_name, Person.family_name)
        .outerjoin(Person, Person.id == numbered.c.person_id)
        .where(numbered.c.place <= NAMED)
        .order_by(numbered.c.subject, numbered.c.act, numbered.c.place)
    )
    told: dict[str, Folded] = {}
    for row in db.session.execute(rows):
        line = told.setdefault(row.subject, Folded(row.subject, row.title, subjects[row.subject]))
        if not line.acts or line.acts[-1].act != row.act:
            line.acts.append(Noted(row.act, row.number, []))
        name = f"{row.given_name or ''} {row.family_name or ''}".strip()
        if row.person_id is not None and name:
            line.acts[-1].people.append((row.person_id, name))
    order = list(Act)
    for line in told.values():
        line.acts.sort(key=lambda noted: order.index(noted.act))
    return told


def last_exchange(organisation: Organisation) -> datetime | None:
    """When the latest exchange with the organisation was."""
    return db.session.scalar(select(LastExchange.at).where(LastExchange.organisation_id == organisation.id))


# Choices of forms and filters


def kinds(*, keep: int | None = None) -> Select[InteractionKind]:
    """The kinds that can be chosen, in their order; an archived one too when a record still has it."""
    return (
        select(InteractionKind)
        .where(or_(InteractionKind.is_archived.is_(False), InteractionKind.id == keep))
        .order_by(InteractionKind.position, InteractionKind.id)
    )


def usual_kind(account: Account) -> int | None:
    """The kind of exchange that the account logged last."""
    return db.session.scalar(
        select(Interaction.kind_id)
        .where(Interaction.created_by_id == account.id)
        .order_by(Interaction.id.desc())
        .limit(1)
    )


def accounts(*, keep: Sequence[int] = ()) -> Select[Account]:
    """The open accounts by name; closed ones too when a record names them."""
    return (
        select(Account)
        .where(or_(Account.is_open.is_(True), Account.id.in_(keep)))
        .order_by(func.lower(Account.name), Account.id)
    )


def familiar(organisation_ids: Sequence[int], *, day: date, most: int = 12) -> list[Person]:
    """Who of these organisations is likely to have taken part: those seen last, then by name."""
    seen = (
        select(InteractionPerson.person_id, func.max(InteractionPerson.interaction_id).label("last"))
        .where(InteractionPerson.organisation_id.in_(organisation_ids))
        .group_by(InteractionPerson.person_id)
        .subquery()
    )
    holders = (
        select(Role.person_id)
        .where(Role.organisation_id.in_(organisation_ids), held_on(day))
        .distinct()
        .subquery()
    )
    rows = (
        select(Person)
        .join(holders, holders.c.person_id == Person.id)
        .outerjoin(seen, seen.c.person_id == Person.id)
        .where(Person.binned_at.is_(None))
        .order_by(func.coalesce(seen.c.last, 0).desc(), Person.sort, Person.id)
        .limit(most)
    )
    return list(db.session.scalars(rows))


def met(organisation: Organisation, *, most: int = 100) -> list[Person]:
    """The people who took part in exchanges for the organisation, by name."""
    took_part = select(InteractionPerson.person_id).where(
        InteractionPerson.organisation_id == organisation.id
    )
    rows = select(Person).where(Person.id.in_(took_part)).order_by(Person.sort, Person.id).limit(most)
    return list(db.session.scalars(rows))


# Follow-ups


def follow_ups(
    *, state: str, today: date, account_id: int | None = None, organisation_id: int | None = None
) -> Select[FollowUp]:
    """Follow-ups that are `open`, `late` or `done`, everyone's or those of one account or organisation.

    Those of an exchange that is in the bin rest with it.
    """
    rows = (
        select(FollowUp)
        .outerjoin(Interaction, Interaction.id == FollowUp.interaction_id)
        .where(Interaction.binned_at.is_(None))
        .options(
            joinedload(FollowUp.assigned_to),
            joinedload(FollowUp.organisation),
            joinedload(FollowUp.interaction),
        )
    )
    if state == "done":
        rows = rows.where(FollowUp.done_at.is_not(None))
    else:
        rows = rows.where(FollowUp.done_at.is_(None))
    if state == "late":
        rows = rows.where(FollowUp.due_on < today)
    if account_id:
        rows = rows.where(FollowUp.assigned_to_id == account_id)
    if organisation_id:
        rows = rows.where(FollowUp.organisation_id == organisation_id)
    return rows


def due() -> ColumnElement[date]:
    """When a follow-up is due; one without a day comes after all others."""
    return func.coalesce(FollowUp.due_on, literal(date.max))


def soonest_first() -> Order:
    return Order(by=due(), key=FollowUp.id)  # type: ignore[arg-type]


def done_last_first() -> Order:
    return Order(by=FollowUp.done_at, key=FollowUp.id, descending=True)  # type: ignore[arg-type]


# Organisations gone quiet


def quiet(*, before: datetime, account_id: int | None = None) -> Any:
    """Kept organisations and since when nothing was exchanged with them, in no order.

    Meant are those with which something was exchanged once, and those that somebody follows; for one
    never spoken to, the time counts since it came into the directory. A mailing is no exchange.
    """
    rows = (
        select(Organisation.id, quiet_since().label("since"), LastExchange.at.label("last"))
        .outerjoin(LastExchange, LastExchange.organisation_id == Organisation.id)
        .where(
            Organisation.binned_at.is_(None),
            or_(
                LastExchange.at < before,
                and_(
                    LastExchange.at.is_(None),
                    Organisation.followed_by_id.is_not(None),
                    Organisation.created_at < before,
                ),
            ),
        )
    )
    return rows.where(Organisation.followed_by_id == account_id) if account_id else rows


def quiet_since() -> ColumnElement[datetime]:
    return case((LastExchange.at.is_(None), Organisation.created_at), else_=LastExchange.at)


def longest_first() -> Order:
    return Order(by=quiet_since(), key=Organisation.id)  # type: ignore[arg-type]


def organisations_of(keys: Sequence[int]) -> dict[int, Organisation]:
    """Those organisations with who follows them, by key."""
    rows = (
        select(Organisation)
        .where(Organisation.id.in_(keys))
        .options(joinedload(Organisation.followed_by), joinedload(Organisation.kind))
    )
    return {organisation.id: organisation for organisation in db.session.scalars(rows)}
