"""Public registration as served by gunicorn, one web process, eight people at a time; and the page of
an event with ten thousand registrations.

Each registration comes from another network, as X-Forwarded-For of one trusted proxy says, with a form
of its own that was shown a second before: nothing that protects the form is turned off. The floor of
registration is a bare view that locks, counts and inserts, served alike on the same database; that of
the page a bare view of one query and a table, as for the lists of people.
"""

import http.client
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Flask, render_template_string
from sqlalchemy import Engine, func, insert, select, text

from crm.db import db
from crm.directory.models import Person
from crm.events import robots
from crm.events.models import Event, EventState, Mode, Registration, Seat, new_badge
from crm.events.services import agenda
from crm.mail.models import Address
from crm.settings import services as settings
from tests.bench.bench_lists import TABLE, open_, p50
from tests.bench.harness import Verdict, at_least, at_most, job, over
from tests.bench.serving import served
from tests.conftest import sign_in

CLIENTS, PEOPLE, SEATS = 8, 800, 500
MUST = {"postgresql": 100, "sqlite": 60}
SHARE = 0.1  # of the floor's rate
AT = datetime(2030, 1, 7, 9, tzinfo=UTC)
FIELD = re.compile(r'<input[^>]*name="(csrf_token|form_key|shown)"[^>]*value="([^"]*)"')
MANY = 10_000


@job("Public registration, 8 at a time, one web process")
def registering(app: Flask) -> Iterator[Verdict]:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    with app.app_context():
        kind = db.engine.dialect.name
        slug = _event(capacity=SEATS).slug
    environ = {
        "DATA_DIR": str(app.config["DATA_DIR"]),
        "DATABASE_URL": url,
        "SECRET_KEY": app.config["SECRET_KEY"],
        "PROXY_HOPS": "1",
    }
    with served("wsgi:app", environ) as port:
        forms = _all(lambda number: _shown(port, slug, number))
        time.sleep(robots.QUICKEST.total_seconds() + 0.2)
        began = time.perf_counter()
        answers = _all(lambda number: _send(port, slug, number, forms[number]))
        ours = PEOPLE / (time.perf_counter() - began)
    assert set(answers) == {302}, sorted(set(answers))
    with app.app_context():
        rows = select(Registration.seat, func.count()).group_by(Registration.seat)
        seats = {seat: number for seat, number in db.session.execute(rows)}
        _floor_tables()
    assert seats == {Seat.CONFIRMED: SEATS, Seat.WAITING: PEOPLE - SEATS}, seats
    with served("tests.bench.registration_floor:app", {"FLOOR_DATABASE": url}) as port:
        began = time.perf_counter()
        _all(lambda number: _bare(port, number))
        floor = PEOPLE / (time.perf_counter() - began)
    yield over(MUST[kind], ours, "registrations/s", "none lost, none oversold")
    yield at_least(SHARE, ours, floor, part="against a bare locked insert")


def _event(*, capacity: int | None, title: str = "Webinaire") -> Event:
    settings.set_up(name="Bench")
    event = agenda.create(
        by="bench",
        at=AT,
        title=title,
        starts_wall=datetime(2031, 1, 6, 14),  # noqa: DTZ001  (a wall)
        ends_wall=datetime(2031, 1, 6, 16),  # noqa: DTZ001
        capacity=capacity,
    )
    event.state = EventState.OPEN
    db.session.commit()
    return event


