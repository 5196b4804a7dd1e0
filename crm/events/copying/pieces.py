"""The pieces that this domain itself copies: words, place, seats, partners, programme, people on it."""

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.directory.merging import following
from crm.directory.models import Person
from crm.errors import CrmError
from crm.events.admission import services as admission
from crm.events.copying.services import Piece, enter
from crm.events.models import Event, Mode
from crm.events.places import queries as places
from crm.events.places import services as seating
from crm.events.programme import queries as programme
from crm.events.programme import services as sessions
from crm.events.programme.models import Does, ProgrammeSession
from crm.events.questions import carrying
from crm.events.reminders import services as reminders
from crm.events.reminders.models import Readers, Reminder
from crm.text import N_

_TEXTS = ("title", "description", "language", "kind_id", "part")
_PLACE = ("format", "venue", "city", "join_url")
_SEATS = ("capacity", "visibility")
# Set as they are: whoever made the source checked them.
_MORE_SEATS = ("capacity_online", "offer_hours", "withdraw_hours")
# Never left out: a copy is not open to more people than its source by an oversight.
_ADMISSION = ("needs_approval", "is_list_closed", "takes_groups")
_TIME = ("zone", "is_all_day", "starts_wall", "ends_wall", "starts_at", "ends_at")

CARRIED = frozenset({*_TEXTS, *_PLACE, *_SEATS, *_MORE_SEATS, *_ADMISSION, *_TIME})
# What belongs to one event alone; each column of an event is in one of the two.
OWN = frozenset(
    {
        "id", "uid", "slug", "search", "sequence", "version",
        "state", "postponed_from", "time_changed_at", "words_changed_at",
        "created_by", "created_at", "updated_at",
        # Those of the source are over: the piece `hours` sets them as far from the new event.
        "opens_wall", "closes_wall", "opens_at", "closes_at",
    }
)  # fmt: skip


def install() -> None:
    for key, label, names in (
        ("texts", N_("Texts: description, kind, language"), _TEXTS),
        ("place", N_("Place, format and link"), _PLACE),
        ("seats", N_("Capacity, and who may register"), _SEATS),
    ):
        enter(Piece(key=key, label=label, take=_taking(names), is_facts=True))
    enter(Piece(key="more_seats", label=N_("Deadlines and seats online"), take=_more, give=_give_more))
    enter(
        Piece(
            key="admission",
            label=N_("Approval, closed list, colleagues"),
            take=_taking(_ADMISSION),
            give=_admit,
            is_always=True,
        )
    )
    enter(
        Piece(
            key="listed",
            label=N_("The addresses of the closed list"),
            take=_list,
            give=_give_list,
            holds_people=True,
            goes_to_dates=True,
        )
    )
    enter(Piece(key="partners", label=N_("Partner organisations"), take=_partners, is_facts=True))
    enter(
        Piece(
            key="questions",
            label=N_("Questions of the registration form"),
            take=carrying.take,
            give=carrying.give,
        )
    )
    enter(
        Piece(key="programme", label=N_("Programme: sessions and rooms"), take=_sessions, give=_give_sessions)
    )
    enter(Piece(key="hours", label=N_("Hours of registration"), take=_hours, give=_give_hours))
    enter(Piece(key="held", label=N_("Groups with places held back"), take=_held, give=_give_held))
    enter(Piece(key="reminders", label=N_("Reminders and thanks"), take=_reminders, give=_give_reminders))
    enter(
        Piece(
            key="speakers",
            label=N_("The people on the programme, to be asked anew"),
            take=_voices,
            give=_give_voices,
            holds_people=True,
        )
    )


def _taking(names: tuple[str, ...]) -> Any:
    def take(event: Event) -> dict[str, Any]:
        return {name: getattr(event, name) for name in names}

    return take


def _more(event: Event) -> dict[str, Any]:
    return {name: value for name in _MORE_SEATS if (value := getattr(event, name, None)) is not None}


def _give_more(event: Event, held: dict[str, Any], *, at: datetime) -> None:
    for name in _MORE_SEATS:
        if name in held:
            setattr(event, name, held[name])


def _admit(event: Event, held: dict[str, Any], *, at: datetime) -> None:
    """Without its addresses a closed list lets nobody in until somebody writes it."""
    for name in _ADMISSION:
        setattr(event, name, held.get(name, getattr(event, name)))


def _list(event: Event) -> dict[str, Any]:
    return {"of": event.id} if admission.number_listed(event) else {}


def _give_list(event: Event, held: dict[str, Any], *, at: datetime) -> None:
    admission.copy_list(held["of"], event)


