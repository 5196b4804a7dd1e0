"""What the history says of events. When and where people were told to come does not go back by itself."""

from datetime import datetime
from typing import Any

from flask import url_for

from crm.events import words
from crm.events.models import Event
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
                    "opens_at",
                    "closes_at",
                    "created_by",
                    "time_changed_at",
                    "words_changed_at",
                }
            ),
            settle=_settle,
        )
    )


def _settle(event: Any, names: frozenset[str], *, at: datetime) -> None:
    if not event.title:
        raise agenda.TitleMissing
    event.search = fold(f"{event.title} {event.venue} {event.city}")
