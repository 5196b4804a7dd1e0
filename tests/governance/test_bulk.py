"""Many seats and many memberships at once: who has one is left out, and all of it is taken back."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm import clock
from crm.governance import queries
from crm.governance.bulk import NoBody, NoPeriod
from crm.governance.models import Fee, Membership, Seat
from crm.history import Change
from tests.directory.test_bulk import everything, press, seen, undo


@pytest.fixture(autouse=True)
def _in_a_page(app):
    with app.test_request_context():
        yield


def test_people_are_given_seats_for_a_term_and_for_whom_they_stand(session, make):
    town, body = make.organisation("Angers"), make.body(term_years=3)
    ada, sits = make.person("A", "Ada", organisation=town), make.person("B", "Bob")
    make.seat(body, sits)
    before = everything(session)

    preview = seen("seat", asked=str(body.id))
    act = press(session, "seat", asked=str(body.id))

    hers = session.scalars(queries.seats_of(ada)).one()
    today = clock.day(clock.now())
    assert (preview.total, preview.left_out) == (1, {"sits": 1})
    assert (hers.organisation_id, hers.begins_on) == (town.id, today)
    assert hers.ends_on == hers.begins_on.replace(year=today.year + 3) - timedelta(days=1)
    assert session.scalar(select(Change.act).where(Change.record == f"seats:{hers.id}")) == "made"

    undo(session, act)
    assert act.undone == 1
    assert everything(session) == before


def test_a_seat_that_was_changed_since_stays_when_the_act_is_taken_back(session, make):
    body = make.body()
    ada, _bob = make.person("A", "Ada"), make.person("B", "Bob")
    act = press(session, "seat", asked=str(body.id))
    session.scalars(queries.seats_of(ada)).one().title = "Présidente"
    session.flush()
    undo(session, act)
    assert (act.undone, session.scalars(select(Seat.person_id)).all()) == (1, [ada.id])


def test_organisations_are_given_a_membership_whose_fee_is_due(session, make):
    year, towns = clock.day(clock.now()).year, make.college("communes")
    new, member = make.organisation("Angers"), make.organisation("Brest")
    make.membership(member, begins_on=date(year, 6, 1), ends_on=None)
    before = everything(session)

    asked = f"{year}-{towns.id}"
    preview = seen("membership", of="organisations", asked=asked)
    act = press(session, "membership", of="organisations", asked=asked)

    one = session.scalars(queries.memberships_of(new)).one()
    assert (preview.total, preview.left_out) == (1, {"member": 1})
    assert (one.begins_on, one.ends_on, one.fee) == (date(year, 1, 1), date(year, 12, 31), Fee.DUE)
    assert one.college_id == towns.id

    undo(session, act)
    assert everything(session) == before


def test_a_fee_paid_since_keeps_its_membership(session, make):
    make.organisation("Angers")
    act = press(session, "membership", of="organisations", asked=f"{clock.day(clock.now()).year}-0")
    session.scalars(select(Membership)).one().fee = Fee.PAID
    session.flush()
    undo(session, act)
    assert act.undone == 0
    assert session.scalars(select(Membership.fee)).all() == [Fee.PAID]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_is_not_on_the_list_is_refused(session, make):
    make.person()
    over = make.body(ends_on=date(2020, 1, 1))
    for wrong in ("", "99", "x", str(over.id)):
        with pytest.raises(NoBody):
            seen("seat", asked=wrong)
    for wrong in ("", "1999-0", "2026-99", "x"):
        with pytest.raises(NoPeriod):
            seen("membership", of="organisations", asked=wrong)
