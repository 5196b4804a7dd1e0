"""The pages of events: the agenda, the people of an event, and the pages for anyone."""

from crm.events.views import (
    admission,
    agenda,
    answers,
    door,
    inviting,
    people,
    postponing,
    public,
    questions,
    registering,
)

blueprints = (agenda.bp, public.bp, door.door_bp)

__all__ = [
    "admission",
    "agenda",
    "answers",
    "blueprints",
    "door",
    "inviting",
    "people",
    "postponing",
    "public",
    "questions",
    "registering",
]
