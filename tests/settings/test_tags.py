"""Tags as a list: renamed everywhere at once, merged, removed."""

import pytest
from sqlalchemy import select

from crm.db import db
from crm.directory.models import Organisation, Person, Tag
from crm.directory.services import tags


@pytest.fixture
def tagged(make):
    """Élus on two people and an organisation, Maires on one person, Presse on the other."""

    def tag(name, *bearers):
        made = make.add(Tag(name=name))
        for bearer in bearers:
            bearer.tags.append(made)
        return made

    ana, bob, region = make.person("Ana"), make.person("Bob"), make.organisation("Région")
    return tag("Élus", ana, bob, region), tag("Maires", ana), tag("Presse", bob)


def bearers(session):
    session.flush()
    return {row.Tag.name: (row.people, row.organisations) for row in session.execute(tags.listed())}


def test_a_renamed_tag_stays_on_all_that_bear_it(session, tagged):
    tags.rename(tagged[0], name=" Élues  et élus ")
    assert bearers(session) == {"Élues et élus": (2, 1), "Maires": (1, 0), "Presse": (1, 0)}


def test_a_tag_given_the_name_of_another_becomes_one_with_it(session, tagged):
    assert tags.rename(tagged[2], name="elus") is tagged[0]
    assert bearers(session) == {"Maires": (1, 0), "Élus": (2, 1)}
    tags.rename(tagged[0], name="MAIRES")
    assert bearers(session) == {"Maires": (2, 1)}


def test_a_tag_needs_a_name(session, tagged):
    with pytest.raises(tags.NamelessTag):
        tags.rename(tagged[0], name=" – ")


def test_a_removed_tag_takes_nothing_else_with_it(session, tagged):
    tags.remove(tagged[0])
    assert bearers(session) == {"Maires": (1, 0), "Presse": (1, 0)}
    assert len(session.scalars(select(Person)).all()) == 2
    assert len(session.scalars(select(Organisation)).all()) == 1


def test_tags_are_renamed_and_removed_on_their_pages(client, make):
    client.as_("admin")
    tag = make.add(Tag(name="Presse"))
    page = f"/settings/tags/{tag.id}"
    assert "Médias" in client.submit_and_follow(page, to=page, name="Médias").text
    assert client.submit(page, to=page, name="").status_code == 422
    assert "est supprimée" in client.submit_and_follow(page, to="/remove").text
    with client._client.application.app_context():
        assert db.session.scalars(select(Tag)).all() == []
