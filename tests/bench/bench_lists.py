"""The lists of people and organisations out of 100,000, and of people out of 500,000 at any depth, as served.

The floor is a bare Flask view on the same database: one Core query for fifty people in the same order,
each with role, organisation and address, and a Jinja table of them, nothing else.
"""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, select, text

from crm.db import db
from crm.directory import normal
from crm.directory.models import (
    Organisation,
    OrganisationKind,
    Person,
    PersonAddress,
    Role,
    Tag,
    organisation_tags,
    person_tags,
)
from crm.mail.models import Address
from crm.settings import services as settings
from tests.bench.harness import Verdict, at_most, job, under
from tests.conftest import sign_in

MANY, DEEP = 100_000, 500_000
ROLE = {"function": "Maire", "category": "elected", "is_main": True}
PART = 5_000
REQUESTS = 60
AT = datetime(2026, 1, 1, tzinfo=UTC)
GIVEN = ("Ada", "Chloé", "Émile", "Inès", "Jean-Noël", "Léa", "Théo", "Zoé")
FAMILY = ("Bœuf", "d’Ormesson", "Lefèvre", "Martin", "Nguyễn", "O’Brien", "Saint-Étienne")

TABLE = """<!doctype html><title>List</title>
<table><thead><tr><th></th><th>Name</th><th>Organisation</th><th>Address</th><th>Source</th></tr></thead><tbody>
{% for row in rows %}<tr>
<td><input type="checkbox" name="chosen" value="{{ row.id }}" aria-label="{{ row.family_name }}"></td>
<th><a href="/people/{{ row.id }}">{{ row.family_name }} {{ row.given_name }}</a></th>
<td><a href="/organisations/{{ row.organisation_id }}">{{ row.name }}</a>
<small>{{ row.function }}</small></td>
<td>{{ row.email }}</td><td>{{ row.source }}</td></tr>
{% endfor %}</tbody></table>"""


@job("People and organisations, page of 50 out of 100,000, as served")
def lists(app: Flask) -> Iterator[Verdict]:
    with app.app_context():
        engine = db.engine
        fill(engine)
    reader, bare = app.test_client(), bare_view(engine).test_client()
    sign_in(reader, "staff")
    deep = next_of(reader, "/people/?sort=name", pages=20)
    for part, address in (
        ("people", "/people/"),
        ("people, twenty pages on", deep),
        ("people, every column, latest change first", "/people/?sort=-updated&columns=" + "&columns=".join(
            ("organisation", "category", "email", "phone", "tags", "language", "updated", "created"))),
        ("organisations", "/organisations/"),
    ):  # fmt: skip
        ours, floor = p50(lambda at=address: open_(reader, at), lambda: open_(bare, "/"))  # type: ignore[misc]
        yield at_most(5, ours, floor, f"{part}, p50")
    ours, floor = p50(lambda: open_(reader, "/people/?q=ormes+emi"), lambda: open_(bare, "/"), runs=20)
    yield at_most(25, ours, floor, "people, searched by two parts of a name, p50")


@job("People, pages of 50 at any depth out of 500,000, as served")
def depths(app: Flask) -> Iterator[Verdict]:
    with app.app_context():
        fill(db.engine, DEEP)
        addresses = ["/people/", *(deep(place) for place in (50, 5_000, 100_000, 250_000, DEEP - 100))]
    reader = app.test_client()
    sign_in(reader, "staff")
    times: dict[str, list[float]] = {address: [] for address in addresses}
    for run in range(REQUESTS + 10):
        # In turns, so that a busy moment of the machine hits all alike.
        for address in addresses:
            began = perf_counter()
            open_(reader, address)
            if run >= 10:
                times[address].append(perf_counter() - began)
    yield under(15, max(median(each) for each in times.values()) * 1000, "ms", "p50 of the slowest depth")
    first, *others = (quantiles(each, n=20)[-1] for each in times.values())
    yield at_most(2, max(others), first, "p95 of the slowest depth to the first page's")


