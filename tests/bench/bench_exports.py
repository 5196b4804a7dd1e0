"""The attendance list of 10,000 people in 12 columns, against plain SQL with csv and with XlsxWriter; and of
100,000, which takes ten times as long and no more memory."""

import csv
import io
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import xlsxwriter
from flask import Flask
from sqlalchemy import insert, text

from crm import clock
from crm.db import db
from crm.directory.models import Organisation, Person, Phone, Role
from crm.events import listing
from crm.events.models import Attendance, Event, Mode, Registration, Seat
from crm.events.queries import attendance
from crm.events.services import agenda
from crm.mail.models import Address
from crm.web import exports
from tests.bench.harness import Verdict, at_most, growth, job, side_by_side, under

ROWS = 10_000
MANY = 100_000
# What the types of public add to the usual columns is asked of the database row by row.
WITH_PUBLICS = (*listing.USUAL, *(key for key in listing.LABELS if key.startswith("public_")))
# The same rows and columns as a script without an application would ask for them.
PLAIN = """
    SELECT p.civility, r.given_name, r.family_name, a.email,
           (SELECT number FROM phones WHERE person_id = r.person_id ORDER BY position, id LIMIT 1),
           r.organisation_name, r.function, o.category, r.mode, r.seat, r.attendance, r.asked_at
    FROM registrations r
    JOIN people p ON p.id = r.person_id
    LEFT JOIN addresses a ON a.id = r.address_id
    LEFT JOIN roles o ON o.id = r.role_id
    WHERE r.event_id = :event AND r.seat <> 'withdrawn'
    ORDER BY r.search, r.id
"""


@job("Attendance list, 10,000 rows x 12 columns, CSV")
def attendance_csv(app: Flask) -> Iterator[Verdict]:
    with app.test_request_context():
        event = _full_event()
        ours, floor = side_by_side(lambda: _csv(event), lambda: _plain_csv(event.id))
    yield at_most(5, ours, floor)
    yield under(20, growth(_alone(app, event.id, _csv)), "MB more")


@job("Attendance list, 10,000 rows x 12 columns, XLSX")
def attendance_xlsx(app: Flask) -> Iterator[Verdict]:
    with app.test_request_context():
        event = _full_event()
        ours, floor = side_by_side(lambda: _xlsx(event), lambda: _plain_xlsx(event.id), runs=3)
    yield at_most(1.2, ours, floor)
    yield under(30, growth(_alone(app, event.id, _xlsx)), "MB more")


@job("Attendance list, 100,000 rows against 10,000, CSV")
def long_csv(app: Flask) -> Iterator[Verdict]:
    yield from _growing(app, _csv, runs=3)


@job("Attendance list, 100,000 rows against 10,000, XLSX")
def long_xlsx(app: Flask) -> Iterator[Verdict]:
    yield from _growing(app, _xlsx, runs=1)


@job("Attendance list, 100,000 rows against 10,000, CSV with types of public")
def long_publics(app: Flask) -> Iterator[Verdict]:
    yield from _growing(app, lambda event: _csv(event, WITH_PUBLICS), runs=1)


def _growing(app: Flask, work: Callable[[Event], int], *, runs: int) -> Iterator[Verdict]:
    """Ten times the rows may take ten times as long, with a fifth for what grows so, and 20 MB more.

    Counted is the time of the processor in this process: half a minute is seldom left to itself.
    """
    with app.test_request_context():
        few, many = _full_event(), _full_event(MANY, first=ROWS + 1)
        ours, floor = (min(_spent(work, event) for _ in range(runs)) for event in (many, few))
    yield at_most(12, ours, floor)
    small = growth(_alone(app, few.id, work))
    yield under(20, growth(_alone(app, many.id, work)) - small, "MB more")


def _spent(work: Callable[[Event], int], event: Event) -> float:
    began = time.process_time()
    work(event)
    return time.process_time() - began


