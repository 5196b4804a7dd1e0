"""At the door: let in once, by whichever device, and known since when and by whom."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.events.checkin import queries, services
from crm.events.checkin.models import Act, Outcome, Passage
from crm.events.checkin.services import Asked
from crm.events.models import Approval, Attendance, Registration, Seat
from crm.events.services import attendance, seats
from crm.events.services.visitors import Visitor
from crm.relations.models import Act as Logged
from crm.relations.models import Note

SIX = datetime(2026, 3, 2, 17, 4, tzinfo=UTC)  # 18:04 in Paris
LATER = SIX + timedelta(minutes=20)
NEXT_DAY = SIX + timedelta(days=1)
WHOLE_DAYS = {"starts_wall": datetime(2026, 3, 2, 9), "ends_wall": datetime(2026, 3, 3, 17)}  # noqa: DTZ001


@pytest.fixture
def evening(make):
    """An evening of one day, with two seats."""
    return make.event("Rencontre", starts_wall=datetime(2026, 3, 2, 18), capacity=2)  # noqa: DTZ001


def registered(event, given="Ada", family="Lovelace"):
    visitor = Visitor(given_name=given, family_name=family, email=f"{given.lower()}@example.org")
    return seats.ask(event, visitor, mode=None, language="fr", at=SIX - timedelta(days=9))


def note(event, badge, act=Act.ENTER, *, nonce, moment=SIX, by="Ana", at=None, door=None):
    asked = Asked(act, nonce, by, moment, door)
    return services.note(event, badge, asked, at=at or moment)


def test_somebody_is_let_in_and_then_is_in_already_since_then_and_by_whom(session, evening):
    ada = registered(evening)
    assert note(evening, ada.badge, nonce="a").outcome == Outcome.IN
    again = note(evening, ada.badge, nonce="b", moment=LATER, by="Bruno")
    assert (again.outcome, again.since, again.by) == (Outcome.ALREADY, SIX, "Ana")
    assert (ada.attendance, ada.attendance_at, ada.attendance_by) == (Attendance.PRESENT, SIX, "Ana")
    assert session.scalars(select(Note.act).where(Note.act == Logged.ATTENDED)).all() == [Logged.ATTENDED]


def test_the_same_act_sent_again_is_done_once_and_answered_as_it_was(session, evening):
    ada = registered(evening)
    first = note(evening, ada.badge, nonce="a")
    again = note(evening, ada.badge, nonce="a", at=LATER)
    assert (again.outcome, again.since, again.by) == (first.outcome, first.since, first.by)
    assert len(session.scalars(select(Passage)).all()) == 1


def test_a_device_that_was_without_network_tells_the_earlier_instant_and_that_one_stays(session, evening):
    ada = registered(evening)
    note(evening, ada.badge, nonce="b", moment=LATER, by="Bruno")
    told = note(evening, ada.badge, nonce="a", moment=SIX, by="Ana", at=LATER + timedelta(hours=1))
    assert (told.outcome, told.since, told.by) == (Outcome.ALREADY, SIX, "Ana")
    session.refresh(ada)
    assert (ada.attendance_at, ada.attendance_by) == (SIX, "Ana")


def test_what_a_device_says_of_the_future_or_of_last_week_is_not_believed(session, evening):
    ada = registered(evening)
    asked = Asked(Act.ENTER, "a", "Ana", SIX + timedelta(days=2))
    assert services.note(evening, ada.badge, asked, at=SIX).since == SIX


def test_letting_in_can_be_taken_back_and_what_was_said_before_holds_again(session, evening):
    ada = registered(evening)
    attendance.mark(evening, [ada.id], Attendance.EXCUSED, by="staff", at=SIX - timedelta(hours=2))
    note(evening, ada.badge, nonce="a")
    assert note(evening, ada.badge, Act.UNDO, nonce="u", moment=LATER).outcome == Outcome.UNDONE
    session.refresh(ada)
    assert ada.attendance == Attendance.EXCUSED
    assert session.scalars(select(Note).where(Note.act == Logged.ATTENDED)).all() == []
    assert note(evening, ada.badge, Act.UNDO, nonce="v", moment=LATER).outcome == Outcome.NOT_IN
    assert note(evening, ada.badge, nonce="c", moment=LATER).outcome == Outcome.IN


def test_codes_of_others_and_people_without_a_seat_are_each_told_apart(session, make, evening):
    ada, _blaise, chloe = (registered(evening, name) for name in ("Ada", "Blaise", "Chloe"))
    other = registered(make.event("Autre", starts_wall=evening.starts_wall), "Dora")
    gone = registered(make.event("Libre", starts_wall=evening.starts_wall), "Emil")
    seats.withdraw(gone, by="public", at=SIX - timedelta(days=1))
    assert chloe.seat == Seat.WAITING
    assert note(evening, "0" * 20, nonce="1").outcome == Outcome.UNKNOWN
    assert note(evening, other.badge, nonce="2").outcome == Outcome.OTHER_EVENT
    assert note(evening, chloe.badge, nonce="3").outcome == Outcome.WAITING
    assert note(gone.event, gone.badge, nonce="4").outcome == Outcome.WITHDRAWN
    assert session.scalars(select(Passage)).all() == []
    assert {one.attendance for one in (ada, chloe, gone)} == {Attendance.UNKNOWN}


def test_whoever_waits_can_be_let_in_all_the_same_and_waits_again_when_that_is_taken_back(session, evening):
    _ada, _blaise, chloe = (registered(evening, name) for name in ("Ada", "Blaise", "Chloe"))
    assert note(evening, chloe.badge, Act.ADMIT, nonce="1").outcome == Outcome.IN
    assert (chloe.seat, chloe.attendance) == (Seat.CONFIRMED, Attendance.PRESENT)
    note(evening, chloe.badge, Act.UNDO, nonce="2", moment=LATER)
    assert (chloe.seat, chloe.attendance) == (Seat.WAITING, Attendance.UNKNOWN)


def test_letting_in_somebody_who_asked_is_a_yes_until_it_is_taken_back(session, evening):
    evening.capacity, evening.needs_approval = 10, True
    asked = registered(evening)
    note(evening, asked.badge, Act.ADMIT, nonce="1")
    assert (asked.seat, asked.approval, asked.decided_by) == (Seat.CONFIRMED, Approval.APPROVED, "Ana")
    note(evening, asked.badge, Act.UNDO, nonce="2", moment=LATER)
    assert (asked.seat, asked.approval, asked.decided_by) == (Seat.WAITING, Approval.ASKED, "")


def test_whoever_has_not_registered_is_added_once_and_counted_apart(session, evening):
    visitor, asked = Visitor(given_name="Zoé", family_name="Neuve"), Asked(Act.WALK_IN, "w", "Ana", SIX)
    for at in (SIX, LATER):
        told = services.walk_in(evening, visitor, asked, mode=None, at=at)
        assert (told.outcome, told.since) == (Outcome.IN, SIX)
    counters = queries.counters(evening, queries.today(evening, SIX))
    assert (counters.present, counters.walk_ins) == (1, 1)
    assert len(session.scalars(select(Registration)).all()) == 1
    note(evening, told.registration.badge, Act.UNDO, nonce="u", moment=LATER)
    assert queries.counters(evening, queries.today(evening, SIX)).present == 0
    assert told.registration.seat == Seat.WITHDRAWN


def test_on_the_second_day_people_come_in_anew_and_the_first_day_stays_counted(session, make):
    event = make.event("Colloque", **WHOLE_DAYS)
    ada, blaise = registered(event), registered(event, "Blaise")
    for one, nonce in ((ada, "1"), (blaise, "2")):
        note(event, one.badge, nonce=nonce)
    assert note(event, ada.badge, nonce="3", moment=NEXT_DAY).outcome == Outcome.IN
    assert queries.counters(event, NEXT_DAY.date()).present == 1
    assert [row.since for row in queries.rows(event, NEXT_DAY.date())] == [NEXT_DAY, None]
    note(event, ada.badge, Act.UNDO, nonce="4", moment=NEXT_DAY)
    session.refresh(ada)
    assert (ada.attendance, ada.attendance_at) == (Attendance.PRESENT, SIX)


def test_nobody_comes_before_the_day_or_to_what_is_cancelled(session, make, evening):
    ada = registered(evening)
    with pytest.raises(seats.NotThatDayYet):
        note(evening, ada.badge, nonce="1", moment=SIX - timedelta(days=2))


def test_more_than_people_can_note_in_a_minute_is_held_back(session, evening, monkeypatch):
    monkeypatch.setattr(services, "MOST_A_MINUTE", 2)
    people = [registered(evening, name) for name in ("Ada", "Blaise", "Chloe")]
    for one in people[:2]:
        note(evening, one.badge, nonce=one.badge)
    with pytest.raises(services.TooMany):
        note(evening, people[2].badge, nonce="x")


def test_what_changed_since_a_moment_is_told_whoever_changed_it(session, evening):
    ada, blaise = registered(evening), registered(evening, "Blaise")
    note(evening, ada.badge, nonce="1", at=LATER)
    names = [row.given_name for row in queries.changed_since(evening, SIX.date(), LATER)]
    assert names == ["Ada"]
    attendance.mark(evening, [blaise.id], Attendance.PRESENT, by="staff@example.org", at=LATER)
    told = {row.given_name: row.by for row in queries.changed_since(evening, SIX.date(), LATER)}
    assert told == {"Ada": "Ana", "Blaise": "staff@example.org"}


@pytest.mark.parametrize("scanned", ["3017620422003", "https://example.org", "MAILLAGE:", "0" * 19, "O" * 20])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_shopping_barcode_is_no_code_of_ours(app, scanned):
    assert queries.badge_in(scanned) is None
    assert queries.badge_in(f" maillage:{'a' * 20} ") == "A" * 20


def test_a_door_is_open_on_its_day_also_past_midnight_and_follows_an_event_that_moves(session, make):
    event = make.event(
        starts_wall=datetime(2026, 3, 2, 20),  # noqa: DTZ001
        ends_wall=datetime(2026, 3, 3, 1),  # noqa: DTZ001
    )
    door = services.open_door(event, name="Entrée", by="staff", at=SIX)
    assert queries.hours(door) == (
        datetime(2026, 3, 1, 23, tzinfo=UTC),
        datetime(2026, 3, 3, 3, tzinfo=UTC),
    )
    event.starts_wall += timedelta(days=7)
    event.ends_wall += timedelta(days=7)
    event.ends_at += timedelta(days=7)
    assert queries.hours(door)[0] == datetime(2026, 3, 8, 23, tzinfo=UTC)
    with pytest.raises(services.NoSuchDay):
        services.open_door(event, name="Entrée", day_number=3, by="staff", at=SIX)


def test_a_badge_goes_on_opening_after_two_people_turned_out_to_be_one(session, make, evening):
    ada, double = registered(evening), registered(evening, "Adele")
    badge = double.badge
    make.merge(ada.person, double.person)
    session.expire_all()
    told = note(evening, badge, nonce="1")
    assert (told.outcome, told.registration.id) == (Outcome.IN, ada.id)
    assert queries.by_badge("x" * 20) is None
