"""Series: the dates a rule means, one registration for all, changes of this, the following or all."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import current_app
from icalendar import Calendar
from sqlalchemy import func, select

from crm.db import db
from crm.events import robots
from crm.events.admission import services as admission
from crm.events.models import Approval, Event, EventState, Format, Mode, Registration, Seat, Visibility
from crm.events.series import queries, registering, rules, services
from crm.events.series.models import Occurrence, Scope, Series, SeriesRegistration
from crm.events.series.rules import Odd, Rule, Unit
from crm.events.services import agenda, seats, telling
from crm.events.services.visitors import Visitor
from crm.mail.models import Delivery
from tests.make import EARLY
from tests.outbox import send_due

PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)


def wall(text):
    return datetime.fromisoformat(text)


def days(walls):
    return [f"{one:%Y-%m-%d}" for one in walls]


def visitor(name="Ada"):
    return Visitor(given_name=name, family_name="Lovelace", email=f"{name.lower()}@example.org")


def series_of(
    make, dates=("2030-06-26T14:00", "2030-07-10T14:00"), *, is_joint=False, state=EventState.OPEN, **facts
):
    first = make.event("Mercredi", state=state, **facts)
    made = services.create(title="Les mercredis", is_joint=is_joint, at=EARLY)
    events = services.repeat(first, made, [wall(one) for one in dates], by="staff", at=EARLY)
    for event in events:
        event.state = state
    db.session.flush()
    return made, [first, *events]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(every=2, until=date(2030, 7, 31)), ["2030-06-26", "2030-07-10", "2030-07-24"]),
        (Rule(unit=Unit.DAYS, every=3, times=2), ["2030-06-15", "2030-06-18"]),
        (Rule(unit=Unit.WEEKDAY, times=3), ["2030-07-10", "2030-08-14", "2030-09-11"]),
        (Rule(unit=Unit.MONTHS, every=3, times=2), ["2030-09-12", "2030-12-12"]),
    ],
)
def test_a_rule_means_these_dates(rule, expected):
    assert days(rules.following(wall("2030-06-12T14:00"), rule)) == expected


def test_a_month_without_that_day_has_its_last_and_without_a_fifth_monday_its_fourth():
    assert days(rules.following(wall("2030-01-31T10:00"), Rule(unit=Unit.MONTHS, times=3))) == [
        "2030-02-28", "2030-03-31", "2030-04-30",
    ]  # fmt: skip
    assert days(rules.following(wall("2030-04-29T10:00"), Rule(unit=Unit.WEEKDAY, times=2))) == [
        "2030-05-27", "2030-06-24",
    ]  # fmt: skip


def test_what_has_no_end_or_too_many_dates_is_refused():
    first = wall("2030-06-12T14:00")
    with pytest.raises(rules.NoEnd):
        rules.following(first, Rule())
    with pytest.raises(rules.NoDates):
        rules.following(first, Rule(until=date(2030, 6, 12)))
    assert len(rules.following(first, Rule(unit=Unit.DAYS, times=500))) == 500
    with pytest.raises(rules.TooManyDates):
        rules.following(first, Rule(unit=Unit.DAYS, until=date(2040, 1, 1)))


def test_dates_written_down_are_read_and_the_hour_of_the_event_fills_in():
    first = wall("2030-06-12T14:00")
    written = "12/09/2030 9h30\n\n2030-10-03\n5/11/2030 à 18 h\n12/09/2030 9:30"
    assert rules.listed(written, first) == [
        wall("2030-09-12T09:30"), wall("2030-10-03T14:00"), wall("2030-11-05T18:00"),
    ]  # fmt: skip
    for line in ("demain", "31/02/2030", "12/06/2030 25:00", "12/6"):
        with pytest.raises(rules.UnreadableDate):
            rules.listed(line, first)


def test_what_is_odd_about_a_date_is_said_before_anything_is_made():
    walls = [wall(one) for one in (
        "2030-03-31T02:30", "2030-10-27T02:30", "2025-01-01T02:30", "2030-05-01T02:30", "2030-06-01T02:30",
    )]  # fmt: skip
    found = rules.proposed(walls, PARIS, there=[walls[3]], at=EARLY)
    assert [one.odd for one in found] == [Odd.SKIPPED, Odd.TWICE, Odd.PAST, Odd.THERE, None]
    assert found[0].wall == wall("2030-03-31T03:30") and found[0].asked == walls[0]


def test_of_an_hour_that_comes_twice_the_first_is_meant_and_one_left_out_makes_nothing(session, make):
    first = make.event("Nuit", starts_wall=wall("2030-10-20T02:30"))
    series = services.create(title="Nuits", at=EARLY)
    [twice] = services.repeat(first, series, [wall("2030-10-27T02:30")], by="staff", at=EARLY)
    assert twice.starts_at.hour == 0
    with pytest.raises(services.DateRefused) as refusal:
        services.repeat(first, series, [wall("2031-03-30T02:30")], by="staff", at=EARLY)
    assert "30/03/2031" in refusal.value.text % refusal.value.facts


def test_the_events_made_are_drafts_like_the_first_with_nobody_in_them(session, make):
    first = make.event("Mercredi", capacity=30, venue="Mairie", description="<p>Tous les mercredis</p>")
    series = services.create(title="Les mercredis", at=EARLY)
    made = services.repeat(first, series, [wall("2030-06-26T14:00")], by="staff", at=EARLY)
    [event] = made
    assert (event.title, event.venue, event.capacity, event.state) == (
        "Mercredi", "Mairie", 30, EventState.DRAFT,
    )  # fmt: skip
    assert event.ends_wall - event.starts_wall == first.ends_wall - first.starts_wall
    assert event.uid != first.uid and event.slug != first.slug
    assert list(session.scalars(queries.events(series))) == [first, event]
    with pytest.raises(services.ThereAlready):
        services.repeat(first, series, [first.starts_wall], by="staff", at=EARLY)


def test_five_hundred_dates_are_made_at_once_and_not_one_more(session, make):
    first = make.event("Mercredi")
    series = services.create(title="Tous les jours", at=EARLY)
    walls = rules.following(first.starts_wall, Rule(unit=Unit.DAYS, times=500))
    assert len(services.repeat(first, series, walls, by="staff", at=EARLY)) == 500
    assert session.scalar(select(func.count(func.distinct(Event.slug)))) == 501
    with pytest.raises(rules.TooManyDates):
        services.repeat(first, series, [*walls, wall("2040-01-01T14:00")], by="staff", at=EARLY)


def test_one_registration_gives_a_seat_in_each_with_one_message_and_an_entry_for_each(session, make):
    series, events = series_of(make, is_joint=True)
    events[1].capacity = 1
    registering.register(series, visitor("Grace"), mode=None, language="en", at=EARLY)
    send_due(at=EARLY)
    registration = registering.register(series, visitor("Ada"), mode=None, language="en", at=EARLY + DAY)
    seats = {seat.event_id: seat.seat for seat in queries.seats_of(registration)}
    assert [seats[event.id] for event in events] == [Seat.CONFIRMED, Seat.WAITING, Seat.CONFIRMED]
    [message] = send_due(at=EARLY + 2 * DAY)
    assert message.subject == "You are registered: Les mercredis" and message.method == "PUBLISH"
    assert "Waiting list, place 1" in message.text
    entries = Calendar.from_ical(message.ics).events
    assert [str(entry["UID"]) for entry in entries] == [events[0].uid, events[2].uid]
    assert not any("ATTENDEE" in entry for entry in entries)


def test_registering_again_gives_what_has_opened_since_and_sells_no_seat_twice(session, make):
    series, events = series_of(make, is_joint=True)
    events[2].state = EventState.DRAFT
    registering.register(series, visitor(), mode=None, language="fr", at=EARLY)
    agenda.publish(events[2], by="staff", at=EARLY)
    assert registering.seat_everyone(events[2], at=EARLY) == 1
    registering.register(series, visitor(), mode=None, language="fr", at=EARLY + DAY)
    assert session.scalar(select(func.count()).select_from(Registration)) == 3


def test_what_asks_for_approval_or_is_not_open_yet_is_not_gone_round(session, make):
    series, events = series_of(make, is_joint=True)
    events[1].needs_approval = True
    events[2].opens_at, events[2].opens_wall = EARLY + DAY, wall("2026-03-03T10:00")
    registration = registering.register(series, visitor(), mode=None, language="en", at=EARLY)
    again = registering.register(series, visitor(), mode=None, language="en", at=EARLY)
    seats = {seat.event_id: (seat.seat, seat.approval) for seat in queries.seats_of(again)}
    assert again is registration
    assert seats == {
        events[0].id: (Seat.CONFIRMED, Approval.NONE),
        events[1].id: (Seat.WAITING, Approval.ASKED),
    }


def test_a_closed_list_and_an_invitation_hold_for_people_of_the_series_too(session, make):
    series, events = series_of(make, is_joint=True)
    events[1].state = events[2].state = EventState.DRAFT
    for name in ("Ada", "Blaise"):
        registering.register(series, visitor(name), mode=None, language="fr", at=EARLY)
    events[1].is_list_closed, events[2].visibility = True, Visibility.INVITATION
    admission.write_list(events[1], ["ada@example.org"], by="staff", at=EARLY)
    for event in events[1:]:
        agenda.publish(event, by="staff", at=EARLY)
    assert [registering.seat_everyone(event, at=EARLY) for event in events[1:]] == [1, 0]


def test_the_dates_of_a_series_ask_and_refuse_as_the_first_one(session, make):
    first = make.event("Mercredi", needs_approval=True, is_list_closed=True, takes_groups=False)
    admission.write_list(first, ["ada@example.org"], by="staff", at=EARLY)
    series = services.create(title="Les mercredis", at=EARLY)
    [made] = services.repeat(first, series, [wall("2030-06-26T14:00")], by="staff", at=EARLY)
    assert made.needs_approval and made.is_list_closed and not made.takes_groups
    assert admission.listed(made) == ["ada@example.org"]


def test_a_stranger_who_registers_somebody_again_changes_nothing_of_what_is_there(session, make):
    series, events = series_of(make, is_joint=True, format=Format.HYBRID)
    events[2].state = EventState.DRAFT
    registration = registering.register(series, visitor(), mode=Mode.ONLINE, language="en", at=EARLY)
    events[2].state = EventState.OPEN
    again = registering.register(series, visitor(), mode=Mode.ONSITE, language="fr", at=EARLY + DAY)
    assert again is registration
    assert (again.mode, again.language) == (Mode.ONLINE, "en")
    assert {(seat.mode, seat.language) for seat in queries.seats_of(again)} == {(Mode.ONLINE, "en")}
    assert len(queries.seats_of(again)) == 3


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_closed_list_of_a_date_is_not_found_out_by_the_page_of_the_series(client, make, monkeypatch):
    monkeypatch.setattr(robots, "QUICKEST", timedelta(0))
    monkeypatch.setattr(robots, "MOST_TRIES", 2)
    series = make.series(make.event(is_list_closed=True), is_joint=True)
    who = {"given_name": "Ada", "family_name": "Lovelace"}
    page = f"/s/{series.slug}"
    answers = [client.submit(page, **who, email=f"p{n}@example.org").status_code for n in range(3)]
    assert answers == [422, 422, 429]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_cancelled_date_to_come_does_not_stand_under_what_is_past(client, make):
    series = make.series(make.event("Date annulée", state=EventState.CANCELLED))
    page = client.get(f"/s/{series.slug}").text
    assert "À venir" in page and "Date annulée" in page and "<h2>Pass" not in page


def test_withdrawing_from_the_series_gives_every_seat_on_and_takes_the_entries_out(session, make):
    series, _events = series_of(make, is_joint=True, capacity=1)
    ada = registering.register(series, visitor("Ada"), mode=None, language="en", at=EARLY)
    registering.register(series, visitor("Grace"), mode=None, language="en", at=EARLY + DAY)
    send_due(at=EARLY + DAY)
    assert registering.withdraw(ada, at=EARLY + 2 * DAY) == 3
    assert registering.withdraw(ada, at=EARLY + 2 * DAY) == 0
    messages = [one for one in send_due(at=EARLY + 3 * DAY) if one.to == "ada@example.org"]
    [message] = messages
    gone = Calendar.from_ical(message.ics).events
    assert {str(entry["STATUS"]) for entry in gone} == {"CANCELLED"} and len(gone) == 3
    assert all(int(entry["SEQUENCE"]) == 1 for entry in gone)


def test_a_series_without_that_choice_takes_no_registration_for_the_whole(session, make):
    series, _events = series_of(make)
    with pytest.raises(registering.NotJoint):
        registering.register(series, visitor(), mode=None, language="fr", at=EARLY)
    joint, events = series_of(make, ("2031-01-01T10:00",), is_joint=True, state=EventState.DRAFT)
    with pytest.raises(registering.NothingOpen):
        registering.register(joint, visitor(), mode=None, language="fr", at=EARLY)
    with pytest.raises(registering.BySeries):
        registering.check(queries.of(events[0]))


@pytest.mark.parametrize(
    ("scope", "moved"), [(Scope.THIS, [1]), (Scope.FOLLOWING, [1, 2]), (Scope.ALL, [0, 1, 2])]
)
def test_a_change_reaches_this_the_following_or_all(session, make, scope, moved):
    _series, events = series_of(make)
    events[2].venue = "Ailleurs"
    event, before = events[1], services.facts_of(events[1])
    others = services.others(event, scope, at=EARLY)
    agenda.change(
        event,
        starts_wall=event.starts_wall + DAY + DAY / 24,
        ends_wall=event.ends_wall + DAY + DAY / 24,
        title="Mercredi devenu jeudi",
        by="staff",
        at=EARLY,
    )
    told = services.carry_over(before, event, others, by="staff", at=EARLY)
    starts = ("2030-06-12T14:00", "2030-06-26T14:00", "2030-07-10T14:00")
    for number, (one, began) in enumerate(zip(events, starts, strict=True)):
        expected = wall(began) + (DAY + DAY / 24 if number in moved else timedelta())
        assert one.starts_wall == expected, number
        assert (one.title == "Mercredi devenu jeudi") is (number in moved)
    assert events[2].venue == "Ailleurs"
    assert all("time" in what for _one, what in told)


def test_what_is_over_or_called_off_does_not_change_with_the_others(session, make):
    _series, events = series_of(make)
    agenda.cancel(events[2], by="staff", at=EARLY)
    after_the_first = events[0].ends_at
    assert services.others(events[1], Scope.ALL, at=after_the_first) == []
    assert services.others(events[0], Scope.ALL, at=EARLY) == [events[1]]


def test_a_change_over_the_night_of_the_clocks_keeps_the_hour_people_read(session, make):
    _series, events = series_of(make, ("2030-11-06T14:00",))
    before = services.facts_of(events[0])
    agenda.change(
        events[0], starts_wall=wall("2030-06-12T15:00"), ends_wall=wall("2030-06-12T17:00"), by="s", at=EARLY
    )
    services.carry_over(before, events[0], [events[1]], by="s", at=EARLY)
    assert events[1].starts_wall == wall("2030-11-06T15:00") and events[1].starts_at.hour == 14


def test_an_event_taken_out_keeps_its_people_and_cancelling_it_tells_them(session, make):
    series, events = series_of(make, is_joint=True)
    registering.register(series, visitor(), mode=None, language="en", at=EARLY)
    send_due(at=EARLY)
    services.take_out(events[1], at=EARLY)
    assert session.get(Occurrence, events[1].id) is None
    assert session.scalar(select(func.count()).where(Registration.event_id == events[1].id)) == 1
    agenda.cancel(events[2], by="staff", at=EARLY)
    assert telling.of_cancellation(events[2], by="staff", at=EARLY) == 1
    [message] = send_due(at=EARLY + DAY)
    assert (message.subject, message.method) == ("Cancelled: Mercredi", "CANCEL")


def test_an_event_is_in_one_series_only(session, make):
    _series, events = series_of(make)
    with pytest.raises(services.InAnotherSeries):
        services.put(events[0], services.create(title="Autre", at=EARLY), at=EARLY)


def test_staff_repeat_an_event_and_strangers_register_for_the_series(client, make):
    event = make.event("Mercredi")
    client.as_("staff")
    page = f"/events/{event.id}/repeat?how=rule&every=2&unit=weeks&times=2"
    shown = client.get(page)
    assert 'value="2030-06-26T14:00"' in shown.text and 'value="2030-07-10T14:00"' in shown.text
    made = client.submit_and_follow(
        page, title="Les mercredis", is_joint="y", date=["2030-06-26T14:00", "2030-07-10T14:00", ""]
    )
    assert made.text.count("Mercredi") >= 3
    with make.app.app_context():
        series = db.session.scalars(select(Series)).one()
        assert db.session.scalar(select(func.count()).select_from(Occurrence)) == 3
        key, slug = series.id, series.slug
    client.submit(f"/events/series/{key}", to="/publish")
    assert "Les mercredis" in client.get(f"/e/{event.slug}").text
    feed = client.get(f"/s/{slug}.ics")
    assert feed.data.count(b"BEGIN:VEVENT") == 3
    assert client.get(f"/s/{slug}.ics", headers={"If-None-Match": feed.headers["ETag"]}).status_code == 304


def test_a_change_of_all_is_told_to_everyone_who_knows(client, make):
    with make.app.app_context():
        series, events = series_of(make, is_joint=True)
        registering.register(series, visitor(), mode=None, language="fr", at=EARLY)
        key = events[1].id
        db.session.commit()
    client.as_("staff")
    page = f"/events/{key}/edit"
    change = {"starts": "2030-06-27T14:00", "ends": "2030-06-27T16:00", "scope": "following"}
    assert client.submit(page, **change).status_code == 422
    client.submit_and_follow(page, **change, tell="yes")
    with make.app.app_context():
        starts = [f"{one.starts_wall:%d/%m}" for one in db.session.scalars(select(Event).order_by(Event.id))]
        assert starts == ["12/06", "27/06", "11/07"]


def test_the_entries_of_a_series_answer_where_those_of_its_events_do(session, make):
    current_app.config["REPLIES_ADDRESS"] = "agenda@example.org"
    series, [first, *_others] = series_of(make, is_joint=True)
    registering.register(series, visitor(), mode=None, language="en", at=EARLY)
    session.commit()
    [joined] = send_due(at=EARLY)
    before = {str(one["UID"]): str(one["ORGANIZER"]) for one in Calendar.from_ical(joined.ics).events}
    agenda.change(first, by="staff", at=EARLY + DAY, venue="Mairie")
    telling.of_change(first, by="staff", at=EARLY + DAY)
    session.commit()
    [changed] = send_due(at=EARLY + DAY)
    [entry] = Calendar.from_ical(changed.ics).events
    assert str(entry["ORGANIZER"]) == before[first.uid]
    assert len(set(before.values())) == 3 and not any("agenda@" in one for one in before.values())


def test_a_mailbox_shared_with_a_colleague_who_still_comes_keeps_those_entries(session, make):
    series, events = series_of(make, is_joint=True)
    ada = registering.register(series, visitor("Ada"), mode=None, language="en", at=EARLY)
    shared = Visitor(given_name="Grace", family_name="Hopper", email="ada@example.org")
    seats.ask(events[1], shared, mode=None, language="en", at=EARLY)
    session.commit()
    send_due(at=EARLY)
    registering.withdraw(ada, at=EARLY + DAY)
    session.commit()
    [message] = send_due(at=EARLY + DAY)
    gone = {str(entry["UID"]) for entry in Calendar.from_ical(message.ics).events}
    assert gone == {events[0].uid, events[2].uid}
    assert message.text.count("Withdrawn") >= 3


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_series_held_in_several_ways_says_what_the_choice_is_for(client, make):
    with make.app.app_context():
        series, events = series_of(make, is_joint=True)
        events[1].format, page = Format.HYBRID, f"/s/{series.slug}"
        db.session.commit()
    said = "quel que soit votre choix"
    assert said in client.get(page).text
    with make.app.app_context():
        for event in db.session.scalars(select(Event)):
            event.format = Format.HYBRID
        db.session.commit()
    assert said not in client.get(page).text


# Going back, and sending the same page again


@pytest.fixture
def joint(client, make, monkeypatch):
    """The public page of a series that one registers for as a whole, filled in by Ada."""
    monkeypatch.setattr(robots, "QUICKEST", timedelta(0))
    with make.app.app_context():
        made, _events = series_of(make, is_joint=True)
        page = f"/s/{made.slug}"
        db.session.commit()
    return client.filled(page, given_name="Ada", family_name="Lovelace", email="ada@example.org")


def registered(make):
    with make.app.app_context():
        rows = select(SeriesRegistration).order_by(SeriesRegistration.id)
        return [(one.person.given_name, one.withdrawn_at is None) for one in db.session.scalars(rows)]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whoever_goes_back_and_types_a_colleague_registers_the_colleague(client, make, joint):
    action, fields = joint
    for typed in ({}, {}, {"given_name": "Blaise", "email": "blaise@example.org"}):
        assert client.post(action, data={**fields, **typed}).status_code == 302
    assert registered(make) == [("Ada", True), ("Blaise", True)]
    with make.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Delivery)) == 2


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whoever_withdrew_and_sends_the_same_page_again_is_registered_anew(client, make, joint):
    action, fields = joint
    client.post(action, data=fields)
    with make.app.app_context():
        token = db.session.scalars(select(SeriesRegistration.token)).one()
    client.submit(f"/r/series/{token}", to="/withdraw")
    assert registered(make) == [("Ada", False)]
    assert client.post(action, data=fields).headers["Location"].endswith("/thanks")
    assert registered(make) == [("Ada", True)]
