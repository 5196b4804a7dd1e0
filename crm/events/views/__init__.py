"""The pages of events: the agenda, the people of an event, and the pages for anyone."""

from crm.events.places import views as places
from crm.events.views import (
    admission,
    agenda,
    answers,
    asking,
    changes,
    copying,
    door,
    feeds,
    inviting,
    own,
    people,
    postponing,
    programme,
    public,
    public_series,
    questions,
    registering,
    reminders,
    replies,
    series,
    speaking,
)

blueprints = (agenda.bp, public.bp, door.door_bp)

__all__ = [
    "admission",
    "agenda",
    "answers",
    "asking",
    "blueprints",
    "changes",
    "copying",
    "door",
    "feeds",
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
    "reminders",
    "replies",
    "series",
    "speaking",
]
