"""The whole shipped reference: what is in it, what typing finds, how names and codes are resolved."""

from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from crm.db import db
from crm.territories import queries
from crm.territories.models import Territory, TerritoryKind

COMMUNE, EPCI = TerritoryKind.COMMUNE, TerritoryKind.EPCI
pytestmark = pytest.mark.usefixtures("france")


def names(text: str, kind: TerritoryKind | None = None) -> list[str]:
    return [found.territory.name for found in queries.suggest(text, kind)]


def one(kind: TerritoryKind, code: str) -> Territory:
    return queries.resolve(kind, code=code)


def test_the_reference_has_the_official_number_of_each_kind(france: Session) -> None:
    rows = france.execute(select(Territory.kind, func.count()).group_by(Territory.kind))
    assert {str(kind): count for kind, count in rows} == {
        "region": 18,
        "department": 101,
        "collectivity": 8,
        "epci": 1255 + 11,
        "commune": 34875 + 94,
    }


def test_a_commune_knows_its_numbers_and_what_it_lies_in() -> None:
    angers = one(COMMUNE, "49007")
    assert (angers.name, angers.siren, angers.population) == ("Angers", "214900078", 159022)
    assert angers.postcodes == "49000 49100"
    assert (angers.epci_code, angers.department_code, angers.region_code) == ("244900015", "49", "52")


def test_areas_count_the_people_of_their_communes(france: Session) -> None:
    corse = [one(TerritoryKind.DEPARTMENT, code).population or 0 for code in ("2A", "2B")]
    assert one(TerritoryKind.REGION, "94").population == sum(corse)
    of_rhone = select(func.sum(Territory.population)).where(
        Territory.kind == COMMUNE, Territory.department_code == "69"
    )
    assert one(TerritoryKind.DEPARTMENT, "69").population == france.scalar(of_rhone)


def test_every_commune_lies_in_a_territory_that_exists(france: Session) -> None:
    known = set(france.execute(select(Territory.kind, Territory.code)))
    above = [
        (Territory.department_code, (TerritoryKind.DEPARTMENT, TerritoryKind.COLLECTIVITY)),
        (Territory.region_code, (TerritoryKind.REGION, TerritoryKind.COLLECTIVITY)),
        (Territory.epci_code, (EPCI,)),
    ]
    for column, kinds in above:
        codes = france.scalars(
            select(column).where(Territory.kind == COMMUNE, column.is_not(None)).distinct()
        )
        assert [code for code in codes if not any((kind, code) in known for kind in kinds)] == []


def test_only_four_islands_of_the_departments_are_in_no_epci(france: Session) -> None:
    alone = select(Territory.name).where(
        Territory.kind == COMMUNE, Territory.epci_code.is_(None), Territory.department_code < "975"
    )
    assert sorted(france.scalars(alone)) == ["L'Île-d'Yeu", "Ouessant", "Île-de-Bréhat", "Île-de-Sein"]


@pytest.mark.parametrize("typed", ["ang", "ANG", " áng", "-ang"])
def test_three_letters_propose_the_city_and_its_urban_community(typed: str) -> None:
    assert names(typed)[:2] == ["CU Angers Loire Métropole", "Angers"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("st brieuc", "Saint-Brieuc"),
        ("saint-brieuc", "Saint-Brieuc"),
        ("metropole nantes", "Nantes Métropole"),
        ("bléré chenonceaux", "CC Autour de Chenonceaux Bléré-Val de Cher"),
        ("communauté de communes blere", "CC Autour de Chenonceaux Bléré-Val de Cher"),
        ("labergement-clem", "L'Abergement-Clémenciat"),
        ("l’abergement clémenciat", "L'Abergement-Clémenciat"),
        ("ville de nantes", "Nantes"),
        ("lyon", "Lyon"),
        ("49", "Maine-et-Loire"),
        ("49007", "Angers"),
        ("49100", "Angers"),
        ("214900078", "Angers"),
        ("214 900 078", "Angers"),
        ("2b", "Haute-Corse"),
        ("75112", "Paris"),
        ("69M", "Métropole de Lyon"),
    ],
)
def test_what_is_typed_comes_first(typed: str, first: str) -> None:
    assert names(typed)[0] == first


