"""What an answer of a calendar changes: what the page would, and nothing that was answered since."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, and_, delete, func, or_, select

from crm.db import db
from crm.errors import Changed, CrmError
from crm.events.models import Answer, Event, Format, Invitation, Mode, Registration, Seat
from crm.events.replies import again
from crm.events.replies.matching import Match
from crm.events.replies.models import CalendarReply, ReplyState
from crm.events.replies.reading import Read, Said
from crm.events.services import agenda, inviting, seats, telling, visitors
from crm.events.services.visitors import Visitor
from crm.mail.models import Delivery
from crm.text import N_

BY = "calendar"
KEPT_FOR = timedelta(days=30)
NEVER = datetime.min.replace(tzinfo=UTC)
PLAIN = {"ACCEPTED": Answer.ACCEPTED, "DECLINED": Answer.DECLINED}

PERHAPS = N_("Perhaps: asked again like those who have not answered.")
OLD_DATE = N_("It answers the former date of the event.")
NEWER_KNOWN = N_("A newer answer of the same calendar came before it.")
ANSWERED_SINCE = N_("The person answered since, by another way.")
NOT_AN_ANSWER = N_("It is no answer: the calendar object says %(method)s. Nothing of ours follows it.")
NO_CALENDAR = N_("No answer of a calendar is in it: read it in the mailbox.")
AUTOMATIC = N_("It is an absence note or a report of the post; nobody answers it.")
TOO_LARGE = N_("It is far larger than an answer.")
SENT_AGAIN = N_("The entry that holds now was sent again.")
SENT_BY_HAND = N_("The entry was sent again by hand.")
BY_HAND = N_("Noted by hand.")
REGISTERED_BY_HAND = N_("Registered by hand.")


class Settled(CrmError):
    text = N_("Somebody has settled this answer meanwhile: see below how.")


class NobodyMatched(CrmError):
    text = N_("Nobody who was invited is known behind this answer: register the person instead.")


def key_of(said: Said) -> str:
    """What makes an answer the same when it comes twice."""
    told = (said.method, said.uid, said.attendee, said.stamp, said.sequence, said.answer, said.starts)
    return f"answer:{sha256(repr(told).encode()).hexdigest()}"


def known(key: str) -> CalendarReply | None:
    return db.session.scalar(select(CalendarReply).where(CalendarReply.key == key))


def set_aside(raw: bytes, told: Read, reason: str, *, at: datetime, **facts: str) -> CalendarReply | None:
    """Remember a mail that is no answer, and why; None the second time."""
    key = f"octets:{sha256(raw).hexdigest()}"
    if known(key) is not None:
        return None
    reply = CalendarReply(
        key=key,
        state=ReplyState.SET_ASIDE,
        reason=reason,
        facts=facts,
        sender=told.sender,
        subject=told.subject,
        stamp=at,
        came_at=at,
    )
    db.session.add(reply)
    db.session.flush()
    return reply


def take(told: Read, said: Said, found: Match, *, at: datetime) -> CalendarReply | None:
    """Keep the answer, and do what it says where nothing is in doubt; None when it came before."""
    if said.stamp is None:
        # Not everybody says when: the day of the mail then, so that it is the same when it comes twice.
        said = replace(said, stamp=told.sent_at)
    if known(key_of(said)) is not None:
        return None
    reply = CalendarReply(
        key=key_of(said),
        state=ReplyState.WAITING,
        reason=found.doubt,
        facts=found.facts,
        event_id=found.event.id if found.event is not None else None,
        person_id=found.person_id,
        method=said.method,
        answer=said.answer,
        attendee=said.attendee or told.sender,
        attendee_name=said.attendee_name or told.sender_name,
        sender=told.sender,
        subject=told.subject,
        comment=said.comment,
        proposed={"starts": said.starts, "ends": said.ends} if said.starts else {},
        sequence=said.sequence,
        # A clock that is ahead must not win over every later answer.
        stamp=min(said.stamp or at, at),
        came_at=at,
        calendar=told.calendar,
    )
    if not found.doubt:
        _follow(reply, found, at)
    db.session.add(reply)
    db.session.flush()
    return reply


def _follow(reply: CalendarReply, found: Match, at: datetime) -> None:
    """Do what an undoubted answer says, unless it comes too late."""
    assert found.event is not None  # noqa: S101  (what has none is in doubt)
    agenda.lock(found.event)
    if reply.method == again.METHOD:
        _send_again(reply, found, at)
        return
    late = _too_late(reply, found)
    if late:
        reply.state, reply.reason = ReplyState.OUTDATED, late
        return
    if reply.answer not in PLAIN:
        reply.state, reply.reason = ReplyState.TAKEN, PERHAPS
        return
    try:
        with db.session.begin_nested():
            _answer(found, PLAIN[reply.answer], by=BY, at=at)
    except (seats.EventCancelled, seats.EventPostponed, seats.EventOver, inviting.HasBegun) as refusal:
        reply.state, reply.reason, reply.facts = ReplyState.OUTDATED, refusal.text, refusal.facts
    except CrmError as refusal:
        # Registration is closed, or a form must be filled in: the person wanted to come.
        reply.reason, reply.facts = refusal.text, refusal.facts
    else:
        reply.state = ReplyState.TAKEN


def _send_again(reply: CalendarReply, found: Match, at: datetime) -> None:
    """Send the entry, unless nothing is left to send, or it asks too often."""
    # The message is about the request, which needs its key for it.
    db.session.add(reply)
    db.session.flush()
    try:
        again.send(reply, found, at=at)
    except again.NoEntry as refusal:
        reply.reason, reply.facts = refusal.text, refusal.facts
    except again.TooOften as refusal:
        reply.state, reply.reason, reply.facts = ReplyState.SET_ASIDE, refusal.text, refusal.facts
    except seats.EventOver as refusal:
        reply.state, reply.reason, reply.facts = ReplyState.OUTDATED, refusal.text, refusal.facts
    else:
        reply.state, reply.reason = ReplyState.TAKEN, SENT_AGAIN


def _answer(found: Match, answer: Answer, *, mode: Mode | None = None, by: str, at: datetime) -> None:
    """Answer as the page does; whoever was not invited but registered can only withdraw so.

    A calendar cannot say how somebody takes part in a hybrid event: without `mode`, on site, unless
    he is registered already.
    """
    invitation, registration, event = found.invitation, found.registration, found.event
    if event is not None and invitation is not None and invitation.uninvited_at is None:
        is_seated = registration is not None and registration.seat != Seat.WITHDRAWN
        if event.format == Format.HYBRID and mode is None and not is_seated:
            mode = Mode.ONSITE
        inviting.answer(invitation, answer, mode=mode, by=by, at=at)
    elif registration is not None and answer == Answer.DECLINED:
        seats.withdraw(registration, by=by, at=at)
    elif registration is None or registration.seat == Seat.WITHDRAWN:
        raise NobodyMatched


def _too_late(reply: CalendarReply, found: Match) -> str:
    """Why the answer no longer counts; "" when it does."""
    event = found.event
    request = _request(reply, found)
    if event is not None and event.time_changed_at is not None:
        is_old = request < event.time_changed_at if request else reply.sequence < event.sequence
        if is_old:
            return OLD_DATE
    if request is not None and reply.stamp < request:
        # Nobody answers before he is asked: that clock is wrong, the mailbox's is not.
        reply.stamp = reply.came_at
    latest = (
        select(CalendarReply.sequence, CalendarReply.stamp)
        .where(
            CalendarReply.event_id == reply.event_id,
            CalendarReply.person_id == reply.person_id,
            CalendarReply.state == ReplyState.TAKEN,
            CalendarReply.method != again.METHOD,
        )
        .order_by(CalendarReply.sequence.desc(), CalendarReply.stamp.desc())
        .limit(1)
    )
    newest = db.session.execute(latest).first()
    if newest is not None and (reply.sequence, reply.stamp) < (newest.sequence, newest.stamp):
        return NEWER_KNOWN
    return ANSWERED_SINCE if _otherwise(found) > reply.stamp else ""


def _request(reply: CalendarReply, found: Match) -> datetime | None:
    """When the entry was written that the answer is to."""
    about: list[tuple[str, Invitation | Registration | None]] = [(telling.INVITATION, found.invitation)]
    about += [(kind, found.registration) for kind in (telling.SEAT, telling.WAITING, telling.PROMOTION)]
    sent = or_(
        *(
            and_(Delivery.kind == kind, Delivery.subject_id == record.id)
            for kind, record in about
            if record is not None
        )
    )
    return db.session.scalar(
        select(func.max(Delivery.stamp)).where(
            or_(sent, _asked_for(reply)), Delivery.sequence == reply.sequence
        )
    )


def _asked_for(reply: CalendarReply) -> ColumnElement[bool]:
    """What the calendar had asked for before it answered."""
    here = select(CalendarReply.id).where(
        CalendarReply.event_id == reply.event_id, CalendarReply.person_id == reply.person_id
    )
    is_known = Delivery.stamp <= reply.stamp
    return and_(Delivery.kind == again.KIND, Delivery.subject_id.in_(here), is_known)


def _otherwise(found: Match) -> datetime:
    """When the person last answered by another way than a calendar."""
    moments: list[datetime | None] = []
    invitation, seat = found.invitation, found.registration
    if invitation is not None and invitation.answered_by != BY:
        moments.append(invitation.answered_at)
    if seat is not None and (invitation is None or invitation.answered_by != BY):
        moments += [seat.asked_at, seat.withdrawn_at]
    return max((moment for moment in moments if moment is not None), default=NEVER)


def note(
    reply: CalendarReply, answer: Answer, *, mode: Mode | None, version: int, by: str, at: datetime
) -> None:
    """Take over what a person read in an answer, for the one it was matched with.

    Raises Settled, Changed, NobodyMatched, and what answering raises.
    """
    _check_open(reply, version)
    _answer(_matched(reply), answer, mode=mode, by=by, at=at)
    _settle(reply, BY_HAND, by, at)


def send_again(reply: CalendarReply, *, by: str, at: datetime) -> None:
    """Send the entry to whom the request was matched with, whatever was in doubt.

    Raises Settled, NobodyMatched, NoEntry, EventOver, TooOften.
    """
    if reply.state is not ReplyState.WAITING:
        raise Settled
    again.send(reply, _matched(reply), at=at)
    _settle(reply, SENT_BY_HAND, by, at)


def _matched(reply: CalendarReply) -> Match:
    """What the person that an answer was matched with has of the event. Raises NobodyMatched."""
    if reply.event is None or reply.person_id is None:
        raise NobodyMatched
    own = Invitation.event_id == reply.event.id, Invitation.person_id == reply.person_id
    invitation = db.session.scalar(select(Invitation).where(*own))
    registration = seats.of_person(reply.event, reply.person) if reply.person else None
    return Match(reply.event, invitation, registration)


def register(
    reply: CalendarReply,
    visitor: Visitor,
    *,
    mode: Mode | None,
    version: int,
    by: str,
    at: datetime,
) -> Registration:
    """Give a seat to a stranger whom a person let in: as one who came to the page.

    Raises Settled, Changed, and what registering raises.
    """
    _check_open(reply, version)
    event = db.session.get_one(Event, reply.event_id)
    person, address, standing = visitors.identified(
        visitor, language=event.language, zone=event.zone, by=by, at=at
    )
    registration = seats.register(
        event,
        person,
        mode=mode,
        address=address,
        standing=standing,
        language=event.language,
        source=BY,
        at=at,
    )
    reply.person_id = registration.person_id
    _settle(reply, REGISTERED_BY_HAND, by, at)
    return registration


def dismiss(reply: CalendarReply, *, by: str, at: datetime) -> None:
    """Let it change nothing. Raises Settled."""
    if reply.state is not ReplyState.WAITING:
        raise Settled
    reply.state, reply.decided_by, reply.decided_at = ReplyState.DISMISSED, by, at


def take_back(reply: CalendarReply) -> None:
    """Let an answer that was dismissed wait again."""
    if reply.state is ReplyState.DISMISSED:
        reply.state, reply.decided_by, reply.decided_at = ReplyState.WAITING, None, None


def _check_open(reply: CalendarReply, version: int) -> None:
    if reply.state is not ReplyState.WAITING:
        raise Settled
    if reply.version != version:
        raise Changed(who="")


def _settle(reply: CalendarReply, how: str, by: str, at: datetime) -> None:
    reply.state, reply.reason, reply.facts = ReplyState.SETTLED, how, {}
    reply.decided_by, reply.decided_at = by, at
    db.session.flush()


def forget(*, at: datetime) -> None:
    """Let go what was set aside a month ago."""
    old = CalendarReply.state == ReplyState.SET_ASIDE, CalendarReply.came_at < at - KEPT_FOR
    db.session.execute(delete(CalendarReply).where(*old))
