"""Registering many people for an event at once, or preparing their invitations: nobody is written to."""

import secrets
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)

from crm import clock
from crm.db import db
from crm.directory import normal
from crm.directory import queries as directory
from crm.directory.bulk import kinds
from crm.directory.bulk.kinds import PEOPLE, Kind, Portion
from crm.directory.bulk.models import BulkAct, BulkRow
from crm.directory.models import Organisation, Person, Role
from crm.errors import CrmError
from crm.events.models import (
    Answer,
    Attendance,
    Event,
    EventState,
    Format,
    Invitation,
    Mode,
    PreparedInvitation,
    Registration,
    Seat,
    new_badge,
)
from crm.events.places import queries as places
from crm.events.places import rule
from crm.events.services import agenda, seats
from crm.relations import services as relations
from crm.relations.models import Act, Note
from crm.text import N_
from crm.writing import insert_many


class NoEvent(CrmError):
    text = N_("Choose an event of the list.")


class Enrol(Kind):
    """Seats go in the order of the directory's keys until none is left; the others wait."""

    key, of, label, icon = "enrol", (PEOPLE,), N_("Register for an event…"), "calendar-plus"
    asks = N_("Event")
    title = N_("Register for “%(name)s” (when no seat is left, they wait; nobody is written to)")
    button = N_("Register them")
    reasons = {
        "closed": N_("the event takes no registrations any more"),
        "registered": N_("is registered already"),
        "withdrew": N_("has withdrawn from this event"),
        "declined": N_("has declined the invitation"),
        "binned": N_("is in the bin"),
    }

    def offered(self, of: str) -> list[tuple[str, str]]:
        upcoming = select(Event).where(Event.state == EventState.OPEN, Event.ends_at > clock.now())
        return [
            (f"{event.id}-{mode.value}", _name(event, mode))
            for event in db.session.scalars(upcoming.order_by(Event.starts_at, Event.id))
            for mode in _modes(event)
        ]

    def facts(self, of: str, asked: str) -> dict[str, Any]:
        key, _dash, mode = asked.partition("-")
        event = db.session.get(Event, int(key)) if key.isdecimal() and len(key) < 10 else None
        if event is None or mode not in {one.value for one in _modes(event)}:
            raise NoEvent
        seats.check_open(event, clock.now())
        return {"event": event.id, "mode": mode, "name": _name(event, Mode(mode))}

    def prepare(self, act: BulkAct) -> None:
        """How many seats were left is for whoever presses the button, not for what is read later."""
        act.facts = {**act.facts, "name": _event(act.facts).title}

    def hold(self, act: BulkAct) -> None:
        agenda.lock(_event(act.facts))

    def why(self, of: str, facts: dict[str, Any]) -> ColumnElement[Any]:
        event = facts["event"]
        takes = exists().where(Event.id == event, Event.state == EventState.OPEN, Event.ends_at > clock.now())
        own = and_(Registration.event_id == event, Registration.person_id == Person.id)
        declined = exists().where(
            Invitation.event_id == event,
            Invitation.person_id == Person.id,
            Invitation.answer == Answer.DECLINED,
        )
        return case(
            (~takes, "closed"),
            (Person.binned_at.is_not(None), "binned"),
            (exists().where(own, Registration.seat != Seat.WITHDRAWN), "registered"),
            (exists().where(own), "withdrew"),
            (declined, "declined"),
            else_=null(),
        )

    def do(self, portion: Portion) -> None:
        event, at = _event(portion.facts), portion.act.created_at
        people = list(_people(event, portion))
        seats.promote(event, at=at)
        given = _decided(event, people, portion)
        rows = [_row(person, event, portion, *given[person.id]) for person in people]
        if not rows:
            return
        insert_many(db.session(), Registration.__table__, rows)  # type: ignore[arg-type]
        ours: Any = select(Registration.person_id, Registration.organisation_id).where(
            Registration.event_id == event.id, Registration.person_id.in_(portion.keys())
        )
        relations.note_many(ours, act=Act.REGISTERED, subject=f"events:{event.id}", title=event.title, at=at)
        _answer(portion, Answer.NONE, Answer.ACCEPTED)

    def stands(self, portion: Portion) -> ColumnElement[bool]:
        event, at = portion.facts["event"], portion.act.created_at
        answered = exists().where(
            Invitation.event_id == event,
            Invitation.person_id == BulkRow.record_id,
            or_(Invitation.answer != Answer.ACCEPTED, Invitation.answered_at != at),
        )
        return and_(exists().where(*_untouched(portion)), ~answered)

    def undo(self, portion: Portion) -> None:
        event = portion.facts["event"]
        notes = delete(Note).where(
            Note.act == Act.REGISTERED,
            Note.subject == f"events:{event}",
            Note.at == portion.act.created_at,
            Note.person_id.in_(portion.keys()),
        )
        ours = delete(Registration).where(
            Registration.event_id == event, Registration.person_id.in_(portion.keys())
        )
        for statement in (notes, ours):
            db.session.execute(statement, execution_options={"synchronize_session": False})
        _answer(portion, Answer.ACCEPTED, Answer.NONE)

    def finish(self, act: BulkAct) -> None:
        """The seats given back go to those who wait, who are written to as after any withdrawal."""
        seats.promote(_event(act.facts), at=act.undone_at or act.created_at)


