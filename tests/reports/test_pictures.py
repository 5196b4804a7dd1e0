"""Relations in pictures: the map says what its list says, the figures what the log says."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from crm.directory import queries as directory
from crm.directory.filters import Filter
from crm.directory.models import OrganisationKind
from crm.reports.pictures import figures, geography
from crm.territories import drawing
from crm.territories.models import TerritoryKind
from crm.territories.reference import Reference
from tests.make import EARLY, day

TODAY, PARIS = day("2026-03-02"), ZoneInfo("Europe/Paris")


@pytest.fixture
def france(make):
    """Four departments, a collectivity, and what stands for or sits in them."""
    for code, name in (
        ("49", "Maine-et-Loire"),
        ("2A", "Corse-du-Sud"),
        ("2B", "Haute-Corse"),
        ("971", "Guadeloupe"),
    ):
        make.territory(name, "department", code, department_code=code)
    make.territory("Polynésie française", "collectivity", "987", department_code="987")
    angers = make.territory("Angers", "commune", "49007", department_code="49")
    return [
        make.organisation("Angers", territory_id=angers.id),
        make.organisation("Atelier d’Angers", postcode="49100"),
        make.organisation("Port d’Ajaccio", postcode="20090"),
        make.organisation("Port de Bastia", postcode="20200"),
        make.organisation("Pointe-à-Pitre numérique", postcode="97110"),
        make.organisation("Papeete ouverte", postcode="98714"),
        make.organisation("Genève ouverte", postcode="20100", country="CH"),
        make.organisation("Sans adresse"),
    ]


def on_the_map(querystring="", of="organisations", shaded_by="number"):
    found, elsewhere = geography.places(
        Filter.of(querystring), of=of, shaded_by=shaded_by, day=TODAY, at=EARLY
    )
    return {place.code: place for place in found}, elsewhere


def test_every_department_and_collectivity_of_the_reference_is_drawn():
    kinds = (TerritoryKind.DEPARTMENT, TerritoryKind.COLLECTIVITY)
    known = {row["code"] for row in Reference().open()[1] if row["kind"] in kinds}
    assert set(drawing.france().shapes) == known
    assert set(drawing.france().near_paris) == {"75", "92", "93", "94"}


def test_an_organisation_lies_where_its_territory_or_its_postcode_says(session, france):
    places, elsewhere = on_the_map()
    assert {code: place.number for code, place in places.items()} == {
        "49": 2, "2A": 1, "2B": 1, "971": 1, "987": 1,
    }  # fmt: skip
    assert elsewhere == 2


def test_the_number_on_the_map_is_the_number_of_the_list_it_leads_to(session, france):
    for place in on_the_map()[0].values():
        rows = directory.organisations(Filter.of(f"territory={place.kind}:{place.code}"), day=TODAY)
        assert session.scalar(select(func.count()).select_from(rows.subquery())) == place.number


def test_the_map_shows_the_list_that_was_asked_for(session, france):
    places, elsewhere = on_the_map("q=ouverte")
    assert [code for code, place in places.items() if place.number] == ["987"]
    assert elsewhere == 1


def test_the_map_shows_a_saved_view_and_conditions_of_other_domains(client, make, france):
    view = make.view(name="Ceux du port", where="all(name.has;value:port)", kind="organisations")
    page = client.as_("viewer").get(f"/organisations/map?view={view.id}")
    assert "Ceux du port" in page.text
    for of in ("organisations", "people"):
        asked = f"/{of}/map?where=all(relations.exchange.older;days:90)"
        assert client.get(asked).status_code == 200


def test_people_are_where_their_current_roles_are_and_counted_once_in_each_department(session, make, france):
    angers, atelier, ajaccio, *_ = france
    person = make.person()
    for organisation in (angers, atelier, ajaccio):
        make.role(person=person, organisation=organisation)
    make.role(organisation=ajaccio, ends_on=day("2025-01-01"))
    places, elsewhere = on_the_map(of="people")
    assert {code: place.number for code, place in places.items() if place.number} == {"49": 1, "2A": 1}
    assert elsewhere == 1


def test_the_darkest_shade_is_the_freshest_exchange_and_none_at_all_has_no_shade(session, make, france):
    make.exchange(organisations=[france[0]], at=EARLY)
    make.exchange(organisations=[france[2]], at=datetime(2024, 1, 5, 9, tzinfo=UTC))
    places, _ = on_the_map(shaded_by="last")
    assert (places["49"].shade, places["2A"].shade, places["2B"].shade) == (geography.STEPS, 1, 0)
    assert places["49"].last == EARLY


def test_the_most_have_the_darkest_shade_however_few_numbers_there_are(session, france):
    places, _ = on_the_map()
    assert places["49"].shade == geography.STEPS
    assert {places[code].shade for code in ("2A", "2B", "971", "987")} == {geography.STEPS - 1}


def test_each_department_of_the_map_page_leads_to_its_part_of_the_same_list(client, make, france):
    page = client.as_("viewer").get("/organisations/map?q=angers")
    assert 'href="/organisations/?q=angers&amp;territory=department:49"' in page.text
    assert client.get("/people/map").status_code == 200


def test_without_the_reference_the_map_says_what_it_needs(client):
    page = client.as_("viewer").get("/organisations/map")
    assert "flask territories load" in page.text


def test_an_exchange_counts_in_the_month_that_clocks_at_the_office_showed(session, make):
    # An hour before midnight in UTC it is New Year's Day already in Paris.
    make.exchange(organisations=[make.organisation()], at=datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
    make.exchange(organisations=[make.organisation()], at=datetime(2026, 12, 31, 22, 30, tzinfo=UTC))
    (meetings,) = figures.by_month(2026, PARIS)
    assert (meetings.numbers[0], meetings.numbers[11], meetings.total) == (1, 1, 2)
    assert figures.by_month(2025, PARIS) == []


def test_coverage_counts_exchanges_of_substance_with_organisations_that_are_not_in_the_bin(session, make):
    kind = OrganisationKind(slug="agency", name_fr="Agence", name_en="Agency")
    session.add(kind)
    session.flush()
    met, mailed, _quiet = (make.organisation(kind_id=kind.id) for _ in range(3))
    make.organisation(kind_id=kind.id, binned_at=EARLY)
    make.exchange(organisations=[met], at=EARLY)
    make.exchange(organisations=[mailed], at=EARLY, kind=make.interaction_kind("bulletin", counts=False))
    make.exchange(organisations=[mailed], at=datetime(2025, 3, 1, tzinfo=UTC))
    (agencies,) = figures.coverage(2026, PARIS)
    assert (agencies.met, agencies.number) == (1, 3)


def test_relations_are_counted_at_the_stage_where_they_stand(session, make):
    make.partnership()
    make.partnership().organisation.binned_at = EARLY
    session.flush()
    make.stage("dormant")
    assert [(stage.slug, number) for stage, number in figures.by_stage()] == [
        ("in_discussion", 1),
        ("dormant", 0),
    ]


def test_the_figures_open_on_the_last_year_that_has_any(client, make):
    make.exchange(organisations=[make.organisation()], at=datetime(2024, 5, 14, 9, tzinfo=UTC))
    page = client.as_("viewer").get("/relations/figures?lang=en")
    assert "Exchanges and coverage of 2024" in page.text
    assert "No exchange in 2025" in client.get("/relations/figures?year=2025&lang=en").text
