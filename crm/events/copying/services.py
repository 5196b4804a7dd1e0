"""Making an event from another one or from a template: each piece says how it is taken along.

    copying.enter(Piece(key="questions", label=N_("Questions of the form"), take=..., give=...))

`take(event)` gives what the piece holds as plain JSON, something empty when it holds nothing;
`give(event, taken, at=)` puts it onto a new event. The order of entering is that of giving.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from crm.db import db
from crm.directory.merging import following
from crm.directory.models import Organisation
from crm.errors import CrmError
from crm.events.copying.models import EventTemplate
from crm.events.models import Event, EventKind, Format, Part, Visibility
from crm.events.services import agenda
from crm.text import N_, clean

TIME = "time"


class NameMissing(CrmError):
    text = N_("Enter a name")
    field = "name"


class NameTaken(CrmError):
    text = N_("There is a template of this name already: choose another one, or replace it.")
    field = "name"


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One thing that may be copied. What is only facts of the event (`is_facts`) is given to `create`.

    What `holds_people` goes from event to event only, never into a template, and to the dates of a series
    where it `goes_to_dates`. What `is_always` taken along is no choice.
    """

    key: str
    label: str
    take: Callable[[Event], Any]
    give: Callable[..., None] | None = None
    is_facts: bool = False
    holds_people: bool = False
    goes_to_dates: bool = False
    is_always: bool = False


_pieces: dict[str, Piece] = {}


def enter(piece: Piece) -> None:
    """Let this piece be copied; again replaces it."""
    _pieces[piece.key] = piece


def pieces() -> list[Piece]:
    return list(_pieces.values())


def choosable(*, with_people: bool) -> list[Piece]:
    """What one may leave out."""
    return [piece for piece in pieces() if not piece.is_always and (with_people or not piece.holds_people)]


def without_people() -> list[str]:
    return [piece.key for piece in choosable(with_people=False)]


def for_dates() -> list[str]:
    """What the dates of a series have of the first one."""
    return [piece.key for piece in pieces() if piece.goes_to_dates or not piece.holds_people]


def taken(event: Event, keys: Collection[str]) -> dict[str, Any]:
    """What these pieces hold, and how long the event lasts in which zone."""
    minutes = int((event.ends_wall - event.starts_wall) / timedelta(minutes=1))
    told: dict[str, Any] = {
        TIME: {
            "zone": event.zone,
            "is_all_day": event.is_all_day,
            "minutes": minutes,
            "starts": f"{event.starts_wall:%H:%M}",
        }
    }
    for piece in pieces():
        if (piece.is_always or piece.key in keys) and (held := piece.take(event)):
            told[piece.key] = held
    return told


def put_down(told: dict[str, Any], *, starts_wall: datetime, title: str = "", by: str, at: datetime) -> Event:
    """A draft of these pieces that starts at that wall. Raises what `agenda.create` raises."""
    facts: dict[str, Any] = {}
    for piece in pieces():
        if piece.is_facts:
            facts |= facts_from(told.get(piece.key) or {})
    time = told[TIME]
    ends = starts_wall + timedelta(minutes=time["minutes"])
    if time["is_all_day"]:
        ends -= timedelta(days=1)
    facts |= {
        "zone": time["zone"], "is_all_day": time["is_all_day"],
        "starts_wall": starts_wall, "ends_wall": ends,
    }  # fmt: skip
    if clean(title) or "title" not in facts:
        facts["title"] = title
    event = agenda.create(by=by, at=at, **facts)
    give(event, told, at=at)
    return event


def facts_from(held: dict[str, Any]) -> dict[str, Any]:
    """The facts of an event as `agenda.create` takes them; organisations by the keys that they have now."""
    facts = dict(held)
    for name, kind in (("part", Part), ("format", Format), ("visibility", Visibility)):
        if name in facts:
            facts[name] = kind(facts[name])
    if facts.get("kind_id") is not None and db.session.get(EventKind, facts["kind_id"]) is None:
        facts["kind_id"] = None
    if "partners" in facts:
        facts["partners"] = list(dict.fromkeys(_kept(key, part) for key, part in facts["partners"]))
        facts["partners"] = [pair for pair in facts["partners"] if pair is not None]
    return facts


def facts_of(template: EventTemplate) -> dict[str, Any]:
    """What a new event of this template begins with, but for its partners and its date."""
    facts: dict[str, Any] = {name: template.pieces[TIME][name] for name in ("zone", "is_all_day")}
    for piece in pieces():
        if piece.is_facts:
            facts |= facts_from(template.pieces.get(piece.key) or {})
    facts.pop("partners", None)
    return {name: getattr(value, "value", value) for name, value in facts.items()}


def partners_of(template: EventTemplate) -> list[tuple[Organisation, Part]]:
    found = []
    for key, part in (template.pieces.get("partners") or {}).get("partners", ()):
        kept = _kept(key, part)
        organisation = db.session.get(Organisation, kept[0]) if kept else None
        if organisation is not None:
            found.append((organisation, Part(part)))
    return found


def _kept(key: int, part: str) -> tuple[int, Part] | None:
    organisation = db.session.get(Organisation, key)
    organisation = following.kept(organisation) if organisation is not None else None
    if organisation is None or organisation.binned_at is not None:
        return None
    return organisation.id, Part(part)


def give(event: Event, told: dict[str, Any], *, at: datetime) -> None:
    """Put onto an event what these pieces hold beside its own facts."""
    for piece in pieces():
        if piece.give is not None and piece.key in told:
            piece.give(event, told[piece.key], at=at)
    db.session.flush()


def copy(
    event: Event, keys: Collection[str], *, starts_wall: datetime, title: str = "", by: str, at: datetime
) -> Event:
    """A draft like this event: these pieces of it, at that wall. Raises what `agenda.create` raises."""
    return put_down(taken(event, keys), starts_wall=starts_wall, title=title or event.title, by=by, at=at)


def keep(
    event: Event,
    keys: Collection[str],
    *,
    name: str,
    note: str = "",
    instead_of: EventTemplate | None = None,
    at: datetime,
) -> EventTemplate:
    """Keep these pieces of the event as a template. Raises NameMissing, NameTaken."""
    template = instead_of or EventTemplate(created_at=at, is_archived=False)
    template.pieces = taken(event, set(keys) & set(without_people()))
    rename(template, name=name, note=note, at=at)
    return template


def rename(template: EventTemplate, *, name: str, note: str, at: datetime) -> None:
    """Raises NameMissing, NameTaken."""
    template.name, template.note, template.updated_at = clean(name), clean(note), at
    if not template.name:
        raise NameMissing
    with db.session.no_autoflush:
        known = db.session.scalar(select(EventTemplate).where(EventTemplate.name == template.name))
    if known is not None and known is not template:
        raise NameTaken
    db.session.add(template)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise NameTaken from None


def templates(*, archived: bool = False) -> list[EventTemplate]:
    """Those offered for a new event, by name; the archived ones too when asked for."""
    rows = select(EventTemplate).order_by(EventTemplate.is_archived, EventTemplate.name)
    return list(db.session.scalars(rows if archived else rows.where(~EventTemplate.is_archived)))
