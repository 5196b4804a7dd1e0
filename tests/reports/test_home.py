"""The home page: what must I do, what is coming, what is on its way, who is going cold."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event as events_of
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.mail.models import Delivery, DeliveryState, Dispatch, DispatchState, Purpose
from crm.relations.models import FollowUp
from crm.reports import queries

LONG_AGO = datetime(2025, 1, 6, 9, 0, tzinfo=UTC)
WALL = datetime(2024, 5, 5, 10, 0)  # noqa: DTZ001  (a wall time is naive)
MOST_QUERIES = 18


def plain(page) -> str:
    return page.text.replace("\u202f", " ").replace("\xa0", " ")


@pytest.fixture
def statements(app):
    """What was asked of the database while the list is watched."""
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            asked.append(statement)

    with app.app_context():
        engine = db.engine
    events_of.listen(engine, "before_cursor_execute", note)
    yield asked
    events_of.remove(engine, "before_cursor_execute", note)


def dispatch(app, make, *, title="Lettre de mai", state=DispatchState.LEAVING, **numbers):
    """Messages that leave together, so many in each state."""
    kept = make.add(
        Dispatch(
            subject="events:1",
            title=title,
            purpose=Purpose.INVITATION,
            state=state,
            created_at=clock.now(),
            created_by="x",
        )
    )
    number = 0
    for name, many in numbers.items():
        for _ in range(many):
            number += 1
            make.add(
                Delivery(
                    dispatch_id=kept.id,
                    kind="test",
                    subject_id=number,
                    address_id=make.address().id,
                    purpose=Purpose.INVITATION,
                    stamp=LONG_AGO,
                    not_before=LONG_AGO,
                    state=DeliveryState(name),
                    message_id=f"m{kept.id}-{number}",
                    token=f"t{kept.id}-{number}",
                    ended_at=LONG_AGO if name == "uncertain" else None,
                )
            )
    return kept


def test_an_empty_house_teaches_what_each_part_is_for(client):
    page = plain(client.as_("staff").get("/"))
    for sentence in ("Rien à faire", "Rien à l’agenda", "Aucun message en route", "Aucun échange"):
        assert sentence in page
    assert 'href="/relations/new"' in page


def test_my_follow_ups_stand_first_the_soonest_on_top_and_are_counted(client, make):
    client.as_("staff")
    mine = {"by": client.account, "organisations": [make.organisation()]}
    for what, due in (("Plus tard", date(2099, 1, 1)), ("Sans date", None), ("En retard", date(2026, 3, 3))):
        make.exchange(**mine, follow_up={"what": what, "due_on": due, "assigned_to": client.account})
    make.exchange(**mine, follow_up={"what": "À une autre", "assigned_to": make.account()})
    page = plain(client.get("/"))
    assert page.index("En retard</a>") < page.index("Plus tard</a>") < page.index("Sans date</a>")
    assert "À une autre" not in page
    assert "<strong>3</strong> <span>choses à faire" in page
    assert "<strong>1</strong> <span>en retard" in page


def test_next_events_come_with_their_numbers(client, make):
    make.event("Webinaire santé", capacity=30, city="Angers")
    make.event("Annulé", state="cancelled")
    make.event("Passé", starts_wall=WALL)
    page = plain(client.as_("viewer").get("/"))
    assert "Webinaire santé" in page and "0 places sur 30" in page and "Angers" in page
    assert "Annulé" not in page and "Passé" not in page


def test_mail_on_its_way_shows_how_much_is_gone(client, app, make):
    dispatch(app, make, queued=2, accepted=3)
    dispatch(app, make, title="Tout parti", accepted=1)
    dispatch(app, make, title="Annulée", state=DispatchState.CANCELLED, queued=1)
    page = plain(client.as_("staff").get("/"))
    assert "Lettre de mai" in page and "3 messages sur 5" in page
    assert "Tout parti" not in page and "Annulée" not in page


def test_messages_of_which_nobody_knows_are_not_kept_quiet(client, app, make):
    dispatch(app, make, uncertain=2)
    assert "Pour 2 messages, on ne sait pas" in plain(client.as_("staff").get("/"))


def test_every_number_leads_to_the_list_it_counts(client, make):
    client.as_("staff")
    cold = make.organisation("Ville lointaine")
    make.exchange(at=LONG_AGO, organisations=[cold], by=client.account)
    page = plain(client.get("/"))
    assert 'href="/relations/quiet"><strong>1</strong>' in page
    assert "Ville lointaine" in plain(client.get("/relations/quiet"))
    assert client.get("/relations/follow-ups?state=late").status_code == 200


def test_an_exchange_with_a_person_alone_says_with_whom(client, make):
    client.as_("staff")
    ada = make.person("Ada", "Martin")
    make.exchange(people=[ada], by=client.account)
    page = plain(client.get("/"))
    assert f'<a href="/people/{ada.id}">Ada Martin</a>' in page


def test_the_page_asks_as_little_of_a_full_house_as_of_an_empty_one(client, app, make, statements):
    client.as_("staff")
    for number in range(12):
        organisation = make.organisation(followed_by_id=client.account.id, created_at=LONG_AGO)
        make.exchange(
            at=LONG_AGO + timedelta(days=number),
            organisations=[organisation],
            by=client.account,
            follow_up={"what": f"Suite {number}", "assigned_to": client.account},
        )
        make.event(f"Webinaire {number}")
    dispatch(app, make, queued=2)
    statements.clear()
    assert client.get("/").status_code == 200
    assert len(statements) <= MOST_QUERIES, "\n".join(statements)


def test_a_follow_up_whose_exchange_is_in_the_bin_is_not_counted(session, make):
    from crm.relations import services

    me = make.account()
    exchange = make.exchange(
        organisations=[make.organisation()], by=me, follow_up={"what": "Rappeler", "assigned_to": me}
    )
    assert queries.to_do(me, today=date(2026, 3, 2)).number == 1
    services.bin(exchange, by=me, at=clock.now())
    assert queries.to_do(me, today=date(2026, 3, 2)).number == 0
    assert session.scalars(select(FollowUp)).one().done_at is None