def test_words_that_begin_so_come_before_words_that_contain_it() -> None:
    found = names("ers")
    assert found[0] == "CC du Canton d'Erstein"
    assert found.index("Erstein") < found.index("CU Angers Loire Métropole")


def test_among_equals_the_most_populous_comes_first() -> None:
    people = [found.territory.population or 0 for found in queries.suggest("saint den", COMMUNE)]
    assert people == sorted(people, reverse=True)
    assert len(people) == 10


@pytest.mark.parametrize("typed", ["", "a", " ", "’", "%", "__", "zzqx", "1"])
def test_nothing_or_one_letter_or_nonsense_proposes_nothing(typed: str) -> None:
    assert queries.suggest(typed) == []


def test_a_kind_narrows_what_is_proposed() -> None:
    found = queries.suggest("ang", EPCI)
    assert {suggestion.territory.kind for suggestion in found} == {EPCI}


def test_a_proposal_asks_one_question(france: Session) -> None:
    asked: list[str] = []

    def note(*facts: Any) -> None:
        asked.append(facts[2])

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert queries.suggest("saint den")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len([statement for statement in asked if "FROM" in statement]) == 1


@pytest.mark.parametrize(
    ("kind", "name", "code"),
    [
        ("epci", "Métropole du Grand Paris", "200054781"),
        ("epci", "CC Autour de Chenonceaux Bléré-Val de Cher", "243700820"),
        ("epci", "Communauté d’agglomération du Grand Chambéry", "200069110"),
        ("epci", "Grand Chambéry", "200069110"),
        ("epci", "Plaine Commune", "200057867"),
        ("region", "Provence-Alpes-Côte d'Azur", "93"),
        ("region", "Région Bretagne", "53"),
        ("department", "Conseil départemental des Côtes-d’Armor", "22"),
        ("department", "La Réunion", "974"),
        ("commune", "mairie de St-Brieuc", "22278"),
        ("commune", "Roche sur Yon", "85191"),
        ("commune", "Colombiers (34)", "34081"),
        ("commune", "Colombiers (Cher)", "18069"),
    ],
)
def test_a_name_finds_its_authority_however_it_is_written(kind: str, name: str, code: str) -> None:
    assert queries.resolve(TerritoryKind(kind), name=name).code == code


@pytest.mark.parametrize(
    ("kind", "code", "name"),
    [
        ("commune", "2a004", "Ajaccio"),
        ("commune", "214 900 078", "Angers"),
        ("commune", "13205", "Marseille"),
        ("commune", "49199", "Chemillé-en-Anjou"),
        ("epci", "200046977", "Métropole de Lyon"),
        ("epci", "69M", "Métropole de Lyon"),
    ],
)
def test_a_code_finds_its_authority_and_the_one_that_took_it_in(kind: str, code: str, name: str) -> None:
    assert queries.resolve(TerritoryKind(kind), code=code).name == name


def test_a_name_of_several_communes_is_refused_with_their_departments() -> None:
    with pytest.raises(queries.AmbiguousTerritory) as refusal:
        queries.resolve(COMMUNE, name="Colombiers")
    assert "Colombiers (34081, Hérault), Colombiers (86081, Vienne)" in str(refusal.value)
    assert queries.resolve(COMMUNE, name="Colombiers", department="Hérault").code == "34081"


@pytest.mark.parametrize("asked", [{"name": "Trifouilly-les-Oies"}, {"code": "00000"}, {"name": ""}])
def test_what_the_reference_does_not_have_is_refused(asked: dict[str, str]) -> None:
    with pytest.raises(queries.UnknownTerritory, match="The official reference has no"):
        queries.resolve(COMMUNE, **asked)
