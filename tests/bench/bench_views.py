"""A saved view with five conditions, two of them about participation, out of 500,000 people.

Measured is what the list does: the count, no further than 10,000, and the first page of fifty by name.
The floor is the same question in hand-written SQL, its tables joined by hand.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import text

from crm.db import db
from crm.directory import lists
from crm.directory.filters import Filter
from crm.directory.models import Organisation, Person, PersonAddress, Role, Tag, person_tags
from crm.events.models import Event, Invitation, Registration
from crm.mail.models import Address
from crm.web.tables import page_of
from crm.writing import insert_many
from tests.bench.harness import Verdict, job, seconds, under

MANY = 500_000
EVENTS = 200
PART = 20_000
AT = datetime(2026, 1, 1, tzinfo=UTC)
DAY = date(2026, 3, 2)

# Many fit; few do; nobody does: each must be found out in time.
VIEWS = {
    "many": "all(events.came.yes;event:any;since:2024-06-01,events.invited.no;event:200,"
    "role.now;category:elected,tag.has_not;value:3,address.yes)",
    "few": "all(events.came.yes;event:61,events.invited.yes;event:any;since:2023-01-01,"
    "role.now;function:maire,tag.has;value:1,language.is;value:fr)",
    "none": "all(events.came.yes;event:any;times:3,events.registered.withdrew;event:any,"
    "role.now;category:elected,tag.has;value:7,address.yes)",
    "any of two": "all(any(events.came.yes;event:149,events.came.yes;event:153),events.invited.no;event:200,"
    "role.now;category:elected,tag.has_not;value:3,address.yes)",
}  # fmt: skip
FLOOR = """
SELECT p.id FROM people p
WHERE p.binned_at IS NULL
  AND EXISTS (SELECT 1 FROM registrations r JOIN events e ON e.id = r.event_id
              WHERE r.person_id = p.id AND r.attendance = 'present' AND e.starts_at >= '2024-06-01')
  AND NOT EXISTS (SELECT 1 FROM invitations i WHERE i.person_id = p.id AND i.event_id = 200)
  AND EXISTS (SELECT 1 FROM roles o WHERE o.person_id = p.id AND o.category = 'elected'
              AND (o.begins_on IS NULL OR o.begins_on <= '2026-03-02')
              AND (o.ends_on IS NULL OR o.ends_on >= '2026-03-02'))
  AND NOT EXISTS (SELECT 1 FROM person_tags t WHERE t.person_id = p.id AND t.tag_id = 3)
  AND EXISTS (SELECT 1 FROM person_addresses a WHERE a.person_id = p.id)
"""


@job("A view of five conditions, two about participation, out of 500,000 people: count and first page")
def saved_views(app: Flask) -> Iterator[Verdict]:
    with app.app_context():
        fill()
        floor = seconds(by_hand, runs=3)
        for name, where in VIEWS.items():
            ours = seconds(lambda asked=where: page(asked), runs=3)  # type: ignore[misc]
            yield under(300, ours * 1_000, f"ms: {name}; hand-written {floor * 1_000:.0f} ms")


def page(where: str) -> Any:
    of = lists.PEOPLE
    rows = of.select(Filter(where=where), day=DAY).with_only_columns(*of.page_columns)
    found = page_of(db.session(), rows, of.order(""), cursor=None)
    db.session.rollback()
    return found


def by_hand() -> None:
    db.session.execute(text(f"SELECT count(*) FROM ({FLOOR} LIMIT 10001) AS few")).all()
    db.session.execute(text(f"{FLOOR} ORDER BY p.sort, p.id LIMIT 51")).all()
    db.session.rollback()


def fill() -> None:
    session = db.session()
    stamps = {"created_at": AT, "updated_at": AT}
    session.add_all([Tag(id=n, name=f"étiquette {n}") for n in range(1, 31)])
    session.add_all([event(n, stamps) for n in range(1, EVENTS + 1)])
    session.add_all(
        [Organisation(id=n, name=f"Ville {n}", sort=f"ville {n}", **stamps) for n in range(1, 1_001)]
    )
    session.commit()
    for table, row in made(stamps).items():
        for first in range(1, MANY + 1, PART):
            rows = [one for n in range(first, first + PART) for one in row(n)]
            insert_many(session, table, rows)
            session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def made(stamps: dict[str, Any]) -> dict[Any, Callable[[int], list[dict[str, Any]]]]:
    """For each table, the rows that belong to the person of that number."""
    tables: list[Any] = [model.__table__ for model in (Person, Address, PersonAddress, Role)]
    people, addresses, readers, roles = tables
    return {
        people: lambda n: [
            {"id": n, "given_name": "Ada", "family_name": f"Martin {n}", "search": f"martin {n} ada",
             "sort": f"{n * 7_919 % MANY:06} martin", "language": "en" if n % 10 == 0 else "fr", **stamps}
        ],
        addresses: lambda n: [{"id": n, "email": f"personne{n}@example.org"}],
        readers: lambda n: [{"person_id": n, "address_id": n}] if n % 20 else [],
        roles: lambda n: [
            {"person_id": n, "organisation_id": n % 1_000 + 1, "category": ("elected", "officer")[n % 2],
             "function": "Maire" if n % 6 == 0 else "Agent", "is_main": True}
        ],
        person_tags: lambda n: [{"person_id": n, "tag_id": n % 30 + 1}],
        Registration.__table__: lambda n: [
            {"person_id": n, "event_id": (n * k) % EVENTS + 1, "mode": "online", "seat": "confirmed",
             "token": f"r{n}-{k}", "badge": f"b{n}-{k}", "asked_at": AT,
             "attendance": ("present", "absent", "unknown")[n % 3]}
            for k in (1, 3) if n % 4 == 0 and (k == 1 or (n * 3) % EVENTS != n % EVENTS)
        ],
        Invitation.__table__: lambda n: [
            {"person_id": n, "event_id": (n * 7) % EVENTS + 1, "address_id": n, "token": f"i{n}",
             "invited_at": AT, "invited_by": "bench"}
        ],
    }  # fmt: skip


def event(n: int, stamps: dict[str, Any]) -> Event:
    starts = datetime(2023, 1, 1, 9, tzinfo=UTC) + timedelta(days=5 * n)
    ends = starts + timedelta(hours=2)
    return Event(
        id=n, uid=f"bench-{n}", slug=f"e-{n}", title=f"Webinaire {n}", starts_at=starts, ends_at=ends,
        starts_wall=starts.replace(tzinfo=None), ends_wall=ends.replace(tzinfo=None), **stamps,
    )  # fmt: skip
