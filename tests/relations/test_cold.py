"""Going cold: the last exchange of substance against the rhythm that is meant."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.relations import services as log
from crm.relations.cold import queries, services
from crm.relations.cold.models import Whose
from crm.relations.cold.queries import Part, Scope
from crm.relations.models import LastExchange
from tests.make import EARLY


def days(number):
    return EARLY + timedelta(days=number)


def late(at, **asked):
    """By how many days who is cold."""
    from crm.db import db

    rows = db.session.execute(queries.cold(at=at, **asked)).all()
    return {line.organisation.name: line.late for line in queries.told(rows, today=at.date())}


def in_part(which, at):
    from crm.db import db

    rows = queries.part(queries.cold(at=at), which, today=at.date())
    return [line.organisation.name for line in queries.told(db.session.execute(rows).all(), today=at.date())]


def test_a_partner_is_cold_once_its_own_rhythm_or_that_of_its_stage_is_exceeded(session, make):
    make.partnership(make.organisation("Trimestre"))
    make.partnership(make.organisation("Mois"), rhythm_days=30)
    make.partnership(make.organisation("En sommeil"), stage=make.stage("dormant", rhythm_days=None))
    assert late(days(30)) == {}
    assert late(days(31)) == {"Mois": 1}
    assert late(days(100), scope=Scope.PARTNERS) == {"Mois": 70, "Trimestre": 10}


def test_time_counts_from_the_last_exchange_and_without_one_from_the_opening(session, make):
    spoken, never = make.organisation("Parlé"), make.organisation("Jamais")
    for organisation in (spoken, never):
        make.partnership(organisation, rhythm_days=10)
    make.exchange(organisations=[spoken], at=days(15))
    assert late(days(20)) == {"Jamais": 10}
    assert late(days(30)) == {"Jamais": 20, "Parlé": 5}


def test_whoever_is_no_partner_is_looked_at_only_when_all_are(session, make):
    ana = make.account()
    make.exchange(organisations=[make.organisation("Rencontrée")])
    make.organisation("Suivie", followed_by_id=ana.id)
    make.organisation("Inconnue")
    assert late(days(91)) == {"Rencontrée": 1, "Suivie": 1}
    assert late(days(91), account_id=ana.id) == {"Suivie": 1}
    assert late(days(91), scope=Scope.PARTNERS) == {}


def test_a_mailing_or_a_kind_that_does_not_count_warms_nothing(session, make):
    organisation = make.organisation("Agence ORE")
    make.partnership(organisation, rhythm_days=30)
    note = make.interaction_kind("note", counts=False)
    make.exchange(organisations=[organisation], at=days(40), kind=note)
    log.note(act="mailed", subject="mailings:1", title="Lettre", at=days(40), organisation_id=organisation.id)
    assert late(days(41)) == {"Agence ORE": 11}


def test_the_latest_exchanges_follow_what_is_said_of_their_kind(session, make):
    organisation, other = make.organisation(), make.organisation()
    note, by = make.interaction_kind("note"), make.account()
    make.exchange(organisations=[organisation], at=days(1))
    newest = make.exchange(
        organisations=[organisation], at=days(9), kind=note, people=[make.person(organisation=other)]
    )

    def latest():
        session.expire_all()
        return {row.organisation_id: row.at for row in session.scalars(select(LastExchange))}

    assert latest() == {organisation.id: days(9), other.id: days(9)}
    note.counts = False
    log.recount(note)
    assert latest() == {organisation.id: days(1)}
    note.counts = True
    log.recount(note)
    assert latest() == {organisation.id: days(9), other.id: days(9)}
    note.counts = False
    log.recount(note)
    told = {"title": "Point", "day": days(9).date(), "organisations": [organisation]}
    log.change(
        newest, log.Told(kind=make.interaction_kind(), **told), version=newest.version, by=by, at=days(9)
    )
    assert latest()[organisation.id].date() == days(9).date()


def test_left_for_a_month_it_comes_back_by_itself_or_when_the_leave_is_undone(session, make):
    ana, organisation = make.account(name="Ana"), make.organisation("Agence ORE")
    make.partnership(organisation, rhythm_days=10)
    at = days(20)
    first = services.leave(organisation, today=at.date(), by=ana, at=at)
    assert services.leave(organisation, today=at.date(), by=ana, at=at) is first
    assert in_part(Part.OPEN, at) == [] and in_part(Part.LEFT, at) == ["Agence ORE"]
    assert (first.by_id, first.at) == (ana.id, at)
    assert in_part(Part.OPEN, at + timedelta(days=30)) == ["Agence ORE"]
    services.take_back(organisation, by=ana, at=at)
    assert in_part(Part.OPEN, at) == ["Agence ORE"]


def test_what_is_planned_stands_apart_until_its_day_has_passed(session, make):
    organisation = make.organisation("Agence ORE")
    make.partnership(organisation, rhythm_days=10)
    step = log.promise(
        what="Appeler",
        assigned_to=None,
        due_on=days(25).date(),
        organisation=organisation,
        by=make.account(),
        at=days(20),
    )
    assert in_part(Part.PLANNED, days(25)) == ["Agence ORE"] and in_part(Part.OPEN, days(25)) == []
    assert in_part(Part.OPEN, days(26)) == ["Agence ORE"]
    log.done(step, by=make.account(), at=days(22))
    assert in_part(Part.OPEN, days(23)) == ["Agence ORE"]


def test_a_line_says_what_was_promised_and_whom_we_know_there_those_met_last_first(session, make):
    organisation, other = make.organisation("Agence ORE"), make.organisation()
    make.partnership(organisation, rhythm_days=10)
    make.person("Zoé", "Lemoine", organisation=organisation, function="Présidente")
    met = make.person("Ana", "Roux", organisation=organisation, function="Directrice")
    make.role(person=make.person("Ex", "Parti"), organisation=organisation, ends_on=days(-1).date())
    make.person("Hors", "Sujet", organisation=other)
    make.exchange("Point", organisations=[organisation], people=[met], follow_up={"what": "Envoyer le bilan"})
    row = session.execute(queries.cold(at=days(20), scope=Scope.PARTNERS)).all()
    line = queries.told(row, today=days(20).date())[0]
    assert [(person.name, person.function) for person in line.known] == [
        ("Ana Roux", "Directrice"),
        ("Zoé Lemoine", "Présidente"),
    ]
    assert [promise.what for promise in line.promised] == ["Envoyer le bilan"]
    assert (line.last_title, line.rhythm, line.late) == ("Point", 10, 10)


def test_only_those_who_steer_may_have_everyones_list_by_mail(session, make):
    with pytest.raises(services.NotEveryones):
        services.wish(make.account("staff"), Whose.ALL, at=EARLY)
    services.wish(make.account("director"), Whose.ALL, at=datetime(2026, 1, 1, tzinfo=UTC))
