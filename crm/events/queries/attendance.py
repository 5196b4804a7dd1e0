"""Who is registered for an event, who came: the lists of its pages and the rows of its export."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, func, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from crm.db import db
from crm.directory.merging import following
from crm.directory.models import Person, Phone, Role
from crm.events.models import Attendance, Event, Invitation, Mode, Registration, Seat
from crm.events.publics import queries as publics
from crm.events.publics.kinds import By, Public
from crm.events.questions import queries as answered
from crm.events.questions.models import Question
from crm.mail.models import Address
from crm.text import fold, like

CHUNK = 1_000


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which registrations a list shows; those withdrawn only when asked for by `seat`.

    `answers` are questions with what was answered to them, as `questions.queries.condition` takes it;
    `publics` the types of public that are meant, `without` those that are left out.
    """

    words: str = ""
    seat: Seat | None = None
    attendance: Attendance | None = None
    mode: Mode | None = None
    answers: tuple[tuple[Question, str], ...] = ()
    publics: tuple[Public, ...] = ()
    without: tuple[Public, ...] = ()


def registered(event: Event, chosen: Chosen) -> Select[*tuple[Any, ...]]:
    """The event's registrations that were chosen, in no order: what its page shows of each."""
    # Asked for the rows of the page alone: joined, it would be looked up for all that a search finds.
    email = select(Address.email).where(Address.id == Registration.address_id).scalar_subquery()
    return (
        select(
            Registration.id,
            Registration.person_id,
            Registration.given_name,
            Registration.family_name,
            Registration.organisation_id,
            Registration.organisation_name,
            Registration.function,
            Registration.mode,
            Registration.seat,
            Registration.approval,
            Registration.attendance,
            Registration.asked_at,
            Registration.source,
            email.label("email"),
        )
        .select_from(Registration)
        .where(*conditions(event, chosen))
    )


def conditions(event: Event, chosen: Chosen) -> list[ColumnElement[bool]]:
    """What a registration must be to be chosen."""
    return [Registration.event_id == event.id, *wanted(chosen)]


def wanted(chosen: Chosen) -> list[ColumnElement[bool]]:
    """The same, of whichever event it is."""
    found: list[ColumnElement[bool]] = []
    if chosen.seat is None:
        found.append(Registration.seat != Seat.WITHDRAWN)
    else:
        found.append(Registration.seat == chosen.seat)
    if chosen.attendance:
        found.append(Registration.attendance == chosen.attendance)
    if chosen.mode:
        found.append(Registration.mode == chosen.mode)
    found += [answered.condition(question, value) for question, value in chosen.answers]
    found += [*publics.are(chosen.publics), *publics.are_not(chosen.without)]
    for word in fold(chosen.words).split()[:8]:
        found.append(Registration.search.like(like(word), escape="\\"))
    return found


def keys(event: Event, chosen: Chosen) -> list[int]:
    """The keys of all registrations that were chosen."""
    return list(db.session.scalars(select(Registration.id).where(*conditions(event, chosen))))


def _more() -> dict[str, ColumnElement[Any]]:
    """What a row of the attendance list may hold besides, asked of the database only when it is wanted."""
    return {
        "attendance_at": Registration.attendance_at.expression,
        "answered_at": Invitation.answered_at.expression,
        "public_kind": publics.key(By.KIND),
        "public_population": publics.key(By.POPULATION),
        "public_department": publics.key(By.DEPARTMENT),
        "public_member": publics.key(By.MEMBER),
    }


MORE = (
    "attendance_at",
    "answered_at",
    "public_kind",
    "public_population",
    "public_department",
    "public_member",
)


def exported(event: Event, chosen: Chosen, more: Sequence[str] = ()) -> Select[Any]:
    """The rows of the attendance list, by name; their order is that of `crm.events.listing.LABELS`, then
    those of `MORE` that are asked for, then the key.

    Names, function and organisation are those of the day of registration; civility and phone are
    the person's now. Choices come as the text that is stored: half of the time would go into
    making members of them.
    """
    phone = (
        select(Phone.number)
        .where(Phone.person_id == Registration.person_id)
        .order_by(Phone.position, Phone.id)
        .limit(1)
        .correlate(Registration)
        .scalar_subquery()
    )
    asked = _more() if more else {}
    return (
        select(
            raw(Person.civility),
            Registration.given_name,
            Registration.family_name,
            Address.email,
            phone,
            Registration.organisation_name,
            Registration.function,
            raw(Role.category),
            raw(Registration.mode),
            raw(Registration.seat),
            raw(Registration.attendance),
            Registration.asked_at,
            raw(Invitation.answer),
            Registration.language,
            Registration.source,
            *(asked[name] for name in more),
            Registration.id,
        )
        .select_from(Registration)
        .outerjoin(Person, Person.id == Registration.person_id)
        .outerjoin(Address, Address.id == Registration.address_id)
        .outerjoin(Role, Role.id == Registration.role_id)
        .outerjoin(
            Invitation,
            (Invitation.event_id == Registration.event_id) & (Invitation.person_id == Registration.person_id),
        )
        .where(*conditions(event, chosen))
        .order_by(Registration.search, Registration.id)
    )


def raw(choice: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """The stored text of a choice."""
    return type_coerce(choice, String)


def streamed(rows: Select[Any]) -> Iterator[Any]:
    """The rows, a thousand at a time from the database, as plain tuples."""
    found = db.session.connection().execute(rows, execution_options={"yield_per": CHUNK})
    for part in found.partitions():
        yield from part


def streamed_with_answers(rows: Select[Any], questions: Sequence[Question]) -> Iterator[Any]:
    """The same; at the end of each row, instead of its key, what the registration answers, by question."""
    keys = [question.id for question in questions]
    found = db.session.connection().execute(rows, execution_options={"yield_per": CHUNK})
    for part in found.partitions():
        answers = answered.answers_for([row[-1] for row in part], keys)
        for row in part:
            yield (*row[:-1], answers.get(row[-1], {}))


def place_in_queue(registration: Registration) -> int:
    """How many people wait before this one, and this one."""
    before = or_(
        Registration.asked_at < registration.asked_at,
        (Registration.asked_at == registration.asked_at) & (Registration.id <= registration.id),
    )
    waiting = (Registration.event_id == registration.event_id, Registration.seat == Seat.WAITING, before)
    return db.session.scalar(select(func.count()).select_from(Registration).where(*waiting)) or 0


def by_token(token: str) -> Registration | None:
    """The registration of that link; the one that stays when two people turned out to be one."""
    found = db.session.scalar(select(Registration).where(Registration.token == token))
    if found is None and (key := following.row_of_token(Registration.__tablename__, token)):
        return db.session.get(Registration, key)
    return found


def count(event: Event, chosen: Chosen) -> int:
    """How many registrations were chosen."""
    return (
        db.session.scalar(select(func.count()).select_from(Registration).where(*conditions(event, chosen)))
        or 0
    )
