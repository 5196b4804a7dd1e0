"""The history of a record in words, and one change set back."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm import history
from crm.db import db
from crm.directory import services as directory
from crm.directory.models import Organisation, Person
from crm.history import Change
from crm.keeping import queries, services, telling
from crm.keeping.kinds import kinds, known
from crm.keeping.services import InTheBin, ValueGone, ValueTaken
from tests.make import EARLY

LATER = EARLY + timedelta(days=1)
only_once = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def person(session):
    return directory.add_person(
        given_name="Ada",
        family_name="Martin",
        emails=["ada@example.org"],
        tags=["presse"],
        by="nadia",
        at=EARLY,
    )


@pytest.fixture
def organisation(session):
    return directory.add_organisation(name="Région Bretagne", siren="233500016", by="nadia", at=EARLY)


def change(person, **facts):
    known_facts = {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "civility": person.civility,
        "language": person.language,
        "emails": [read.address.email for read in person.addresses],
        "phones": [phone.number for phone in person.phones],
        "tags": [tag.name for tag in person.tags],
        "notes": person.notes,
        **facts,
    }
    directory.change_person(person, by="paul@example.org", at=LATER, **known_facts)
    return last_change(person)


def last_change(record):
    named = history.named(record)
    return db.session.scalar(select(Change).where(Change.record == named).order_by(Change.id.desc()).limit(1))


def told(record, app):
    kind = known(record.__tablename__)
    rows = db.session.execute(queries.changes(kind, record.id).order_by(Change.id.desc())).all()
    with app.test_request_context("/?lang=fr"):
        return telling.lines(rows, kind, record.id, are_last=True)


def test_what_is_tied_to_a_record_and_taken_off_is_in_its_history(session, person, app):
    change(
        person, tags=["élus"], emails=["ada@example.org", "a.martin@example.org"], phones=["06 12 34 56 78"]
    )

    line = told(person, app)[0]

    said = {fact.label: (str(fact.before), str(fact.after)) for fact in line.facts}
    assert said == {
        "Étiquettes": ("presse", "élus"),
        "Adresses électroniques": ("", "a.martin@example.org"),
        "Téléphones": ("", "+33612345678"),
    }


def test_values_are_said_in_words_and_texts_as_a_difference(session, person, make, app):
    ministry = make.organisation("Ministère")
    organisation = make.organisation("Service")
    role = directory.give_role(person=person, organisation=organisation, function="Maire", by="n", at=EARLY)
    directory.end_role(role, on=date(2026, 5, 12), by="n", at=LATER)
    change(person, notes="Préfère le matin et le soir")
    change(person, notes="Préfère le matin et midi")
    organisation.parent = ministry
    db.session.flush()

    lines = told(person, app)

    assert "<del>le</del>" not in str(lines[0].facts[0].as_difference)
    assert "<del>le soir</del>" in str(lines[0].facts[0].as_difference)
    ended = next(line for line in lines if line.of and line.what == "modification")
    assert [(fact.label, str(fact.after)) for fact in ended.facts] == [("Dernier jour", "12/05/2026")]
    assert str(told(organisation, app)[0].facts[0].after) == "Ministère"


def test_a_change_set_back_gives_the_values_from_before_and_is_a_change_too(session, person):
    wrong = change(
        person, given_name="Adèle", tags=["élus"], emails=["autre@example.org"], phones=["0612345678"]
    )

    services.revert(wrong, names=set(wrong.values), by="nadia", at=LATER)

    assert (person.given_name, person.sort) == ("Ada", "martin ada")
    assert [tag.name for tag in person.tags] == ["presse"]
    assert [read.address.email for read in person.addresses] == ["ada@example.org"]
    assert not person.phones
    undone = last_change(person)
    assert (undone.actor, undone.values["given_name"]) == ("nadia", ["Adèle", "Ada"])
    services.revert(undone, names=set(undone.values), by="nadia", at=LATER)
    assert person.given_name == "Adèle" and [tag.name for tag in person.tags] == ["élus"]


def test_a_field_that_was_changed_again_since_is_known(session, person):
    first = change(person, given_name="Adèle", family_name="Martinet")
    change(person, given_name="Adélaïde")

    assert {step.name: step.is_free for step in services.steps(first)} == {
        "given_name": False,
        "family_name": True,
    }


def test_a_number_that_another_record_took_meanwhile_does_not_come_back(session, organisation):
    directory.change_organisation(organisation, name="Région Bretagne", siren="", by="n", at=LATER)
    cleared = last_change(organisation)
    directory.add_organisation(name="Conseil régional", siren="233500016", by="n", at=LATER)

    with pytest.raises(ValueTaken, match="Conseil régional"):
        services.revert(cleared, names={"siren"}, by="n", at=LATER)


def test_what_is_gone_or_in_the_bin_is_refused_with_a_sentence(session, organisation, person, make):
    kind = make.add(_kind())
    facts = {"name": organisation.name, "by": "n", "at": LATER}
    directory.change_organisation(organisation, kind=kind, **facts)
    directory.change_organisation(organisation, **facts)
    dropped = last_change(organisation)
    db.session.delete(kind)
    db.session.flush()
    with pytest.raises(ValueGone):
        services.revert(dropped, names={"kind_id"}, by="n", at=LATER)

    wrong = change(person, given_name="Adèle")
    directory.bin_record(person, by="n", at=LATER)
    with pytest.raises(InTheBin, match="Adèle Martin"):
        services.revert(wrong, names={"given_name"}, by="n", at=LATER)


def _kind():
    from crm.directory.models import OrganisationKind

    return OrganisationKind(slug="test", name_fr="Essai", name_en="Trial")


def test_setting_back_a_parent_cannot_close_a_circle(session, make):
    above, below = make.organisation("Ministère"), make.organisation("Service")
    directory.change_organisation(below, name="Service", parent=above, by="n", at=EARLY)
    directory.change_organisation(below, name="Service", by="n", at=EARLY)
    freed = last_change(below)
    directory.change_organisation(above, name="Ministère", parent=below, by="n", at=LATER)

    with pytest.raises(directory.ParentCycle, match="Ministère › Service"):
        services.revert(freed, names={"parent_id"}, by="n", at=LATER)


@only_once
def test_every_column_of_a_record_with_a_history_has_a_name_in_words(app):
    nameless = [
        f"{kind.table}.{column.key}"
        for kind in kinds()
        for column in kind.model.__mapper__.column_attrs
        if kind.tells(column.key) and column.key != "binned_at" and column.key not in kind.facts
    ]
    assert nameless == []


@only_once
def test_the_page_sets_a_change_back_and_offers_to_undo_that(client, app, make):
    client.as_("staff", name="Nadia Le Goff")
    person = make.person("Ada", "Martin")
    client.submit(f"/people/{person.id}/edit", given_name="Adèle")
    page = client.get(f"/people/{person.id}?tab=history")
    assert "Nadia Le Goff" in page.text and "<ins>" in page.text and "Adèle" in page.text

    with app.app_context():
        key = db.session.scalar(
            select(Change.id).where(Change.record == f"people:{person.id}", Change.act == "changed")
        )
    client.submit(f"/people/{person.id}?tab=history", to=f"/history/changes/{key}")

    with app.app_context():
        assert db.session.get(Person, person.id).given_name == "Ada"
    assert "Annuler" in client.get(f"/people/{person.id}").text


@only_once
def test_what_was_changed_again_is_asked_about(client, app, make):
    client.as_("staff")
    person = make.person("Ada", "Martin")
    for name in ("Adèle", "Adélaïde"):
        client.submit(f"/people/{person.id}/edit", given_name=name)
    with app.app_context():
        key = db.session.scalar(select(Change.id).where(Change.act == "changed").order_by(Change.id).limit(1))
    address = f"/history/changes/{key}"

    assert client.submit(address).status_code == 422
    assert client.submit(address, **{"way-given_name": "back"}).status_code == 302
    with app.app_context():
        assert db.session.get(Person, person.id).given_name == "Ada"


@only_once
@pytest.mark.parametrize(
    ("kind", "edited", "typed", "label"),
    [
        ("interactions", "/relations/{}/edit", {"title": "Réunion"}, "Réunion"),
        ("events", "/events/{}/edit", {"title": "Conférence"}, "Conférence"),
        ("mailings", "/mailings/{}/edit", {"subject_fr": "Lettre d’été"}, "Objet en français"),
        ("kits", "/kits/{}/edit", {"objective": "Garder les postes"}, "Garder les postes"),
        ("organisations", "/organisations/{}/edit", {"city": "Rennes"}, "Rennes"),
    ],
)
def test_every_kind_of_record_has_a_page_of_its_history(client, make, kind, edited, typed, label):
    client.as_("admin")
    made = {
        "interactions": lambda: make.exchange(organisations=[make.organisation()]),
        "events": make.event,
        "mailings": make.mailing,
        "kits": make.kit,
        "organisations": make.organisation,
    }
    record = made[kind]()
    client.submit(edited.format(record.id), **typed)

    page = client.get(f"/history/{kind}/{record.id}")

    assert page.status_code == 200 and label in page.text and "Admin" in page.text


def test_secrets_are_never_told(session, organisation, app):
    db.session.add(
        Change(
            at=LATER,
            actor="n",
            act="changed",
            record=history.named(organisation),
            values={"token": ["a1", "b2"]},
        )
    )
    db.session.flush()
    line = told(organisation, app)[0]
    assert [str(fact.after) for fact in line.facts] == ["•••"]
    assert isinstance(organisation, Organisation)
