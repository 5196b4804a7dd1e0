"""Subscribing on a public form: nothing holds before the mailbox has confirmed it."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from crm import clock
from crm.db import db
from crm.directory.models import Person, Tag
from crm.mail import purposes, queries, wishes
from crm.mail import services as outbox
from crm.mail.addresses import BadAddress
from crm.mail.models import Address, Delivery, Objection, Purpose, Wish
from crm.mailings.subscribing import services
from crm.mailings.subscribing.models import Subscription
from crm.mailings.subscribing.services import Asked
from crm.mailings.views import subscribe
from crm.web import links
from tests.make import EARLY, Make
from tests.outbox import MemorySender, courier, send_due
from tests.pages import Browser

LATER = EARLY + timedelta(hours=1)
ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def _asked(email: str = "ada@example.org", **facts: Any) -> Asked:
    told = {"given_name": "Ada", "family_name": "Roux", "wanted": ["newsletter"], "language": "fr"}
    return Asked(email=email, **{**told, **facts})


def number(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_before_it_is_confirmed_there_is_a_mail_and_nothing_else(session: Session, make: Make) -> None:
    form = make.subscription_form()
    services.ask(form, _asked(), at=EARLY)
    session.commit()
    assert (number(session, Person), number(session, Wish)) == (0, 0)
    [message] = send_due(at=EARLY)
    assert message.to == "ada@example.org" and "/subscribe/notre-lettre/confirm/" in message.text
    # It answers what was asked: nobody can have unsubscribed from it.
    assert session.scalars(select(Delivery.purpose)).all() == [Purpose.SERVICE]


def test_confirming_makes_the_person_and_keeps_the_consent_with_its_words_and_instant(
    session: Session, make: Make
) -> None:
    tag = make.add(Tag(name="abonnés"))
    key = make.purpose("Appels à projets", explained_fr="Les aides ouvertes").key
    form = make.subscription_form(purposes=["newsletter", key], tag_id=tag.id, text_fr="Chaque mois")
    subscription = services.ask(form, _asked(wanted=[key]), at=EARLY)
    person = services.confirm(subscription, at=LATER)
    assert (person.name, [one.name for one in person.tags]) == ("Ada Roux", ["abonnés"])
    [wish] = session.scalars(select(Wish)).all()
    assert (wish.purpose, wish.is_wanted, wish.at, wish.person_id) == (key, True, LATER, person.id)
    assert wish.text == "Notre lettre. Chaque mois — Appels à projets. Les aides ouvertes"
    assert (wish.source, wish.language) == ("form:notre-lettre", "fr")
    assert key in wishes.standing(subscription.address_id)
    # A second time changes nothing.
    assert services.confirm(subscription, at=LATER) is person
    assert number(session, Wish) == number(session, Person) == 1


def test_who_reads_the_address_already_is_that_person_and_keeps_their_name(
    session: Session, make: Make
) -> None:
    known = make.person("Adélaïde", "Roux", email="ada@example.org")
    form = make.subscription_form()
    assert services.confirm(services.ask(form, _asked(), at=EARLY), at=LATER) is known
    assert known.given_name == "Adélaïde"
    others = [make.person(name, "X", email="mairie@example.org") for name in ("Bob", "Cléo")]
    again = services.ask(form, _asked("mairie@example.org", given_name="CLEO", family_name="x"), at=EARLY)
    assert services.confirm(again, at=LATER) is others[1]
    third = services.ask(form, _asked("mairie@example.org", given_name="Dan"), at=EARLY)
    assert services.confirm(third, at=LATER).given_name == "Dan"


def test_confirming_ends_an_objection_and_asking_alone_does_not(session: Session, make: Make) -> None:
    address = make.address("ada@example.org")
    wishes.object_also(address.id, "newsletter", source="one-click", at=EARLY)
    subscription = services.ask(make.subscription_form(), _asked(), at=EARLY)
    assert number(session, Objection) == 1
    services.confirm(subscription, at=LATER)
    assert queries.objections(address.id) == frozenset()


def test_asked_for_twice_only_the_last_link_holds(session: Session, make: Make) -> None:
    form = make.subscription_form()
    first = services.ask(form, _asked(), at=EARLY)
    old = str(session.scalars(select(Delivery.facts)).one()["link"])
    assert services.by_link(form, old) is first
    second = services.ask(form, _asked(given_name="A."), at=EARLY)
    assert second is first and services.by_link(form, old) is None
    session.commit()
    # The earlier mail is replaced where it has not left yet.
    assert len(send_due(at=EARLY)) == 1
    with pytest.raises(links.BadLink):
        services.by_link(form, old[:-2])
    with pytest.raises(links.BadLink):
        services.by_link(form, links.sign("another", [first.id, 2]))


def test_what_nobody_confirmed_is_forgotten_with_its_mail_and_its_address(
    session: Session, make: Make
) -> None:
    form = make.subscription_form()
    make.person(email="known@example.org")
    done = services.ask(form, _asked("yes@example.org"), at=EARLY)
    services.confirm(done, at=EARLY)
    for email in ("ada@example.org", "known@example.org"):
        services.ask(form, _asked(email), at=EARLY)
    assert services.forget_expired(at=EARLY + timedelta(days=6)) == 0
    assert services.forget_expired(at=EARLY + timedelta(days=8)) == 2
    session.commit()
    left = set(session.scalars(select(Address.email)))
    assert left == {"known@example.org", "yes@example.org"}
    assert session.scalars(select(Subscription.id)).all() == [done.id]
    assert number(session, Delivery) == 1


def test_a_form_that_is_closed_or_whose_purposes_are_archived_takes_nobody(
    session: Session, make: Make
) -> None:
    purpose = make.purpose()
    form = make.subscription_form(purposes=[purpose.key])
    waiting = services.ask(form, _asked(wanted=[purpose.key]), at=EARLY)
    purposes.archive(purpose)
    for act in (
        lambda: services.ask(form, _asked(wanted=[purpose.key]), at=EARLY),
        lambda: services.confirm(waiting, at=EARLY),
    ):
        with pytest.raises(services.FormClosed):
            act()
    with pytest.raises(services.NothingWanted):
        services.ask(make.subscription_form("Autre"), _asked(wanted=["mobilisation"]), at=EARLY)
    with pytest.raises(BadAddress):
        services.ask(make.subscription_form("Autre"), _asked("ada"), at=EARLY)


# Pages


def _typed(**facts: Any) -> dict[str, Any]:
    return {"email": "ada@example.org", "given_name": "Ada", "wanted": "newsletter", **facts}


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """People take longer than robots: here each form was shown three seconds ago."""
    stamp = subscribe.Trap.stamp
    early = timedelta(seconds=3)
    monkeypatch.setattr(
        subscribe.Trap, "stamp", lambda trap, subject, *, at: stamp(trap, subject, at=at - early)
    )


@ON_ONE_ENGINE
def test_the_whole_way_without_a_script_where_opening_the_link_confirms_nothing(
    app: Flask, client: Browser, make: Make, later: None
) -> None:
    form = make.subscription_form("Notre lettre", text_fr="Chaque mois.")
    page = client.get(f"/subscribe/{form.slug}").text
    assert "Chaque mois." in page and "checked" not in page.partition("<main")[2]
    answer = client.submit(f"/subscribe/{form.slug}", **_typed())
    assert answer.headers["Location"] == f"/subscribe/{form.slug}/thanks"
    with app.app_context():
        sender = MemorySender()
        courier(sender, at=clock.now()).run()
    [message] = sender.messages
    address = next(word for word in message.text.split() if "/confirm/" in word)
    path = address.partition("8000")[2] or address
    assert "Oui, écrivez-moi" in client.get(path).text
    with app.app_context():
        assert db.session.scalars(select(Wish)).all() == []
    client.submit_and_follow(path)
    assert "Votre abonnement est confirmé" in client.get(path).text
    with app.app_context():
        assert [one.source for one in db.session.scalars(select(Wish))] == [f"form:{form.slug}"]
        person = db.session.scalars(select(Person)).one()
    shown = client.as_("staff").get(f"/mailings/forms/{form.id}").text
    assert "ada@example.org" in shown and "Ada" in client.get(f"/people/{person.id}").text


@ON_ONE_ENGINE
def test_known_unknown_and_robots_get_the_same_answer(
    app: Flask, client: Browser, make: Make, later: None
) -> None:
    form = make.subscription_form()
    make.person(email="known@example.org")
    url = f"/subscribe/{form.slug}"
    answers = {
        client.submit(url, **_typed(**facts)).headers["Location"]
        for facts in ({"email": "known@example.org"}, {"email": "new@example.org"}, {"website": "spam"})
    }
    assert answers == {f"{url}/thanks"}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Subscription)) == 2


@ON_ONE_ENGINE
def test_who_an_address_belongs_to_shows_neither_in_the_answer_nor_in_the_work_it_takes(
    app: Flask, client: Browser, make: Make, later: None
) -> None:
    """Whatever is known of an address, the page says and does the same: no list can be tried out on it."""
    form = make.subscription_form()
    make.person(email="known@example.org")
    with app.app_context():
        known = db.session.merge(form)
        services.confirm(services.ask(known, _asked("reader@example.org"), at=EARLY), at=EARLY)
        wishes.object_also(make.address("no@example.org").id, "newsletter", source="one-click", at=EARLY)
        outbox.hold(make.address("gone@example.org"), reason="gone", at=EARLY)
        db.session.commit()
    url = f"/subscribe/{form.slug}"
    client.submit(url, **_typed(email="first@example.org"))
    answers, work = set(), {}
    for who in ("known", "reader", "no", "gone", "unknown"):
        action, fields = client.filled(url, **_typed(email=f"{who}@example.org"))
        with statements(app) as asked:
            answer = client.post(action, data=fields)
        page = client.get(answer.headers["Location"]).text
        answers.add((answer.status_code, answer.headers["Location"], len(answer.data), page))
        work[who] = asked
    assert len(answers) == 1
    # One that is new is written down, told in the history and found by the search box: no mail, no sum more.
    more = {kind.split()[-1] for kind in work["unknown"] - work["known"]}
    assert {table for table in more if not table.startswith("search_")} == {"addresses", "changes"}
    assert work["known"] - work["unknown"] == Counter()
    assert work["known"] == work["reader"] == work["no"] == work["gone"]


@contextmanager
def statements(app: Flask) -> Iterator[Counter[str]]:
    """How often each kind of statement was sent, by its verb and table."""
    asked: Counter[str] = Counter()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found = re.search(r"(INSERT INTO|UPDATE|DELETE FROM|FROM) (\w+)", statement)
        if found:
            asked[f"{found[1]} {found[2]}"] += 1

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


@ON_ONE_ENGINE
def test_one_mailbox_is_not_flooded_and_haste_is_refused(
    app: Flask, client: Browser, make: Make, monkeypatch: pytest.MonkeyPatch, later: None
) -> None:
    url = f"/subscribe/{make.subscription_form().slug}"
    for n in range(4):
        assert client.submit(url, **_typed(email=f"ada+{n}@example.org")).status_code == 302
    assert client.submit(url, **_typed(email="ada+x@example.org")).status_code == 429
    monkeypatch.undo()
    assert client.submit(url, **_typed(email="zoe@example.org")).status_code == 422
    nothing = client.submit(url, **_typed(email="zoe@example.org", wanted=None))
    assert nothing.status_code == 422 and "Cochez ce que vous voulez recevoir" in nothing.text


@ON_ONE_ENGINE
def test_whoever_goes_back_and_types_a_colleague_asks_for_both(
    app: Flask, client: Browser, make: Make, later: None
) -> None:
    url = f"/subscribe/{make.subscription_form().slug}"
    action, fields = client.filled(url, **_typed())
    for typed in ({}, {}, {"email": "blaise@example.org", "given_name": "Blaise"}):
        assert client.post(action, data={**fields, **typed}).headers["Location"] == f"{url}/thanks"
    with app.app_context():
        mailboxes = select(Address.email).join(Delivery).order_by(Delivery.id)
        assert list(db.session.scalars(mailboxes)) == ["ada@example.org", "blaise@example.org"]


@ON_ONE_ENGINE
def test_staff_makes_a_form_and_others_only_look(client: Browser, make: Make) -> None:
    staff = client.as_("staff")
    refused = staff.submit("/mailings/forms/new", title_fr="La lettre")
    assert refused.status_code == 422 and "Choisissez au moins une finalité" in refused.text
    made = staff.submit("/mailings/forms/new", title_fr="La lettre", purposes="newsletter")
    url = made.headers["Location"]
    assert "/subscribe/la-lettre" in staff.get(url).text
    staff.submit(f"{url}/edit", title_en="The letter", is_open=None)
    assert "La lettre" in staff.get("/mailings/forms").text
    assert client.get("/subscribe/la-lettre").status_code == 410
    viewer = client.as_("viewer")
    assert viewer.get(url).status_code == 200 and viewer.get(f"{url}/edit").status_code == 403


@ON_ONE_ENGINE
def test_whoever_types_an_address_again_and_again_has_it_written_to_a_few_times_only(
    session: Session, make: Make
) -> None:
    form = make.subscription_form()
    for hours in range(12):
        services.ask(form, _asked(), at=EARLY + timedelta(hours=hours))
    session.commit()
    assert number(session, Delivery) == services.MOST_MAILS
    # The last of them can still be confirmed.
    [subscription] = session.scalars(select(Subscription)).all()
    assert services.confirm(subscription, at=EARLY + timedelta(hours=13)).name == "Ada Roux"


@ON_ONE_ENGINE
def test_a_title_of_a_form_is_one_line(session: Session, make: Make) -> None:
    assert make.subscription_form("Lettre\r\nBcc: x@example.org").title_fr == "Lettre Bcc: x@example.org"
