"""What stands at the door of an event."""

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, String, bindparam, exists, select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.events.models import Event
from crm.events.questions.models import Question
from crm.events.series.models import Occurrence, Series


class Door(NamedTuple):
    """An event as its form meets it: with the series that it is in, and whether its form asks anything."""

    event: Event
    series: Series | None
    has_questions: bool


def at_door(slug: str) -> Door | None:
    """The event of that slug with its kind, whatever its state."""
    found = db.session.execute(_at_door(), {"slug": slug}).first()
    return Door(*found) if found is not None else None


# Put together once: it is asked hundreds of times in a minute when registration opens.
@cache
def _at_door() -> Select[*tuple[Any, ...]]:
    return (
        select(Event, Series, exists().where(Question.event_id == Event.id, Question.retired_at.is_(None)))
        .outerjoin(Occurrence, Occurrence.event_id == Event.id)
        .outerjoin(Series, Series.id == Occurrence.series_id)
        .where(Event.slug == bindparam("slug", type_=String()))
        .options(joinedload(Event.kind))
    )