class Prepare(Kind):
    """Whom one means to invite is written down; the event's page shows them, and has the button that sends.

    Whether they can be written to is read when the invitations leave.
    """

    key, of, label, icon = "prepare", (PEOPLE,), N_("Prepare invitations to an event…"), "mail"
    asks = N_("Event")
    title = N_("Prepare invitations to “%(name)s” (they are sent later, from the event’s page)")
    button = N_("Prepare the invitations")
    reasons = {
        "closed": N_("the event takes no invitations any more"),
        "binned": N_("is in the bin"),
        "registered": N_("is registered already"),
        "declined": N_("has declined the invitation"),
        "invited": N_("is invited already"),
        "prepared": N_("is prepared already"),
    }

    def offered(self, of: str) -> list[tuple[str, str]]:
        upcoming = select(Event.id, Event.title).where(*_takes_invitations())
        rows = db.session.execute(upcoming.order_by(Event.starts_at, Event.id))
        return [(str(key), title) for key, title in rows]

    def facts(self, of: str, asked: str) -> dict[str, Any]:
        known = asked.isdecimal() and len(asked) < 10
        named = select(Event.title).where(Event.id == int(asked), *_takes_invitations()) if known else None
        title = db.session.scalar(named) if named is not None else None
        if title is None:
            raise NoEvent
        return {"event": int(asked), "name": title}

    def why(self, of: str, facts: dict[str, Any]) -> ColumnElement[Any]:
        event = facts["event"]
        seat = exists().where(
            Registration.event_id == event,
            Registration.person_id == Person.id,
            Registration.seat != Seat.WITHDRAWN,
        )
        invited = exists().where(
            Invitation.event_id == event, Invitation.person_id == Person.id, Invitation.uninvited_at.is_(None)
        )
        prepared = exists().where(
            PreparedInvitation.event_id == event, PreparedInvitation.person_id == Person.id
        )
        return case(
            (~exists().where(Event.id == event, *_takes_invitations()), "closed"),
            (Person.binned_at.is_not(None), "binned"),
            (seat, "registered"),
            (invited.where(Invitation.answer == Answer.DECLINED), "declined"),
            (invited, "invited"),
            (prepared, "prepared"),
            else_=null(),
        )

    def do(self, portion: Portion) -> None:
        table: Any = PreparedInvitation.__table__
        at = literal(portion.act.created_at, table.c.prepared_at.type)
        rows = portion.keys().with_only_columns(
            literal(portion.facts["event"]), BulkRow.record_id, at, literal(portion.by)
        )
        names = ["event_id", "person_id", "prepared_at", "prepared_by"]
        db.session.execute(insert(table).from_select(names, rows, include_defaults=False))

    def stands(self, portion: Portion) -> ColumnElement[bool]:
        return exists().where(*_of_act(portion), PreparedInvitation.person_id == BulkRow.record_id)

    def undo(self, portion: Portion) -> None:
        gone = delete(PreparedInvitation).where(
            *_of_act(portion), PreparedInvitation.person_id.in_(portion.keys())
        )
        db.session.execute(gone, execution_options={"synchronize_session": False})


def _takes_invitations() -> tuple[ColumnElement[bool], ...]:
    """Of an event: it is being prepared or open, and its time is to come."""
    return Event.state.in_((EventState.DRAFT, EventState.OPEN)), Event.ends_at > clock.now()


def _of_act(portion: Portion) -> tuple[ColumnElement[bool], ...]:
    return (
        PreparedInvitation.event_id == portion.facts["event"],
        PreparedInvitation.prepared_at == portion.act.created_at,
    )


