"""What a platform's file says of an event: its figures, and the people of each kind."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from crm.db import db
from crm.events.models import Event, Registration
from crm.events.platforms import services
from crm.events.platforms.models import Connected, FileState, Match, PlatformFile


@dataclass(frozen=True)
class Figures:
    """People of a file. `came` and `less` are registrations; `anonymous` were there long enough, unknown."""

    people: int
    came: int
    less: int
    unsure: int
    unknown: int
    anonymous: int


def files(event: Event) -> Sequence[PlatformFile]:
    """The event's files, newest first."""
    rows = select(PlatformFile).where(PlatformFile.event_id == event.id).order_by(PlatformFile.id.desc())
    return db.session.scalars(rows).all()


def file(event: Event, key: int) -> PlatformFile | None:
    found = db.session.get(PlatformFile, key)
    return found if found is not None and found.event_id == event.id else None


def figures(file: PlatformFile) -> Figures:
    rows = select(Connected.match, func.count()).where(Connected.file_id == file.id).group_by(Connected.match)
    by_match: dict[Match, int] = {match: count for match, count in db.session.execute(rows)}
    came, less = services.attended(file)
    return Figures(
        people=sum(by_match.values()),
        came=len(came),
        less=len(less),
        unsure=by_match.get(Match.UNSURE, 0),
        unknown=by_match.get(Match.NONE, 0),
        anonymous=_anonymous(file),
    )


def _anonymous(file: PlatformFile) -> int:
    return services.number_of(
        file, Connected.match == Match.NONE, Connected.seconds >= file.least_minutes * 60
    )


def anonymous(event: Event) -> int:
    """How many people attended online whom nobody knows, by the event's files that are noted."""
    noted = [file for file in files(event) if file.state is FileState.NOTED]
    return sum(_anonymous(file) for file in noted)


def people(file: PlatformFile, match: Match, *, most: int = 500) -> Sequence[Connected]:
    rows = (
        select(Connected)
        .where(Connected.file_id == file.id, Connected.match == match)
        .order_by(Connected.name, Connected.id)
        .limit(most)
    )
    return db.session.scalars(rows).all()


def candidates(unsure: Sequence[Connected]) -> dict[int, Registration]:
    """The registrations that may be meant, by key."""
    keys = {key for one in unsure for key in one.candidates}
    rows = select(Registration).where(Registration.id.in_(keys))
    return {one.id: one for one in db.session.scalars(rows)} if keys else {}
