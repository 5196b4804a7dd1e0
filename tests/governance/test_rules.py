"""Who sits where and who is a member, by their days alone."""

from datetime import date, timedelta

import pytest

from crm.governance import queries, services
from crm.governance.models import Body, Fee, Membership, Seat
from crm.governance.queries.members import LAPSED, Asked, asked_for, figures
from crm.governance.queries.periods import overlapping, running
from tests.make import EARLY

BY = {"by": "ana@example.org", "at": EARLY}
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
DAY = timedelta(days=1)
PERIODS = [(None, None), (FIRST, None), (None, LAST), (FIRST, LAST), (FIRST, FIRST)]


@pytest.mark.parametrize("period", PERIODS)
def test_the_database_and_the_record_agree_on_which_days_it_runs(session, make, period):
    held = make.seat(begins_on=period[0], ends_on=period[1])
    for day in (FIRST - DAY, FIRST, FIRST + DAY, LAST, LAST + DAY):
        found = session.query(Seat).filter(running(Seat, day)).all() == [held]
        assert found is held.runs_on(day), (period, day)


@pytest.mark.parametrize("one", PERIODS)
@pytest.mark.parametrize("other", [*PERIODS, (LAST + DAY, None), (None, FIRST - DAY)])
def test_two_periods_overlap_when_they_share_a_day(session, make, one, other):
    held = make.seat(begins_on=one[0], ends_on=one[1])
    days = [FIRST + timedelta(days=number) for number in range(-2, 370)]
    theirs = Seat(begins_on=other[0], ends_on=other[1])
    shared = any(held.runs_on(day) and theirs.runs_on(day) for day in days)
    assert bool(session.query(Seat).filter(overlapping(Seat, *other)).all()) is shared


def test_a_seat_begins_and_ends_by_its_days_without_anyones_act(session, make):
    body = services.add_body(name="Conseil d’administration", places=14, term_years=3, **BY)
    ana, luc = make.person("Ana"), make.person("Luc")
    services.seat(body, ana, begins_on=FIRST, ends_on=LAST, **BY)
    services.seat(body, luc, begins_on=LAST + DAY, **BY)

    def sitting(day):
        return [seat.person.given_name for seat in queries.seats_on([body.id], day).get(body.id, [])]

    assert [sitting(day) for day in (FIRST - DAY, FIRST, LAST, LAST + DAY)] == [[], ["Ana"], ["Ana"], ["Luc"]]


def test_those_who_sit_are_listed_by_rank_then_name(session, make):
    body = make.body()
    chair, member = make.body_function("chair"), make.body_function("member")
    make.seat(body, make.person("Zoé", "Zola"), function_id=chair.id)
    make.seat(body, make.person("Ben", "Brun"), function_id=member.id)
    make.seat(body, make.person("Ana", "Aubry"))
    make.seat(body, make.person("Abel", "Adam"), function_id=member.id)

    seats = queries.seats_on([body.id], FIRST)[body.id]

    assert [seat.person.family_name for seat in seats] == ["Zola", "Adam", "Brun", "Aubry"]


def test_nobody_sits_twice_in_one_body_at_the_same_time(session, make):
    body, ana = make.body("Bureau"), make.person("Ana", "Roux")
    services.seat(body, ana, begins_on=FIRST, ends_on=LAST, **BY)

    with pytest.raises(services.SitsAlready, match="Ana Roux already sits in “Bureau”"):
        services.seat(body, ana, begins_on=LAST, **BY)
    session.rollback()


def test_a_term_that_follows_another_is_no_second_seat(session, make):
    body, ana = make.body("Bureau"), make.person("Ana", "Roux")
    services.seat(body, ana, begins_on=FIRST, ends_on=LAST, **BY)
    again = services.seat(body, ana, begins_on=LAST + DAY, **BY)
    assert again.id


def test_a_seat_lies_within_the_days_of_its_body(session, make):
    body = make.body(ends_on=FIRST)
    with pytest.raises(services.OutsideTheBody):
        services.seat(body, make.person(), begins_on=FIRST + DAY, **BY)


