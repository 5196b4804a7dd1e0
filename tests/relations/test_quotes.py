"""Quotes that may be printed, people who are mentioned, templates of minutes, who changed what."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from crm.db import db
from crm.errors import Changed
from crm.relations import queries, services
from crm.relations.models import Consent, Interaction, Quote
from crm.relations.queries import Chosen
from crm.relations.services import Said
from crm.relations.services.quotes import (
    AgreementInTheFuture,
    AgreementWithoutDay,
    AgreementWithoutHow,
    NothingToPrint,
    NotThere,
    NoWords,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = date(2026, 3, 1)
YES = {"agreement": Consent.YES, "agreed_on": DAY, "agreed_how": "par courriel", "printed_as": "Maire"}
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def exchange(session, make):
    person = make.person("Ana", "Roux", organisation=make.organisation("Angers"))
    return make.exchange("Visite", people=[person])


def said(exchange, words="Publions.", **facts):
    return Said(person=exchange.people[0].person, words=words, **facts)


def quotable():
    return [quoted.words for quoted in db.session.scalars(queries.quotes(state="quotable"))]


@pytest.mark.parametrize(
    "facts", [{}, {"agreement": Consent.ASKED}, {"agreement": Consent.NO, "agreed_on": DAY},
              {"agreement": Consent.WITHDRAWN, "agreed_on": DAY}],
)  # fmt: skip
def test_without_a_yes_nothing_is_quotable(session, make, exchange, facts):
    services.quote(exchange, said(exchange, **facts), by=make.account(), at=NOW)
    assert quotable() == []


def test_with_a_yes_it_is_until_it_is_withdrawn_or_its_exchange_is_binned(session, make, exchange):
    me = make.account()
    quoted = services.quote(exchange, said(exchange, **YES), by=me, at=NOW)
    assert quotable() == ["Publions."]
    services.bin(exchange, by=me, at=NOW)
    assert quotable() == []
    services.restore(exchange, by=me, at=NOW)
    withdrawn = said(exchange, **{**YES, "agreement": Consent.WITHDRAWN})
    services.change_quote(quoted, withdrawn, version=quoted.version, by=me, at=NOW)
    assert quotable() == []


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"words": "  "}, NoWords),
        ({**YES, "agreed_on": None}, AgreementWithoutDay),
        ({**YES, "agreed_how": " "}, AgreementWithoutHow),
        ({**YES, "printed_as": ""}, NothingToPrint),
        ({**YES, "agreed_on": date(2026, 3, 3)}, AgreementInTheFuture),
    ],
)
def test_a_yes_says_when_how_and_what_to_print(session, make, exchange, facts, refusal):
    with pytest.raises(refusal):
        services.quote(exchange, said(exchange, **facts), by=make.account(), at=NOW)


def test_other_words_need_another_yes(session, make, exchange):
    me = make.account()
    quoted = services.quote(exchange, said(exchange, **YES), by=me, at=NOW)
    services.change_quote(
        quoted, said(exchange, "Publions tout.", **YES), version=quoted.version, by=me, at=NOW
    )
    assert (quoted.agreement, quotable()) == (Consent.NOT_ASKED, [])
    with pytest.raises(Changed):
        services.change_quote(quoted, said(exchange), version=1, by=me, at=NOW)


def test_nobody_is_quoted_who_is_not_named_in_the_exchange(session, make, exchange):
    with pytest.raises(NotThere):
        services.quote(exchange, Said(person=make.person(), words="x"), by=make.account(), at=NOW)


@ON_SQLITE
def test_a_quote_is_noted_listed_copied_and_taken_out(client, app, make):
    person = make.person("Ana", "Roux", organisation=make.organisation("Angers"))
    exchange = make.exchange("Visite", people=[person])
    client.as_("staff")
    new = f"/relations/{exchange.id}/quotes/new"
    client.submit(new, words="=Publions", agreement="not_asked")
    assert "=Publions" not in client.get("/relations/quotes").text
    assert "=Publions" in client.get("/relations/quotes?state=ask").text
    with app.app_context():
        key = db.session.scalar(select(Quote.id))
    edit = f"/relations/{exchange.id}/quotes/{key}"
    assert client.submit(edit, agreement="yes").status_code == 422
    client.submit(edit, agreement="yes", agreed_on="2026-03-01", agreed_how="par courriel")
    page = client.get("/relations/quotes").text
    assert "«\u00a0=Publions\u00a0» Ana Roux, Directrice, Angers" in page
    assert client.submit("/relations/quotes", to="/export", purpose="").status_code == 422
    file = client.submit("/relations/quotes", to="/export", purpose="Rapport d’activité")
    assert "'=Publions;Ana Roux" in file.data.decode("utf-8-sig")
    client.submit(edit, to="/bin")
    assert "=Publions" not in client.get("/relations/quotes").text


# Mentions


def test_who_is_mentioned_has_it_in_the_log_and_was_not_there(session, make):
    there, mentioned = make.person(), make.person()
    exchange = make.exchange(people=[there], mentions=[mentioned, there])
    assert exchange.mentions == [mentioned]
    for person in (there, mentioned):
        found = db.session.scalars(queries.exchanges(Chosen(person_id=person.id))).all()
        assert found == [exchange.id]


@ON_SQLITE
def test_a_name_with_an_at_sign_that_links_to_the_persons_page_is_a_mention(client, app, make):
    make.interaction_kind("meeting")
    organisation, person, other = make.organisation(), make.person("Zoé", "Unique"), make.person()
    client.as_("staff")
    body = (
        f'<div><a href="http://localhost/people/{person.id}">@Zoé Unique</a> et '
        f'<a href="https://evil.example/people/{other.id}">@Autre</a> '
        f'<a href="http://localhost/people/{other.id}">sa page</a></div>'
    )
    client.submit(f"/relations/new?organisation={organisation.id}", title="Point", body=body)
    with app.app_context():
        exchange = db.session.scalars(select(Interaction)).one()
        assert [one.id for one in exchange.mentions] == [person.id]
    assert "Point" in client.get(f"/people/{person.id}?tab=journal").text


@ON_SQLITE
def test_somebody_is_mentioned_without_javascript_and_a_template_put_into_the_text(client, app, make):
    kind = make.interaction_kind("visit")
    organisation = make.organisation()
    make.person("Zoé", "Unique")
    template = make.minutes("Visite de terrain", kind_id=kind.id, body_fr="<div>Présents :</div>")
    client.as_("staff")
    page = f"/relations/new?organisation={organisation.id}"
    more = client.submit(page, title="Point", body="<div>Avant</div>", minutes=str(template.id), fill="1")
    assert more.status_code == 200 and "Avant" in more.text and "Présents :" in more.text
    named = client.submit(page, title="Point", mention_name="Zoé Unique")
    assert named.status_code == 302
    assert "Mentionnés" in client.get(f"/organisations/{organisation.id}?tab=journal").text


@ON_SQLITE
def test_templates_of_minutes_are_written_archived_and_offered_again(client, make):
    make.interaction_kind("meeting")
    client.as_("admin")
    client.submit("/relations/minutes/new", name_fr="Réunion", body_fr="<div>Présents</div>")
    assert "Réunion" in client.get("/relations/new").text
    client.submit("/relations/minutes", to="/archive")
    assert "Réunion" not in client.get("/relations/new").text.partition("<main")[2].partition("minutes")[2]
    client.submit("/relations/minutes", to="/back")
    assert "Réunion" in client.get("/relations/new").text


# Who changed what


@ON_SQLITE
def test_the_page_of_an_exchange_says_who_changed_what_and_when(client, app, make):
    make.interaction_kind("meeting")
    organisation, other = make.organisation("Angers"), make.organisation("Brest")
    client.as_("staff", name="Camille")
    client.submit(f"/relations/new?organisation={organisation.id}", title="Avant", body="<div>Un</div>")
    with app.app_context():
        key = db.session.scalar(select(Interaction.id))
    client.submit(
        f"/relations/{key}/edit", title="Après", body="<div>Deux</div>",
        organisation=str(other.id), organisation_name="Brest",
    )  # fmt: skip
    page = client.get(f"/relations/{key}").text
    for part in ("1 modification", "Camille", "<del>Avant</del> → Après", "Un", "Brest"):
        assert part in page, part