def _all(act: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(CLIENTS) as crowd:
        return list(crowd.map(act, range(PEOPLE)))


def _network(number: int) -> dict[str, str]:
    return {"X-Forwarded-For": f"198.18.{number // 250}.{number % 250 + 1}"}


def _shown(port: int, slug: str, number: int) -> dict[str, str]:
    """The form as one person sees it: its hidden fields, and the cookie that goes with them."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", f"/e/{slug}", headers=_network(number))
    answer = connection.getresponse()
    page, cookie = answer.read().decode(), (answer.getheader("Set-Cookie") or "").partition(";")[0]
    connection.close()
    return {**dict(FIELD.findall(page)), "cookie": cookie}


def _send(port: int, slug: str, number: int, form: dict[str, str]) -> int:
    fields = {name: value for name, value in form.items() if name != "cookie"}
    person = {"given_name": "Ada", "family_name": f"Martin {number}", "email": f"ada{number}@example.org"}
    headers = {
        **_network(number), "Cookie": form["cookie"], "Content-Type": "application/x-www-form-urlencoded",
    }  # fmt: skip
    return _post(port, f"/e/{slug}", {**fields, **person}, headers)


def _bare(port: int, number: int) -> int:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return _post(port, "/", {"email": f"ada{number}@example.org"}, headers)


def _post(port: int, path: str, fields: dict[str, str], headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, urlencode(fields), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def _floor_tables() -> None:
    for statement in (
        "CREATE TABLE floor_events (id INTEGER PRIMARY KEY, capacity INTEGER)",
        f"INSERT INTO floor_events VALUES (1, {SEATS})",
        "CREATE TABLE floor_seats (event_id INTEGER, email VARCHAR, seat VARCHAR)",
        "CREATE INDEX ix_floor_seats ON floor_seats (event_id, seat)",
    ):
        db.session.execute(text(statement))
    db.session.commit()


@job("Registrations of an event with 10,000, page of 50, as served")
def page(app: Flask) -> Iterator[Verdict]:
    with app.app_context():
        key = _event(capacity=None).id
        engine = db.engine
        db.session.remove()
        _fill(engine, key)
    reader, bare = app.test_client(), _bare_view(engine, key).test_client()
    sign_in(reader, "staff")
    for part, address in (("first page, p50", ""), ("searched by name, p50", "?q=martin+99")):
        ours, floor = p50(
            lambda at=address: open_(reader, f"/events/{key}/registrations{at}"),  # type: ignore[misc]
            lambda: open_(bare, "/"),
        )
        yield at_most(5, ours, floor, part)


def _fill(engine: Engine, event_id: int) -> None:
    numbers = range(1, MANY + 1)
    with engine.begin() as connection:
        connection.execute(
            insert(Person),
            [
                {
                    "id": n, "given_name": "Ada", "family_name": f"Martin {n}", "sort": f"martin {n:05} ada",
                    "search": f"martin {n:05} ada", "created_at": AT, "updated_at": AT,
                }
                for n in numbers
            ],
        )  # fmt: skip
        connection.execute(insert(Address), [{"id": n, "email": f"ada{n}@example.org"} for n in numbers])
        connection.execute(
            insert(Registration),
            [
                {
                    "event_id": event_id, "person_id": n, "address_id": n, "given_name": "Ada",
                    "family_name": f"Martin {n}", "search": f"martin {n:05} ada", "mode": Mode.ONSITE,
                    "seat": Seat.CONFIRMED, "token": f"t{n}", "badge": new_badge(),
                    "asked_at": AT + timedelta(seconds=n),
                }
                for n in numbers
            ],
        )  # fmt: skip
    # As autovacuum leaves it a minute later.
    tidy = "VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(tidy))


def _bare_view(engine: Engine, event_id: int) -> Flask:
    bare = Flask("bare")
    rows = (
        select(
            Registration.id, Registration.given_name, Registration.family_name, Registration.source,
            Registration.function, Registration.organisation_id,
            Registration.organisation_name.label("name"), Address.email,
        )
        .outerjoin(Address, Address.id == Registration.address_id)
        .where(Registration.event_id == event_id, Registration.seat != Seat.WITHDRAWN)
        .order_by(Registration.search, Registration.id)
        .limit(50)
    )  # fmt: skip

    @bare.get("/")
    def index() -> str:
        with engine.connect() as connection:
            return render_template_string(TABLE, rows=connection.execute(rows).all())

    return bare
