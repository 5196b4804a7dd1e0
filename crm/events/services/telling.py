"""Queueing what people must hear about an event; the words are written in `crm.events.messages`.

Each message names the invitation or the registration it is about. Its sequence is the one of the
calendar entry: the event's, plus the turns of an invitation that was taken back and repeated, or of a
registration that was withdrawn and asked for anew. A seat never has fewer turns than the invitation
of its holder: calendars know one entry of both.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, union, update

from crm.db import db
from crm.errors import CrmError
from crm.events.models import Answer, Approval, Event, Invitation, Registration, Seat
from crm.events.programme import telling as speakers
from crm.events.programme.models import Speaker
from crm.events.replies import addresses
from crm.mail import services as outbox
from crm.mail.models import Delivery, DeliveryState, Dispatch, Purpose
from crm.text import N_

INVITATION = "events.invitation"
INVITATION_OFF = "events.invitation_off"
NUDGE = "events.nudge"
SEAT = "events.seat"
WAITING = "events.waiting"
PROMOTION = "events.promotion"
ASKED = "events.asked"
REFUSED = "events.refused"
OFFER = "events.offer"
LAPSED = "events.lapsed"
WITHDRAWN = "events.withdrawn"
REGISTRATION_OFF = "events.registration_off"

OF_REGISTRATIONS = (
    SEAT, WAITING, PROMOTION, OFFER, LAPSED, ASKED, REFUSED, WITHDRAWN, REGISTRATION_OFF,
)  # fmt: skip

CHANGED = {"changed": True}
APPROVED = {"approved": True}
# The new date of what was postponed.
DATED = {"changed": True, "dated": True}
POSTPONED = {"postponed": True}
CANCELLED = {"cancelled": True}
REWORDED = {"changed": True, "reworded": True}
UNINVITED = {"uninvited": True}
LEFT = (
    DeliveryState.SENDING,
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
    DeliveryState.BOUNCED,
    DeliveryState.UNCERTAIN,
)
CALLED_OFF = N_("The event was cancelled before this message left.")
PUT_OFF = N_("The event was postponed before this message left.")
TAKEN_BACK = N_("The invitation was taken back before this message left.")


class AlreadyTold(CrmError):
    text = N_("Everyone who was told of “%(event)s” knows what holds now.")


def of_seat(registration: Registration, *, at: datetime, is_known: bool = True) -> None:
    """Write to someone who has just registered: a seat, a place in the queue, or that the request came.

    Of somebody who is not `is_known` no invitation need be looked for.
    """
    kind = SEAT if registration.seat == Seat.CONFIRMED else WAITING
    if registration.approval == Approval.ASKED:
        kind = ASKED
    _queue(kind, registration, at, is_known=is_known)


def of_approval(registration: Registration, *, at: datetime) -> None:
    """Write to someone whose request was approved: a seat, or a place in the queue."""
    kind = SEAT if registration.seat == Seat.CONFIRMED else WAITING
    _queue(kind, registration, at, facts=APPROVED)


def of_refusal(registration: Registration, *, words: str, at: datetime) -> None:
    """Write to someone whose request was refused, with what the association says to it."""
    _queue(REFUSED, registration, at, facts={"words": words})
    registration.turns += 1


def of_promotion(registration: Registration, *, at: datetime) -> None:
    """Write to someone who waited and now has a seat."""
    _queue(PROMOTION, registration, at)


def of_offer(registration: Registration, *, at: datetime) -> None:
    """Write to someone who waited that a place is kept for them until a deadline."""
    _queue(OFFER, registration, at)


def of_lapse(registration: Registration, *, at: datetime) -> None:
    """Write to someone who did not take the place in time that it went to the next."""
    _queue(LAPSED, registration, at)
    # Should they come back, what is sent then is newer.
    registration.turns += 1


def of_mode(registration: Registration, *, at: datetime) -> None:
    """Write to someone who takes part in another way now: the entry of their calendar follows."""
    registration.turns += 1
    if registration.seat == Seat.CONFIRMED:
        _queue(SEAT, registration, at, facts={"mode": True})
    elif registration.seat == Seat.WAITING:
        _queue(WAITING, registration, at)


def of_withdrawal(registration: Registration, *, at: datetime) -> None:
    """Take the entry out of the calendar of someone who gave the seat back."""
    registration.turns += 1
    _queue(WITHDRAWN, registration, at)


def of_invitations(event: Event, *, by: str, at: datetime) -> int:
    """Write to everyone who was invited, or asked anew, at that instant; say how many."""
    now = Invitation.invited_at == at
    addresses.give(event, select(Invitation.address_id).where(Invitation.event_id == event.id, now))
    return outbox.queue_many(
        _invitations(event).where(now),
        kind=INVITATION,
        purpose=Purpose.INVITATION,
        dispatch=dispatch(event, Purpose.INVITATION, by, at),
        at=at,
    )


def of_uninviting(invitation: Invitation, *, at: datetime) -> bool:
    """Take the entry out of the calendar of someone who is no longer invited; False when none was sent.

    What has not left yet never leaves. Call it once the invitation's turns have grown.
    """
    db.session.flush()
    _call_back(at, TAKEN_BACK, _of(invitation, INVITATION, NUDGE))
    left = exists().where(_of(invitation, INVITATION), Delivery.state.in_(LEFT))
    if not db.session.scalar(select(left)):
        return False
    outbox.queue(
        kind=INVITATION_OFF,
        subject_id=invitation.id,
        address=invitation.address,
        person_id=invitation.person_id,
        purpose=Purpose.SERVICE,
        language=invitation.language,
        sequence=invitation.event.sequence + invitation.turns,
        facts=UNINVITED,
        at=at,
    )
    return True


def _of(invitation: Invitation, *kinds: str) -> ColumnElement[bool]:
    return and_(Delivery.kind.in_(kinds), Delivery.subject_id == invitation.id)


def told(event: Event) -> int:
    """How many people know of the event from us: invited, registered, or asked to speak."""
    people = union(
        select(Invitation.person_id).where(
            Invitation.event_id == event.id, Invitation.uninvited_at.is_(None)
        ),
        select(Registration.person_id).where(
            Registration.event_id == event.id,
            Registration.seat != Seat.WITHDRAWN,
            Registration.address_id.is_not(None),
        ),
        select(Speaker.person_id).where(
            Speaker.event_id == event.id, Speaker.asked_at.is_not(None), Speaker.answer != Answer.DECLINED
        ),
    ).subquery()
    return db.session.scalar(select(func.count()).select_from(people)) or 0


def of_words(event: Event, *, by: str, at: datetime) -> int:
    """Write to everyone who knows of the event that its title or description is another now.

    Raises AlreadyTold when nothing changed since they were told.
    """
    if event.words_changed_at is None:
        raise AlreadyTold(event=event.title)
    return of_change(event, by=by, at=at, facts=REWORDED)


def of_change(event: Event, *, by: str, at: datetime, facts: dict[str, Any] = CHANGED) -> int:
    """Write to everyone who is invited or registered that time or place changed; say how many messages.

    `facts` says what happened, CHANGED or DATED. The event's sequence grows. An invitation that has
    not left yet leaves with the new facts, as a first invitation.
    """
    event.sequence += 1
    event.words_changed_at = None
    db.session.flush()
    leaving = dispatch(event, Purpose.SERVICE, by, at)
    invited = _invitations(event).where(~_is_registered())
    count = outbox.queue_many(
        invited.where(_is_unsent()),
        kind=INVITATION,
        purpose=Purpose.INVITATION,
        dispatch=leaving,
        at=at,
    )
    count += outbox.queue_many(
        invited.where(~_has(INVITATION, event.sequence + Invitation.turns)),
        kind=INVITATION,
        purpose=Purpose.SERVICE,
        dispatch=leaving,
        facts=facts,
        at=at,
    )
    asked = and_(Registration.seat == Seat.WAITING, Registration.approval == Approval.ASKED)
    for kind, which in (
        (SEAT, Registration.seat == Seat.CONFIRMED),
        (OFFER, Registration.seat == Seat.OFFERED),
        (WAITING, and_(Registration.seat == Seat.WAITING, Registration.approval != Approval.ASKED)),
        (ASKED, asked),
    ):
        count += _of_registrations(event, kind, which, leaving, facts, at)
    return count + speakers.of_event(event, leaving, facts, at=at)


def of_cancellation(event: Event, *, by: str, at: datetime) -> int:
    """Take the entry out of the calendar of everyone ever invited or registered; say how many messages.

    What has not left yet is called back; who never heard of the event hears nothing now.
    """
    return _off(event, None, CALLED_OFF, by=by, at=at)


def of_postponement(event: Event, *, by: str, at: datetime) -> int:
    """The same, of an event whose new date is still to come: with it, everyone is asked anew."""
    return _off(event, POSTPONED, PUT_OFF, by=by, at=at)


def _off(event: Event, facts: dict[str, Any] | None, reason: str, *, by: str, at: datetime) -> int:
    leaving = dispatch(event, Purpose.SERVICE, by, at)
    count = outbox.queue_many(
        _invitations(event).where(~_is_registered(), or_(~_has(INVITATION), _has_left())),
        kind=INVITATION_OFF,
        purpose=Purpose.SERVICE,
        dispatch=leaving,
        facts=facts,
        at=at,
    )
    count += _of_registrations(
        event, REGISTRATION_OFF, Registration.seat != Seat.WITHDRAWN, leaving, facts, at
    )
    _call_back(at, reason, _about(event))
    return count + speakers.of_event(event, leaving, facts or CANCELLED, at=at)


def _of_registrations(
    event: Event,
    kind: str,
    which: ColumnElement[bool],
    leaving: Dispatch,
    facts: dict[str, Any] | None,
    at: datetime,
) -> int:
    """One message for each of these registrations, each at its own sequence."""
    return outbox.queue_many(
        _registrations(event).where(which),
        kind=kind,
        purpose=Purpose.SERVICE,
        dispatch=leaving,
        facts=facts,
        at=at,
    )


def _queue(
    kind: str,
    registration: Registration,
    at: datetime,
    *,
    facts: dict[str, Any] | None = None,
    is_known: bool = True,
) -> None:
    """One message about a registration, to the address that was given for it."""
    if registration.address is None:
        return
    event = registration.event
    addresses.give_one(event, registration.address)
    if is_known:
        invited = select(Invitation.turns).where(
            Invitation.event_id == event.id, Invitation.person_id == registration.person_id
        )
        registration.turns = max(registration.turns or 0, db.session.scalar(invited) or 0)
    outbox.queue_at_end(
        kind=kind,
        subject_id=registration.id,
        address=registration.address,
        person_id=registration.person_id,
        purpose=Purpose.SERVICE,
        language=registration.language,
        sequence=event.sequence + registration.turns,
        facts=facts,
        at=at,
    )


def dispatch(event: Event, purpose: Purpose, by: str, at: datetime) -> Dispatch:
    """What leaves together about the event, and can be held together."""
    return outbox.dispatch(subject=f"events:{event.id}", title=event.title, purpose=purpose, by=by, at=at)


def invited(event: Event, *, is_told: bool = False) -> Select[Invitation]:
    """The invitations of those not registered; if told, without those that wait to leave."""
    rows = select(Invitation).where(
        Invitation.event_id == event.id, Invitation.uninvited_at.is_(None), ~_is_registered()
    )
    if is_told:
        rows = rows.where(or_(~_has(INVITATION), _has_left()))
    return rows.order_by(Invitation.id)


def _invitations(event: Event) -> Select[*tuple[Any, ...]]:
    """The event's invitations that stand, as the outbox takes them."""
    return select(
        Invitation.id.label("subject_id"),
        Invitation.address_id,
        Invitation.person_id,
        Invitation.language,
        (literal(event.sequence) + Invitation.turns).label("sequence"),
    ).where(Invitation.event_id == event.id, Invitation.uninvited_at.is_(None))


