"""The pages of events: the agenda, the people of an event, and the pages for anyone."""

from crm.events.views import (
    admission,
    agenda,
    answers,
    copying,
    door,
    inviting,
    people,
    postponing,
    programme,
    public,
    public_series,
    questions,
    registering,
    series,
    speaking,
)

blueprints = (agenda.bp, public.bp, door.door_bp)

__all__ = [
    "admission",
    "agenda",
    "answers",
    "blueprints",
    "copying",
    "door",
    "inviting",
    "people",
    "postponing",
    "programme",
    "public",
    "public_series",
    "questions",
    "registering",
    "series",
    "speaking",
]
