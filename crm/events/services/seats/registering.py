"""Giving seats: to who comes by the page, to who was invited, to who asked and was approved."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from crm import clock, history
from crm.db import db
from crm.directory.models import Person
from crm.events.admission import services as admission
from crm.events.admission.models import PrivateLink
from crm.events.models import Answer, Approval, Event, EventState, Mode, Registration, Seat
from crm.events.places import queries as places
from crm.events.places import services as places_of
from crm.events.services import agenda, telling, visitors
from crm.events.services.seats.opening import check_open, mode_of
from crm.events.services.seats.records import answered, current, made, note, of_that_day, set_facts
from crm.events.services.seats.room import promote
from crm.events.services.visitors import Standing, Visitor
from crm.mail import services as outbox
from crm.mail.models import Address
from crm.relations.models import Act

# Where people come by themselves: there the event's approval is asked for.
STRANGERS = ("page", "link", "series")


def ask(
    event: Event,
    visitor: Visitor,
    *,
    mode: Mode | None,
    language: str,
    link: PrivateLink | None = None,
    at: datetime,
) -> Registration:
    """Register someone who came to the public page, or by a secret link, and write to them.

    A person with that address and name is recognised and never altered; anyone else is added to
    the directory. Where the event needs approval, this is a request. Raises NotOpenYet,
    RegistrationClosed, EventCancelled, EventOver, what `admission.check` raises, NoSuchMode, BadAddress.
    """
    check_open(event, at)
    admission.check(event, visitor.email, link=link, at=at)
    with history.together(db.session()):
        # Before the lock, which others wait for.
        person, address, standing = visitors.identified(
            visitor, language=language, zone=event.zone, by="public", at=at, hold=lambda: agenda.lock(event)
        )
        agenda.lock(event)
        check_open(event, at)
        admission.check_door(event, link=link, at=at)
        registration = _seated(
            event, person, mode=mode_of(event, mode), address=address, standing=standing,
            language=language, source="page" if link is None else "link", at=at,
        )  # fmt: skip
    if link is not None and registration.asked_at == at:
        registration.private_link_id = link.id
    return registration


def register(
    event: Event,
    person: Person,
    *,
    mode: Mode | None,
    address: Address | None,
    standing: Standing,
    language: str,
    source: str,
    at: datetime,
) -> Registration:
    """Give the person a seat at the event, or a place in the queue when none is left.

    Whoever is registered already keeps that registration; whoever withdrew goes to the end of the
    queue. Raises what `check_open` raises, admission.Ended for whoever answers an invitation,
    NoSuchMode, and StaleDataError where the person was erased or merged at this moment.
    """
    _hold(person)
    agenda.lock(event)
    known = current(event, person, at)
    if known is not None and known.seat != Seat.WITHDRAWN and event.state != EventState.CANCELLED:
        if known.approval == Approval.ASKED and source not in STRANGERS:
            # Asked to come, or let in by hand: that is a yes. Nobody says it to themselves.
            grant(event, [known], by=source, at=at)
        return known
    check_open(event, at)
    if source == "invitation":
        admission.check_end(event, at)
    return _seated(
        event, person, mode=mode_of(event, mode), address=address, standing=standing,
        language=language, source=source, at=at,
    )  # fmt: skip


def grant(event: Event, asked: Sequence[Registration], *, by: str, at: datetime) -> None:
    """Say yes to these requests on a locked event, and write to each: a seat, or a place in the queue.

    Seats go to those who wait in the order in which they came, whoever is said yes to first.
    """
    for registration in asked:
        registration.approval, registration.decided_at, registration.decided_by = Approval.APPROVED, at, by
    db.session.flush()
    promote(event, at=at)
    for registration in asked:
        note(registration, Act.REGISTERED, at)
        answered(registration, Answer.ACCEPTED, at)
        if registration.seat == Seat.WAITING:
            telling.of_approval(registration, at=at)


def _hold(person: Person) -> None:
    """Nobody erases or merges the person until the unit of work ends; the name is that of now."""
    asked = select(Person).where(Person.id == person.id).with_for_update(read=True, key_share=True)
    held = db.session.scalars(asked.execution_options(populate_existing=True)).one()
    if held.erased_at is not None or held.merged_into_id is not None:
        raise StaleDataError


def _seated(
    event: Event,
    person: Person,
    *,
    mode: Mode,
    address: Address | None,
    standing: Standing,
    language: str,
    source: str,
    at: datetime,
) -> Registration:
    """The person's registration, on a locked event."""
    registration = None if standing.is_new else current(event, person, at)
    if registration is not None and registration.seat != Seat.WITHDRAWN:
        return registration
    is_stranger = source in STRANGERS
    if registration is not None and registration.approval == Approval.REFUSED and is_stranger:
        # Only the association goes back on what it said.
        return registration
    approval = Approval.ASKED if event.needs_approval and is_stranger else Approval.NONE
    seen, group, seat = places.look(event, at=at), None, Seat.WAITING
    if seen[0].held:
        group = _group(event, person, standing, at)
    if approval != Approval.ASKED:
        newcomer = places.line_of(event, mode, group)
        seat = places_of.settle(event, at=at, newcomer=newcomer, seen=seen).newcomer
    facts: dict[str, Any] = {
        **of_that_day(person, address, standing),
        "mode": mode,
        "quota_id": group,
        "seat": seat,
        "approval": approval,
        "language": language,
        "source": source,
        "asked_at": at,
        "withdrawn_at": None,
        "lapsed_at": None,
        "seated_at": at if seat == Seat.CONFIRMED else None,
    }
    if registration is None:
        registration = made(event, person, facts)
    else:
        set_facts(registration, facts)
    if approval != Approval.ASKED:
        note(registration, Act.REGISTERED, at, is_known=not standing.is_new)
        if not standing.is_new:
            answered(registration, Answer.ACCEPTED, at)
    telling.of_seat(registration, at=at, is_known=not standing.is_new)
    if address is not None and source != "staff":
        outbox.touched(address, at=at)
    return registration


def _group(event: Event, person: Person, standing: Standing, at: datetime) -> int | None:
    """The group whose places the person may take.

    Of somebody who became known just now a role does not count: whoever types the name of an
    organisation into a public page does not get a place that is held back for it.
    """
    day = clock.day(at, ZoneInfo(event.zone))
    return places.groups_of(event, [person.id], day=day, by_role=not standing.is_new).get(person.id)