def _csv(event: Event, keys: Sequence[str] = ()) -> int:
    columns = listing.columns(event, keys)
    rows = listing.rows(event, attendance.Chosen(), columns)
    return sum(len(chunk) for chunk in exports.csv_chunks(columns, listing.labels(columns), rows))


def _xlsx(event: Event) -> int:
    columns = listing.columns(event)
    rows = listing.rows(event, attendance.Chosen())
    with exports.xlsx_file(columns, listing.labels(columns), rows, title=event.title) as book:
        return book.seek(0, io.SEEK_END)


def _plain_rows(event_id: int) -> Any:
    return db.session.connection().exec_driver_sql(
        str(text(PLAIN).bindparams(event=event_id).compile(compile_kwargs={"literal_binds": True}))
    )


def _plain_csv(event_id: int) -> int:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerows(_plain_rows(event_id).cursor.fetchall())
    return len(out.getvalue().encode())


def _plain_xlsx(event_id: int) -> int:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "remove_timezone": True})
    sheet = book.add_worksheet()
    moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    for line, row in enumerate(_plain_rows(event_id).cursor.fetchall()):
        for place, value in enumerate(row[:-1]):
            if value:
                sheet.write_string(line, place, value)
        asked = row[-1]
        asked = datetime.fromisoformat(asked) if isinstance(asked, str) else asked
        sheet.write_datetime(line, len(row) - 1, asked, moment)
    book.close()
    return out.tell()


def _alone(app: Flask, event_id: int, work: Callable[[Event], int]) -> Callable[[], None]:
    """The work in a process of its own, on a connection of its own."""

    def run() -> None:
        with app.test_request_context():
            db.engine.dispose(close=False)
            work(db.session.get_one(Event, event_id))

    return run


def _full_event(number: int = ROWS, *, first: int = 1) -> Event:
    """An event with so many registrations, of people whose keys go up from `first`."""
    at = clock.now()
    starts = datetime(at.year + 1, 3, 26, 9, 30)  # noqa: DTZ001  (a wall time)
    ends = starts + timedelta(hours=8)
    event = agenda.create(title="Assises de la donnée", starts_wall=starts, ends_wall=ends, by="bench", at=at)
    words = {"created_at": at, "updated_at": at}
    if first == 1:
        db.session.execute(
            insert(Organisation), [{"id": n, "name": f"Commune {n}", **words} for n in range(1, 501)]
        )
    for start in range(first, first + number, ROWS):
        _people(event, range(start, min(start + ROWS, first + number)), at)
    db.session.commit()
    return event


def _people(event: Event, numbers: range, at: datetime) -> None:
    words = {"created_at": at, "updated_at": at}
    db.session.execute(insert(Address), [{"id": n, "email": f"personne{n}@example.org"} for n in numbers])
    db.session.execute(
        insert(Person),
        [{"id": n, "given_name": "Hélène", "family_name": f"Martin {n}", **words} for n in numbers],
    )
    db.session.execute(insert(Phone), [{"person_id": n, "number": f"+3324100{n:06}"} for n in numbers])
    db.session.execute(
        insert(Role),
        [{"id": n, "person_id": n, "organisation_id": n % 500 + 1, "function": "Maire"} for n in numbers],
    )
    db.session.execute(insert(Registration), [_registration(event, n, at) for n in numbers])
    db.session.flush()


def _registration(event: Event, n: int, at: datetime) -> dict[str, Any]:
    return {
        "event_id": event.id,
        "person_id": n,
        "role_id": n,
        "organisation_id": n % 500 + 1,
        "address_id": n,
        "given_name": "Hélène",
        "family_name": f"Martin {n}",
        "organisation_name": f"Commune {n % 500 + 1}",
        "function": "Maire, déléguée au numérique",
        "search": f"martin {n:05} helene",
        "mode": Mode.ONSITE,
        "seat": Seat.CONFIRMED,
        "attendance": Attendance.PRESENT if n % 3 else Attendance.UNKNOWN,
        "token": f"token-{n}",
        "asked_at": at,
    }
