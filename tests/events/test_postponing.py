"""A postponed event without its date: people are told, seats stay, the new date asks them anew."""

from datetime import datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from crm.db import db
from crm.directory import queries as directory
from crm.errors import CrmError
from crm.events import messages
from crm.events.models import Answer, Event, EventState, Invitation, Registration, Seat
from crm.events.queries import agenda as events
from crm.events.services import agenda, inviting, seats, telling
from crm.events.services.visitors import Visitor
from crm.mail.models import Delivery, DeliveryState
from tests.make import EARLY
from tests.outbox import send_due

DAY = timedelta(days=1)
SEPTEMBER = datetime(2030, 9, 3, 10, 0)  # noqa: DTZ001  (a wall)


def invite(event, at=EARLY):
    people = directory.people_filtered("", day=EARLY.date())
    return inviting.invite(event, people, by="staff", at=at)


def ask(event, name="Ada", at=EARLY):
    visitor = Visitor(given_name=name, family_name="Lovelace", email=f"{name.lower()}@example.org")
    return seats.ask(event, visitor, mode=None, language="en", at=at)


def postpone(event, at):
    agenda.postpone(event, by="staff", at=at)
    return telling.of_postponement(event, by="staff", at=at)


def set_date(event, at, starts=SEPTEMBER):
    agenda.set_date(
        event, starts_wall=starts, ends_wall=starts + 2 * DAY / 24, zone=event.zone, by="staff", at=at
    )
    return telling.of_change(event, facts=telling.DATED, by="staff", at=at)


def entry(message):
    return Calendar.from_ical(message.ics).events[0]


