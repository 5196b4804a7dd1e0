"""People and their roles: the rules."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm.directory import queries, services
from crm.directory.filters import Filter
from crm.directory.models import Civility, Person, Role
from crm.errors import Changed
from crm.history import Change, last_actor
from crm.mail.addresses import BadAddress
from crm.mail.models import Address
from tests.make import EARLY, day

TODAY = day("2026-03-02")


def person(**facts):
    return services.add_person(by="test", at=EARLY, **{"family_name": "Martin", **facts})


def changed(someone, **facts):
    known = {
        "given_name": someone.given_name,
        "family_name": someone.family_name,
        "civility": Civility.NONE,
        "language": "fr",
        "emails": [read.address.email for read in someone.addresses],
        "phones": [],
        "tags": [],
        "notes": "",
    }
    return services.change_person(someone, by="test", at=EARLY, **{**known, **facts})


def test_two_people_may_share_an_address(session):
    ada, bob = person(emails=["mairie@example.org"]), person(emails=["Mairie@Example.org"])
    assert ada.addresses[0].address is bob.addresses[0].address
    assert list(session.scalars(queries.people_reading("mairie@example.org"))) == [ada, bob]


def test_the_first_address_is_the_one_written_to(session):
    ada = person(emails=["b@example.org", "a@example.org", "b@example.org"])
    assert [read.address.email for read in ada.addresses] == ["b@example.org", "a@example.org"]
    changed(ada, emails=["a@example.org", "b@example.org"])
    session.expire_all()
    first = queries.first_addresses()
    written_to = session.scalar(select(Address.email).join(first, first.c.address_id == Address.id))
    assert written_to == "a@example.org"


def test_an_address_given_up_stays_known_with_its_objections(session):
    ada = person(emails=["old@example.org"])
    changed(ada, emails=["new@example.org"])
    assert [read.address.email for read in ada.addresses] == ["new@example.org"]
    assert session.scalar(select(Address).where(Address.email == "old@example.org")) is not None


def test_a_person_needs_a_name_or_an_address(session):
    with pytest.raises(services.Nameless):
        person(family_name=" ")
    assert person(family_name="", emails=["a@example.org"]).id


def test_an_address_without_at_is_refused(session):
    with pytest.raises(BadAddress) as refusal:
        person(emails=["ada.example.org"])
    assert refusal.value.field == "email"


def test_tags_do_not_multiply_by_case_or_accent(session):
    ada, bob = person(tags=["Élus", "presse", ""]), person(tags=["elus"])
    assert [tag.name for tag in bob.tags] == ["Élus"]
    assert {tag.name for tag in ada.tags} == {"Élus", "presse"}


def test_saving_over_another_s_change_is_refused_and_names_the_other(session):
    ada = person()
    seen = ada.version
    services.change_person(
        ada, version=seen, given_name="Ada", family_name="Martin", civility=Civility.MADAM, language="fr",
        emails=[], phones=[], tags=[], notes="", by="colleague@example.org", at=EARLY,
    )  # fmt: skip
    with pytest.raises(Changed) as refusal:
        changed(ada, version=seen, given_name="Adèle")
    assert refusal.value.facts == {"who": "colleague@example.org"}
    session.rollback()


def test_the_other_is_called_by_name_when_an_account_of_theirs_is_known(session, make):
    make.account("staff", email="colleague@example.org", name="Samir Le Goff")
    ada = person()
    session.info["actor"] = "colleague@example.org"
    ada.given_name = "Adèle"
    session.flush()
    assert last_actor(session, ada) == "Samir Le Goff"


def test_every_change_has_its_author(session):
    ada = person()
    last = session.scalars(select(Change).where(Change.record == f"people:{ada.id}")).one()
    assert (last.actor, last.act) == ("test", "made")


def test_binning_is_undone(session):
    ada = person()
    services.bin_record(ada, by="test", at=EARLY)
    assert session.scalars(queries.people_filtered("", day=TODAY)).all() == []
    in_the_bin = queries.people(Filter.of("bin=yes"), day=TODAY)
    assert session.scalars(in_the_bin).all() == [ada]
    services.restore_record(ada, by="test", at=EARLY)
    assert session.scalars(queries.people_filtered("", day=TODAY)).all() == [ada]


def give(someone, organisation, **facts):
    return services.give_role(person=someone, organisation=organisation, by="test", at=EARLY, **facts)


def mains(session, someone):
    return [
        role.function for role in session.scalars(select(Role).where(Role.is_main, Role.person == someone))
    ]


def test_exactly_one_current_role_is_the_main_one(session, make):
    ada, town, network = person(), make.organisation(), make.organisation()
    mayor = give(ada, town, function="Maire")
    chair = give(ada, network, function="Présidente")
    assert mains(session, ada) == ["Maire"]
    services.make_main(chair, by="test", at=EARLY)
    assert mains(session, ada) == ["Présidente"]
    services.end_role(chair, on=TODAY - timedelta(days=1), by="test", at=EARLY)
    assert queries.main_role(ada, TODAY) is mayor
    services.reopen_role(chair, by="test", at=EARLY)
    assert len(mains(session, ada)) == 1


def test_the_past_keeps_the_organisation_that_was_stood_for(session, make):
    ada, before, now = person(), make.organisation("Avant"), make.organisation("Maintenant")
    give(ada, before, ends_on=day("2025-12-31"))
    give(ada, now, begins_on=day("2026-01-01"))

    def stood_for(when: date) -> str:
        return queries.main_role(ada, when).organisation.name

    assert [stood_for(day(d)) for d in ("2025-12-31", "2026-01-01")] == ["Avant", "Maintenant"]


def test_the_rule_of_the_main_role_is_the_same_in_python_and_in_the_database(session, make):
    for number in range(4):
        someone = person(given_name=str(number))
        for place in range(number):
            give(
                someone, make.organisation(), begins_on=date(2020 + place, 1, 1) if place % 2 else None,
                ends_on=date(2026, 12, 31) if place == 2 else None,
            )  # fmt: skip
    for when in (day("2019-05-01"), TODAY, day("2027-01-01")):
        standing = queries.standing_for(when)
        stood = dict(session.execute(select(standing.c.person_id, standing.c.role_id)).all())
        single = dict(session.execute(select(Person.id, queries.main_role_id(Person.id, when))).all())
        for someone in session.scalars(select(Person)):
            role = queries.main_role(someone, when)
            assert stood.get(someone.id) == single[someone.id] == (role.id if role else None)
            held = [one for one in someone.roles if one.held_on(when)]
            assert (role in held) if held else role is None


def test_a_role_that_ends_before_it_begins_is_refused(session, make):
    with pytest.raises(services.RoleEndsBeforeItBegins):
        give(person(), make.organisation(), begins_on=TODAY, ends_on=TODAY - timedelta(days=1))


def test_the_same_role_twice_at_the_same_time_is_refused(session, make):
    ada, town = person(), make.organisation()
    give(ada, town, function="Maire", begins_on=day("2020-06-01"), ends_on=day("2026-03-15"))
    with pytest.raises(services.SameRole):
        give(ada, town, function="maire", begins_on=day("2026-03-15"))
    session.expire_all()
    give(ada, town, function="Maire", begins_on=day("2026-03-16"))
