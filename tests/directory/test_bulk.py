"""Acts on a selection or on a whole list: seen before, done in one go, taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from crm.db import Base, db
from crm.directory import lists
from crm.directory.bulk import kinds, services
from crm.directory.bulk.models import BulkAct, BulkState, RowState
from crm.directory.filters import Filter
from crm.directory.models import Organisation, Person, Tag, person_tags
from crm.directory.services.records import find_or_add_tags
from crm.history import Change
from crm.keeping import kinds as kept
from crm.keeping import queries as history
from crm.keeping import telling
from crm.writing import insert_many
from tests.make import EARLY

TODAY = EARLY.date()
LATER = EARLY + timedelta(hours=1)
# What tells that something was done, and may not disappear with it; an index that is kept by triggers.
TELLING = {"changes", "bulk_acts", "bulk_rows"}


def seen(key, of="people", asked="", **filter):
    kind = kinds.called(key)
    rows = lists.LISTS[of].select(Filter(**filter), day=TODAY)
    return services.preview(kind, of, rows, kind.facts(of, asked), day=TODAY)


def press(session, key, of="people", asked="", mark=None, **filter):
    chosen = Filter(**filter)
    act = services.start(
        kinds.called(key), of, lists.LISTS[of].select(chosen, day=TODAY), asked, chosen=chosen.querystring(),
        seen=mark or seen(key, of, asked, **filter).mark, by="ada@example.org", at=EARLY, day=TODAY,
    )  # fmt: skip
    return go_on(session, act, EARLY)


def undo(session, act):
    services.ask_undo(act, by="bob@example.org", at=LATER)
    return go_on(session, act, LATER)


def go_on(session, act, at):
    session.flush()
    assert services.claim(session, act.id, at=at)
    session.refresh(act)
    services.carry_on(act, at=at)
    return act


def tagged(session, tag="presse"):
    rows = select(Person.family_name).join(person_tags).join(Tag).where(func.lower(Tag.name) == tag)
    return sorted(session.scalars(rows))


def everything(session):
    """What stands in every table but those that tell what was done, without the versions of records."""
    session.flush()
    return {
        table.name: sorted(
            repr([value for column, value in row._mapping.items() if column not in ("version", "updated_at")])
            for row in session.execute(select(table))
        )
        for table in Base.metadata.sorted_tables
        if table.name not in TELLING and not table.name.startswith("search_")
    }


def test_before_the_button_one_sees_how_many_who_and_why_not_the_others(session, make):
    ada, _bob = make.person("A", "Ada"), make.person("B", "Bob")
    ada.tags = find_or_add_tags(["Presse"])
    session.flush()
    preview = seen("tag", asked="presse")
    assert (preview.asked, preview.total, preview.left_out) == (2, 1, {"has": 1})
    assert [name for _id, name in preview.examples] == ["B Bob"]
    assert [name for _id, name in preview.left_examples["has"]] == ["A Ada"]


def test_two_thousand_are_tagged_and_untagged_and_nothing_else_is_different(session, make):
    make.person("A", "Ada").tags = find_or_add_tags(["presse"])
    session.flush()
    kept = session.execute(select(Person.__table__).limit(1)).mappings().one()
    rows = [
        {
            **{name: value for name, value in kept.items() if name != "id"},
            "family_name": f"P{n}",
            "sort": f"p{n}",
        }
        for n in range(2_000)
    ]
    insert_many(session, Person.__table__, rows)
    before = everything(session)
    act = press(session, "tag", asked="Presse")
    assert (act.asked, act.total, act.done, act.left_out) == (2_001, 2_000, 2_000, {"has": 1})
    assert len(tagged(session)) == 2_001
    told = select(func.count()).where(Change.record.startswith("people:"), Change.actor == "ada@example.org")
    assert session.scalar(told) == 2_000
    undo(session, act)
    assert (act.state, act.undone) == (BulkState.UNDONE, 2_000)
    assert everything(session) == before


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_history_of_a_record_leads_to_the_act_and_to_its_undoing(session, app, make):
    ada, bob = make.person("A", "Ada"), make.person("B", "Bob")
    act = press(session, "tag", asked="Presse", chosen=(ada.id,))
    undo(session, act)
    kind = kept.known("people")
    with app.test_request_context("/?lang=en"):
        told = {
            person: telling.lines(
                session.execute(history.changes(kind, person.id).order_by(Change.id.desc())).all(),
                kind,
                person.id,
                are_last=True,
            )
            for person in (ada, bob)
        }
    lines = [line for line in told[ada] if line.batch]
    assert [line.who for line in lines] == ["bob@example.org", "ada@example.org"]
    assert {line.batch.address for line in lines} == {f"/bulk/{act.id}"}
    assert {line.batch.name for line in lines} == {"Give the tag “Presse”"}
    assert not any(line.batch for line in told[bob])


def test_a_tag_made_for_the_act_goes_with_it_unless_somebody_uses_it_by_then(session, make):
    ada, bob = make.person("A", "Ada"), make.person("B", "Bob")
    act = press(session, "tag", asked="Nouvelle", chosen=(ada.id,))
    undo(session, act)
    assert session.scalar(select(func.count(Tag.id))) == 0
    act = press(session, "tag", asked="Nouvelle", chosen=(ada.id,))
    press(session, "tag", asked="nouvelle", chosen=(bob.id,))
    undo(session, act)
    assert tagged(session, "nouvelle") == ["Bob"]


def test_undo_leaves_what_somebody_changed_since_and_says_so(session, make):
    anne, carl = make.account(name="Anne"), make.account(name="Carl")
    one, two = make.organisation("Une"), make.organisation("Deux", followed_by_id=carl.id)
    act = press(session, "assign", "organisations", str(anne.id))
    session.refresh(one)
    assert one.followed_by_id == anne.id
    session.execute(update(Organisation).where(Organisation.id == one.id).values(followed_by_id=carl.id))
    undo(session, act)
    session.expire_all()
    assert (one.followed_by_id, two.followed_by_id) == (carl.id, carl.id)
    assert services.standing(act) == {RowState.KEPT: 1, RowState.UNDONE: 1}
    assert services.named(act, RowState.KEPT) == [(one.id, "Une")]
    told = session.scalars(
        select(Change.values).where(Change.record == f"organisations:{two.id}").order_by(Change.id)
    )
    assert list(told)[-2:] == [{"followed_by_id": [carl.id, anne.id]}, {"followed_by_id": [anne.id, carl.id]}]


def test_assigning_people_assigns_the_organisations_that_they_stand_for(session, make):
    anne, town = make.account(name="Anne"), make.organisation("Ville")
    ada, bob = make.person(organisation=town), make.person(organisation=town)
    make.person()
    act = press(session, "assign", "people", str(anne.id))
    session.refresh(town)
    assert (act.of, act.total, town.followed_by_id) == ("organisations", 1, anne.id)
    assert ada.id != bob.id


def test_the_bin_takes_them_in_and_gives_back_those_that_it_took(session, make):
    ada, bob = make.person("A", "Ada"), make.person("B", "Bob")
    act = press(session, "bin")
    session.execute(update(Person).where(Person.id == bob.id).values(binned_at=LATER))
    undo(session, act)
    session.expire_all()
    assert ada.binned_at is None and bob.binned_at is not None
    back = press(session, "restore", in_bin=True)
    session.expire_all()
    assert back.done == 1 and bob.binned_at is None
    told = session.scalars(
        select(Change).where(Change.record == f"people:{bob.id}").order_by(Change.id.desc())
    ).first()
    assert told.values["binned_at"][0][:10] == "2026-03-02" and told.values["binned_at"][1] is None


def test_a_filter_that_means_others_by_now_is_told_and_not_applied(session, make):
    make.person("A", "Ada")
    mark = seen("tag", asked="presse").mark
    bob = make.person("B", "Bob")
    with pytest.raises(services.OthersByNow, match="1 when you looked, 2 now"):
        press(session, "tag", asked="presse", mark=mark)
    mark = seen("tag", asked="presse", q="bob").mark
    session.execute(update(Person).where(Person.id == bob.id).values(binned_at=EARLY))
    make.person("B", "Bob")
    with pytest.raises(services.OtherRecordsByNow, match="still 1"):
        press(session, "tag", asked="presse", mark=mark, q="bob")
    assert tagged(session) == []


def test_work_that_breaks_off_is_gone_on_with_where_it_stopped(session, make, monkeypatch):
    for _ in range(5):
        make.person()
    monkeypatch.setattr(services, "PORTION", 2)
    kind, rows = kinds.called("tag"), lists.LISTS["people"].select(Filter(), day=TODAY)
    act = services.start(
        kind, "people", rows, "presse", chosen="", seen=seen("tag", asked="presse").mark, by="ada",
        at=EARLY, day=TODAY,
    )  # fmt: skip
    assert services.claim(session, act.id, at=EARLY)
    session.refresh(act)
    assert not services.carry_on(act, at=EARLY, between=lambda: False)
    assert (act.done, len(tagged(session))) == (2, 2)
    assert services.next_asked(session, at=EARLY) is None
    much_later = EARLY + 2 * services.STALLED_AFTER
    assert services.next_asked(session, at=much_later) == act.id
    go_on(session, act, much_later)
    assert (act.state, act.done, len(tagged(session))) == (BulkState.DONE, 5, 5)


def test_an_act_that_was_stopped_says_how_far_it_came_and_is_taken_back(session, make, monkeypatch):
    for _ in range(4):
        make.person()
    monkeypatch.setattr(services, "PORTION", 2)
    kind, rows = kinds.called("tag"), lists.LISTS["people"].select(Filter(), day=TODAY)
    mark = seen("tag", asked="presse").mark
    act = services.start(kind, "people", rows, "presse", chosen="", seen=mark, by="a", at=EARLY, day=TODAY)
    services.claim(session, act.id, at=EARLY)
    session.refresh(act)
    services.carry_on(
        act, at=EARLY, between=lambda: services.stop(act, by="a", at=EARLY) or session.flush() or True
    )
    assert (act.state, act.done) == (BulkState.STOPPED, 2)
    undo(session, act)
    assert (act.state, tagged(session)) == (BulkState.UNDONE, [])


# Pages

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@on_sqlite
@pytest.mark.parametrize("language", ["fr", "en"])
def test_ticked_rows_are_tagged_after_a_look_and_untagged_by_one_button(client, app, make, language):
    ada, _bob = make.person("A", "Ada"), make.person("B", "Bob")
    client.as_("staff", language=language)
    look = client.submit("/people/", to="/selected", chosen=[str(ada.id)], act="tag").location
    assert client.get(look).status_code == 200
    result = client.submit_and_follow(f"{look}&what=Presse")
    assert "Presse" in result.text and "A Ada" in result.text
    assert "B Bob" not in client.get("/people/?tag=Presse").text
    client.submit(result.request.path, to="/undo")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(person_tags)) == 0
        act = db.session.scalars(select(BulkAct)).one()
        assert (act.state, act.undone_by) == (BulkState.UNDONE, "staff@example.org")
    assert "Presse" in client.get("/bulk").text


@on_sqlite
def test_the_number_is_looked_at_again_when_the_button_is_pressed(client, make):
    make.person("A", "Ada")
    client.as_("staff", language="en")
    page = "/bulk/people/tag?what=Presse"
    action, fields = client.filled(page)
    make.person("B", "Bob")
    answer = client.post(action, data=fields)
    assert answer.status_code == 422
    assert "1 when you looked, 2 now" in answer.text
    assert client.submit(page).status_code == 302


@on_sqlite
def test_the_whole_list_goes_through_every_act_and_a_wrong_one_is_told(client, make):
    for _ in range(60):
        make.person()
    client.as_("staff", language="en")
    assert "All 60 on the list" in client.get("/people/").text
    look = client.submit("/people/", to="/selected", everything="1", act="bin").location
    assert "60 records will be changed" in client.get(look).text
    assert client.submit("/people/", to="/selected", everything="1", act="export").location.startswith(
        "/people/export"
    )
    for key in ("tag", "untag", "assign"):
        assert client.get(f"/bulk/people/{key}?q=x").status_code == 200
        assert client.get(f"/bulk/people/{key}?q=x&what=99999").status_code in (200, 422)
    assert client.get("/bulk/people/nothing").status_code == 404
    assert client.get("/bulk/people/bin?nonsense=1").location.startswith("/people/")
    client.as_("viewer")
    assert client.get("/bulk/people/tag").status_code == 403
