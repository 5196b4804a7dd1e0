"""An audience of 100,000 with every reason there is, reckoned and written down, against bare inserts."""

import time
from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import func, insert, select, text

from crm import clock
from crm.db import db, is_sqlite
from crm.directory.models import Person, PersonAddress
from crm.mail.models import Address, Delivery, Objection
from crm.mailings import queries, services
from crm.mailings.audiences import parts
from crm.mailings.audiences import services as audiences
from crm.mailings.audiences.models import Exclusion, Fate
from crm.mailings.models import Mailing
from crm.writing import insert_many
from tests.bench.harness import Verdict, at_most, growth, job, under

PEOPLE = 100_000


@job("Audience of 100,000: every exclusion explained, deliveries written")
def audience_of_a_hundred_thousand(app: Flask) -> Iterator[Verdict]:
    with app.app_context():
        _fill()
        mailing = _mailing()
        counting = _seconds(lambda: queries.counted(mailing, day=clock.day(clock.now())))
        floor = _floor()
        taken = _seconds(lambda: _leave(mailing.id))
        _check(mailing)
        another = _mailing().id
        db.session.remove()
        grown = growth(lambda: _apart(another))
    yield under(20, taken, "s", "to leave")
    yield at_most(6, taken, floor, part="against a bare INSERT … SELECT")
    yield under(5, counting, "s", "to count it on the page")
    yield under(40, grown, "MB more", "while it leaves")


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _leave(mailing_id: int) -> None:
    services.leave(db.session.get_one(Mailing, mailing_id), by="bench", at=clock.now())
    db.session.commit()


def _apart(mailing_id: int) -> None:
    """In a process of its own, on its own connection."""
    db.engine.dispose(close=False)
    _leave(mailing_id)


def _fill() -> None:
    """A tenth each: no address, on hold, objects, shares a mailbox, is left out by a part."""
    at = clock.now()
    alike = {"created_at": at, "updated_at": at}
    numbers = range(1, PEOPLE + 1)
    people = [
        {
            "id": n, "given_name": "Ada", "family_name": f"Martin {n}", "search": f"ada martin {n}",
            "sort": f"martin {n:06}", "language": "en" if n % 10 == 5 else "fr", **alike,
        }
        for n in numbers
    ]  # fmt: skip
    _put(Person.__table__, people)
    _put(
        Address.__table__,
        [{"id": n, "email": f"p{n}@example.org", "held_since": at if n % 10 == 1 else None} for n in numbers],
    )
    _put(
        PersonAddress.__table__,
        [
            {"person_id": n, "address_id": n - 1 if n % 10 == 3 else n, "label": "", "position": 0}
            for n in numbers
            if n % 10
        ],
    )
    _put(
        Objection.__table__,
        [
            {"address_id": n, "purpose": "newsletter", "at": at, "source": "bench"}
            for n in numbers
            if n % 10 == 4
        ],
    )
    db.session.commit()
    if is_sqlite(db.session()):
        db.session.execute(text("ANALYZE"))
    else:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    db.session.commit()


def _put(table: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 20_000):
        insert_many(db.session(), table, rows[start : start + 20_000])


def _mailing() -> Mailing:
    at = clock.now()
    mailing = services.create(
        audience="", subject_fr="Lettre", body_fr="<p>Bonjour {{prénom}}</p>", at=at, purpose="newsletter"
    )
    audiences.add(mailing, parts.of_list("language=en"), is_excluded=True, by=None, at=at)
    db.session.commit()
    return mailing


def _floor() -> float:
    """As many rows of the same table, by one INSERT … SELECT of what need not be found out."""
    stamp = clock.now()
    table: Any = Delivery.__table__
    from crm.mail.tokens import each_token

    values = {
        "kind": "floor", "subject_id": 1, "sequence": 0, "purpose": "newsletter", "language": "fr",
        "state": "queued", "attempts": 0,
    }  # fmt: skip
    from sqlalchemy import literal

    names = [*values, "address_id", "facts", "stamp", "not_before", "message_id", "token"]
    rows = select(
        *(literal(value) for value in values.values()),
        Address.id,
        literal({}, table.c.facts.type),
        literal(stamp, table.c.stamp.type),
        literal(stamp, table.c.not_before.type),
        each_token(),
        each_token(),
    )
    took = _seconds(
        lambda: db.session.execute(insert(table).from_select(names, rows, include_defaults=False))
    )
    db.session.rollback()
    return took


def _check(mailing: Mailing) -> None:
    """Each of the hundred thousand is written to or explained."""
    sent = db.session.scalar(select(func.count()).where(Delivery.subject_id == mailing.id)) or 0
    asked = select(Exclusion.fate, func.count()).group_by(Exclusion.fate)
    why = {fate: number for fate, number in db.session.execute(asked)}
    tenth = PEOPLE // 10
    assert why == {
        Fate.NO_ADDRESS: tenth,
        Fate.ON_HOLD: tenth,
        Fate.OBJECTED: tenth,
        Fate.SAME_ADDRESS: tenth,
        Fate.EXCLUDED: tenth,
    }
    assert sent + sum(why.values()) == PEOPLE
