"""Two people edit the same record: the second one sees what the first changed, and chooses."""

import re

import pytest

from crm.db import db
from crm.directory.models import Organisation, Person
from tests.pages import forms

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def person(client, make):
    client.as_("staff", name="Nadia Le Goff")
    return make.person("Ada", "Martin", email="ada@example.org", notes="Préfère le matin")


def test_what_only_one_of_the_two_changed_is_taken_from_that_one(client, app, person):
    address = f"/people/{person.id}/edit"
    at, mine = client.filled(address, notes="Préfère le soir")
    client.submit(address, given_name="Adèle", tags="presse")

    asked = client.post(at, data=mine)

    assert asked.status_code == 422 and "Nadia Le Goff a modifié" in asked.text
    assert "choose-" not in asked.text
    client.post(at, data=_sent(asked))
    with app.app_context():
        saved = db.session.get(Person, person.id)
        assert (saved.given_name, saved.notes) == ("Adèle", "Préfère le soir")
        assert [tag.name for tag in saved.tags] == ["presse"]


@pytest.mark.parametrize(("choice", "stays"), [("theirs", "Préfère midi"), ("yours", "Préfère le soir")])
def test_what_both_changed_is_shown_twice_and_one_of_them_chosen(client, app, person, choice, stays):
    address = f"/people/{person.id}/edit"
    at, mine = client.filled(address, notes="Préfère le soir", family_name="Martinet")
    client.submit(address, notes="Préfère midi")

    asked = client.post(at, data=mine)
    assert "Préfère <mark>midi</mark>" in asked.text and "Préfère <mark>le soir</mark>" in asked.text
    assert client.post(at, data=_sent(asked)).status_code == 422, "nothing was chosen yet"
    assert client.post(at, data=_sent(asked, **{"choose-notes": choice})).status_code == 302

    with app.app_context():
        saved = db.session.get(Person, person.id)
        assert (saved.notes, saved.family_name) == (stays, "Martinet")


def test_a_third_change_meanwhile_is_met_again(client, app, person):
    address = f"/people/{person.id}/edit"
    at, mine = client.filled(address, notes="Préfère le soir")
    client.submit(address, notes="Préfère midi")
    asked = client.post(at, data=mine)
    client.submit(address, notes="Jamais le vendredi")

    again = client.post(at, data=_sent(asked, **{"choose-notes": "yours"}))

    assert again.status_code == 422 and "Jamais le vendredi" in re.sub("</?mark>", "", again.text)
    client.post(at, data=_sent(again, **{"choose-notes": "yours"}))
    with app.app_context():
        assert db.session.get(Person, person.id).notes == "Préfère le soir"


def test_a_key_follows_the_name_that_was_chosen(client, app, make):
    client.as_("staff")
    ministry, region, office = (make.organisation(name) for name in ("Ministère", "Région", "Service"))
    address = f"/organisations/{office.id}/edit"
    at, mine = client.filled(address, parent=str(ministry.id), parent_name="Ministère")
    client.submit(address, parent=str(region.id), parent_name="Région")

    asked = client.post(at, data=mine)
    client.post(at, data=_sent(asked, **{"choose-parent_name": "theirs"}))

    with app.app_context():
        assert db.session.get(Organisation, office.id).parent_id == region.id


@pytest.mark.parametrize(
    ("page", "typed", "saved"),
    [
        ("/relations/{exchange}/edit", {"title": "Mon titre"}, {"title": "Autre titre"}),
        ("/events/{event}/edit", {"title": "Mon titre"}, {"title": "Autre titre"}),
        ("/mailings/{mailing}/edit", {"subject_fr": "Mon titre"}, {"subject_fr": "Autre titre"}),
        ("/kits/{kit}/edit", {"title": "Mon titre"}, {"title": "Autre titre"}),
        ("/settings/association", {"city": "Angers"}, {"city": "Nantes"}),
    ],
)
def test_every_record_that_two_people_may_edit_asks_so(client, make, page, typed, saved):
    client.as_("admin")
    organisation = make.organisation()
    address = page.format(
        exchange=make.exchange(organisations=[organisation]).id,
        event=make.event(capacity=3).id,
        mailing=make.mailing().id,
        kit=make.kit().id,
    )
    name = next(iter(typed))
    at, mine = client.filled(address, **typed)
    assert client.submit(address, **saved).status_code == 302

    asked = client.post(at, data=mine)

    assert asked.status_code == 422 and set(re.findall(r"choose-(\w+)-theirs\"", asked.text)) == {name}
    assert client.post(at, data=_sent(asked, **{f"choose-{name}": "theirs"})).status_code == 302
    assert f'value="{saved[name]}"' in client.get(address).text


def _sent(page, **chosen):
    """What the page's form would send with those choices."""
    form = next(form for form in forms(page.text.partition("<main")[2]) if form.method == "post")
    return {**form.fields, **chosen}
