"""Taking a platform's file in: understood, matched, looked at, then noted as attendance or taken back."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from crm.db import db
from crm.errors import CrmError
from crm.events.models import Attendance, Event, Format, Mode, Registration, Seat
from crm.events.platforms import matching, reading
from crm.events.platforms.models import Connected, FileState, Match, PlatformFile, PlatformMark
from crm.events.platforms.moments import DateOrder
from crm.events.platforms.reading import Reading, Told
from crm.events.services import attendance
from crm.text import N_

KEPT = timedelta(days=90)  # after this the names of a file are forgotten; its counts stay


class AlreadyNoted(CrmError):
    text = N_("This file was noted already. Undo it first, then read it again.")


class StillAsking(CrmError):
    text = N_("Say first what the columns and the dates of the file are.")


class NotNoted(CrmError):
    text = N_("The attendance of this file is not noted.")


class NotACandidate(CrmError):
    text = N_("This person is not registered for the event, or has withdrawn.")


@dataclass(frozen=True)
class Answers:
    """What a person said of the file, as far as they were asked."""

    places: Mapping[str, int] | None = None
    order: DateOrder | None = None


def receive(
    event: Event,
    content: bytes,
    name: str,
    *,
    least_minutes: int,
    marks_others: bool = False,
    answers: Answers | None = None,
    by: str,
    at: datetime,
) -> tuple[PlatformFile, Reading]:
    """Keep what the file says, with nothing noted yet; or keep the file until it is explained.

    Raises AlreadyNoted, TableRefused, DatesContradict, ColumnsMissing, NobodyConnected.
    """
    answers, digest = answers or Answers(), hashlib.sha256(content).hexdigest()
    same = select(PlatformFile.id).where(
        PlatformFile.event_id == event.id,
        PlatformFile.digest == digest,
        PlatformFile.state == FileState.NOTED,
    )
    if db.session.scalar(same):
        raise AlreadyNoted
    found = understand(event, content, name, answers)
    file = PlatformFile(
        event_id=event.id,
        name=name[:200],
        layout=found.layout,
        state=FileState.ASKING,
        least_minutes=least_minutes,
        marks_others=marks_others,
        connections=0,
        unread=[],
        content=content,
        digest=digest,
        at=at,
        by=by,
    )
    db.session.add(file)
    db.session.flush()
    if found.asks is None:
        _keep(file, event, found)
    return file, found


def understand(event: Event, content: bytes, name: str, answers: Answers) -> Reading:
    """What the file says or asks, with these answers. Raises what `receive` raises."""
    told = Told(event.starts_wall, event.ends_wall, answers.places, answers.order)
    return reading.read(content, name, told)


def explain(file: PlatformFile, answers: Answers) -> Reading:
    """Read a file that was asking. Raises what `receive` raises."""
    found = understand(file.event, file.content or b"", file.name, answers)
    if found.asks is None:
        _keep(file, file.event, found)
    return found


def _keep(file: PlatformFile, event: Event, found: Reading) -> None:
    register = matching.register(event)
    rows = []
    for person in found.people:
        match = register.find(name=person.name, email=person.email, organisation=person.organisation)
        rows.append(
            {
                "file_id": file.id,
                "name": person.name,
                "email": person.email,
                "organisation": person.organisation,
                "connections": person.connections,
                "spans": person.spans,
                "seconds": person.seconds,
                "match": match.match,
                "candidates": list(match.candidates),
                "registration_id": match.registration_id,
            }
        )
    if rows:
        db.session.execute(insert(Connected), rows)
    file.layout, file.connections, file.content = found.layout, found.connections, None
    file.unread = [
        [row.number, list(row.cells)[:30], row.reason.text, {k: str(v) for k, v in row.reason.facts.items()}]
        for row in found.unread
    ]
    file.state = FileState.READ
    db.session.flush()


def choose(file: PlatformFile, one: Connected, registration_id: int | None, *, by: str, at: datetime) -> None:
    """Say which registration somebody is, or None for nobody's; noted at once where the file is.

    Raises NotACandidate.
    """
    if registration_id is None:
        one.match, one.registration_id = Match.NONE, None
    else:
        registration = db.session.get(Registration, registration_id)
        if (
            registration is None
            or registration.event_id != file.event_id
            or registration.seat is Seat.WITHDRAWN
        ):
            raise NotACandidate
        one.match, one.registration_id = Match.CHOSEN, registration_id
    db.session.flush()
    if file.state is FileState.NOTED:
        _mark(file, by, at)


def note(file: PlatformFile, *, by: str, at: datetime) -> int:
    """Note who attended; how many registrations changed.

    Raises StillAsking, AlreadyNoted, EventCancelled, NotThatDayYet.
    """
    if file.state is FileState.ASKING:
        raise StillAsking
    if file.state is FileState.NOTED:
        raise AlreadyNoted
    changed = _mark(file, by, at)
    file.state, file.noted_at = FileState.NOTED, at
    db.session.flush()
    return changed


def _mark(file: PlatformFile, by: str, at: datetime) -> int:
    event = file.event
    came, less = attended(file)
    changed = 0
    if came:
        changed += _marked(file, event, came, Attendance.PRESENT, by, at)
    if file.marks_others and (others := _others(file, event, came, less)):
        changed += _marked(file, event, others, Attendance.ABSENT, by, at)
    return changed


def _marked(
    file: PlatformFile, event: Event, keys: list[int], state: Attendance, by: str, at: datetime
) -> int:
    mark = attendance.mark(event, keys, state, by=by, at=at)
    db.session.add(PlatformMark(file_id=file.id, mark_id=mark.id))
    db.session.flush()
    return len(mark.before)


def _others(file: PlatformFile, event: Event, came: list[int], less: list[int]) -> list[int]:
    """Those with a seat online of whom nothing is known, who neither came nor may be one of the unsure."""
    unsure = select(Connected.candidates).where(Connected.file_id == file.id, Connected.match == Match.UNSURE)
    maybe = {key for keys in db.session.scalars(unsure) for key in keys}
    rows = select(Registration.id).where(
        Registration.event_id == event.id,
        Registration.seat == Seat.CONFIRMED,
        Registration.attendance == Attendance.UNKNOWN,
    )
    if event.format is Format.HYBRID:
        rows = rows.where(Registration.mode == Mode.ONLINE)
    return [key for key in db.session.scalars(rows) if key not in maybe and key not in set(came)]


def attended(file: PlatformFile) -> tuple[list[int], list[int]]:
    """The registrations that were connected long enough, and those that were for less."""
    rows = select(Connected.registration_id, Connected.spans, Connected.seconds).where(
        Connected.file_id == file.id, Connected.registration_id.is_not(None)
    )
    spans: dict[int, list[Any]] = {}
    loose: dict[int, int] = {}
    for key, own, seconds in db.session.execute(rows):
        spans.setdefault(key, []).extend(own)
        loose[key] = loose.get(key, 0) + seconds - sum(end - begin for begin, end in own)
    came: list[int] = []
    less: list[int] = []
    for key, own in spans.items():
        seconds = sum(end - begin for begin, end in reading.united(own)) + loose[key]
        (came if seconds >= file.least_minutes * 60 else less).append(key)
    return came, less


def undo(file: PlatformFile, *, by: str, at: datetime) -> int:
    """Give every registration back what it said before the file; how many. Raises NotNoted."""
    if file.state is not FileState.NOTED:
        raise NotNoted
    count = 0
    for made in reversed(file.marks):
        if made.mark.undone_at is None:
            count += attendance.undo(made.mark, by=by, at=at)
    file.state, file.noted_at = FileState.UNDONE, None
    db.session.flush()
    return count


def demand(file: PlatformFile, *, least_minutes: int, marks_others: bool) -> None:
    """Ask for more or less time before somebody counts as attended. Raises AlreadyNoted."""
    if file.state is FileState.NOTED:
        raise AlreadyNoted
    file.least_minutes, file.marks_others = least_minutes, marks_others


def discard(file: PlatformFile) -> None:
    """Take a file away that is not noted, with the people in it. Raises AlreadyNoted."""
    if file.state is FileState.NOTED:
        raise AlreadyNoted
    db.session.execute(delete(Connected).where(Connected.file_id == file.id))
    db.session.execute(delete(PlatformMark).where(PlatformMark.file_id == file.id))
    db.session.delete(file)
    db.session.flush()


def minutes_of(event: Event, share: int) -> int:
    """So many hundredths of the event's length, in whole minutes."""
    return int((event.ends_wall - event.starts_wall).total_seconds() * share / 100 // 60)


def forget(at: datetime) -> int:
    """Take the names, addresses and organisations out of files older than `KEPT`; how many files."""
    old = select(PlatformFile).where(PlatformFile.forgotten_at.is_(None), PlatformFile.at < at - KEPT)
    files = db.session.scalars(old).all()
    for file in files:
        db.session.execute(
            update(Connected).where(Connected.file_id == file.id).values(name="", email="", organisation="")
        )
        file.content, file.unread, file.forgotten_at = None, [], at
        if file.state is FileState.ASKING:
            db.session.delete(file)
    db.session.flush()
    return len(files)


def number_of(file: PlatformFile, *which: Any) -> int:
    rows = select(func.count()).select_from(Connected).where(Connected.file_id == file.id, *which)
    return db.session.scalar(rows) or 0
