"""The bin: what lies in it, who put it there, and the way back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.directory import lists, rows
from crm.directory import queries as directory_queries
from crm.directory import services as directory
from crm.directory.filters import Filter
from crm.directory.merging import services as merging
from crm.directory.models import Organisation, Person
from crm.events.queries import audience
from crm.keeping import queries, services
from crm.keeping.kinds import known
from crm.mailings import queries as mailings
from crm.relations import queries as relations_queries
from crm.relations import services as relations
from crm.search import finding
from tests.make import EARLY

LATER = EARLY + timedelta(days=1)
only_once = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def lying(table, words=""):
    kind = known(table)
    return [kind.called(record) for record in db.session.scalars(queries.binned(kind, words))]


def test_the_bin_is_searched_and_says_who_put_it_there(session, make):
    nadia = make.account(name="Nadia Le Goff")
    ada, bea = make.person("Ada", "Martin"), make.person("Béa", "Le Gall")
    for person in (ada, bea):
        directory.bin_record(person, by=nadia, at=EARLY)

    assert sorted(lying("people")) == ["Ada Martin", "Béa Le Gall"]
    assert lying("people", "legal") == [] and lying("people", "gall be") == ["Béa Le Gall"]
    assert queries.binned_by(known("people"), [ada.id]) == {ada.id: "Nadia Le Goff"}


def test_who_was_merged_away_is_neither_shown_nor_taken_out(session, make):
    kept, gone = make.person("Ada", "Martin"), make.person("Ada", "Martin")
    gone.binned_at, gone.merged_into_id = EARLY, kept.id
    db.session.flush()

    assert lying("people") == []
    with pytest.raises(services.MergedAway):
        services.restore(known("people"), gone, by="n", at=LATER)


def places_of(person, organisation, event, mailing):
    """Where the person is shown, offered, found, exported or written to."""
    day, session = EARLY.date(), db.session()
    meant, invited = mailings.audience(mailing, day=day), directory_queries.people_filtered("", day=day)
    considered = audience.considered(event, invited, day=day)
    found = finding.find("lefevre", shown=9)
    told = {
        "list": session.scalars(lists.PEOPLE.select(Filter(), day=day).with_only_columns(Person.id)),
        "list of an organisation": session.scalars(
            lists.PEOPLE.select(Filter(organisation=organisation.id), day=day).with_only_columns(Person.id)
        ),
        "export": [
            row.id
            for row in rows.all_people(
                session, lists.PEOPLE.select(Filter(), day=day), day=day, wants=("emails",)
            )
        ],
        "mailing": session.scalars(select(meant.c.person_id)),
        "invitation": session.scalars(select(considered.c.person_id)),
        "search": [key for hits in found.hits if hits.kind == "people" for key in hits.keys],
        "suggestion": [one.id for one in directory_queries.suggest_people("lefevre")],
        "suggestion by address": [one.id for one in directory_queries.suggest_people("ada@example.org")],
        "who may have been there": [one.id for one in relations_queries.familiar([organisation.id], day=day)],
    }
    return {place for place, keys in told.items() if person.id in list(keys)}


@pytest.mark.parametrize("way", ["bin", "merge"])
def test_who_is_in_the_bin_or_merged_away_is_nowhere_until_it_is_undone(session, make, way):
    organisation, event, mailing = make.organisation(), make.event(), make.mailing()
    kept = make.person("Béa", "Martin", email="bea@example.org")
    ada = make.person("Ada", "Lefèvre", email="ada@example.org", organisation=organisation)
    asked = (ada, organisation, event, mailing)
    everywhere = places_of(*asked)
    assert len(everywhere) == 9

    merge = make.merge(kept, ada) if way == "merge" else directory.bin_record(ada, by="n", at=EARLY)
    session.flush()
    assert places_of(*asked) == set()

    if way == "merge":
        merging.undo(merge, by="n", at=LATER)
    else:
        services.restore(known("people"), ada, by="n", at=LATER)
    session.flush()
    assert places_of(*asked) == everywhere


def test_a_person_in_the_bin_keeps_the_roles_and_comes_back_with_them(session, make):
    organisation = make.organisation()
    person = make.person(organisation=organisation)
    directory.bin_record(person, by="n", at=EARLY)
    assert not list(db.session.scalars(directory_queries.roles_at(organisation)))

    services.restore(known("people"), person, by="n", at=LATER)

    assert [role.person_id for role in db.session.scalars(directory_queries.roles_at(organisation))] == [
        person.id
    ]


def test_an_organisation_in_the_bin_leaves_its_parts_and_people_where_they_are(session, make):
    ministry = make.organisation("Ministère")
    service = make.organisation("Service", parent_id=ministry.id)
    person = make.person(organisation=ministry)
    directory.bin_record(ministry, by="n", at=EARLY)

    assert db.session.get(Organisation, service.id).parent_id == ministry.id
    assert not list(db.session.scalars(directory_queries.organisations(Filter(q="minist"), day=EARLY.date())))
    assert db.session.get(Person, person.id).binned_at is None
    services.restore(known("organisations"), ministry, by="n", at=LATER)
    assert [part.name for part in db.session.scalars(directory_queries.children(ministry))] == ["Service"]


def test_an_exchange_takes_its_follow_ups_into_the_bin_and_back(session, make):
    organisation, by = make.organisation(), make.account()
    exchange = make.exchange(organisations=[organisation], follow_up={"what": "Rappeler"})
    relations.bin(exchange, by=by, at=LATER)
    open_ones = relations_queries.follow_ups(state="open", today=LATER.date())
    assert not list(db.session.scalars(open_ones))

    services.restore(known("interactions"), exchange, by=by, at=LATER)

    assert [promised.what for promised in db.session.scalars(open_ones)] == ["Rappeler"]


def test_a_number_taken_meanwhile_stands_in_the_way_and_names_the_other(session, make, monkeypatch):
    ours = make.organisation("Région Bretagne", siren="233500016", binned_at=EARLY)
    kind = known("organisations")
    other = make.organisation("Conseil régional")
    # The database lets no two records have it; a copy of the data from elsewhere may.
    monkeypatch.setattr("crm.directory.keeping._others", lambda *asked: _only(other))

    with pytest.raises(directory.AlreadyInDirectory, match="Conseil régional"):
        services.restore(kind, ours, by="n", at=LATER)
    assert ours.binned_at is not None


def _only(record):
    from sqlalchemy import select

    return select(Organisation).where(Organisation.id == record.id)


@only_once
def test_several_records_are_taken_out_at_once(client, app, make):
    client.as_("staff", name="Nadia Le Goff")
    people = [make.person("Ada", "Martin"), make.person("Béa", "Roux"), make.person("Cléo", "Petit")]
    for person in people:
        client.submit(f"/people/{person.id}", to="/bin")
    page = client.get("/bin?kind=people")
    assert all(name in page.text for name in ("Ada Martin", "Béa Roux", "Nadia Le Goff"))

    client.submit("/bin?kind=people", to="/bin/people", chosen=[str(person.id) for person in people[:2]])

    with app.app_context():
        assert [db.session.get(Person, person.id).binned_at is None for person in people] == [
            True,
            True,
            False,
        ]
    assert client.get("/bin?kind=interactions").status_code == 200
    assert client.as_("viewer").post("/bin/people", data={}).status_code == 403