def _registrations(event: Event) -> Select[*tuple[Any, ...]]:
    """The event's registrations with an address as the outbox takes them."""
    return select(
        Registration.id.label("subject_id"),
        Registration.address_id,
        Registration.person_id,
        Registration.language,
        (literal(event.sequence) + Registration.turns).label("sequence"),
    ).where(Registration.event_id == event.id, Registration.address_id.is_not(None))


def _is_registered() -> ColumnElement[bool]:
    """The invited person has a seat, or waits for one, and reads about it there."""
    return exists().where(
        Registration.event_id == Invitation.event_id,
        Registration.person_id == Invitation.person_id,
        Registration.seat != Seat.WITHDRAWN,
        Registration.address_id.is_not(None),
    )


def _has(
    kind: str, sequence: ColumnElement[int] | None = None, states: Sequence[DeliveryState] = ()
) -> ColumnElement[bool]:
    """There is a message of that kind about the invitation."""
    conditions = [Delivery.kind == kind, Delivery.subject_id == Invitation.id]
    if sequence is not None:
        conditions.append(Delivery.sequence == sequence)
    if states:
        conditions.append(Delivery.state.in_(states))
    return exists().where(*conditions)


def _has_left() -> ColumnElement[bool]:
    """The invitation reached the provider, or may have."""
    return _has(INVITATION, states=LEFT)


def _is_unsent() -> ColumnElement[bool]:
    """The invitation waits to leave, or was called back, and nothing left before it."""
    held = (DeliveryState.QUEUED, DeliveryState.CANCELLED)
    return and_(_has(INVITATION, states=held), ~_has_left())


def _about(event: Event) -> ColumnElement[bool]:
    """What was written about the event, but the word that it is called off."""
    invitations = select(Invitation.id).where(Invitation.event_id == event.id)
    registrations = select(Registration.id).where(Registration.event_id == event.id)
    return or_(
        and_(Delivery.kind.in_((INVITATION, NUDGE)), Delivery.subject_id.in_(invitations)),
        and_(
            Delivery.kind.in_((SEAT, WAITING, OFFER, PROMOTION, ASKED, REFUSED)),
            Delivery.subject_id.in_(registrations),
        ),
    )


def _call_back(at: datetime, reason: str, which: ColumnElement[bool]) -> None:
    """Stop those of these messages that have not left."""
    db.session.execute(
        update(Delivery)
        .where(Delivery.state == DeliveryState.QUEUED, which)
        .values(state=DeliveryState.CANCELLED, reason=reason, ended_at=at)
        .execution_options(synchronize_session=False)
    )
