"""Roles over time: they begin and end by their dates, the past keeps its own, and somebody takes over."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.directory import queries, services
from crm.directory.filters import Filter
from crm.directory.models import Role, RoleCategory, Succession
from crm.directory.services import succession
from crm.errors import Changed
from crm.events.models import Invitation
from crm.relations.models import FollowUp
from tests.make import EARLY

TODAY = EARLY.date()
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
ELECTED = RoleCategory.ELECTED
only_once = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def left(session, make):
    """A mayor whose role ended yesterday."""
    organisation = make.organisation("Ville d’Angers")
    person = make.person("Jean", "Dupont")
    return make.role(person=person, organisation=organisation, function="Maire", ends_on=YESTERDAY)


def test_a_role_begins_and_ends_by_its_date_without_anyone(session, make):
    organisation = make.organisation()
    person = make.person()
    old = make.role(person=person, organisation=organisation, function="Maire", ends_on=TODAY)
    new = make.role(person=person, organisation=organisation, function="Adjoint", begins_on=TOMORROW)

    def on(day):
        standing = queries.standing_for(day)
        stands = db.session.scalar(select(standing.c.role_id).where(standing.c.person_id == person.id))
        found = set(db.session.scalars(queries.people(Filter(organisation=organisation.id), day=day)))
        return queries.main_role(person, day), stands, len(found)

    assert on(TODAY) == (old, old.id, 1)
    assert on(TOMORROW) == (new, new.id, 1)


def test_the_day_is_that_of_the_office(session):
    midnight_in_paris = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)
    assert clock.day(midnight_in_paris) == date(2026, 6, 1)


def test_what_was_written_then_keeps_the_role_of_then(session, make):
    organisation = make.organisation()
    person = make.person("Jean", "Dupont", organisation=organisation, function="Maire")
    exchange = make.exchange(organisations=[organisation], people=[person], at=EARLY - timedelta(days=9))
    role = db.session.scalars(select(Role)).one()
    new = succession.change_from(
        role, day=TODAY, function="Président", category=ELECTED, is_main=True, by="n", at=EARLY
    )

    assert exchange.people[0].role.function == "Maire"
    assert (role.ends_on, new.begins_on, role.succeeded_by) == (YESTERDAY, TODAY, new)
    assert queries.main_role(person, TODAY) is new
    later = make.exchange(organisations=[organisation], people=[person], at=EARLY)
    assert later.people[0].role is new


def test_two_who_change_the_same_role_meet(session, left):
    with pytest.raises(Changed):
        succession.change_from(
            left, day=TODAY, function="x", category=ELECTED, is_main=False, version=99, by="n", at=EARLY
        )


def test_the_organisation_asks_who_takes_over_until_it_is_said(session, left, make):
    place = left.organisation
    assert succession.departed(place, TODAY) == [left]
    succession.later(left, by="n", day=TODAY)
    assert succession.departed(place, TODAY) == []
    assert succession.departed(place, TODAY + timedelta(days=31)) == [left]
    succession.nobody(left, by="n")
    assert succession.departed(place, TODAY + timedelta(days=31)) == []


def test_nobody_is_asked_about_whom_somebody_followed_already_or_who_left_long_ago(session, left, make):
    make.role(organisation=left.organisation, function="maire", begins_on=TODAY)
    make.role(organisation=left.organisation, function="Préfet", ends_on=TODAY - timedelta(days=900))
    assert succession.departed(left.organisation, TODAY) == []


def test_the_successor_has_the_role_from_the_day_after_and_the_link_is_kept(session, left, make):
    person = make.person("Anne", "Ferrand")
    facts = {"function": "Maire", "category": ELECTED, "begins_on": TODAY, "by": "n", "at": EARLY}

    new = succession.succeed(left, person=person, **facts)

    assert (new.person, new.begins_on, left.succeeded_by) == (person, TODAY, new)
    assert left.succession is Succession.GIVEN
    assert succession.succeed(left, person=person, **facts) is new, "a second time changes nothing"
    with pytest.raises(services.OwnSuccessor):
        succession.succeed(left, person=left.person, **facts)


@only_once
def test_the_successor_takes_over_what_was_promised(client, app, make):
    client.as_("staff", name="Nadia Le Goff")
    place = make.organisation("Ville d’Angers")
    jean, anne = make.person("Jean", "Dupont"), make.person("Anne", "Ferrand")
    today = clock.day(clock.now())
    old = make.role(person=jean, organisation=place, function="Maire", ends_on=today)
    event = make.event("Assemblée")
    invited = {"token": "t" * 32, "invited_at": EARLY, "invited_by": "n", "role_id": old.id}
    make.add(
        Invitation(
            event_id=event.id, person_id=jean.id, address_id=make.address("j@example.org").id, **invited
        )
    )
    promise = make.add(
        FollowUp(organisation_id=place.id, person_id=jean.id, what="Envoyer la convention", created_at=EARLY)
    )

    page = client.get(f"/organisations/{place.id}")
    assert "Jean Dupont, Maire" in page.text and "qui lui succède" in page.text
    address = f"/organisations/{place.id}/succession/{old.id}"
    form = client.get(address)
    assert "Envoyer la convention" in form.text and "Assemblée" in form.text
    answer = client.submit(address, person_name="Anne Ferrand", account=str(client.account.id))

    assert answer.status_code == 302
    with app.app_context():
        kept = db.session.get(FollowUp, promise.id)
        assert (kept.person_id, kept.assigned_to_id) == (anne.id, client.account.id)
        assert set(db.session.scalars(select(Invitation.person_id))) == {jean.id, anne.id}
        assert db.session.get(Role, old.id).succeeded_by.person_id == anne.id
    assert "qui lui succède" not in client.get(f"/organisations/{place.id}").text


@only_once
def test_a_role_is_corrected_or_changed_from_a_day_on(client, app, make):
    client.as_("staff")
    person = make.person("Jean", "Dupont", organisation=make.organisation(), function="Maire")
    with app.app_context():
        key = db.session.scalar(select(Role.id))
    address = f"/people/{person.id}/roles/{key}/edit"

    assert client.submit(address, nature="change", function="Président").status_code == 422
    client.submit(address, nature="change", function="Président", changes_on="2026-05-12")
    page = client.get(f"/people/{person.id}?on=2026-05-11")
    then = page.text.partition("Fonctions exercées le 11/05/2026")[2].partition("</section>")[0]
    assert "Maire" in then and "Président" not in then
    with app.app_context():
        assert [role.function for role in db.session.scalars(select(Role).order_by(Role.id))] == [
            "Maire",
            "Président",
        ]


@only_once
def test_who_held_which_role_on_a_day_is_shown_and_marked(client, make):
    client.as_("viewer")
    place = make.organisation("Ville d’Angers")
    make.role(
        person=make.person("Jean", "Dupont"), organisation=place, function="Maire", ends_on=date(2023, 6, 1)
    )
    make.role(
        person=make.person("Anne", "Ferrand"),
        organisation=place,
        function="Maire",
        begins_on=date(2023, 6, 2),
    )

    then = client.get(f"/organisations/{place.id}?on=2023-05-01").text.partition("<main")[2]
    now = client.get(f"/organisations/{place.id}?on=2023-06-02").text.partition("<main")[2]

    assert "Jean Dupont" in then and "Anne Ferrand" not in then and "01/05/2023" in then
    assert "Anne Ferrand" in now and "Jean Dupont" not in now
    assert client.get(f"/organisations/{place.id}?on=x").status_code == 200
