"""The Monday list by mail: in the office's morning, once, to whoever wants it."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.mail.models import Delivery, DeliveryState
from crm.relations.cold import services
from crm.relations.cold.models import Whose
from crm.relations.cold.tasks import send_lists
from tests.make import EARLY
from tests.outbox import send_due

# Mondays at seven in Paris: a common one, and the ones after the nights on which clocks change.
MONDAYS = [date(2026, 6, 1), date(2026, 3, 30), date(2026, 10, 26)]


def seven(monday, *, minutes=0):
    wall = datetime(monday.year, monday.month, monday.day, 7, 0)  # noqa: DTZ001  (a wall)
    return clock.instant(wall, clock.PARIS) + timedelta(minutes=minutes)


def send(at):
    return send_lists(at=at, zone=clock.PARIS)


def wanted(make, whose=Whose.ALL, right="director", **facts):
    account = make.account(right, **facts)
    services.wish(account, whose, at=EARLY)
    db.session.commit()
    return account


@pytest.fixture
def cold(session, make):
    organisation = make.organisation("Agence ORE")
    make.person("Ana", "Roux", organisation=organisation)
    make.partnership(organisation, rhythm_days=10)
    make.exchange("Point d’étape", organisations=[organisation], follow_up={"what": "Envoyer le bilan"})
    return organisation


@pytest.mark.parametrize("monday", MONDAYS, ids=str)
def test_the_list_leaves_from_seven_on_and_once_however_often_it_is_looked_for(session, make, cold, monday):
    wanted(make)
    assert send(seven(monday, minutes=-1)) == 0
    assert send(seven(monday)) == 1
    assert [send(seven(monday, minutes=minutes)) for minutes in (0, 1, 60, 900)] == [0, 0, 0, 0]
    assert send(seven(monday) + timedelta(days=1)) == 0
    assert send(seven(monday + timedelta(days=7))) == 1


def test_it_says_who_is_cold_what_was_promised_whom_we_know_and_leads_to_the_pages(session, make, cold):
    wanted(make, name="Claire Morvan")
    send(seven(MONDAYS[0]))
    (message,) = send_due(at=seven(MONDAYS[0], minutes=1))
    assert message.subject == "1 relation à relancer"
    for words in ("Claire Morvan", "Agence ORE", "à relancer depuis", "Envoyer le bilan", "Ana Roux"):
        assert words in message.text.replace("\u202f", " "), words
    assert f"/organisations/{cold.id}" in message.html and "/relations/quiet" in message.html


def test_a_monday_without_anybody_cold_sends_nothing_and_says_so_in_the_outbox(session, make):
    wanted(make)
    assert send(seven(MONDAYS[0])) == 1
    assert send_due(at=seven(MONDAYS[0], minutes=1)) == []
    delivery = session.scalars(select(Delivery)).one()
    assert delivery.state is DeliveryState.SUPPRESSED and "cold" in str(delivery.reason)


def test_ones_own_list_has_only_what_one_follows_and_who_steers_no_more_gets_that_one(session, make, cold):
    mine, was_director = wanted(make, Whose.MINE, "staff"), wanted(make)
    make.partnership(make.organisation("Ekitia"), owner=mine, rhythm_days=5)
    was_director.right = "staff"
    session.commit()
    send(seven(MONDAYS[0]))
    kept = {row.subject_id: row.facts for row in session.scalars(select(Delivery))}
    assert kept[mine.id]["number"] == 1 and kept[was_director.id]["number"] == 0


def test_who_chose_it_this_morning_or_was_closed_or_wants_it_no_more_gets_none(session, make, cold):
    late, closed, gone = make.account("director"), wanted(make), wanted(make)
    services.wish(late, Whose.ALL, at=seven(MONDAYS[0], minutes=5))
    services.wish(gone, None, at=EARLY)
    closed.is_open = False
    session.commit()
    assert send(seven(MONDAYS[0], minutes=10)) == 0


def test_two_workers_at_the_same_minute_queue_one_message(app, make):
    organisation = make.organisation("Agence ORE")
    make.partnership(organisation, rhythm_days=10)
    account = make.account("director")
    with app.app_context():
        services.wish(account, Whose.ALL, at=EARLY)
        db.session.commit()
    start, queued = threading.Barrier(2), []

    def work():
        with app.app_context():
            start.wait()
            queued.append(send(seven(MONDAYS[0])))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with app.app_context():
        assert len(db.session.scalars(select(Delivery)).all()) == 1
    assert sorted(queued) in ([0, 1], [1, 1])


# The page


sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LONG_AGO = datetime(2025, 1, 6, 9, 0, tzinfo=UTC)


@pytest.fixture
def director(client, make):
    client.as_("director", name="Claire Morvan")
    client.organisation = make.organisation("Agence ORE")
    make.partnership(client.organisation, owner=client.account, at=LONG_AGO)
    return client


@sqlite
def test_a_line_is_planned_left_alone_and_taken_back_with_a_button_each(director):
    assert "à relancer depuis" in director.get("/relations/quiet").text
    director.submit("/relations/quiet", to="/plan", due="2099-01-05")
    page = director.get("/relations/quiet?part=planned").text
    assert "Prendre des nouvelles de Agence ORE" in page
    left = director.submit_and_follow("/relations/quiet?part=planned", to="/leave").text
    assert "laissée de côté jusqu’au" in left
    page = director.get("/relations/quiet?part=left").text
    assert "Agence ORE" in page and "Claire Morvan" in page
    director.submit("/relations/quiet?part=left", to="/take-back")
    assert "Agence ORE" in director.get("/relations/quiet?part=planned").text


@sqlite
def test_the_page_shows_partners_once_there_are_any_and_all_others_when_asked(director, make):
    make.exchange(at=LONG_AGO, organisations=[make.organisation("Ville lointaine")])
    assert "Ville lointaine" not in director.get("/relations/quiet").text
    assert "Ville lointaine" in director.get("/relations/quiet?scope=all").text
    assert "Agence ORE" in director.get("/relations/quiet?who=me").text


@sqlite
def test_each_account_chooses_whether_the_list_comes_by_mail(director):
    assert "chaque lundi matin" in director.submit_and_follow("/relations/quiet", whose="all").text
    _, fields = director.filled("/relations/quiet", to="/monday-mail")
    assert fields["whose"] == "all"
    assert "Aucun courriel" in director.submit_and_follow("/relations/quiet", whose="").text
    staff = director.as_("staff").get("/relations/quiet").text
    assert 'value="mine"' in staff and 'value="all"' not in staff


@sqlite
def test_the_settings_say_whether_a_kind_counts_and_the_list_follows(director, make):
    note = make.interaction_kind("note")
    make.exchange(at=clock.now() - timedelta(days=1), organisations=[director.organisation], kind=note)
    assert "Agence ORE" not in director.get("/relations/quiet").text
    director.as_("admin").submit(f"/settings/lists/interaction_kinds/{note.id}", counts=None)
    assert "Agence ORE" in director.get("/relations/quiet").text
