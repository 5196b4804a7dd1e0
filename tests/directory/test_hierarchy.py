"""Organisations within organisations: no circle, one log for the family, a tree, what stands above."""

import pytest

from crm import clock
from crm.db import db
from crm.directory import services
from crm.directory.models import Organisation
from crm.directory.queries import family
from crm.relations import queries as relations
from crm.relations.queries import Chosen
from tests.make import EARLY

only_once = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def line(session, make):
    """A ministry, its service, the service's office."""
    ministry = make.organisation("Ministère")
    service = make.organisation("Service", parent_id=ministry.id)
    return ministry, service, make.organisation("Bureau", parent_id=service.id)


def keys(organisation):
    return set(db.session.scalars(db.select(family.family(organisation).c.id)))


def test_a_circle_is_refused_with_the_chain_that_would_close(session, line):
    ministry, _service, office = line
    with pytest.raises(services.ParentCycle, match="Bureau › Service › Ministère"):
        services.change_organisation(ministry, name="Ministère", parent=office, by="n", at=EARLY)
    with pytest.raises(services.ParentCycle):
        services.change_organisation(office, name="Bureau", parent=office, by="n", at=EARLY)


def test_the_chain_is_read_anew_so_that_two_people_cannot_each_make_one_half(session, line, make):
    ministry, _service, _office = line
    agency = make.organisation("Agence")
    # Another process put the ministry under the agency; what this one has in mind does not know it.
    table = Organisation.__table__
    db.session.execute(table.update().where(table.c.id == ministry.id).values(parent_id=agency.id))
    assert ministry.parent_id is None

    with pytest.raises(services.ParentCycle, match="Ministère › Agence"):
        services.change_organisation(agency, name="Agence", parent=ministry, by="n", at=EARLY)


def test_a_circle_that_came_in_some_other_way_has_an_end(session, line):
    ministry, service, office = line
    ministry.parent_id = office.id
    db.session.flush()

    assert keys(service) == {one.id for one in line}
    assert len(family.above(service.id)) >= 3
    assert [part.name for part in family.tree(service).parts] == ["Bureau"]


def test_the_log_of_the_family_holds_what_happened_with_every_part(session, line, make):
    for organisation in line:
        make.exchange(f"Avec {organisation.name}", organisations=[organisation])
    make.exchange("Ailleurs", organisations=[make.organisation()])

    def titles(organisation, **asked):
        rows = relations.log_of(organisation, Chosen(**asked), zone=clock.PARIS)
        entries = relations.entries(db.session.execute(rows).all(), organisation, Chosen(**asked))
        return sorted(entry.exchange.title for entry in entries)

    assert titles(line[0]) == ["Avec Ministère"]
    assert titles(line[0], family=True) == ["Avec Bureau", "Avec Ministère", "Avec Service"]
    assert titles(line[1], family=True) == ["Avec Bureau", "Avec Service"]


def test_the_communes_of_a_grouping_are_its_parts_by_the_official_reference(session, make):
    grouping = make.territory("Angers Loire Métropole", kind="epci", code="244900015")
    commune = make.territory("Avrillé", epci_code="244900015")
    whole = make.organisation("Angers Loire Métropole", territory_id=grouping.id)
    part = make.organisation("Avrillé", territory_id=commune.id)
    elsewhere = make.organisation("Nantes", territory_id=make.territory("Nantes").id)

    assert keys(whole) == {whole.id, part.id} and elsewhere.id not in keys(whole)
    assert [branch.name for branch in family.tree(whole).parts] == ["Avrillé"]


@only_once
def test_the_page_shows_what_stands_above_and_below(client, make):
    client.as_("viewer")
    ministry = make.organisation("Ministère")
    service = make.organisation("Service", parent_id=ministry.id)
    office = make.organisation("Bureau", parent_id=service.id)
    make.exchange("Point du bureau", organisations=[office])

    above = client.get(f"/organisations/{office.id}").text
    assert above.index("Ministère") < above.index(">Service<")
    page = client.get(f"/organisations/{ministry.id}?family=1")
    assert "Bureau" in page.text and "Point du bureau" in page.text
    assert "Point du bureau" not in client.get(f"/organisations/{ministry.id}").text