@pytest.mark.parametrize(
    "name", ["Conseil d’administration", "conseil d'administration", "CONSEIL D ADMINISTRATION"]
)
def test_two_bodies_do_not_bear_one_name(session, make, name):
    services.add_body(name="Conseil d’administration", **BY)
    with pytest.raises(services.NameTaken):
        services.add_body(name=name, **BY)


def test_an_organisation_is_a_member_from_the_first_day_to_the_last(session, make):
    town = make.organisation("Angers")
    services.record_membership(town, begins_on=FIRST, ends_on=LAST, **BY)
    for day, is_one in ((FIRST - DAY, False), (FIRST, True), (LAST, True), (LAST + DAY, False)):
        assert (town.id in session.scalars(queries.members_on(day)).all()) is is_one


def test_an_organisation_has_one_membership_at_a_time(session, make):
    town = make.organisation("Angers")
    services.record_membership(town, begins_on=FIRST, ends_on=LAST, **BY)
    with pytest.raises(services.MemberAlready, match="“Angers” has a membership in that time already"):
        services.record_membership(town, begins_on=LAST, **BY)


def test_a_membership_in_the_bin_counts_for_nothing(session, make):
    town = make.organisation("Angers")
    first = services.record_membership(town, begins_on=FIRST, ends_on=LAST, **BY)
    services.bin_record(first, **BY)
    assert session.scalars(queries.members_on(FIRST)).all() == []
    services.record_membership(town, begins_on=FIRST, **BY)


def test_who_no_longer_is_a_member_is_listed_once_with_the_last_period(session, make):
    lapsed, renewed, long_gone = (make.organisation(name) for name in ("Angers", "Brest", "Caen"))
    early, late = (date(2024, 1, 1), date(2024, 12, 31)), (date(2025, 1, 1), date(2025, 12, 31))
    for organisation in (lapsed, renewed, long_gone):
        make.membership(organisation, begins_on=early[0], ends_on=early[1])
    last = make.membership(lapsed, begins_on=late[0], ends_on=late[1])
    make.membership(renewed, begins_on=FIRST, ends_on=LAST)

    rows = session.scalars(asked_for(Asked(state=LAPSED), day=FIRST)).all()

    assert {row.organisation.name for row in rows} == {"Angers", "Caen"}
    assert last in rows


def test_the_figures_are_those_of_the_list(session, make):
    towns, regions = make.college("communes"), make.college("regions")
    for fee in (Fee.DUE, Fee.PAID, Fee.EXEMPT):
        make.membership(college_id=towns.id, fee=fee)
    make.membership(college_id=regions.id)
    make.membership(ends_on=date(2026, 2, 1))

    told = figures(date(2026, 6, 1))

    assert (told.members, told.due, told.lapsed) == (4, 2, 1)
    assert told.colleges == {towns.id: 3, regions.id: 1}


def test_merging_two_organisations_keeps_every_membership_once_and_comes_undone(session, make):
    from crm.directory.merging import services as merging

    kept, gone = make.organisation("Angers"), make.organisation("Ville d’Angers")
    make.membership(kept)
    same = make.membership(gone, fee=Fee.PAID)
    other = make.membership(gone, begins_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
    seat = make.seat(organisation_id=gone.id)

    made = merging.merge(kept, gone, **BY)
    session.expire_all()

    told = {(row.begins_on.year, row.fee) for row in session.scalars(queries.memberships_of(kept))}
    assert told == {(2026, Fee.PAID), (2025, Fee.DUE)}
    assert session.get(Seat, seat.id).organisation_id == kept.id

    merging.undo(made, by="ana@example.org", at=EARLY)
    session.expire_all()
    assert session.get(Membership, same.id).organisation_id == gone.id
    assert session.get(Membership, other.id).organisation_id == gone.id
    assert session.get(Seat, seat.id).organisation_id == gone.id


def test_a_body_in_the_bin_takes_its_seats_along(session, make):
    body, ana = make.body(), make.person()
    make.seat(body, ana)
    services.bin_body(body, **BY)
    assert session.scalars(queries.seats_of(ana)).all() == []
    services.restore_body(session.get(Body, body.id), **BY)
    assert len(session.scalars(queries.seats_of(ana)).all()) == 1
