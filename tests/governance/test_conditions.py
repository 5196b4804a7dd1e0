"""Views that ask who sits where and who is a member."""

from datetime import date

import pytest

from crm.directory.filters import BadFilter, Filter
from crm.directory.lists import LISTS
from crm.directory.queries import views

TODAY = date(2026, 6, 1)
LAST_YEAR = {"begins_on": date(2025, 1, 1), "ends_on": date(2025, 12, 31)}


def found(session, kind, where):
    rows = session.scalars(LISTS[kind].select(Filter(where=where), day=TODAY))
    return {getattr(row, "family_name", None) or row.name for row in rows}


@pytest.fixture
def board(session, make):
    """Ada sits for Angers as chair, Ben sat last year, Cid is to sit, Dia never does, Eve sits elsewhere."""
    body, other, chair = make.body("Conseil"), make.body("Bureau"), make.body_function("chair")
    town = make.organisation("Angers")
    people = {name: make.person("X", name) for name in ("Ada", "Ben", "Cid", "Dia", "Eve")}
    make.seat(body, people["Ada"], organisation_id=town.id, function_id=chair.id)
    make.seat(body, people["Ben"], **LAST_YEAR)
    make.seat(body, people["Cid"], begins_on=date(2027, 1, 1))
    make.seat(other, people["Eve"])
    make.organisation("Brest")
    return body, chair


EVERYBODY = {"Ada", "Ben", "Cid", "Dia", "Eve"}


@pytest.mark.parametrize(
    ("operator", "more", "who"),
    [
        ("now", "", {"Ada"}),
        ("not", "", EVERYBODY - {"Ada"}),
        ("on", ";on:2025-06-01", {"Ada", "Ben"}),
        ("past", "", {"Ben"}),
        ("ever", "", {"Ada", "Ben"}),
        ("never", "", {"Cid", "Dia", "Eve"}),
        ("now", ";function:%(chair)s", {"Ada"}),
        ("ever", ";function:%(chair)s", {"Ada"}),
    ],
)
def test_people_are_found_by_the_seat_they_hold_held_or_never_held(session, board, operator, more, who):
    body, chair = board
    where = f"all(governance.seat.{operator};body:{body.id}{more % {'chair': chair.id}})"
    assert found(session, "people", where) == who


def test_any_body_will_do_when_it_is_asked_for(session, board):
    assert found(session, "people", "all(governance.seat.now;body:any)") == {"Ada", "Eve"}
    assert found(session, "people", "none(governance.seat.now;body:any)") == {"Ben", "Cid", "Dia"}


def test_organisations_are_found_by_those_who_represent_them(session, board):
    assert found(session, "organisations", f"all(governance.seat.now;body:{board[0].id})") == {"Angers"}
    assert found(session, "organisations", "all(governance.seat.not;body:any)") == {"Brest"}


def test_a_seat_or_a_body_in_the_bin_counts_for_nothing(session, make, board):
    board[0].binned_at = board[0].updated_at
    session.flush()
    assert found(session, "people", f"all(governance.seat.ever;body:{board[0].id})") == set()
    assert found(session, "people", "all(governance.seat.now;body:any)") == {"Eve"}


def test_a_body_that_never_was_means_nobody(session, board):
    with pytest.raises(BadFilter):
        list(views.asked(Filter(where="all(governance.seat.now;body:99)"), "people", day=TODAY))


@pytest.fixture
def members(session, make):
    """Angers is a member and owes its fee, Brest was one last year, Caen never, Dole is to be."""
    towns = make.college("communes")
    organisations = {name: make.organisation(name) for name in ("Angers", "Brest", "Caen", "Dole")}
    make.membership(organisations["Angers"], college_id=towns.id)
    make.membership(organisations["Angers"], fee="paid", **LAST_YEAR)
    make.membership(organisations["Brest"], fee="paid", **LAST_YEAR)
    make.membership(organisations["Dole"], begins_on=date(2027, 1, 1), ends_on=None)
    for name, organisation in organisations.items():
        make.person("X", f"de {name}", organisation=organisation)
    return towns


@pytest.mark.parametrize(
    ("asked", "which"),
    [
        ("now", {"Angers"}),
        ("now;college:%(towns)s", {"Angers"}),
        ("now;fee:paid", set()),
        ("now;fee:due", {"Angers"}),
        ("not", {"Brest", "Caen", "Dole"}),
        ("on;on:2025-03-01", {"Angers", "Brest"}),
        ("on;on:2025-03-01;fee:due", set()),
        ("not_on;on:2025-03-01", {"Caen", "Dole"}),
        ("past", {"Brest"}),
        ("ever", {"Angers", "Brest"}),
        ("never", {"Caen", "Dole"}),
    ],
)
def test_organisations_and_their_people_are_found_by_membership(session, members, asked, which):
    where = f"all(governance.member.{asked % {'towns': members.id}})"
    assert found(session, "organisations", where) == which
    assert found(session, "people", where) == {f"de {name}" for name in which}
