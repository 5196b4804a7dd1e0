"""Organisations: the rules, and authorities taken over from the reference."""

import pytest

from crm.directory import normal, queries, services
from tests.make import EARLY


def organisation(name="Datactivist", **facts):
    return services.add_organisation(name=name, by="test", at=EARLY, **facts)


def test_an_authority_of_the_reference_comes_filled_in(session, make):
    make.add(kind := _kind("commune"))
    angers = make.territory(
        "Angers", code="49007", siren="214900078", postcodes="49000 49100", department_code="49"
    )
    made = services.organisation_from_territory(angers, by="test", at=EARLY)
    assert (made.name, made.siren, made.kind, made.territory, made.city) == (
        "Angers",
        "214900078",
        kind,
        angers,
        "Angers",
    )


def _kind(slug):
    from crm.directory.models import OrganisationKind

    return OrganisationKind(slug=slug, name_fr="Commune", name_en="Commune")


def test_a_territory_has_one_organisation_even_when_it_lies_in_the_bin(session, make):
    angers = make.territory("Angers", siren="214900078")
    first = services.organisation_from_territory(angers, by="test", at=EARLY)
    services.bin_record(first, by="test", at=EARLY)
    with pytest.raises(services.AlreadyInDirectory) as refusal:
        services.organisation_from_territory(angers, by="test", at=EARLY)
    assert refusal.value.organisation is first


def test_choosing_an_authority_that_is_not_there_yet_adds_it_once(session, make):
    angers = make.territory("Angers", siren="214900078")
    chosen = [
        services.organisation_chosen(f"territory:{angers.id}", by="test", at=EARLY),
        services.organisation_chosen(f"territory:{angers.id}", by="test", at=EARLY),
        services.organisation_chosen("", typed="ANGERS", by="test", at=EARLY),
    ]
    assert len({one.id for one in chosen}) == 1


@pytest.mark.parametrize("chosen", ["999999", "territory:999999", "x:y", "-1", "9" * 30, "1; drop"])
def test_a_choice_that_means_nothing_is_refused(session, chosen):
    with pytest.raises(services.UnknownOrganisation):
        services.organisation_chosen(chosen, typed="Nowhere", by="test", at=EARLY)


def test_a_siren_is_taken_once(session):
    first = organisation(siren="800 534 521")
    with pytest.raises(services.AlreadyInDirectory) as refusal:
        organisation("Copie", siren="800534521")
    assert (refusal.value.organisation, refusal.value.field) == (first, "siren")


def test_a_siret_brings_its_siren_along(session):
    assert organisation(siret="80053452100011").siren == "800534521"
    assert organisation("Autre établissement", siret="80053452100029").siren is None


def test_a_siret_of_another_siren_is_refused(session):
    with pytest.raises(normal.SirenIsNotOfSiret):
        organisation(siren="214900078", siret="80053452100011")


def test_an_organisation_is_not_above_itself(session):
    ministry = organisation("Ministère")
    direction = organisation("Direction", parent=ministry)
    office = organisation("Bureau", parent=direction)
    for below in (ministry, direction, office):
        with pytest.raises(services.ParentCycle):
            services.change_organisation(ministry, name="Ministère", parent=below, by="test", at=EARLY)
        session.expire_all()


def test_a_name_is_needed(session):
    with pytest.raises(services.NamelessOrganisation):
        organisation(" \u200b ".replace("\u200b", ""))


def test_letters_find_by_name_acronym_alias_and_siren(session):
    dinum = organisation(
        "Direction interministérielle du numérique", acronym="DINUM", aliases="DINSIC", siren="800534521"
    )
    for typed in ("interministerielle", "dinum", "DINSIC", "num dir", "800 534 521"):
        assert queries.suggest_organisations(typed) == [dinum], typed
    assert queries.suggest_organisations("d") == []


def test_the_whole_name_is_proposed_before_names_that_only_hold_it(session):
    organisation("Amis d’Angers")
    organisation("Angers Loire Métropole")
    organisation("Angers")
    assert [one.name for one in queries.suggest_organisations("angers")] == [
        "Angers", "Angers Loire Métropole", "Amis d’Angers",
    ]  # fmt: skip
