"""Places given, offered, taken back and held back, on the locked event: `crm.events.places.rule` decides."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from crm import clock
from crm.db import db
from crm.directory.models import Organisation, Person
from crm.errors import CrmError
from crm.events.models import (
    Answer,
    Approval,
    Event,
    EventState,
    Invitation,
    Mode,
    Quota,
    QuotaMember,
    Registration,
    Seat,
)
from crm.events.places import queries, rule
from crm.events.places.queries import Counts
from crm.events.places.rule import Claim, Line, Room
from crm.events.services import agenda, telling
from crm.text import N_, clean

NEWCOMER = 0  # the key of a claim that has no row yet


class NothingOffered(CrmError):
    text = N_("No place is being offered to you at the moment. See below how your registration stands.")


class ModeFull(CrmError):
    text = N_("Every seat there is taken: you keep the one you have. Nothing was changed.")
    field = "mode"


class NameMissing(CrmError):
    text = N_("Enter a name for the group, such as “Speakers”.")
    field = "name"


class NameTaken(CrmError):
    text = N_("Another group of this event is called “%(name)s”. Choose another name.")
    field = "name"


class PlacesNotPositive(CrmError):
    text = N_("Enter how many places are held back: 1 or more.")
    field = "places"


class MorePlacesThanThereAre(CrmError):
    text = N_("There are %(capacity)s seats, and %(held)s would be held back. Hold fewer places back.")
    field = "places"


class Belongs(CrmError):
    text = N_("“%(name)s” belongs to this group already.")
    field = "who"


class Settled(NamedTuple):
    """Who moved up, and what somebody who has just come gets."""

    moved_up: list[Registration]
    newcomer: Seat


def settle(
    event: Event, *, at: datetime, newcomer: Line | None = None, seen: tuple[Room, Counts] | None = None
) -> Settled:
    """Take back what was offered in vain and give what is free, first come first served.

    The event must be locked. Everyone who moves up is written to. `newcomer` is the line of somebody
    who is about to be written down: they come after all who wait. `seen` is what `look` just told of the
    event, where that is known.
    """
    room, counted = seen or queries.look(event, at=at)
    if counted.lapsed:
        _lapse(event, at)
        room, counted = queries.look(event, at=at)
    queue = (
        []
        if not counted.waiting or not _gives(event, at)
        else list(queries.queue(event, room, counted, at=at))
    )
    if newcomer is not None:
        queue.append(Claim(NEWCOMER, newcomer, is_new=True))
    ends_at = rule.offer_ends(event.offer_hours, starts_at=event.starts_at, at=at)
    given = rule.decide(room, counted.taken, queue, are_offered=ends_at is not None)
    own = given.pop(NEWCOMER, Seat.WAITING)
    return Settled(_give(given, ends_at, at), own)


def _gives(event: Event, at: datetime) -> bool:
    """Whether those who wait may still move up."""
    return event.state in queries.GIVES and event.ends_at > at


def _give(given: dict[int, Seat], ends_at: datetime | None, at: datetime) -> list[Registration]:
    if not given:
        return []
    rows = select(Registration).where(Registration.id.in_(given))
    moved_up = list(db.session.scalars(rows.order_by(Registration.asked_at, Registration.id)))
    for registration in moved_up:
        registration.seat = given[registration.id]
        if registration.seat == Seat.OFFERED:
            registration.offer_ends_at, registration.seated_at = ends_at, None
        else:
            registration.offer_ends_at, registration.seated_at = None, at
    db.session.flush()
    for registration in moved_up:
        if registration.seat == Seat.OFFERED:
            telling.of_offer(registration, at=at)
        elif registration.decided_at == at:
            telling.of_approval(registration, at=at)
        else:
            telling.of_promotion(registration, at=at)
    return moved_up


def _lapse(event: Event, at: datetime) -> None:
    """Whoever did not answer in time leaves the list, is told so, and may ask again."""
    late = (
        select(Registration)
        .where(
            Registration.event_id == event.id,
            Registration.seat == Seat.OFFERED,
            Registration.offer_ends_at <= at,
        )
        .order_by(Registration.id)
    )
    for registration in db.session.scalars(late).all():
        registration.seat, registration.withdrawn_at = Seat.WITHDRAWN, at
        registration.lapsed_at, registration.offer_ends_at = at, None
        # Their yes to the invitation is used up; silence is no refusal.
        db.session.execute(
            update(Invitation)
            .where(Invitation.event_id == event.id, Invitation.person_id == registration.person_id)
            .values(answer=Answer.NONE, answered_at=None)
        )
        telling.of_lapse(registration, at=at)
    db.session.flush()


def accept(registration: Registration, *, at: datetime) -> bool:
    """Take the place that is offered; whether the registration has a seat now. Raises NothingOffered.

    When the time is over the place goes to the next in line, whether or not a worker has looked yet.
    """
    event = registration.event
    agenda.lock(event)
    db.session.refresh(registration)
    if registration.seat == Seat.OFFERED:
        if event.state == EventState.CANCELLED or event.is_over(at):
            raise NothingOffered
        settle(event, at=at)
    if registration.seat == Seat.OFFERED:
        _seat(registration, at)
        telling.of_seat(registration, at=at)
    elif registration.seat == Seat.WAITING or (
        registration.seat == Seat.WITHDRAWN and not registration.lapsed_at
    ):
        raise NothingOffered
    return registration.seat == Seat.CONFIRMED


def seat_by_hand(registration: Registration, *, by: str, at: datetime) -> bool:
    """Give somebody who waits a seat whether or not there is one: staff know why. That is a yes to a request.

    Returns whether that made more seats than there are. Whoever has a seat keeps it.
    """
    event = registration.event
    agenda.lock(event)
    db.session.refresh(registration)
    if registration.seat not in (Seat.WAITING, Seat.OFFERED):
        return False
    left = queries.seats_left(event, registration.mode, registration.quota_id)
    over = registration.seat == Seat.WAITING and left == 0
    was_asked = registration.approval == Approval.ASKED
    if was_asked:
        registration.approval, registration.decided_at = Approval.APPROVED, at
        registration.decided_by = by
    _seat(registration, at)
    if was_asked:
        telling.of_approval(registration, at=at)
    else:
        telling.of_promotion(registration, at=at)
    return over


def _seat(registration: Registration, at: datetime) -> None:
    registration.seat, registration.seated_at, registration.offer_ends_at = Seat.CONFIRMED, at, None
    db.session.flush()


def change_mode(registration: Registration, mode: Mode, *, at: datetime) -> list[Registration]:
    """Take part in the other way; return who moves up to the seat given back.

    Who has a seat changes when one is free there, and keeps theirs else. Who waits goes to the end of
    the other queue, so that nobody there is overtaken; who asked to be let in goes on waiting for the
    answer. Raises ModeFull.
    """
    event = registration.event
    agenda.lock(event)
    db.session.refresh(registration)
    if registration.mode == mode or registration.seat == Seat.WITHDRAWN:
        return []
    if registration.seat == Seat.WAITING and registration.approval == Approval.ASKED:
        registration.mode, registration.asked_at = mode, at
        db.session.flush()
        telling.of_mode(registration, at=at)
        return []
    line = queries.line_of(event, mode, registration.quota_id)
    if registration.seat == Seat.WAITING:
        # Out of its queue while it is decided who gets what.
        registration.seat, registration.mode, registration.asked_at = Seat.WITHDRAWN, mode, at
        db.session.flush()
        moved_up, registration.seat = settle(event, at=at, newcomer=line)
        registration.seated_at = at if registration.seat == Seat.CONFIRMED else None
        db.session.flush()
        telling.of_mode(registration, at=at)
        return moved_up
    if queries.has_sides(event) and settle(event, at=at, newcomer=line).newcomer == Seat.WAITING:
        raise ModeFull
    registration.mode = mode
    db.session.flush()
    telling.of_mode(registration, at=at)
    return settle(event, at=at).moved_up


def hold_back(
    event: Event, quota: Quota | None = None, *, name: str, places: int, mode: Mode | None, at: datetime
) -> Quota:
    """Hold places back for a group, or change how many. Nobody loses a seat; who can, moves up.

    Raises NameMissing, NameTaken, PlacesNotPositive, MorePlacesThanThereAre.
    """
    agenda.lock(event)
    name = clean(name)
    if not name:
        raise NameMissing
    others = [one for one in db.session.scalars(queries.quotas(event)) if one is not quota]
    if name.casefold() in {one.name.casefold() for one in others}:
        raise NameTaken(name=name)
    if places < 1:
        raise PlacesNotPositive
    side = queries.side_of(event, mode or Mode.ONSITE)
    capacity = event.capacity_online if side == Mode.ONLINE else event.capacity
    same = [one for one in others if queries.side_of(event, one.mode or Mode.ONSITE) == side]
    held = places + sum(one.places for one in same)
    if capacity is not None and held > capacity:
        raise MorePlacesThanThereAre(capacity=capacity, held=held)
    if quota is None:
        quota = Quota(event_id=event.id)
        db.session.add(quota)
    quota.name, quota.places, quota.mode = name, places, side
    db.session.flush()
    settle(event, at=at)
    return quota


def release(event: Event, quota: Quota, *, at: datetime) -> list[Registration]:
    """Open the places of a group to everybody; return who moves up. Those of the group keep their seats."""
    agenda.lock(event)
    own = update(Registration).where(Registration.quota_id == quota.id).values(quota_id=None)
    db.session.execute(own, execution_options={"synchronize_session": "fetch"})
    db.session.delete(quota)
    db.session.flush()
    return settle(event, at=at).moved_up


def admit(event: Event, quota: Quota, who: Person | Organisation, *, at: datetime) -> list[Registration]:
    """Put a person, or everybody of an organisation, into the group; return who moves up. Raises Belongs."""
    agenda.lock(event)
    member = QuotaMember(
        person_id=who.id if isinstance(who, Person) else None,
        organisation_id=who.id if isinstance(who, Organisation) else None,
    )
    known = {(one.person_id, one.organisation_id) for one in quota.members}
    if (member.person_id, member.organisation_id) in known:
        raise Belongs(name=who.name)
    quota.members.append(member)
    db.session.flush()
    return _regroup(event, at)


def dismiss(event: Event, member: QuotaMember, *, at: datetime) -> list[Registration]:
    """Take somebody out of the group: they keep the seat they have. Return who moves up."""
    agenda.lock(event)
    db.session.delete(member)
    db.session.flush()
    db.session.expire(member.quota)
    return _regroup(event, at)


def _regroup(event: Event, at: datetime) -> list[Registration]:
    """Find out anew to which group each registration belongs."""
    day = clock.day(at, ZoneInfo(event.zone))
    concerned = db.session.scalars(queries.concerned(event)).all()
    people = [one.person_id for one in concerned if one.person_id is not None]
    groups = queries.groups_of(event, people, day=day)
    for registration in concerned:
        registration.quota_id = groups.get(registration.person_id or 0)
    db.session.flush()
    return settle(event, at=at).moved_up