def _partners(event: Event) -> dict[str, Any]:
    return {"partners": [[one.organisation_id, one.part.value] for one in event.partners]}


def _minutes(event: Event, wall: datetime) -> int:
    return int((wall - event.starts_wall) / timedelta(minutes=1))


def _sessions(event: Event) -> list[dict[str, Any]]:
    return [
        {
            "title": session.title,
            "description": session.description,
            "room": session.room.name if session.room else "",
            "starts": _minutes(event, session.starts_wall),
            "ends": _minutes(event, session.ends_wall),
        }
        for session in programme.sessions(event)
    ]


def _give_sessions(event: Event, held: list[dict[str, Any]], *, at: datetime) -> None:
    for one in held:
        starts, ends = (event.starts_wall + timedelta(minutes=one[name]) for name in ("starts", "ends"))
        if starts >= event.ends_wall:
            # The new event is shorter: what would lie after its end has no place in it.
            continue
        told = sessions.Told(
            title=one["title"],
            description=one["description"],
            room=one["room"],
            starts_wall=starts,
            ends_wall=min(ends, event.ends_wall),
        )
        sessions.add(event, told, (), at=at)


def _hours(event: Event) -> dict[str, int]:
    """When registration opens and closes, as far from the event as it was."""
    walls = {"opens": event.opens_wall, "closes": event.closes_wall}
    return {name: _minutes(event, wall) for name, wall in walls.items() if wall is not None}


def _give_hours(event: Event, held: dict[str, int], *, at: datetime) -> None:
    walls = {name: event.starts_wall + timedelta(minutes=minutes) for name, minutes in held.items()}
    event.opens_wall = walls.get("opens")
    event.closes_wall = min(walls["closes"], event.ends_wall) if "closes" in walls else None
    try:
        admission.reckon(event)
    except clock.SkippedHour:
        # There is no such hour that night: staff set another.
        event.opens_wall = event.closes_wall = event.opens_at = event.closes_at = None


def _held(event: Event) -> list[dict[str, Any]]:
    """The groups without who belongs to them."""
    return [
        {"name": one.name, "places": one.places, "mode": one.mode.value if one.mode else None}
        for one in db.session.scalars(places.quotas(event))
    ]


def _give_held(event: Event, held: list[dict[str, Any]], *, at: datetime) -> None:
    for one in held:
        mode = Mode(one["mode"]) if one["mode"] else None
        try:
            seating.hold_back(event, name=one["name"], places=one["places"], mode=mode, at=at)
        except CrmError:
            # The new event has fewer seats than the groups of the other one had.
            continue


def _reminders(event: Event) -> list[dict[str, Any]]:
    own = select(Reminder).where(Reminder.event_id == event.id)
    return [
        {
            "readers": one.readers.value,
            "is_after": one.is_after,
            "minutes": one.minutes,
            "days": one.days,
            "hour": f"{one.hour:%H:%M}" if one.hour is not None else None,
            "note": one.note,
        }
        for one in db.session.scalars(own.order_by(Reminder.id))
    ]


def _give_reminders(event: Event, held: list[dict[str, Any]], *, at: datetime) -> None:
    for one in held:
        hour = time.fromisoformat(one["hour"]) if one["hour"] else None
        facts = {**one, "readers": Readers(one["readers"]), "hour": hour}
        try:
            reminders.add(event, by=event.created_by, at=at, **facts)
        except CrmError:
            # It would have left already.
            continue


def _voices(event: Event) -> list[dict[str, Any]]:
    return [
        {
            "starts": _minutes(event, session.starts_wall),
            "title": session.title,
            "person": turn.speaker.person_id,
            "does": turn.does.value,
        }
        for session in programme.sessions(event)
        for turn in session.turns
    ]


def _give_voices(event: Event, held: list[dict[str, Any]], *, at: datetime) -> None:
    """Who spoke then, in the same session of this one, printed as they are today and not asked yet."""
    there = {(_minutes(event, one.starts_wall), one.title): one for one in programme.sessions(event)}
    by_session: dict[ProgrammeSession, list[sessions.Voice]] = {}
    for one in held:
        session = there.get((one["starts"], one["title"]))
        person = db.session.get(Person, one["person"])
        person = following.kept(person) if person is not None else None
        if session is None or person is None or person.binned_at is not None:
            continue
        voices = by_session.setdefault(session, [])
        if all(voice.person is not person for voice in voices):
            voices.append(sessions.Voice(person, Does(one["does"])))
    for session, voices in by_session.items():
        sessions.speak(session, voices, at=at)
