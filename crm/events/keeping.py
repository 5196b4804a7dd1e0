"""What the history says of events. When and where people were told to come does not go back by itself."""

from datetime import datetime
from typing import Any

from flask import url_for

from crm.db import db
from crm.events import words
from crm.events.copying.models import EventTemplate
from crm.events.evaluation.models import Evaluation
from crm.events.models import Event
from crm.events.programme.models import Document, ProgrammeSession, Speaker
from crm.events.resources.models import Resource
from crm.events.resources.words import KINDS
from crm.events.series.models import Series
from crm.events.services import agenda
from crm.keeping import kinds
from crm.keeping.kinds import Fact, Kind
from crm.text import N_, fold


def install() -> None:
    kinds.enter(
        Kind(
            model=Event,
            one=N_("Event"),
            called=lambda event: str(event.title),
            address=lambda key: url_for("events.show", event_id=key),
            facts={
                "title": Fact(N_("Title")),
                "state": Fact(N_("State"), words.STATES, reverts=False),
                "kind_id": Fact(N_("Kind")),
                "part": Fact(N_("Our part"), words.PARTS),
                "starts_wall": Fact(N_("Starts"), reverts=False),
                "ends_wall": Fact(N_("Ends"), reverts=False),
                "is_all_day": Fact(N_("Whole days"), reverts=False),
                "zone": Fact(N_("Time zone"), reverts=False),
                "format": Fact(N_("Format"), words.FORMATS, reverts=False),
                "venue": Fact(N_("Venue and address"), reverts=False),
                "city": Fact(N_("Town"), reverts=False),
                "join_url": Fact(N_("Link to join online"), reverts=False),
                "description": Fact(N_("Description"), text="rich"),
                "capacity": Fact(N_("Capacity"), reverts=False),
                "capacity_online": Fact(N_("Seats online"), reverts=False),
                "offer_hours": Fact(N_("Hours to accept an offered place"), reverts=False),
                "withdraw_hours": Fact(
                    N_("Hours before the start until which people withdraw"), reverts=False
                ),
                "opens_wall": Fact(N_("Registration opens"), reverts=False),
                "closes_wall": Fact(N_("Registration ends"), reverts=False),
                "needs_approval": Fact(N_("Each registration is approved first"), reverts=False),
                "is_list_closed": Fact(N_("Only people on the list may register"), reverts=False),
                "takes_groups": Fact(N_("One may register several people"), reverts=False),
                "listed": Fact(N_("Addresses on the closed list"), reverts=False),
                "visibility": Fact(N_("Who may register"), words.VISIBILITIES),
                "language": Fact(N_("Language of the event"), {"fr": N_("French"), "en": N_("English")}),
                "partners": Fact(N_("Partner organisations"), reverts=False),
            },
            untold=frozenset(
                {
                    "uid",
                    "slug",
                    "sequence",
                    "starts_at",
                    "ends_at",
                    "postponed_from",
                    "opens_at",
                    "closes_at",
                    "created_by",
                    "time_changed_at",
                    "words_changed_at",
                }
            ),
            settle=_settle,
            parts=lambda key: (
                kinds.refs(ProgrammeSession, ProgrammeSession.event_id == key),
                kinds.refs(Speaker, Speaker.event_id == key),
                kinds.refs(Document, Document.event_id == key),
                kinds.refs(Resource, Resource.event_id == key),
                kinds.refs(Evaluation, Evaluation.event_id == key),
            ),
        )
    )
    _of_programmes()
    _of_series()


