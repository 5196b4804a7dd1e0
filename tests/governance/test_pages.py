"""The pages of bodies and members, as their readers use them."""

from datetime import date

import pytest
from sqlalchemy import select

from crm.db import db
from crm.governance.models import Body, Fee, Membership, Seat
from tests.pages import forms

ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LAST_YEAR = {"begins_on": date(2025, 1, 1), "ends_on": date(2025, 12, 31)}


def rows(app, model):
    with app.app_context():
        return db.session.scalars(select(model)).all()


def press_undo(client, page, to):
    """The button beside the sentence that says what was done."""
    form = next(form for form in forms(page.text) if form.action.split("?")[0].endswith(to))
    assert client.post(form.action, data=form.fields).status_code == 302


def main_of(answer):
    return answer.text.partition("<main")[2]


def test_a_body_is_made_a_seat_given_changed_ended_and_taken_back(client, app, make):
    client.as_("staff", language="en")
    town = make.organisation("Angers")
    ada = make.person("Ada", "Martin", organisation=town)
    make.body_function("chair", name_en="Chair")

    page = client.submit_and_follow("/governance/bodies/new", name="Conseil", places="14", term_years="3")
    assert "“Conseil” is among the bodies." in page.text
    body = rows(app, Body)[0]
    at = f"/governance/bodies/{body.id}"

    given = client.submit_and_follow(
        f"{at}/seats/new?person={ada.id}", begins_on="2026-01-01", ends_on="", function=str(rows_key(app))
    )
    assert "Ada Martin has a seat in “Conseil”." in given.text
    assert all(words in main_of(given) for words in ("1 of 14 seats held", "Chair", "Angers"))

    seat = rows(app, Seat)[0]
    assert seat.organisation_id == town.id
    assert client.submit(f"{at}/seats/{seat.id}/edit", title="Présidente").status_code == 302
    assert "Présidente" in client.get(at).text
    ended = client.submit_and_follow(f"{at}/seats/{seat.id}/end", ends_on="2026-06-30")
    assert "The seat ends on" in ended.text
    assert rows(app, Seat)[0].ends_on == date(2026, 6, 30)
    press_undo(client, ended, "/reopen")
    assert rows(app, Seat)[0].ends_on is None


def rows_key(app):
    from crm.governance.models import BodyFunction

    return rows(app, BodyFunction)[0].id


@ON_ONE_ENGINE
def test_the_pages_say_who_sat_there_on_that_day(client, make):
    client.as_("viewer", language="en")
    body = make.body("Conseil")
    make.seat(body, make.person("Ben", "Brun"), **LAST_YEAR)
    make.seat(body, make.person("Ada", "Martin"), begins_on=date(2026, 1, 1))
    for page in ("/governance/", f"/governance/bodies/{body.id}"):
        then = main_of(client.get(f"{page}?on=2025-06-01"))
        assert "Ben Brun" in then
        assert "not how it is today" in then
    assert "Ada Martin" not in main_of(client.get("/governance/?on=2025-06-01"))
    now = main_of(client.get("/governance/"))
    assert "Ada Martin" in now and "Ben Brun" not in now


@ON_ONE_ENGINE
def test_a_body_that_is_over_is_listed_on_its_days_only(client, make):
    client.as_("viewer", language="en")
    make.body("Comité d’hier", **LAST_YEAR)
    assert "Comité d’hier" in client.get("/governance/?on=2025-06-01").text
    assert "Comité d’hier" not in client.get("/governance/").text


@ON_ONE_ENGINE
def test_the_organisations_page_says_how_it_was_on_a_day(client, make):
    """Who was a member, and who sat for it, beside who held a role."""
    client.as_("viewer", language="en")
    town = make.organisation("Angers")
    make.membership(town, fee="paid", **LAST_YEAR)
    make.seat(make.body("Conseil"), make.person("Ben", "Brun"), organisation_id=town.id, **LAST_YEAR)
    page = f"/organisations/{town.id}"
    for tab in ("", "&tab=membership"):
        then = main_of(client.get(f"{page}?on=2025-06-01{tab}"))
        assert all(words in then for words in ("Fee paid", "Conseil", "Ben Brun")), tab
        before = main_of(client.get(f"{page}?on=2020-06-01{tab}"))
        assert "It was not a member on that day." in before
        assert "Ben Brun" not in before


@ON_ONE_ENGINE
def test_a_persons_page_says_where_he_sat_on_a_day(client, make):
    client.as_("viewer", language="en")
    ben = make.person("Ben", "Brun")
    make.seat(make.body("Conseil"), ben, **LAST_YEAR)
    for tab in ("", "&tab=seats"):
        assert "Conseil" in main_of(client.get(f"/people/{ben.id}?on=2025-06-01{tab}")), tab
        assert "Conseil" not in main_of(client.get(f"/people/{ben.id}?on=2024-06-01{tab}")), tab