def _event(facts: dict[str, Any]) -> Event:
    return db.session.get_one(Event, facts["event"])


def _modes(event: Event) -> list[Mode]:
    return list(Mode) if event.format == Format.HYBRID else [seats.mode_of(event, None)]


def _name(event: Event, mode: Mode) -> str:
    from flask_babel import gettext, ngettext

    from crm.events import words

    told = event.title
    if event.format == Format.HYBRID:
        told += f" · {gettext(words.MODES[mode])}"
    left = places.seats_left(event, mode)
    return told if left is None else f"{told} · " + ngettext("%(num)s seat left", "%(num)s seats left", left)


def _untouched(portion: Portion) -> tuple[ColumnElement[bool], ...]:
    """The act's registration of a row, as the act wrote it."""
    return (
        Registration.event_id == portion.facts["event"],
        Registration.person_id == BulkRow.record_id,
        Registration.asked_at == portion.act.created_at,
        Registration.mode == Mode(portion.facts["mode"]),
        Registration.seat != Seat.WITHDRAWN,
        Registration.attendance == Attendance.UNKNOWN,
        Registration.attendance_at.is_(None),
        Registration.version == 1,
    )


def _people(event: Event, portion: Portion) -> Any:
    day = clock.day(portion.act.created_at, ZoneInfo(event.zone))
    standing, written_to = directory.standing_for(day), directory.first_addresses()
    return db.session.execute(
        select(
            Person.id, Person.given_name, Person.family_name, Person.language, written_to.c.address_id,
            standing.c.role_id, standing.c.organisation_id, Role.function,
            func.coalesce(Organisation.name, "").label("organisation"),
        )
        .outerjoin(standing, standing.c.person_id == Person.id)
        .outerjoin(Role, Role.id == standing.c.role_id)
        .outerjoin(Organisation, Organisation.id == standing.c.organisation_id)
        .outerjoin(written_to, written_to.c.person_id == Person.id)
        .where(Person.id.in_(portion.keys()))
        .order_by(Person.id)
    )  # fmt: skip


def _decided(event: Event, people: list[Any], portion: Portion) -> dict[int, tuple[Seat, int | None]]:
    """What each gets, and the group they belong to: the same rule as for whoever comes alone."""
    at, mode = portion.act.created_at, Mode(portion.facts["mode"])
    day = clock.day(at, ZoneInfo(event.zone))
    groups = places.groups_of(event, [person.id for person in people], day=day)
    room, counted = places.look(event)
    claims = [
        rule.Claim(person.id, places.line_of(event, mode, groups.get(person.id)), is_new=True)
        for person in people
    ]
    given = rule.decide(room, counted.taken, claims, are_offered=False)
    return {person.id: (given.get(person.id, Seat.WAITING), groups.get(person.id)) for person in people}


def _row(person: Any, event: Event, portion: Portion, seat: Seat, group: int | None) -> dict[str, Any]:
    at = portion.act.created_at
    by_name = normal.person_sort(person.given_name, person.family_name)
    return {
        "event_id": event.id, "person_id": person.id, "role_id": person.role_id,
        "organisation_id": person.organisation_id, "address_id": person.address_id,
        "given_name": person.given_name, "family_name": person.family_name,
        "organisation_name": person.organisation, "function": person.function or "",
        "search": f"{by_name} {normal.words(person.organisation)}".strip(),
        "mode": Mode(portion.facts["mode"]), "seat": seat, "quota_id": group,
        "source": "staff", "language": person.language,
        "token": secrets.token_urlsafe(32), "badge": new_badge(), "turns": 0, "asked_at": at,
        "seated_at": at if seat == Seat.CONFIRMED else None, "withdrawn_at": None,
        "attendance": Attendance.UNKNOWN, "attendance_at": None, "version": 1,
    }  # fmt: skip


def _answer(portion: Portion, old: Answer, new: Answer) -> None:
    """Being registered is an answer, for whoever was invited; taken back, they have not answered."""
    at = portion.act.created_at
    changed = update(Invitation).where(
        Invitation.event_id == portion.facts["event"],
        Invitation.person_id.in_(portion.keys()),
        Invitation.answer == old,
    )
    changed = changed.values(answer=new, answered_at=at if new == Answer.ACCEPTED else None)
    db.session.execute(changed, execution_options={"synchronize_session": False})


def install() -> None:
    kinds.register(Enrol())
    kinds.register(Prepare())
