"""Logging an exchange: what is kept of that day, what is refused, what can be taken back."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.errors import Changed
from crm.relations import queries, services
from crm.relations.cold import queries as cold
from crm.relations.models import FollowUp, Interaction, LastExchange
from crm.relations.services import Promised, Told

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)


@pytest.fixture
def me(session, make):
    return make.account("staff", email="moi@example.org", name="Moi")


def told(make, **facts):
    return Told(**{"kind": make.interaction_kind(), "title": "Point d’étape", "day": TODAY, **facts})


def shown_on(record, **asked):
    rows = queries.log_of(record, queries.Chosen(**asked))
    return [
        entry.exchange
        for entry in queries.entries(db.session.execute(rows).all(), record, queries.Chosen(**asked))
    ]


def test_an_exchange_with_a_person_shows_on_the_organisation_stood_for_that_day(session, make, me):
    before, now = make.organisation("Avant"), make.organisation("Maintenant")
    person = make.person(email="")
    make.role(person=person, organisation=before, ends_on=date(2026, 1, 31))
    make.role(person=person, organisation=now, begins_on=date(2026, 2, 1))
    old = services.log(told(make, day=date(2026, 1, 15), people=[person]), by=me, at=NOW)
    new = services.log(told(make, people=[person]), by=me, at=NOW)
    assert shown_on(before) == [old]
    assert shown_on(now) == [new]
    assert set(shown_on(person)) == {old, new}


def test_the_role_of_that_day_stays_when_the_person_moves_on(session, make, me):
    here, elsewhere = make.organisation("Ici"), make.organisation("Ailleurs")
    person = make.person(organisation=here, function="Maire")
    exchange = services.log(told(make, people=[person]), by=me, at=NOW)
    for role in person.roles:
        role.ends_on = TODAY
    make.role(person=person, organisation=elsewhere, begins_on=TODAY + timedelta(days=1))
    services.change(exchange, told(make, title="Autre titre", people=[person]), version=1, by=me, at=NOW)
    assert exchange.people[0].role.function == "Maire"
    assert queries.concerned(exchange) == {here.id}


def test_another_day_means_the_role_of_that_day(session, make, me):
    before, now = make.organisation("Avant"), make.organisation("Maintenant")
    person = make.person(email="")
    make.role(person=person, organisation=before, ends_on=date(2026, 1, 31))
    make.role(person=person, organisation=now, begins_on=date(2026, 2, 1))
    exchange = services.log(told(make, people=[person]), by=me, at=NOW)
    services.change(exchange, told(make, day=date(2026, 1, 15), people=[person]), version=1, by=me, at=NOW)
    assert queries.concerned(exchange) == {before.id}


def test_whoever_has_two_roles_spoke_for_the_organisation_of_the_exchange(session, make, me):
    city, union = make.organisation("Ville"), make.organisation("Union")
    person = make.person(organisation=city, function="Maire")
    make.role(person=person, organisation=union, function="Vice-président", is_main=False)
    exchange = services.log(told(make, people=[person], organisations=[union]), by=me, at=NOW)
    assert exchange.people[0].role.function == "Vice-président"
    assert shown_on(city) == []


def test_somebody_without_a_role_that_day_takes_part_for_nobody(session, make, me):
    person = make.person()
    exchange = services.log(told(make, people=[person]), by=me, at=NOW)
    assert exchange.people[0].role is None and exchange.people[0].organisation_id is None


def test_several_organisations_have_the_same_exchange_in_their_log(session, make, me):
    first, second = make.organisation(), make.organisation()
    exchange = services.log(told(make, organisations=[first, second, first]), by=me, at=NOW)
    assert shown_on(first) == shown_on(second) == [exchange]


def test_an_exchange_with_nobody_is_refused(session, make, me):
    with pytest.raises(services.WithNobody):
        services.log(told(make), by=me, at=NOW)


@pytest.mark.parametrize(
    ("day", "hour", "refusal"),
    [
        (TODAY + timedelta(days=1), None, services.InTheFuture),
        (TODAY, time(10, 30), services.InTheFuture),
        (date(1024, 3, 2), None, services.TooLongAgo),
        (date(2025, 3, 30), time(2, 30), clock.SkippedHour),
    ],
)
def test_a_day_or_hour_that_cannot_be_is_refused(session, make, me, day, hour, refusal):
    with pytest.raises(refusal):
        services.log(told(make, day=day, hour=hour, organisations=[make.organisation()]), by=me, at=NOW)


def test_a_call_is_logged_while_it_ends(session, make, me):
    services.log(told(make, hour=time(10, 5), organisations=[make.organisation()]), by=me, at=NOW)


def test_a_whole_day_has_no_hour(session, make, me):
    exchange = services.log(told(make, organisations=[make.organisation()]), by=me, at=NOW)
    assert exchange.is_all_day and clock.day(exchange.happened_at) == TODAY


def test_rich_text_keeps_its_structure_and_nothing_that_acts(session, make, me):
    body = (
        "<p>Bien</p><script>alert(1)</script>"
        '<a href="javascript:x" onclick="x">a</a><button hx-get="/x">b</button>'
    )
    exchange = services.log(told(make, body=body, organisations=[make.organisation()]), by=me, at=NOW)
    assert exchange.body.startswith("<p>Bien</p>")
    for part in ("script", "javascript", "onclick", "hx-get", "button"):
        assert part not in exchange.body


def test_a_kind_that_is_not_used_any_more_is_refused_for_new_exchanges_only(session, make, me):
    kind, organisation = make.interaction_kind("fax"), make.organisation()
    exchange = services.log(told(make, kind=kind, organisations=[organisation]), by=me, at=NOW)
    kind.is_archived = True
    services.change(exchange, told(make, kind=kind, organisations=[organisation]), version=1, by=me, at=NOW)
    with pytest.raises(services.KindArchived):
        services.log(told(make, kind=kind, organisations=[organisation]), by=me, at=NOW)


def test_a_closed_account_took_part_only_where_it_stood_already(session, make, me):
    gone, organisation = make.account(name="Partie"), make.organisation()
    exchange = services.log(told(make, staff=[gone], organisations=[organisation]), by=me, at=NOW)
    gone.is_open = False
    services.change(
        exchange, told(make, staff=[gone], organisations=[organisation]), version=1, by=me, at=NOW
    )
    with pytest.raises(services.AccountClosed, match="Partie"):
        services.log(told(make, staff=[gone], organisations=[organisation]), by=me, at=NOW)


def test_what_was_promised_is_logged_with_the_exchange(session, make, me):
    organisation = make.organisation()
    promised = Promised(what="Envoyer la convention", assigned_to=me, due_on=date(2026, 3, 9))
    services.log(told(make, organisations=[organisation]), follow_up=promised, by=me, at=NOW)
    kept = session.scalars(select(FollowUp)).one()
    assert (kept.what, kept.organisation, kept.assigned_to, kept.due_on) == (
        "Envoyer la convention", organisation, me, date(2026, 3, 9),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"what": "Rappeler", "due_on": date(2026, 3, 1)}, services.DueBefore),
        ({"due_on": date(2026, 3, 9)}, services.NothingToDo),
    ],
)
def test_a_follow_up_that_makes_no_sense_is_refused(session, make, me, facts, refusal):
    with pytest.raises(refusal):
        services.log(
            told(make, organisations=[make.organisation()]), follow_up=Promised(**facts), by=me, at=NOW
        )


def test_a_follow_up_is_not_given_to_a_closed_account(session, make, me):
    gone = make.account(name="Partie")
    gone.is_open = False
    with pytest.raises(services.AccountClosed):
        services.promise(what="Rappeler", assigned_to=gone, due_on=None, by=me, at=NOW)


def on_list(session, state, *, day=TODAY, account=None):
    rows = queries.follow_ups(state=state, today=day, account_id=account.id if account else None)
    return list(session.scalars(rows))


def test_a_follow_up_is_done_and_taken_back(session, make, me):
    promised = services.promise(
        what="Rappeler", assigned_to=me, due_on=TODAY, organisation=make.organisation(), by=me, at=NOW
    )
    assert on_list(session, "open", account=me) == [promised] and on_list(session, "late", account=me) == []
    services.done(promised, by=me, at=NOW)
    session.flush()
    assert on_list(session, "open", account=me) == [] and on_list(session, "done", account=me) == [promised]
    services.not_done(promised, by=me)
    session.flush()
    assert on_list(session, "open", account=me) == [promised] and promised.done_by_id is None


def test_a_follow_up_is_late_the_day_after(session, make, me):
    services.promise(what="Rappeler", assigned_to=me, due_on=TODAY, by=me, at=NOW)
    assert not on_list(session, "late")
    assert on_list(session, "late", day=TODAY + timedelta(days=1))


def test_two_people_do_not_overwrite_each_other(session, make, me):
    organisation = make.organisation()
    exchange = services.log(told(make, organisations=[organisation]), by=me, at=NOW)
    services.change(exchange, told(make, title="Un", organisations=[organisation]), version=1, by=me, at=NOW)
    with pytest.raises(Changed, match=r"^Moi "):
        services.change(
            exchange, told(make, title="Deux", organisations=[organisation]), version=1, by=me, at=NOW
        )
    promised = services.promise(what="Rappeler", assigned_to=me, due_on=None, by=me, at=NOW)
    services.change_promise(promised, what="Écrire", assigned_to=None, due_on=None, version=1, by=me)
    with pytest.raises(Changed):
        services.change_promise(promised, what="Visiter", assigned_to=None, due_on=None, version=1, by=me)


def test_what_is_in_the_bin_shows_nowhere_and_comes_back_whole(session, make, me):
    organisation = make.organisation()
    promised = Promised(what="Rappeler", assigned_to=me)
    exchange = services.log(told(make, organisations=[organisation]), follow_up=promised, by=me, at=NOW)
    services.bin(exchange, by=me, at=NOW)
    assert shown_on(organisation) == [] and on_list(session, "open") == []
    assert session.get(LastExchange, organisation.id) is None
    services.restore(exchange, by=me, at=NOW)
    assert shown_on(organisation) == [exchange] and len(on_list(session, "open")) == 1
    assert session.get(LastExchange, organisation.id).at == exchange.happened_at


def quiet(session, account=None):
    rows = cold.cold(at=NOW, account_id=account.id if account else None)
    return {row.id for row in session.execute(rows)}


def test_organisations_go_quiet_after_their_last_exchange(session, make, me):
    fresh, cold = make.organisation(), make.organisation()
    make.organisation()
    services.log(told(make, organisations=[fresh]), by=me, at=NOW)
    services.log(told(make, day=date(2025, 1, 6), organisations=[fresh, cold]), by=me, at=NOW)
    assert quiet(session) == {cold.id}
    services.log(told(make, organisations=[cold]), by=me, at=NOW)
    assert quiet(session) == set()


def test_an_organisation_that_somebody_follows_goes_quiet_without_any_exchange(session, make, me):
    long_ago = NOW - timedelta(days=200)
    followed = make.organisation(followed_by_id=me.id, created_at=long_ago)
    make.organisation(created_at=long_ago)
    make.organisation(followed_by_id=me.id, created_at=NOW)
    assert quiet(session) == quiet(session, me) == {followed.id}


def test_a_mailing_is_no_news(session, make, me):
    organisation = make.organisation()
    person = make.person(organisation=organisation)
    services.log(told(make, day=date(2025, 1, 6), organisations=[organisation]), by=me, at=NOW)
    services.note(act="mailed", subject="mailings:1", title="Lettre", person_id=person.id, at=NOW)
    assert quiet(session) == {organisation.id}


def test_who_is_taken_off_an_exchange_loses_it_as_last_news(session, make, me):
    stays, leaves = make.organisation(), make.organisation()
    exchange = services.log(told(make, organisations=[stays, leaves]), by=me, at=NOW)
    services.change(exchange, told(make, organisations=[stays]), version=1, by=me, at=NOW)
    assert session.get(LastExchange, leaves.id) is None
    assert session.get(LastExchange, stays.id).interaction_id == exchange.id
    assert session.scalars(select(Interaction)).all() == [exchange]
