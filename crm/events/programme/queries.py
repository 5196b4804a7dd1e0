"""The programme as it is read: in order, by day, with what clashes in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from crm.db import db
from crm.directory.merging import following
from crm.events.models import Answer, Event
from crm.events.programme.models import Document, Does, ProgrammeSession, Room, Speaker, Turn


@dataclass(frozen=True)
class Clash:
    """Two sessions at the same time that need the same room, or the same person; `what` names it."""

    one: ProgrammeSession
    other: ProgrammeSession
    what: str
    is_room: bool


def sessions(event: Event) -> list[ProgrammeSession]:
    """The event's sessions in order, with rooms, speakers and documents."""
    rows = (
        select(ProgrammeSession)
        .where(ProgrammeSession.event_id == event.id)
        .options(
            joinedload(ProgrammeSession.room),
            selectinload(ProgrammeSession.documents),
            selectinload(ProgrammeSession.turns).joinedload(Turn.speaker).joinedload(Speaker.person),
        )
        .order_by(ProgrammeSession.starts_at, ProgrammeSession.id)
    )
    return list(db.session.scalars(rows))


def session(event: Event, key: int) -> ProgrammeSession | None:
    found = db.session.get(ProgrammeSession, key)
    return found if found is not None and found.event_id == event.id else None


def by_day(shown: Sequence[ProgrammeSession]) -> list[tuple[Any, list[ProgrammeSession]]]:
    return [(day, list(group)) for day, group in groupby(shown, lambda each: each.starts_wall.date())]


def clashes(shown: Sequence[ProgrammeSession]) -> list[Clash]:
    """What cannot be at once: a room, or a person who did not decline, in two sessions that overlap."""
    found = []
    for one, other in combinations(shown, 2):
        if one.ends_at <= other.starts_at or other.ends_at <= one.starts_at:
            continue
        if one.room_id is not None and one.room_id == other.room_id:
            found.append(Clash(one, other, one.room.name if one.room else "", is_room=True))
        there = {turn.speaker_id for turn in other.turns}
        found += [
            Clash(one, other, turn.speaker.person.name, is_room=False)
            for turn in one.turns
            if turn.speaker_id in there and turn.speaker.answer is not Answer.DECLINED
        ]
    return found


def outside(event: Event, shown: Sequence[ProgrammeSession]) -> list[ProgrammeSession]:
    """The sessions that the event's own hours no longer hold."""
    return [each for each in shown if each.starts_at < event.starts_at or each.ends_at > event.ends_at]


def rooms(event: Event) -> list[Room]:
    return list(db.session.scalars(select(Room).where(Room.event_id == event.id).order_by(Room.name)))


def speakers(event: Event) -> list[Speaker]:
    """Everybody on the programme, in name order."""
    rows = (
        select(Speaker)
        .join(Speaker.person)
        .where(Speaker.event_id == event.id)
        .options(joinedload(Speaker.person), joinedload(Speaker.address), selectinload(Speaker.turns))
    )
    found = list(db.session.scalars(rows))
    return sorted(found, key=lambda each: (each.person.sort, each.id))


def speaker(event: Event, key: int) -> Speaker | None:
    found = db.session.get(Speaker, key)
    return found if found is not None and found.event_id == event.id else None


def speaker_by_token(token: str) -> Speaker | None:
    """The speaker of that link; the one that stays when two people turned out to be one."""
    found = db.session.scalar(select(Speaker).where(Speaker.token == token))
    if found is None and (key := following.row_of_token(Speaker.__tablename__, token)):
        return db.session.get(Speaker, key)
    return found


def turns_of(speaker: Speaker) -> list[Turn]:
    """Where the speaker speaks, in order."""
    rows = (
        select(Turn)
        .join(Turn.session)
        .where(Turn.speaker_id == speaker.id)
        .options(joinedload(Turn.session).joinedload(ProgrammeSession.room))
        .order_by(ProgrammeSession.starts_at, ProgrammeSession.id)
    )
    return list(db.session.scalars(rows))


def is_printed(speaker: Speaker) -> bool:
    """Whether the public reads the name: not of who declined, nor of who was asked and did not answer."""
    return speaker.answer is Answer.ACCEPTED or (speaker.answer is Answer.NONE and speaker.asked_at is None)


def printed(session: ProgrammeSession, does: Does) -> list[Speaker]:
    return [t.speaker for t in session.turns if t.does == does and is_printed(t.speaker)]


def documents(event: Event) -> list[Document]:
    rows = select(Document).where(Document.event_id == event.id).order_by(Document.id)
    return list(db.session.scalars(rows.options(joinedload(Document.session))))


def public_parts(event: Event) -> dict[str, Any]:
    """What the public page shows: days with their sessions, who is printed, public documents."""
    return {
        "days": by_day(sessions(event)),
        "printed": printed,
        "documents": [one for one in documents(event) if one.is_public],
    }


def document(event: Event, key: int) -> Document | None:
    found = db.session.get(Document, key)
    return found if found is not None and found.event_id == event.id else None


def public_document(event: Event, stored_as: str) -> Document | None:
    return db.session.scalar(
        select(Document).where(
            Document.event_id == event.id, Document.stored_as == stored_as, Document.is_public
        )
    )