def _of_programmes() -> None:
    kinds.enter(
        Kind(
            model=ProgrammeSession,
            one=N_("Session"),
            called=lambda session: str(session.title),
            address=lambda key: _programme(ProgrammeSession, key),
            facts={
                "title": Fact(N_("Title")),
                "description": Fact(N_("Description"), text="rich"),
                "starts_wall": Fact(N_("Starts"), reverts=False),
                "ends_wall": Fact(N_("Ends"), reverts=False),
                "room_id": Fact(N_("Room"), reverts=False),
                "turns": Fact(N_("Who speaks"), reverts=False),
            },
            untold=frozenset({"event_id", "starts_at", "ends_at"}),
        )
    )
    kinds.enter(
        Kind(
            model=Speaker,
            one=N_("Part in a programme"),
            called=lambda speaker: str(speaker.person.name),
            address=lambda key: _programme(Speaker, key),
            facts={
                "function": Fact(N_("Function to print")),
                "organisation_name": Fact(N_("Organisation to print")),
                "asked_at": Fact(N_("Asked on"), reverts=False),
                "answer": Fact(N_("Answer"), words.ANSWERS, reverts=False),
                "said": Fact(N_("Said"), reverts=False),
            },
            untold=frozenset(
                {"event_id", "person_id", "organisation_id", "address_id", "token", "answered_at", "turns"}
            ),
        )
    )
    kinds.enter(
        Kind(
            model=Document,
            one=N_("Document"),
            called=lambda document: str(document.name),
            address=lambda key: _programme(Document, key),
            facts={"name": Fact(N_("Name")), "is_public": Fact(N_("On the public page"), reverts=False)},
            untold=frozenset({"event_id", "session_id", "media_type", "size", "stored_as", "added_at"}),
        )
    )
    kinds.enter(
        Kind(
            model=Resource,
            one=N_("Link or file after the event"),
            called=lambda resource: str(resource.title),
            address=lambda key: _after(Resource, key),
            facts={
                "title": Fact(N_("Title")),
                "kind": Fact(N_("Kind"), KINDS),
                "url": Fact(N_("Link"), reverts=False),
                "is_public": Fact(N_("For anybody, on the public page"), reverts=False),
            },
            untold=frozenset({"event_id", "media_type", "size", "stored_as", "added_at"}),
        )
    )
    kinds.enter(
        Kind(
            model=Evaluation,
            one=N_("Evaluation"),
            called=lambda evaluation: str(evaluation.event.title),
            address=lambda key: _after(Evaluation, key),
            facts={
                "is_anonymous": Fact(N_("Anonymous"), reverts=False),
                "introduction": Fact(N_("A word above the questions")),
                "questions": Fact(N_("Questions"), reverts=False),
                "opened_at": Fact(N_("Opened on"), reverts=False),
                "closed_at": Fact(N_("Closed"), reverts=False),
            },
            untold=frozenset({"event_id"}),
        )
    )


def _after(model: Any, key: int) -> str:
    found = db.session.get(model, key)
    return url_for("events.after", event_id=found.event_id) if found else url_for("events.index")


def _programme(model: Any, key: int) -> str:
    """The page where it stands; the agenda when it is gone."""
    found = db.session.get(model, key)
    return url_for("events.programme", event_id=found.event_id) if found else url_for("events.index")


def _of_series() -> None:
    kinds.enter(
        Kind(
            model=Series,
            one=N_("Series"),
            called=lambda series: str(series.title),
            address=lambda key: url_for("events.series", series_id=key),
            facts={
                "title": Fact(N_("Name of the series")),
                "description": Fact(N_("Description"), text="rich"),
                "language": Fact(N_("Language"), {"fr": N_("French"), "en": N_("English")}),
                "is_joint": Fact(N_("One registration for the whole series"), reverts=False),
                "occurrences": Fact(N_("Events of the series"), reverts=False),
            },
            untold=frozenset({"slug"}),
        )
    )
    kinds.enter(
        Kind(
            model=EventTemplate,
            one=N_("Template"),
            address=lambda key: url_for("events.template", template_id=key),
            facts={
                "name": Fact(N_("Name"), reverts=False),
                "note": Fact(N_("What it is for")),
                "is_archived": Fact(N_("No longer offered for new events")),
            },
            untold=frozenset({"pieces"}),
        )
    )


def _settle(event: Any, names: frozenset[str], *, at: datetime) -> None:
    if not event.title:
        raise agenda.TitleMissing
    event.search = fold(f"{event.title} {event.venue} {event.city}")
