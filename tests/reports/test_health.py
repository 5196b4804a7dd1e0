"""`flask doctor` and the health addresses."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from crm import clock
from crm.db import db
from crm.mail.models import Channel, Delivery, DeliveryState, Purpose
from crm.relations.models import InteractionFile
from tests.reports.test_home import dispatch


def doctor(app, *options):
    result = app.test_cli_runner().invoke(args=["doctor", *options])
    return result.exit_code, result.stdout


def told(app):
    code, out = doctor(app, "--json")
    return code, json.loads(out)


def test_an_empty_house_is_healthy(app):
    code, report = told(app)
    assert code == 0
    assert report["people"] == report["organisations"] == report["events"] == 0
    assert report["deliveries"] == {} and report["problems"] == []


def test_everything_kept_is_counted(app, make):
    make.person(organisation=make.organisation())
    make.person(binned_at=clock.now())
    make.event()
    make.exchange(organisations=[make.organisation()])
    dispatch(app, make, accepted=2, delivered=1)
    _, report = told(app)
    assert (report["people"], report["organisations"], report["events"], report["interactions"]) == (
        1,
        2,
        1,
        1,
    )
    assert report["deliveries"] == {"accepted": 2, "delivered": 1}


def problem(app) -> str:
    code, report = told(app)
    assert code == 1
    return " ".join(report["problems"])


def test_messages_uncertain_for_more_than_an_hour_are_a_problem(app, make):
    dispatch(app, make, uncertain=1)
    assert "1 messages are uncertain" in problem(app)


def test_messages_that_wait_while_nobody_works_are_a_problem(app, make):
    dispatch(app, make, queued=3)
    assert "3 messages are due and the worker was never seen" in problem(app)


def test_a_provider_that_refuses_us_is_a_problem(app, make):
    make.add(Channel(name="smtp", needs_person=True, reason="Bad password"))
    assert "smtp" in problem(app)


def test_a_file_that_is_gone_is_a_problem(app, make):
    exchange = make.exchange(organisations=[make.organisation()])
    make.add(
        InteractionFile(
            interaction_id=exchange.id, name="a.pdf", media_type="application/pdf", size=1, stored_as="0" * 32
        )
    )
    assert "“a.pdf”" in problem(app)


def test_more_seats_taken_than_there_are_is_a_problem(app, make):
    from crm.events.models import Mode, Registration, Seat

    event = make.event("Petit atelier", capacity=1)
    for number in range(2):
        make.add(
            Registration(
                event_id=event.id,
                person_id=make.person().id,
                mode=Mode.ONSITE,
                seat=Seat.CONFIRMED,
                token=f"t{number}",
                asked_at=clock.now(),
            )
        )
    assert "2 seats taken of 1" in problem(app)


def test_a_full_room_is_no_problem_while_people_follow_online(app, make):
    from crm.events.models import Format, Mode, Registration, Seat

    event = make.event("Colloque", format=Format.HYBRID, capacity=1, capacity_online=1)
    for mode in Mode:
        facts = {"mode": mode, "seat": Seat.CONFIRMED, "token": f"t{mode}", "asked_at": clock.now()}
        make.add(Registration(event_id=event.id, person_id=make.person().id, **facts))
    assert told(app)[1]["problems"] == []


# PostgreSQL never lets it come to that.
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_rows_that_name_what_is_not_there_are_a_problem(app, make):
    with app.app_context(), db.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("INSERT INTO interaction_organisations VALUES (1, 999)")
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
    assert "interaction_organisations" in problem(app)


@pytest.fixture
def old_schema(app):
    """A database that an older program left."""
    with app.app_context():
        newest = db.session.scalar(text("SELECT version_num FROM alembic_version"))
        db.session.execute(text("UPDATE alembic_version SET version_num = '0001_accounts_and_association'"))
        db.session.commit()
    yield
    with app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest})
        db.session.commit()


def test_an_older_database_is_a_problem_and_not_ready(app, client, old_schema):
    assert "flask db upgrade" in problem(app)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json == {"ready": False, "database": True, "schema": False, "space": True}


def test_without_json_it_reads_like_a_list(app, make):
    make.person()
    code, out = doctor(app)
    assert code == 0 and "people" in out and "Nothing is wrong." in out


def test_whether_the_house_stands_is_told_to_anyone(client):
    assert client.get("/health/live").json == {"live": True}
    assert client.get("/health/ready").json == {
        "ready": True,
        "database": True,
        "schema": True,
        "space": True,
    }


def test_a_message_uncertain_since_a_minute_is_none_yet(app, make):
    make.add(
        Delivery(
            kind="test",
            subject_id=1,
            address_id=make.address().id,
            purpose=Purpose.SERVICE,
            stamp=clock.now(),
            not_before=clock.now(),
            state=DeliveryState.UNCERTAIN,
            message_id="m",
            token="t",
            ended_at=clock.now() - timedelta(minutes=1),
        )
    )
    assert told(app)[1]["problems"] == []
