"""Attendance by type of public: each figure is the number of the list it opens."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest

from crm.directory.models import OrganisationKind, RoleCategory
from crm.events.models import Attendance, Registration, Seat
from crm.events.publics.kinds import By, Public, read
from crm.events.queries import attendance
from crm.events.queries.attendance import Chosen
from crm.reports.publics import queries
from crm.reports.publics.queries import Events, Numbers
from tests.make import EARLY, day

LAST_YEAR = datetime(2029, 6, 12, 14, 0)  # noqa: DTZ001  (a wall)


@pytest.fixture
def crowd(make):
    """Two from a commune that is a member, one from a non-profit, one from nowhere; one of the first came."""
    kinds = {
        slug: make.add(OrganisationKind(slug=slug, name_fr=words, name_en=words))
        for slug, words in (("commune", "Commune"), ("nonprofit", "Association"))
    }
    make.territory("Maine-et-Loire", "department", "49", department_code="49")
    place = make.territory("Angers", "commune", "49007", department_code="49", population=155_850)
    angers = make.organisation("Angers", kind_id=kinds["commune"].id, territory_id=place.id)
    club = make.organisation("Les amis", kind_id=kinds["nonprofit"].id, postcode="20090")
    make.membership(angers, begins_on=day("2030-06-12"), ends_on=day("2030-06-12"))
    mayor, clerk, friend, stranger = (make.person(name) for name in ("Ada", "Blaise", "Emilie", "Zoe"))
    roles = {
        mayor.id: make.role(person=mayor, organisation=angers, category=RoleCategory.ELECTED),
        clerk.id: make.role(person=clerk, organisation=angers, category=RoleCategory.OFFICER),
        friend.id: make.role(person=friend, organisation=club),
    }
    event = make.event("Webinaire")

    def come(to, person, came=Attendance.UNKNOWN, seat=Seat.CONFIRMED):
        role = roles.get(person.id)
        make.add(
            Registration(
                event_id=to.id,
                person_id=person.id,
                role_id=role.id if role else None,
                organisation_id=role.organisation_id if role else None,
                given_name=person.given_name,
                organisation_name="Une maison" if role else "",
                search=person.search,
                mode="onsite",
                seat=seat,
                attendance=came,
                token=f"t{make.number()}",
                asked_at=EARLY,
            )
        )

    come(event, mayor, Attendance.PRESENT)
    for person in (clerk, friend, stranger):
        come(event, person)
    before = make.event("L’an dernier", starts_wall=LAST_YEAR)
    come(before, mayor, Attendance.PRESENT)
    come(before, clerk, seat=Seat.WITHDRAWN)
    return event, before


def registered(scope, by, chosen=Chosen()):
    return {key: one.registered for key, one in queries.counted(scope, by, chosen).items()}


def test_a_public_is_told_from_five_sides(session, crowd):
    scope = queries.of_event(crowd[0])
    assert registered(scope, By.KIND) == {"commune": 2, "nonprofit": 1, "none": 1}
    assert registered(scope, By.POPULATION) == {"50000": 2, "none": 2}
    assert registered(scope, By.DEPARTMENT) == {"49": 2, "2A": 1, "none": 1}
    assert registered(scope, By.CATEGORY) == {"elected": 1, "officer": 1, "other": 1, "none": 1}
    assert registered(scope, By.MEMBER) == {"yes": 2, "no": 2}


def test_a_member_is_one_on_the_day_of_the_event(session, crowd):
    assert registered(queries.of_event(crowd[1]), By.MEMBER) == {"no": 1}


def test_each_figure_is_the_number_of_its_list_and_of_its_file(session, crowd):
    event, scope = crowd[0], queries.of_event(crowd[0])
    for by in By:
        for key, numbers in queries.counted(scope, by, Chosen()).items():
            chosen = Chosen(publics=(Public(by, key),))
            assert attendance.count(event, chosen) == numbers.registered
            assert len(list(attendance.streamed(attendance.exported(event, chosen)))) == numbers.registered
            came = Chosen(publics=(Public(by, key),), attendance=Attendance.PRESENT)
            assert attendance.count(event, came) == numbers.present


def test_several_publics_of_a_side_are_one_or_the_other_and_any_can_be_left_out(session, crowd):
    event = crowd[0]
    for named, without, number in (
        (["kind:commune", "kind:nonprofit"], [], 3),
        (["kind:commune", "category:elected"], [], 1),
        ([], ["kind:commune", "kind:none"], 1),
        (["member:yes"], ["category:elected"], 1),
        (["nothing:here", "kind:"], [], 4),
    ):
        assert attendance.count(event, Chosen(publics=read(named), without=read(without))) == number


def test_over_several_events_people_and_organisations_count_once_and_participations_apart(session, crowd):
    scope = queries.of_events(Events())
    total = queries.total(scope, Chosen())
    assert (total.registered, total.people, total.organisations) == (5, 4, 2)
    assert (total.present, total.people_present, total.organisations_present) == (2, 1, 1)
    assert queries.counted(scope, By.KIND, Chosen())["commune"] == Numbers(3, 2, 1, 2, 1, 1)


def test_a_year_is_that_of_the_walls_and_what_was_called_off_does_not_count(session, make, crowd):
    make.event("Annulé", state="cancelled", starts_wall=LAST_YEAR + timedelta(days=1))
    assert queries.number_of(Events(year=2029)) == 1
    assert queries.years() == [2030, 2029]
    assert registered(queries.of_events(Events(year=2029)), By.KIND) == {"commune": 1}


def test_the_page_of_an_event_leads_from_each_number_to_its_list(client, make, crowd):
    event = crowd[0]
    page = client.as_("viewer").get(f"/events/{event.id}/figures?by=kind&without=category:other").text
    address = f"/events/{event.id}/registrations?without=category:other&public=kind:commune"
    links = {
        unescape(link).replace("%3A", ":"): said
        for link, said in re.findall(r'href="([^"]+)">(\d+)</a>', page)
    }
    assert links[address] == "2"
    assert links[f"{address}&attendance=present"] == "1"
    assert "2 personnes" in client.get(address).text
    assert re.search(r"67\s%", page)


def test_the_organisations_of_an_event_open_their_list(client, make, crowd):
    page = client.as_("viewer").get(f"/events/{crowd[0].id}/figures").text
    [registered, came] = re.findall(r'href="(/organisations/\?where=[^"]+)"><strong>(\d)<', page)
    for address, number in (registered, came):
        assert f"{number} organisation" in client.get(unescape(address)).text


@pytest.mark.parametrize("by", list(By))
def test_every_side_has_its_page_for_an_event_and_for_a_year(client, make, crowd, by):
    client.as_("viewer")
    for page in (f"by={by}&year=2030", f"by={by}&year=all", "year=x&kind=y&public=z"):
        assert client.get(f"/events/figures?{page}").status_code == 200
    shown = client.get(f"/events/{crowd[0].id}/figures?by={by}").text
    assert ("<svg viewBox" in shown) == (by is By.DEPARTMENT)
    assert ("data-chart" in shown) == (by is not By.DEPARTMENT)


def test_a_year_leads_to_the_list_over_its_events_and_is_held_against_the_year_before(client, make, crowd):
    page = client.as_("viewer").get("/events/figures?year=2030&public=kind:commune").text
    assert "/events/participations?" in page and ">2029</a>" in page
    listed = client.get("/events/participations?year=2029&public=kind:commune").text
    assert "L’an dernier" in listed and "1 inscription" in listed and "Blaise" not in listed
