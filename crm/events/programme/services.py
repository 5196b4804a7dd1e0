"""The rules of a programme: sessions within the event, rooms by name, people printed as they were then."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from crm import clock, history
from crm.db import db
from crm.directory.models import Person
from crm.errors import Changed, CrmError
from crm.events.models import Answer, Event, EventState
from crm.events.programme import telling
from crm.events.programme.models import Document, Does, ProgrammeSession, Room, Speaker, Turn
from crm.events.services import visitors
from crm.mail import services as outbox
from crm.mail.models import Address
from crm.text import N_, clean
from crm.web import richtext
from crm.web.files import Kept

MOST_SESSIONS = 300


class TitleMissing(CrmError):
    text = N_("Enter a title")
    field = "title"


class EndsBeforeItStarts(CrmError):
    text = N_("The session ends before it starts: enter an end that comes after the start.")
    field = "ends"


class OutsideTheEvent(CrmError):
    text = N_("The event lasts from %(first)s to %(last)s: put the session within it, or change the event.")
    field = "starts"


class SkippedStart(clock.SkippedHour):
    field = "starts"


class SkippedEnd(clock.SkippedHour):
    field = "ends"


class TwiceInASession(CrmError):
    text = N_("%(name)s is named twice in this session: leave one of the lines empty.")
    field = "voices"


class TooManySessions(CrmError):
    text = N_("A programme holds %(most)s sessions at most.")


class NobodyToAsk(CrmError):
    text = N_("Everybody who can be asked was asked already. Whoever has no address is asked by you.")


class NothingToAnswer(CrmError):
    text = N_("“%(event)s” is cancelled, has begun or is over: the answer cannot be changed any more.")


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is told of a session. Walls are naive, in the event's zone; the description is HTML."""

    title: str
    starts_wall: datetime
    ends_wall: datetime
    room: str = ""
    description: str = ""


@dataclass(frozen=True)
class Voice:
    """Who speaks in a session, or moderates it."""

    person: Person
    does: Does = Does.SPEAKS


def add(event: Event, told: Told, voices: Sequence[Voice], *, at: datetime) -> ProgrammeSession:
    """Put a session into the programme.

    Raises TitleMissing, SkippedHour, EndsBeforeItStarts, OutsideTheEvent, TwiceInASession, TooManySessions.
    """
    known = select(ProgrammeSession.id).where(ProgrammeSession.event_id == event.id).limit(MOST_SESSIONS)
    if len(db.session.scalars(known).all()) == MOST_SESSIONS:
        raise TooManySessions(most=MOST_SESSIONS)
    session = ProgrammeSession(event=event)
    with db.session.no_autoflush:
        _write(session, told)
        speak(session, voices, at=at)
    db.session.add(session)
    db.session.flush()
    return session


def change(
    session: ProgrammeSession, told: Told, voices: Sequence[Voice], *, seen: int | None = None, at: datetime
) -> None:
    """Change a session. Raises Changed when someone saved in between, and what `add` raises."""
    if seen is not None and session.version != seen:
        raise Changed(who=history.last_actor(db.session(), session))
    with db.session.no_autoflush:
        _write(session, told)
        speak(session, voices, at=at)
    history.save(db.session(), session)
    _sweep(session.event)


def remove(session: ProgrammeSession) -> None:
    """Take a session out of the programme; its documents stay with the event."""
    event = session.event
    for document in session.documents:
        document.session = None
    db.session.flush()
    db.session.delete(session)
    db.session.flush()
    _sweep(event)


def follow(event: Event, moved_by: timedelta) -> None:
    """Move the programme with its event, in the zone that the event is in now. Raises SkippedHour."""
    for session in db.session.scalars(select(ProgrammeSession).where(ProgrammeSession.event_id == event.id)):
        _place(session, session.starts_wall + moved_by, session.ends_wall + moved_by, event)


def print_as(speaker: Speaker, *, function: str, organisation_name: str, seen: int | None = None) -> None:
    """Say under which function and organisation the person is printed. Raises Changed."""
    if seen is not None and speaker.version != seen:
        raise Changed(who=history.last_actor(db.session(), speaker))
    speaker.function, speaker.organisation_name = clean(function), clean(organisation_name)
    db.session.flush()


def note_answer(speaker: Speaker, answer: Answer, *, said: str = "", at: datetime) -> None:
    """Write down an answer that the person gave to the invitation to speak."""
    if speaker.answer != answer:
        speaker.answer, speaker.answered_at = answer, None if answer is Answer.NONE else at
    speaker.said = clean(said)[:2000]
    db.session.flush()


def answer(speaker: Speaker, answer: Answer, *, said: str = "", at: datetime) -> None:
    """Take the speaker's own answer, until the event begins. Raises NothingToAnswer."""
    event = speaker.event
    if event.state in (EventState.CANCELLED, EventState.HELD) or has_begun(event, at):
        raise NothingToAnswer(event=event.title)
    note_answer(speaker, answer, said=said, at=at)
    if speaker.address is not None:
        outbox.touched(speaker.address, at=at)


def has_begun(event: Event, at: datetime) -> bool:
    return event.state is not EventState.POSTPONED and event.starts_at <= at


