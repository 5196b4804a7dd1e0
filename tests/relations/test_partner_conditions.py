"""What saved views ask of partnerships: of organisations, and of the people who hold a role there."""

from datetime import date

import pytest
from sqlalchemy import select

from crm import clock
from crm.directory import conditions
from crm.directory.conditions import Asked
from crm.directory.models import Organisation, Person


@pytest.fixture
def house(session, make):
    """ORE: cold, in discussion, followed by Ana, its agreement signed; Ekitia: warm, signed; a stranger."""
    ana = make.account()
    ore, ekitia, other = (make.organisation(name) for name in ("Agence ORE", "Ekitia", "Autre"))
    make.partnership(ore, owner=ana)
    make.partnership(ekitia, stage=make.stage("signed"), at=clock.now())
    gone = make.organisation("Partie")
    make.partnership(gone).binned_at = clock.now()
    make.agreement(organisations=[ore])
    for organisation in (ore, ekitia, other):
        make.person("Ana", organisation.name, organisation=organisation)
    make.role(person=make.person("Ex", ""), organisation=ore, ends_on=date(2020, 1, 1))
    session.flush()
    return ana


@pytest.mark.parametrize(
    ("key", "operator", "value", "names"),
    [
        ("partnership", "is", "in_discussion", {"Agence ORE"}),
        ("partnership", "partner", "", {"Agence ORE", "Ekitia"}),
        ("partnership", "stranger", "", {"Autre", "Partie"}),
        ("partnership_owner", "is", "ana", {"Agence ORE"}),
        ("partnership_owner", "nobody", "", {"Ekitia"}),
        ("cold", "yes", "", {"Agence ORE"}),
        ("cold", "no", "", {"Autre", "Partie", "Ekitia"}),
        ("agreement", "is", "signed", {"Agence ORE"}),
        ("agreement", "is", "ending", set()),
        ("agreement", "none", "", {"Ekitia", "Autre", "Partie"}),
    ],
)
def test_a_view_asks_it_of_organisations_and_of_their_people(session, house, key, operator, value, names):
    value = str(house.id) if value == "ana" else value
    asked = Asked(operator, {"value": value} if value else {}, clock.day(clock.now()))
    condition = conditions.find("organisations", f"relations.{key}")
    found = session.scalars(select(Organisation.name).where(condition.organisations(asked)))
    assert set(found) == names
    held = session.scalars(
        select(Person.family_name).where(condition.people(asked), Person.family_name != "")
    )
    assert set(held) == names - {"Partie"}


def test_a_stage_that_is_gone_means_nobody_and_not_everybody(session, house):
    condition = conditions.find("organisations", "relations.partnership")
    with pytest.raises(conditions.Gone):
        condition.organisations(Asked("is", {"value": "gone"}, date(2026, 1, 1)))