def test_the_entry_leaves_the_calendars_and_comes_back_with_the_new_date(session, make):
    make.person("Blaise", "Pascal", email="blaise@example.org", language="en")
    event = make.event("Journée")
    invite(event)
    ask(event, "Ada")
    first = {message.to: entry(message)["SEQUENCE"] for message in send_due(at=EARLY + DAY)}

    postpone(event, EARLY + 2 * DAY)
    off = send_due(at=EARLY + 3 * DAY)
    assert {message.to for message in off} == set(first)
    for message in off:
        gone = entry(message)
        assert (message.method, gone["STATUS"], gone["UID"]) == ("CANCEL", "CANCELLED", event.uid)
        assert gone["SEQUENCE"] > first[message.to]
        assert message.subject == "Postponed: Journée" and "12 June 2030" in message.text
    assert session.scalars(select(Registration.seat)).all() == [Seat.CONFIRMED]

    set_date(event, EARLY + 4 * DAY)
    anew = {message.to: message for message in send_due(at=EARLY + 5 * DAY)}
    assert set(anew) == set(first)
    for message in anew.values():
        back, cancelled = entry(message), max(entry(one)["SEQUENCE"] for one in off)
        assert (message.method, back["UID"], back["STATUS"]) == ("REQUEST", event.uid, "CONFIRMED")
        assert back["SEQUENCE"] > cancelled and back.start.month == 9
        assert message.subject == "New date: Journée"
    assert entry(anew["ada@example.org"])["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert entry(anew["blaise@example.org"])["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"


def test_whoever_had_not_been_reached_gets_a_first_invitation_with_the_new_date(session, make):
    make.person("Blaise", "Pascal", email="blaise@example.org", language="en")
    event = make.event("Journée")
    invite(event)
    assert postpone(event, EARLY) == 0
    assert session.scalars(select(Delivery.state)).all() == [DeliveryState.CANCELLED]
    set_date(event, EARLY + DAY)
    [message] = send_due(at=EARLY + 2 * DAY)
    assert message.subject == "Invitation: Journée"


def test_word_of_the_postponement_that_the_new_date_overtook_does_not_leave(session, make):
    event = make.event("Journée")
    ask(event)
    send_due(at=EARLY)
    postpone(event, EARLY + DAY)
    set_date(event, EARLY + DAY)
    assert [message.subject for message in send_due(at=EARLY + 2 * DAY)] == ["New date: Journée"]


def test_it_goes_back_to_where_it_stood_and_only_from_there(session, make):
    closed = make.event(state=EventState.CLOSED)
    postpone(closed, EARLY)
    with pytest.raises(agenda.NotAStep):
        agenda.publish(closed, by="staff", at=EARLY)
    set_date(closed, EARLY)
    assert (closed.state, closed.postponed_from) == (EventState.CLOSED, None)
    with pytest.raises(agenda.NotAStep):
        set_date(closed, EARLY)
    with pytest.raises(agenda.NotAStep):
        agenda.postpone(make.event(state=EventState.DRAFT), by="staff", at=EARLY)


@pytest.mark.parametrize(
    ("starts", "why"),
    [
        (datetime(2025, 9, 3, 10), agenda.DateIsPast),  # noqa: DTZ001
        (datetime(2031, 3, 30, 2, 30), agenda.SkippedStart),  # noqa: DTZ001
    ],
)
def test_a_new_date_that_is_past_or_that_clocks_leave_out_is_refused(session, make, starts, why):
    event = make.event()
    agenda.postpone(event, by="staff", at=EARLY)
    with pytest.raises(why):
        set_date(event, EARLY, starts)


def test_meanwhile_nobody_registers_or_answers_but_anybody_may_withdraw(session, make):
    make.person("Blaise", "Pascal", email="blaise@example.org")
    event = make.event(capacity=1)
    invite(event)
    seat = ask(event)
    waiting = ask(event, "Grace")
    postpone(event, EARLY)
    [invitation] = session.scalars(select(Invitation))
    for act in (lambda: ask(event, "Alan"), lambda: inviting.answer(invitation, Answer.ACCEPTED, at=EARLY)):
        with pytest.raises(seats.EventPostponed):
            act()
    long_after = event.ends_at + 30 * DAY
    assert not event.is_over(long_after)
    seats.withdraw(seat, by="public", at=long_after)
    assert waiting.seat == Seat.WAITING
    set_date(event, long_after, datetime(2031, 9, 3, 10))  # noqa: DTZ001
    seats.promote(event, at=long_after)
    assert waiting.seat == Seat.CONFIRMED


def test_lists_show_it_among_what_is_coming_and_feeds_as_cancelled(session, make):
    event = make.event("Journée")
    postpone(event, EARLY)
    long_after = event.ends_at + 300 * DAY
    listed = [row.Event for row in session.execute(events.listed(events.Chosen(), at=long_after))]
    assert listed == [event]
    assert session.scalars(events.in_month(2030, 6)).all() == []
    [shown] = session.scalars(events.published(at=long_after))
    assert messages.entry(shown, "fr").status == "CANCELLED"


def test_staff_postpone_it_and_set_the_new_date(client, make):
    event = make.event("Journée")
    client.as_("staff")
    page = f"/events/{event.id}"
    shown = client.submit_and_follow(page, to="/postpone")
    assert "Reporté" in shown.text and "nouvelle date" in shown.text
    assert client.get(f"/e/{event.slug}").status_code == 200
    assert 'name="starts"' not in client.get(f"{page}/edit").text
    assert client.submit(f"{page}/edit", title="Grande journée").status_code == 302
    client.submit_and_follow(f"{page}/date", starts="2030-09-03T10:00", ends="2030-09-03T12:00")
    with make.app.app_context():
        kept = db.session.get(Event, event.id)
        assert (kept.state, kept.title) == (EventState.OPEN, "Grande journée")
        assert kept.starts_wall == SEPTEMBER


def test_a_postponed_event_can_be_cancelled(session, make):
    event = make.event("Journée")
    ask(event)
    send_due(at=EARLY)
    postpone(event, EARLY + DAY)
    send_due(at=EARLY + DAY)
    with pytest.raises(CrmError):
        seats.walk_in(event, Visitor(given_name="A", family_name="B"), mode=None, by="staff", at=EARLY)
    agenda.cancel(event, by="staff", at=EARLY + 2 * DAY)
    assert telling.of_cancellation(event, by="staff", at=EARLY + 2 * DAY) == 1
    [message] = send_due(at=EARLY + 3 * DAY)
    assert message.subject == "Cancelled: Journée"