def ask(event: Event, speakers: Sequence[Speaker], *, by: str, at: datetime) -> int:
    """Write to those of these speakers who were not asked yet; how many. Raises NobodyToAsk."""
    asked = 0
    for speaker in speakers:
        if speaker.asked_at is not None or speaker.answer is not Answer.NONE:
            continue
        speaker.address = speaker.address or _address(speaker.person)
        if speaker.address is not None:
            speaker.asked_at = at
            asked += 1
    if not asked:
        raise NobodyToAsk
    db.session.flush()
    telling.of_asking(event, by=by, at=at)
    return asked


def attach(
    event: Event, files: Sequence[Kept], *, session: ProgrammeSession | None, is_public: bool, at: datetime
) -> list[Document]:
    """Keep these files with the event, or with one of its sessions."""
    added = [
        Document(
            event_id=event.id,
            session_id=session.id if session is not None else None,
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            stored_as=file.stored_as,
            is_public=is_public,
            added_at=at,
        )
        for file in files
    ]
    db.session.add_all(added)
    db.session.flush()
    return added


def speaker_of(event: Event, person: Person, *, at: datetime) -> Speaker:
    """The person on the event's programme, with the function and organisation of today when they are new."""
    known = None
    if event.id is not None:
        asked = select(Speaker).where(Speaker.event_id == event.id, Speaker.person_id == person.id)
        known = db.session.scalar(asked)
    if known is not None:
        return known
    standing = visitors.main_standing(person, clock.day(at, ZoneInfo(event.zone)))
    speaker = Speaker(
        event=event,
        person=person,
        organisation=standing.organisation,
        organisation_name=standing.organisation_name,
        function=standing.function,
        address=_address(person),
        token=secrets.token_urlsafe(32),
        answer=Answer.NONE,
    )
    db.session.add(speaker)
    return speaker


def _address(person: Person) -> Address | None:
    return person.addresses[0].address if person.addresses else None


def _write(session: ProgrammeSession, told: Told) -> None:
    session.title = clean(told.title)
    if not session.title:
        raise TitleMissing
    session.description = str(richtext.sanitise(told.description))
    event = session.event
    _place(session, told.starts_wall, told.ends_wall, event)
    last = event.ends_wall
    if session.starts_at < event.starts_at or session.ends_at > event.ends_at:
        raise OutsideTheEvent(first=f"{event.starts_wall:%d/%m %H:%M}", last=f"{last:%d/%m %H:%M}")
    session.room = _room(event, told.room)


def _place(session: ProgrammeSession, starts: datetime, ends: datetime, event: Event) -> None:
    """The walls and the instants they mean; the earlier one of an hour that autumn shows twice."""
    zone = clock.zone(event.zone)
    starts, ends = (wall.replace(second=0, microsecond=0) for wall in (starts, ends))
    try:
        session.starts_at = clock.instant(starts, zone)
    except clock.SkippedHour as skipped:
        raise SkippedStart(**skipped.facts) from None
    try:
        session.ends_at = clock.instant(ends, zone)
    except clock.SkippedHour as skipped:
        raise SkippedEnd(**skipped.facts) from None
    if session.ends_at <= session.starts_at:
        raise EndsBeforeItStarts
    session.starts_wall, session.ends_wall = starts, ends


def _room(event: Event, name: str) -> Room | None:
    """The event's room of that name, made when it is new."""
    name = clean(name)
    if not name:
        return None
    for room in db.session.scalars(select(Room).where(Room.event_id == event.id)):
        if room.name.casefold() == name.casefold():
            return room
    room = Room(event=event, name=name)
    db.session.add(room)
    return room


def speak(session: ProgrammeSession, voices: Sequence[Voice], *, at: datetime) -> None:
    """The people of the session in this order; those who speak nowhere any more leave the programme."""
    known = {turn.speaker.person_id: turn for turn in session.turns}
    seen: set[int] = set()
    turns = []
    for position, voice in enumerate(voices):
        if voice.person.id in seen:
            raise TwiceInASession(name=voice.person.name)
        seen.add(voice.person.id)
        turn = known.get(voice.person.id) or Turn(speaker=speaker_of(session.event, voice.person, at=at))
        turn.does, turn.position = voice.does, position
        turns.append(turn)
    session.turns = turns


def _sweep(event: Event) -> None:
    """Rooms without a session go, and so do people who were never asked and speak nowhere any more."""
    for room in db.session.scalars(
        select(Room).where(
            Room.event_id == event.id,
            Room.id.not_in(
                select(ProgrammeSession.room_id).where(
                    ProgrammeSession.event_id == event.id, ProgrammeSession.room_id.is_not(None)
                )
            ),
        )
    ):
        db.session.delete(room)
    for speaker in db.session.scalars(
        select(Speaker).where(
            Speaker.event_id == event.id,
            Speaker.asked_at.is_(None),
            Speaker.answer == Answer.NONE,
            Speaker.id.not_in(select(Turn.speaker_id)),
        )
    ):
        db.session.expire(speaker, ["turns"])
        db.session.delete(speaker)
    db.session.flush()
