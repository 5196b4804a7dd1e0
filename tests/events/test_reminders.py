"""Reminders and thanks: when they leave, whom they reach, and what stops them; each once."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from crm import clock
from crm.directory import queries as directory
from crm.events import tasks
from crm.events.models import Answer, Attendance, EventState, Invitation
from crm.events.reminders import messages, planning, services
from crm.events.reminders.models import Readers, Reminder, ReminderState
from crm.events.services import agenda, inviting, nudging, seats, telling
from crm.events.services.visitors import Visitor
from crm.mail.models import Delivery, DeliveryState, Objection, Purpose
from tests.make import EARLY
from tests.outbox import send_due

STARTS = datetime(2030, 6, 12, 12, tzinfo=UTC)
ONCE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def ask(event, name="Ada", at=EARLY, email=None):
    visitor = Visitor(given_name=name, family_name="Lovelace", email=email or f"{name.lower()}@example.org")
    return seats.ask(event, visitor, mode=None, language="fr", at=at)


def plan(event, **facts):
    facts = {"readers": Readers.REGISTERED, "minutes": None, "days": None, "hour": None, **facts}
    if facts["minutes"] is None and facts["days"] is None:
        facts |= {"days": 1, "hour": time(9)}
    return services.add(event, by="staff@example.org", at=EARLY, **facts)


def leave(session, at):
    """What the worker does at that instant; the mails that leave."""
    number = sum(services.leave(key, at=at) for key in services.due(at=at))
    session.commit()
    return number


@pytest.fixture
def present(monkeypatch):
    """Composers ask what time it is: let it be then."""

    def be(at):
        monkeypatch.setattr(clock, "now", lambda: at)
        return at

    return be


def move(event, starts, at):
    wall = starts.astimezone(ZoneInfo(event.zone)).replace(tzinfo=None)
    agenda.change(event, by="staff", at=at, starts_wall=wall, ends_wall=wall + timedelta(hours=2))


# When


@ONCE
@pytest.mark.parametrize(
    ("zone", "starts", "distance", "leaves"),
    [
        # The day before at 9:00, whatever clocks did in between.
        ("Europe/Paris", "2027-03-28T10:00", {"days": 1, "hour": time(9)}, "2027-03-27T09:00+01:00"),
        ("Europe/Paris", "2027-10-31T10:00", {"days": 1, "hour": time(9)}, "2027-10-30T09:00+02:00"),
        ("America/New_York", "2027-03-14T10:00", {"days": 1, "hour": time(9)}, "2027-03-13T09:00-05:00"),
        ("Europe/Paris", "2027-11-03T10:00", {"days": 7, "hour": time(9)}, "2027-10-27T09:00+02:00"),
        # An hour that spring leaves out comes as much later as clocks jump; one shown twice, the first time.
        ("Europe/Paris", "2027-03-29T10:00", {"days": 1, "hour": time(2, 30)}, "2027-03-28T03:30+02:00"),
        ("Europe/Paris", "2027-11-01T10:00", {"days": 1, "hour": time(2, 30)}, "2027-10-31T02:30+02:00"),
        # One hour before is an hour that passes.
        ("Europe/Paris", "2027-03-28T03:00", {"minutes": 60}, "2027-03-28T01:00+01:00"),
        ("Europe/Paris", "2027-10-31T03:00", {"minutes": 60}, "2027-10-31T02:00+01:00"),
        ("Europe/Paris", "2027-10-31T03:00", {"minutes": 120}, "2027-10-31T02:00+02:00"),
        ("Indian/Reunion", "2027-03-28T10:00", {"days": 0, "hour": time(8)}, "2027-03-28T08:00+04:00"),
    ],
)
def test_the_distance_is_right_through_the_nights_when_clocks_change(
    session, make, zone, starts, distance, leaves
):
    event = make.event(zone=zone, starts_wall=datetime.fromisoformat(starts))
    reminder = plan(event, **distance)
    assert reminder.leaves_at == datetime.fromisoformat(leaves)


@ONCE
def test_thanks_leave_after_the_end_and_for_whole_days_after_the_last_one(session, make):
    event = make.event()
    after = {"readers": Readers.PRESENT, "is_after": True}
    assert plan(event, **after, minutes=30).leaves_at == event.ends_at + timedelta(minutes=30)
    assert plan(event, **after, days=1, hour=time(9)).leaves_at == datetime(2030, 6, 13, 7, tzinfo=UTC)
    whole = make.event(
        is_all_day=True,
        starts_wall=datetime(2030, 6, 12),  # noqa: DTZ001
        ends_wall=datetime(2030, 6, 14),  # noqa: DTZ001
    )
    assert plan(whole, **after, days=1, hour=time(9)).leaves_at == datetime(2030, 6, 14, 7, tzinfo=UTC)


@ONCE
@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"minutes": 60, "days": 1, "hour": time(9)}, services.OneWay),
        ({"days": 400, "hour": time(9)}, services.TooFar),
        ({"minutes": 60, "readers": Readers.PRESENT}, services.NotAfter),
        ({"minutes": 60, "readers": Readers.UNANSWERED, "is_after": True}, services.NotAfter),
        ({"days": 0, "hour": time(20)}, services.IsPast),
    ],
)
def test_a_distance_that_cannot_be_is_refused(session, make, facts, refusal):
    with pytest.raises(refusal):
        plan(make.event(), **facts)


# Leaving


def test_a_reminder_reaches_the_registered_once_at_its_moment(session, make, present):
    event = make.event("Webinaire", capacity=1)
    ask(event)
    ask(event, "Blaise")
    plan(event, minutes=60)
    session.commit()
    send_due(at=EARLY)
    assert leave(session, STARTS - timedelta(minutes=61)) == 0
    at = present(STARTS - timedelta(minutes=60))
    assert leave(session, at) == 1
    assert leave(session, at) == 0
    [message] = send_due(at=at)
    assert message.to == "ada@example.org"
    assert message.subject.replace("\u202f", " ") == "Rappel : Webinaire"
    assert "/r/" in message.text
    [reminder] = session.scalars(select(Reminder))
    assert (reminder.state, reminder.reached) == (ReminderState.LEFT, 1)


def test_the_worker_lets_it_leave(app, make, monkeypatch):
    with app.app_context():
        event = make.event()
        ask(event)
        plan(event, minutes=60)
        from crm.db import db

        db.session.commit()
        monkeypatch.setattr(clock, "now", lambda: STARTS - timedelta(minutes=59))
        tasks.remind()
        tasks.remind()
        kinds = db.session.scalars(select(Delivery.kind)).all()
        assert kinds.count(services.KIND) == 1


def test_people_who_share_a_mailbox_get_one_message_with_the_links_of_both(session, make, present):
    event = make.event()
    registrations = [ask(event, name, email="mairie@example.org") for name in ("Ada", "Blaise")]
    plan(event, minutes=60)
    session.commit()
    send_due(at=EARLY)
    at = present(STARTS - timedelta(minutes=30))
    leave(session, at)
    [message] = send_due(at=at)
    assert all(f"/r/{one.token}" in message.text for one in registrations)


@ONCE
def test_a_reminder_moves_with_the_event(session, make):
    event = make.event()
    ask(event)
    reminder = plan(event)
    move(event, STARTS + timedelta(days=7), EARLY)
    assert reminder.leaves_at == datetime(2030, 6, 18, 7, tzinfo=UTC)
    session.commit()
    assert leave(session, STARTS) == 0


def test_it_leaves_again_when_the_event_is_put_off_after_it_left(session, make, present):
    event = make.event()
    ask(event)
    plan(event)
    session.commit()
    send_due(at=EARLY)
    first = present(STARTS - timedelta(hours=20))
    assert leave(session, first) == 1
    assert len(send_due(at=first)) == 1
    move(event, STARTS + timedelta(days=7), first)
    session.commit()
    again = present(STARTS + timedelta(days=6, hours=4))
    assert leave(session, again) == 1
    assert len(send_due(at=again)) == 1


def test_what_still_waits_when_the_event_moves_never_leaves(session, make, present):
    event = make.event()
    ask(event)
    plan(event)
    session.commit()
    send_due(at=EARLY)
    at = present(STARTS - timedelta(hours=20))
    assert leave(session, at) == 1
    move(event, STARTS + timedelta(days=7), at)
    session.commit()
    assert send_due(at=at) == []
    [delivery] = session.scalars(select(Delivery).where(Delivery.kind == services.KIND))
    assert (delivery.state, delivery.reason) == (DeliveryState.SUPPRESSED, messages.MOVED)


@ONCE
def test_an_event_moved_nearer_than_the_distance_reminds_nobody_too_late(session, make):
    event = make.event()
    ask(event)
    reminder = plan(event)
    late = STARTS - timedelta(days=3)
    move(event, late + timedelta(hours=2), late)
    session.commit()
    assert reminder.state is ReminderState.MISSED
    assert leave(session, late + timedelta(minutes=1)) == 0


@ONCE
@pytest.mark.parametrize("what", ["cancelled", "begun", "a day late", "draft"])
def test_what_came_too_late_does_not_leave(session, make, what):
    event = make.event()
    ask(event)
    reminder = plan(event, days=7, hour=time(9))
    at = reminder.leaves_at + timedelta(minutes=5)
    if what == "cancelled":
        agenda.cancel(event, by="staff", at=EARLY)
    elif what == "begun":
        at = STARTS
    elif what == "draft":
        event.state = EventState.DRAFT
    else:
        at = reminder.leaves_at + timedelta(days=1, minutes=1)
    session.commit()
    assert leave(session, at) == 0
    session.refresh(reminder)
    assert reminder.state is ReminderState.MISSED


def test_who_withdrew_since_it_was_queued_is_not_reminded(session, make, present):
    event = make.event()
    registration = ask(event)
    plan(event, minutes=60)
    session.commit()
    send_due(at=EARLY)
    at = present(STARTS - timedelta(minutes=30))
    leave(session, at)
    seats.withdraw(registration, by="public", at=at)
    session.commit()
    assert [message.subject[:9] for message in send_due(at=at)] == ["Inscripti"]


# Asking again


def invited(session, make, *names):
    event = make.event()
    for name in names:
        make.person(name, "Lovelace", email=f"{name.lower()}@example.org")
    people = directory.people_filtered("", day=EARLY.date())
    inviting.invite(event, people, by="staff@example.org", at=EARLY)
    session.commit()
    send_due(at=EARLY)
    return event


def of(session, name):
    session.expire_all()
    rows = select(Invitation).join(Invitation.person).where(Invitation.person.has(given_name=name))
    return session.scalars(rows).one()


def test_those_who_have_not_answered_are_asked_again_and_nobody_else(session, make, present):
    event = invited(session, make, "Ada", "Blaise", "Carl", "Dora", "Emmy")
    at = present(EARLY + timedelta(days=3))
    inviting.answer(of(session, "Blaise"), Answer.DECLINED, at=at)
    inviting.answer(of(session, "Carl"), Answer.ACCEPTED, at=at)
    address_id = of(session, "Dora").address_id
    session.add(Objection(address_id=address_id, purpose=Purpose.INVITATION, at=at, source="test"))
    of(session, "Emmy").address.held_since = at
    session.commit()
    assert nudging.counted(event, at=at) == {None: 1, nudging.Left.OBJECTED: 1, nudging.Left.HELD: 1}
    assert nudging.nudge(event, at_most=1, by="staff@example.org", at=at) == 1
    session.commit()
    messages_ = [one for one in send_due(at=at) if "/i/" in one.text]
    assert [one.to for one in messages_] == ["ada@example.org"]
    assert messages_[0].subject.startswith("Viendrez-vous")
    assert messages_[0].unsubscribe_url
    assert of(session, "Ada").nudges == 1


def test_nobody_is_asked_again_twice_in_a_day_nor_a_third_time(session, make):
    event = invited(session, make, "Ada")
    at = EARLY
    for _time in range(nudging.MOST):
        at += timedelta(days=2)
        nudging.nudge(event, at_most=9, by="staff", at=at)
        session.commit()
        with pytest.raises(nudging.NobodyToNudge):
            nudging.nudge(event, at_most=9, by="staff", at=at + timedelta(hours=1))
    assert nudging.counted(event, at=at + timedelta(days=9)) == {nudging.Left.OFTEN: 1}


@ONCE
def test_more_people_than_were_agreed_to_are_not_asked(session, make):
    event = invited(session, make, "Ada", "Blaise")
    with pytest.raises(inviting.NotConfirmed):
        nudging.nudge(event, at_most=1, by="staff", at=EARLY + timedelta(days=2))


@ONCE
def test_an_invitation_that_did_not_arrive_is_not_asked_about(session, make):
    event = invited(session, make, "Ada")
    session.scalars(select(Delivery)).one().state = DeliveryState.BOUNCED
    session.flush()
    assert nudging.counted(event, at=EARLY + timedelta(days=2)) == {nudging.Left.NOT_ARRIVED: 1}


def test_a_planned_question_to_the_silent_leaves_by_itself_and_counts(session, make, present):
    event = invited(session, make, "Ada", "Blaise")
    plan(event, readers=Readers.UNANSWERED, days=7, hour=time(9))
    session.commit()
    at = present(datetime(2030, 6, 5, 7, 1, tzinfo=UTC))
    inviting.answer(of(session, "Blaise"), Answer.DECLINED, at=at)
    session.commit()
    assert leave(session, at) == 1
    assert [one.to for one in send_due(at=at) if one.unsubscribe_url] == ["ada@example.org"]
    assert of(session, "Ada").nudges == 1


def test_who_answers_before_it_leaves_is_not_asked_again(session, make, present):
    event = invited(session, make, "Ada")
    at = present(EARLY + timedelta(days=2))
    nudging.nudge(event, at_most=1, by="staff", at=at)
    inviting.answer(of(session, "Ada"), Answer.DECLINED, at=at)
    session.commit()
    assert send_due(at=at) == []


# Thanks


def test_thanks_wait_until_somebody_noted_who_came_and_reach_those_who_did(session, make, present):
    event = make.event("Webinaire")
    came, absent = ask(event), ask(event, "Blaise")
    plan(event, readers=Readers.PRESENT, is_after=True, minutes=60, note="<p>Le replay est en ligne.</p>")
    session.commit()
    send_due(at=EARLY)
    at = present(event.ends_at + timedelta(hours=2))
    assert leave(session, at) == 0
    came.attendance, absent.attendance = Attendance.PRESENT, Attendance.ABSENT
    agenda.hold(event, by="staff", at=at)
    session.commit()
    assert leave(session, at) == 1
    [message] = send_due(at=at)
    assert (message.to, message.subject.startswith("Merci")) == ("ada@example.org", True)
    assert "Le replay est en ligne." in message.text


@ONCE
def test_a_reminder_that_left_is_neither_changed_nor_taken_away(session, make):
    event = make.event()
    ask(event)
    reminder = plan(event, minutes=60)
    session.commit()
    leave(session, STARTS - timedelta(minutes=30))
    with pytest.raises(services.HasLeft):
        services.remove(reminder, at=STARTS)
    assert planning.instant(event, reminder) == STARTS - timedelta(hours=1)


def test_a_cancelled_event_calls_questions_back(session, make, present):
    event = invited(session, make, "Ada")
    at = present(EARLY + timedelta(days=2))
    nudging.nudge(event, at_most=1, by="staff", at=at)
    agenda.cancel(event, by="staff", at=at)
    telling.of_cancellation(event, by="staff", at=at)
    session.commit()
    assert [message.method for message in send_due(at=at)] == ["CANCEL"]


@ONCE
def test_reminders_of_what_is_postponed_wait_for_its_new_date(session, make):
    event = make.event()
    ask(event)
    reminder = plan(event)
    agenda.postpone(event, by="staff", at=EARLY)
    session.commit()
    assert leave(session, reminder.leaves_at + timedelta(minutes=5)) == 0
    starts = datetime(2030, 9, 12, 14)  # noqa: DTZ001  (a wall)
    ends = starts + timedelta(hours=2)
    agenda.set_date(event, starts_wall=starts, ends_wall=ends, zone="Europe/Paris", by="staff", at=EARLY)
    assert reminder.leaves_at == datetime(2030, 9, 11, 7, tzinfo=UTC)
    assert reminder.state is ReminderState.PLANNED
