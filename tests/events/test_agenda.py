"""Planning: what an event may be, and the steps of its life."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.clock import SkippedHour, UnknownZone, UnlikelyYear
from crm.errors import Changed
from crm.events.models import Attendance, EventKind, EventState, Format, Part, Visibility
from crm.events.queries import agenda as events
from crm.events.services import agenda, seats
from crm.events.services.visitors import Visitor
from tests.make import EARLY

WALL = datetime(2030, 6, 12, 14, 0)  # noqa: DTZ001  (a wall time)


def plan(**facts):
    facts = {
        "title": "Journée des données",
        "starts_wall": WALL,
        "ends_wall": WALL + timedelta(hours=2),
        **facts,
    }
    return agenda.create(by="staff", at=EARLY, **facts)


def test_an_event_keeps_the_hour_agreed_on_and_the_instant_it_means(session):
    event = plan(zone="America/Martinique")
    assert event.starts_wall == WALL
    assert event.starts_at == datetime(2030, 6, 12, 18, 0, tzinfo=UTC)
    assert event.state == EventState.DRAFT


def test_an_hour_that_spring_leaves_out_is_refused_beside_its_field(session):
    night = datetime(2030, 3, 31, 2, 30)  # noqa: DTZ001
    with pytest.raises(SkippedHour) as refusal:
        plan(starts_wall=night, ends_wall=night + timedelta(hours=3))
    assert refusal.value.field == "starts"
    with pytest.raises(SkippedHour) as refusal:
        plan(starts_wall=night - timedelta(hours=3), ends_wall=night)
    assert refusal.value.field == "ends"


@pytest.mark.parametrize("year", [1, 26, 1899, 2201, 9999])
def test_a_year_that_nobody_means_is_refused_beside_its_field(session, year):
    odd = WALL.replace(year=year)
    with pytest.raises(UnlikelyYear) as refusal:
        plan(starts_wall=odd, ends_wall=odd + timedelta(hours=2))
    assert refusal.value.field == "starts"
    assert f"{year:04}" in str(refusal.value)
    if odd > WALL:
        with pytest.raises(UnlikelyYear) as refusal:
            plan(ends_wall=odd)
        assert refusal.value.field == "ends"


def test_a_held_event_that_is_moved_to_come_comes_again_with_its_registration_closed(session, make):
    event = make.event(state=EventState.HELD)
    later = {"starts_wall": WALL.replace(year=2190), "ends_wall": WALL.replace(year=2190, hour=16)}
    agenda.change(event, by="staff", at=EARLY, title="Autre nom")
    assert event.state == EventState.HELD
    agenda.change(event, by="staff", at=EARLY, **later)
    assert event.state == EventState.CLOSED


def test_an_event_where_people_were_present_is_not_moved_to_come(session, make):
    event, at = make.event(), datetime(2030, 6, 12, 15, tzinfo=UTC)
    came = Visitor(given_name="Ada", family_name="Byron", email="", organisation="")
    seats.walk_in(event, came, mode=None, attendance=Attendance.PRESENT, by="staff", at=at)
    agenda.hold(event, by="staff", at=at)
    later = {"starts_wall": WALL.replace(year=2190), "ends_wall": WALL.replace(year=2190, hour=16)}
    with pytest.raises(agenda.TookPlace) as refusal:
        agenda.change(event, by="staff", at=at, **later)
    assert refusal.value.field == "starts"


def test_the_same_words_written_otherwise_are_no_change_to_tell(session, make):
    event = make.event(state=EventState.OPEN, description="Une journée.<br><br>Une autre.")
    agenda.change(event, by="staff", at=EARLY, description="<div>Une journée.<br><br>Une autre.</div>")
    assert event.words_changed_at is None
    agenda.change(event, by="staff", at=EARLY, description="<div>Une journée.</div>")
    assert event.words_changed_at == EARLY


def test_the_hour_that_autumn_shows_twice_is_the_earlier_one(session):
    night = datetime(2030, 10, 27, 2, 30)  # noqa: DTZ001
    assert plan(starts_wall=night, ends_wall=night + timedelta(hours=3)).starts_at.hour == 0


@pytest.mark.parametrize("minutes", [0, -30])
def test_an_end_before_the_start_is_refused(session, minutes):
    with pytest.raises(agenda.EndsBeforeItStarts):
        plan(ends_wall=WALL + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"title": "  "}, agenda.TitleMissing),
        ({"zone": "Europe/Atlantis"}, UnknownZone),
        ({"capacity": 0}, agenda.CapacityNotPositive),
        ({"kind_id": 4_000}, agenda.UnknownKind),
        ({"partners": [(4_000, Part.HOST)]}, agenda.UnknownPartner),
        ({"ends_wall": WALL + timedelta(days=400)}, agenda.LastsTooLong),
    ],
)
def test_what_cannot_be_is_refused(session, facts, refusal):
    with pytest.raises(refusal):
        plan(**facts)


def test_whole_days_end_at_the_midnight_after_the_last_one(session):
    event = plan(is_all_day=True, ends_wall=WALL + timedelta(days=1))
    assert event.starts_wall == datetime(2030, 6, 12)  # noqa: DTZ001
    assert event.ends_wall == datetime(2030, 6, 14)  # noqa: DTZ001


def test_two_events_of_one_title_have_addresses_of_their_own_that_stay(session):
    first, second = plan(), plan()
    assert (first.slug, second.slug) == ("journee-des-donnees", "journee-des-donnees-2")
    agenda.change(first, by="staff", at=EARLY, title="Autre titre")
    assert first.slug == "journee-des-donnees"


def test_the_description_keeps_no_script(session):
    event = plan(description="<p onclick='x()'>Bonjour <script>alert(1)</script></p>")
    assert event.description == "<p>Bonjour </p>"


def test_partners_keep_their_part(session, make):
    organisation = make.organisation("Datactivist")
    event = plan(partners=[(organisation.id, Part.SPEAKER), (organisation.id, Part.FUNDER)])
    agenda.change(event, by="staff", at=EARLY, partners=[(organisation.id, Part.SPEAKER)])
    assert [partner.part for partner in event.partners] == [Part.SPEAKER]


def test_a_change_of_time_or_place_must_be_told_and_a_change_of_words_not(session):
    event = plan(venue="Mairie")
    assert agenda.change(event, by="staff", at=EARLY, title="Autre") == frozenset()
    assert agenda.change(event, by="staff", at=EARLY, venue="Préfecture") == {"place"}
    later = WALL + timedelta(hours=1)
    assert agenda.change(event, by="staff", at=EARLY, starts_wall=later) == {"time"}


def test_who_saves_over_a_newer_version_is_told(session):
    event = plan()
    seen = event.version
    agenda.change(event, by="staff", at=EARLY, title="Autre", seen=seen)
    with pytest.raises(Changed):
        agenda.change(event, by="staff", at=EARLY, title="Encore autre", seen=seen)


def test_an_event_lives_from_draft_to_held(session):
    event = plan()
    agenda.publish(event, by="staff", at=EARLY)
    agenda.close(event, by="staff", at=EARLY)
    agenda.publish(event, by="staff", at=EARLY)
    agenda.close(event, by="staff", at=EARLY)
    agenda.hold(event, by="staff", at=EARLY)
    assert event.state == EventState.HELD


def test_an_event_of_others_that_is_past_goes_straight_from_draft_to_held(session):
    event = plan(part=Part.PARTICIPANT)
    agenda.hold(event, by="staff", at=event.ends_at)
    assert event.state == EventState.HELD


@pytest.mark.parametrize("step", [agenda.publish, agenda.close, agenda.hold, agenda.cancel])
@pytest.mark.parametrize("state", [EventState.HELD, EventState.CANCELLED])
def test_nothing_follows_held_or_cancelled(session, make, state, step):
    event = make.event(state=state)
    with pytest.raises(agenda.NotAStep):
        step(event, by="staff", at=EARLY)


def test_registration_is_not_opened_for_what_is_over(session):
    event = plan()
    with pytest.raises(agenda.AlreadyOver):
        agenda.publish(event, by="staff", at=event.ends_at)


def test_cancelling_makes_calendars_take_notice(session, make):
    event = make.event(sequence=3)
    agenda.cancel(event, by="staff", at=EARLY)
    assert (event.state, event.sequence) == (EventState.CANCELLED, 4)


@pytest.mark.parametrize(
    ("kind", "room", "online", "seats_in_all"),
    [
        (Format.ONSITE, 180, 20, 180),
        (Format.HYBRID, 180, 20, 200),
        (Format.HYBRID, 180, None, None),
        (Format.HYBRID, None, 20, None),
    ],
)
def test_seats_are_counted_over_both_sides_or_not_at_all(session, kind, room, online, seats_in_all):
    assert plan(format=kind, capacity=room, capacity_online=online).all_seats == seats_in_all


def test_the_list_shows_what_was_asked_for(session, make):
    kind = make.add(EventKind(slug="visit", name_fr="Visite", name_en="Visit", position=1, is_archived=False))
    make.event("Visite à Angers", kind_id=kind.id, part=Part.VISITOR)
    make.event("Assises", state=EventState.CLOSED)
    make.event("Ancien", starts_wall=datetime(2020, 1, 6, 9, 0))  # noqa: DTZ001

    def titles(**chosen):
        rows = events.listed(events.Chosen(**chosen), at=EARLY).order_by(events.Event.id)
        return [row.Event.title for row in session.execute(rows)]

    assert titles() == ["Visite à Angers", "Assises"]
    assert titles(period="past") == ["Ancien"]
    assert titles(kind_id=kind.id) == ["Visite à Angers"]
    assert titles(part=Part.VISITOR) == ["Visite à Angers"]
    assert titles(state=EventState.CLOSED) == ["Assises"]
    assert titles(words="ANGÈRS visi", period="all") == ["Visite à Angers"]


def test_the_public_feed_holds_public_events_and_not_drafts(session, make):
    make.event("Public")
    make.event("Brouillon", state=EventState.DRAFT)
    make.event("Privé", visibility=Visibility.INVITATION)
    make.event("Membres", visibility=Visibility.MEMBERS)
    make.event("Annulé", state=EventState.CANCELLED, format=Format.ONLINE)
    shown = session.scalars(events.published(at=EARLY)).all()
    assert sorted(event.title for event in shown) == ["Annulé", "Public"]


def test_an_event_is_named_by_slug_or_number(session, make):
    event = make.event(slug="journee")
    assert events.named("journee") is event
    assert events.named(str(event.id)) is event
    assert events.named("99999999999999") is None
