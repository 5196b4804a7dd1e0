"""The pages of events: the agenda, the people of an event, and the pages for anyone."""

from crm.events.places import views as places
from crm.events.views import (
    admission,
    agenda,
    answers,
    copying,
    door,
    inviting,
    own,
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
    "own",
    "people",
    "places",
    "postponing",
    "programme",
    "public",
    "public_series",
    "questions",
    "registering",
    "series",
    "speaking",
]
