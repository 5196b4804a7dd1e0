"""Taking away what a registration says about somebody, at their wish; that there was one still counts.

Between the wish and the deed lie some days in which it can be taken back: a link may have been
forwarded, and what is erased comes back from nowhere.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, select, update

from crm.db import db
from crm.errors import CrmError
from crm.events.certificates import services as certificates
from crm.events.evaluation import services as evaluation
from crm.events.models import EventState, Invitation, Registration, Seat
from crm.events.own import holdings
from crm.events.replies import again
from crm.events.replies.models import ReplyAddress
from crm.events.services import agenda, seats, telling
from crm.history import Change, named
from crm.mail.kept import services as kept
from crm.mail.models import Delivery
from crm.relations.models import Note
from crm.text import N_

AFTER = timedelta(days=7)
AUTHOR = "erasing"
# What tells who it was; where, how and whether they came are counted, and stay.
GONE: dict[str, Any] = {
    "person_id": None,
    "role_id": None,
    "address_id": None,
    "given_name": "",
    "family_name": "",
    "organisation_name": "",
    "function": "",
    "search": "",
}

_WHOSE = frozenset({"person_id", "role_id"})


class AlreadyErased(CrmError):
    text = N_("What was kept about this registration is erased already.")


def ask(registration: Registration, *, at: datetime) -> list[Registration]:
    """Have it erased some days from now; a seat that is still held is given back. Return who moves up.

    The wish has no deadline, as withdrawing has: nobody is asked to stay known for a seat. Raises
    AlreadyErased.
    """
    event = registration.event
    agenda.lock(event)
    db.session.refresh(registration)
    if registration.erased_at is not None:
        raise AlreadyErased
    if registration.erasure_asked_at is None:
        registration.erasure_asked_at = at
        db.session.flush()
    is_coming = not event.is_over(at) and event.state != EventState.CANCELLED
    if registration.seat == Seat.WITHDRAWN or not is_coming:
        return []
    return seats.withdraw(registration, by=AUTHOR, at=at)


def keep(registration: Registration) -> None:
    """Take the wish back; the seat that was given back is not. Raises AlreadyErased."""
    if registration.erased_at is not None:
        raise AlreadyErased
    registration.erasure_asked_at = None
    db.session.flush()


def due(*, at: datetime) -> Select[Registration]:
    """Registrations whose days are over."""
    return (
        select(Registration)
        .where(Registration.erasure_asked_at <= at - AFTER, Registration.erased_at.is_(None))
        .order_by(Registration.id)
    )


def give_back(registration: Registration, *, at: datetime) -> None:
    """A person who is erased takes no seat at what is still to come; whoever waits moves up."""
    event = registration.event
    agenda.lock(event)
    db.session.refresh(registration)
    is_coming = not event.is_over(at) and event.state != EventState.CANCELLED
    if registration.seat != Seat.WITHDRAWN and is_coming:
        seats.withdraw(registration, by=AUTHOR, at=at)


def erase(registration: Registration, *, at: datetime, stays_theirs: bool = False) -> list[str]:
    """Take away all that tells who it was: here, in what was answered, in the log and in the history.

    Returns the names of the messages it got, whose files go once that is committed. It `stays_theirs` when
    the person is erased too: figures go on counting one person once.

    The registration itself stays, with its side, its seat, its organisation's kind by key, and whether
    somebody came.
    """
    if registration.erased_at is not None:
        return []
    person_id, key = registration.person_id, registration.id
    # First, while the messages still say whose they are.
    names = _forget_mail(registration)
    holdings.forget(registration)
    db.session.flush()
    if person_id is not None and not stays_theirs:
        db.session.execute(
            delete(Note).where(Note.subject == f"events:{registration.event_id}", Note.person_id == person_id)
        )
    about = update(Delivery).where(Delivery.subject_id == key, Delivery.kind.in_(telling.OF_REGISTRATIONS))
    whose = {} if stays_theirs else {"person_id": None}
    db.session.execute(about.values(**whose, facts={}))
    # Not through the session: the history would keep what goes.
    gone = {name: value for name, value in GONE.items() if not (stays_theirs and name in _WHOSE)}
    db.session.execute(
        update(Registration).where(Registration.id == key).values(**gone, version=Registration.version + 1),
        execution_options={"synchronize_session": False},
    )
    for change in db.session.scalars(select(Change).where(Change.record == named(registration))):
        change.values = {
            name: ["•", "•"] if name in GONE else values for name, values in change.values.items()
        }
    db.session.expire(registration)
    registration.erased_at = at
    db.session.flush()
    return names


def _forget_mail(registration: Registration) -> list[str]:
    """Let go what was written to them, and where their calendar answers to, unless others share the mailbox.

    Each delivery keeps its address: by it the links of the mails they have still stop further ones.
    """
    kinds = (*telling.OF_REGISTRATIONS, certificates.KIND, evaluation.MAIL)
    own = (Delivery.subject_id == registration.id) & Delivery.kind.in_(kinds)
    names = kept.erase(own | again.are_of(registration))
    here = registration.event_id, registration.address_id
    others = (
        select(Registration.id).where(
            (Registration.event_id == here[0])
            & (Registration.address_id == here[1])
            & (Registration.id != registration.id)
        ),
        select(Invitation.id).where(
            (Invitation.event_id == here[0])
            & (Invitation.address_id == here[1])
            & (Invitation.person_id != registration.person_id)
        ),
    )
    if all(db.session.scalar(other.limit(1)) is None for other in others):
        db.session.execute(
            delete(ReplyAddress).where(ReplyAddress.event_id == here[0], ReplyAddress.address_id == here[1])
        )
    return names
