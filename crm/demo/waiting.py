"""What waits in the demo: an offered place, places held for a group, calendars that asked; all invented."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from crm.db import db
from crm.directory.models import Person
from crm.events.models import Answer, Event, Invitation, Mode, Registration, Seat
from crm.events.places import services as places
from crm.events.replies import matching
from crm.events.replies import services as replies
from crm.events.replies.reading import Read, Said
from crm.events.services import seats

WORKSHOP = "Atelier : le schéma des délibérations"
MEETING = "Rencontre annuelle du réseau"
GROUP = "Intervenants"


def offer(event: Event, *, at: datetime) -> None:
    """Somebody gives a seat of the full workshop back: it is offered to the first who waits."""
    seated = select(Registration).where(
        Registration.event_id == event.id, Registration.seat == Seat.CONFIRMED
    )
    first = db.session.scalars(seated.order_by(Registration.id).limit(1)).first()
    if first is not None:
        seats.withdraw(first, by="public", at=at)


def hold_for_speakers(event: Event, people: Sequence[Person], *, at: datetime) -> None:
    """Hold places on site back for those who will speak, some of whom are known."""
    group = places.hold_back(event, name=GROUP, places=12, mode=Mode.ONSITE, at=at)
    for person in people:
        places.admit(event, group, person, at=at)


def calendars_ask(event: Event, *, at: datetime) -> None:
    """One who was invited proposes another time, and a colleague to whom it was passed on accepts."""
    silent = (
        select(Invitation)
        .where(Invitation.event_id == event.id, Invitation.answer == Answer.NONE)
        .order_by(Invitation.id)
        .limit(1)
    )
    invited = db.session.scalars(silent).first()
    if invited is None:
        return
    later = event.starts_at + timedelta(days=1)
    _come(
        Said(
            method="COUNTER", uid=event.uid, answer="TENTATIVE", sequence=event.sequence, stamp=at,
            attendee=invited.address.email, attendee_name=invited.person.name,
            comment="Le lendemain me conviendrait mieux.",
            starts=later.isoformat(), ends=(later + timedelta(hours=2)).isoformat(),
        ),
        at,
    )  # fmt: skip
    _come(
        Said(
            method="REPLY", uid=event.uid, answer="ACCEPTED", sequence=event.sequence, stamp=at,
            attendee="services.invite@example.org", attendee_name="Services techniques",
        ),
        at,
    )  # fmt: skip


def _come(said: Said, at: datetime) -> None:
    told = Read(sender=said.attendee, sender_name=said.attendee_name, sent_at=at, said=[said])
    replies.take(told, said, matching.match(told, said), at=at)
