"""Adding what stays after an event, finding it, and asking to be told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import func, select

from crm.db import db
from crm.errors import CrmError
from crm.events.models import Event, EventState, Registration
from crm.events.resources.models import ReplayRequest, Resource, ResourceKind
from crm.text import N_, clean


class LinkOrFile(CrmError):
    text = N_("Give a link or a file, and not both.")
    field = "url"


class NoWebLink(CrmError):
    text = N_("Enter a link that begins with https:// or http://")
    field = "url"


@dataclass(frozen=True)
class KeptFile:
    """A file that is kept already."""

    media_type: str
    size: int
    stored_as: str


def add(
    event: Event,
    *,
    kind: ResourceKind,
    title: str,
    url: str = "",
    file: KeptFile | None = None,
    is_public: bool,
    at: datetime,
) -> Resource:
    """Raises LinkOrFile, NoWebLink."""
    url = clean(url)
    if bool(url) == (file is not None):
        raise LinkOrFile
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
        raise NoWebLink
    resource = Resource(
        event_id=event.id,
        kind=kind,
        title=clean(title),
        url=url,
        media_type=file.media_type if file else "",
        size=file.size if file else 0,
        stored_as=file.stored_as if file else None,
        is_public=is_public,
        added_at=at,
    )
    db.session.add(resource)
    db.session.flush()
    return resource


def of(event: Event) -> Sequence[Resource]:
    """All of them, oldest first."""
    rows = select(Resource).where(Resource.event_id == event.id).order_by(Resource.id)
    return db.session.scalars(rows).all()


def resource(event: Event, key: int) -> Resource | None:
    found = db.session.get(Resource, key)
    return found if found is not None and found.event_id == event.id else None


def shown(event: Event, *, to_registered: bool, at: datetime) -> Sequence[Resource]:
    """What the readers of a page may open: nothing before the event is over, nor of one called off."""
    if not event.is_over(at) or event.state is EventState.CANCELLED:
        return []
    return [one for one in of(event) if one.is_public or to_registered]


def named(event: Event, name: str, *, to_registered: bool, at: datetime) -> Resource | None:
    """The file of that random name, for whoever may open it."""
    return next(
        (one for one in shown(event, to_registered=to_registered, at=at) if one.stored_as == name), None
    )


def has_asked(registration: Registration) -> bool:
    rows = select(ReplayRequest.id).where(
        ReplayRequest.event_id == registration.event_id, ReplayRequest.person_id == registration.person_id
    )
    return db.session.scalar(rows) is not None


def ask(registration: Registration, *, at: datetime) -> None:
    """Note that the person wants to be told when the replay is there; twice changes nothing."""
    if registration.person_id is None or has_asked(registration):
        return
    db.session.add(
        ReplayRequest(event_id=registration.event_id, person_id=registration.person_id, asked_at=at)
    )
    db.session.flush()


def number_asking(event: Event) -> int:
    rows = select(func.count()).select_from(ReplayRequest).where(ReplayRequest.event_id == event.id)
    return db.session.scalar(rows) or 0


def forget(registration: Registration) -> None:
    """Take away that the person asked, at their wish."""
    rows = select(ReplayRequest).where(
        ReplayRequest.event_id == registration.event_id, ReplayRequest.person_id == registration.person_id
    )
    for request in db.session.scalars(rows):
        db.session.delete(request)