def test_a_membership_is_recorded_paid_and_renewed_from_the_organisations_page(client, app, make):
    client.as_("staff", language="en")
    town = make.organisation("Angers")
    new = f"/governance/memberships/new?organisation={town.id}"
    page = client.submit_and_follow(new, begins_on="2100-01-01", ends_on="2100-12-31")
    assert "The membership of “Angers” was recorded." in page.text

    paid = client.submit_and_follow(f"/organisations/{town.id}?tab=membership", to="/paid")
    assert "Angers: Fee paid." in paid.text
    assert rows(app, Membership)[0].fee is Fee.PAID

    _, offered = client.filled(new)
    assert (offered["begins_on"], offered["ends_on"]) == ("2101-01-01", "2101-12-31")
    twice = client.submit(new, begins_on="2100-12-31", ends_on="")
    assert twice.status_code == 422
    assert "“Angers” has a membership in that time already" in twice.text


def test_the_list_of_a_day_its_filters_and_its_file_have_the_same_members(client, make):
    client.as_("staff", language="en")
    towns = make.college("communes", name_en="Communes")
    make.membership(make.organisation("Angers"), college_id=towns.id, begins_on=None, ends_on=None)
    make.membership(make.organisation("=Brest"), fee="paid", begins_on=None, ends_on=None)
    make.membership(make.organisation("Caen"), **LAST_YEAR)

    def listed(query):
        text = main_of(client.get(f"/governance/members?{query}"))
        return {name for name in ("Angers", "Brest", "Caen") if name in text}

    assert listed("") == {"Angers", "Brest"}
    assert listed("on=2025-06-01") == {"Angers", "Brest", "Caen"}
    assert listed("state=lapsed") == {"Caen"}
    assert listed("fee=due") == {"Angers"}
    assert listed(f"college={towns.id}") == {"Angers"}
    assert listed("q=bres") == {"Brest"}

    file = client.submit("/governance/members/export?on=2025-06-01", format="csv", purpose="Bilan").text
    assert [line.split(";")[0] for line in file.splitlines()[1:]] == ["Angers", "'=Brest", "Caen"]
    assert client.submit("/governance/members/export?on=2025-06-01", format="csv").status_code == 422


@ON_ONE_ENGINE
def test_a_seat_that_never_was_goes_into_the_bin_and_comes_back(client, app, make):
    client.as_("staff", language="en")
    body = make.body("Conseil")
    seat = make.seat(body, make.person("Ada", "Martin"))
    page = client.submit_and_follow(f"/governance/bodies/{body.id}/seats/{seat.id}/edit", to="/bin")
    assert "The seat of Ada Martin is in the bin." in page.text
    assert "Nobody sits here yet" in page.text
    assert "Ada Martin" in client.get("/bin?kind=seats").text
    press_undo(client, page, "/restore")
    assert rows(app, Seat)[0].binned_at is None


@ON_ONE_ENGINE
def test_two_who_change_the_same_seat_are_told_of_each_other(client, app, make):
    client.as_("staff", language="en")
    body = make.body("Conseil")
    seat = make.seat(body)
    page = f"/governance/bodies/{body.id}/seats/{seat.id}/edit"
    action, fields = client.filled(page, to="/edit", title="Présidente")
    client.submit(page, to="/edit", title="Trésorière")
    late = client.post(action, data=fields)
    assert late.status_code == 422
    assert "Trésorière" in late.text and "Présidente" in late.text
    assert rows(app, Seat)[0].title == "Trésorière"


@ON_ONE_ENGINE
def test_the_search_box_finds_a_body_by_any_word(client, make):
    client.as_("viewer", language="en")
    body = make.body("Comité d’experts")
    make.body("Comité de la corbeille", binned_at=body.created_at)
    found = client.get("/search?q=expert").text
    assert f"/governance/bodies/{body.id}" in found
    assert "corbeille" not in client.get("/search?q=comite").text.partition("<main")[2]


@ON_ONE_ENGINE
def test_the_history_of_a_person_tells_of_the_seats_given(client, make):
    client.as_("staff", language="en")
    ada, body = make.person("Ada", "Martin"), make.body("Conseil")
    client.submit(f"/governance/bodies/{body.id}/seats/new?person={ada.id}", begins_on="2026-01-01")
    for page in (f"/people/{ada.id}?tab=history", f"/history/bodies/{body.id}"):
        assert "Ada Martin · Conseil" in client.get(page).text, page