def deep(place: int) -> str:
    """The address of the page after that place in the order of names."""
    last = (
        select(Person.sort, Person.id)
        .where(Person.binned_at.is_(None))
        .order_by(Person.sort, Person.id)
        .offset(place - 1)
        .limit(1)
    )
    packed = json.dumps([False, *db.session.execute(last).one()])
    return f"/people/?cursor={base64.urlsafe_b64encode(packed.encode()).decode().rstrip('=')}"


def p50(ours: Callable[[], Any], floor: Callable[[], Any], runs: int = REQUESTS) -> tuple[float, float]:
    """The middle time of each, in turns, after ten that are not counted."""
    times: list[tuple[float, float]] = []
    for _ in range(runs + 10):
        began = perf_counter()
        ours()
        between = perf_counter()
        floor()
        times.append((between - began, perf_counter() - between))
    return median(t[0] for t in times[10:]), median(t[1] for t in times[10:])


def open_(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    page = answer.get_data(as_text=True)
    assert page.count("<tr>") == 51, page.count("<tr>")
    return page


def next_of(client: FlaskClient, address: str, *, pages: int) -> str:
    """The address that so many clicks on “next” lead to."""
    for _ in range(pages):
        page = client.get(address).get_data(as_text=True)
        address = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    return address


def bare_view(engine: Engine) -> Flask:
    bare = Flask("bare")
    rows = (
        select(
            Person.id, Person.given_name, Person.family_name, Person.source,
            Role.function, Role.organisation_id, Organisation.name, Address.email,
        )
        .outerjoin(Role, Role.person_id == Person.id)
        .outerjoin(Organisation, Organisation.id == Role.organisation_id)
        .outerjoin(PersonAddress, PersonAddress.person_id == Person.id)
        .outerjoin(Address, Address.id == PersonAddress.address_id)
        .where(Person.binned_at.is_(None))
        .order_by(Person.sort, Person.id)
        .limit(50)
    )  # fmt: skip

    @bare.get("/")
    def index() -> str:
        with engine.connect() as connection:
            return render_template_string(TABLE, rows=connection.execute(rows).all())

    return bare


def fill(engine: Engine, many: int = MANY) -> None:
    """People with an address, a role and tags; organisations with a kind and tags."""
    settings.set_up(name="Bench")
    db.session.commit()
    with engine.begin() as connection:
        kinds = list(connection.scalars(select(OrganisationKind.id)))
        connection.execute(insert(Tag), [{"id": n, "name": f"étiquette {n}"} for n in range(1, 31)])
        everybody = range(1, many + 1)
        for statement, row in (
            (insert(Organisation), lambda n: organisation(n, kinds)),
            (insert(Person), person),
            (insert(Address), lambda n: {"id": n, "email": f"personne{n}@example.org"}),
            (insert(PersonAddress), lambda n: {"person_id": n, "address_id": n}),
            (insert(Role), lambda n: {**ROLE, "person_id": n, "organisation_id": n}),
            (insert(person_tags), lambda n: {"person_id": n, "tag_id": n % 30 + 1}),
            (insert(organisation_tags), lambda n: {"organisation_id": n, "tag_id": n % 30 + 1}),
        ):
            for first in range(0, many, PART):
                connection.execute(statement, [row(n) for n in everybody[first : first + PART]])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def person(n: int) -> dict[str, Any]:
    given_name, family_name = GIVEN[n % 8], f"{FAMILY[n % 7]} {n}"
    return {
        "id": n,
        "given_name": given_name,
        "family_name": family_name,
        "source": "Annuaire",
        "search": normal.person_search(given_name, family_name),
        "sort": normal.person_sort(given_name, family_name),
        "created_at": AT,
        "updated_at": AT,
    }


def organisation(n: int, kinds: list[int]) -> dict[str, Any]:
    name = f"Commune de Villeneuve-{n}"
    return {
        "id": n,
        "name": name,
        "kind_id": kinds[n % len(kinds)],
        "city": f"Villeneuve-{n}",
        "postcode": f"{n % 95 + 1:02}000",
        "search": normal.organisation_search(name),
        "sort": normal.organisation_sort(name),
        "created_at": AT,
        "updated_at": AT,
    }
