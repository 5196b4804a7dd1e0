"""The scan for duplicates in 100,000 people, a hundredth of them entered twice.

The floor reads the same rows out of the same database and does nothing with them.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from random import Random

from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from crm.db import db
from crm.directory import normal
from crm.directory.merging import scanning, scans
from crm.directory.merging.models import Pair
from crm.directory.models import Organisation, Person, PersonAddress, Phone, Role
from crm.mail.models import Address
from tests.bench.harness import Verdict, at_most, growth, job, seconds, under

MANY = 100_000
TWICE = 1_000
PART = 10_000
AT = datetime(2026, 1, 1, tzinfo=UTC)
# Some 60,000 names, drawn unevenly: a common name has a hundred bearers.
SOUNDS = ("ba", "cor", "di", "fa", "gué", "lan", "mar", "nin", "or", "pel", "ri", "sau", "ti", "vau")
GIVEN = ("Ada", "Chloé", "Émile", "Inès", "Jean", "Jean-Noël", "Léa", "Théo", "Zoé", "Nadia", "Paul", "Rémi")
FUNCTIONS = ("Maire", "Adjointe au maire", "Directeur du numérique", "Cheffe de projet", "")


@job("Duplicates among 100,000 people, found and kept")
def duplicates(app: Flask) -> Iterator[Verdict]:
    with app.app_context():
        _fill()
        session = db.session()
        more = growth(_in_child)
        floor = seconds(lambda: _read(session), runs=2)
        took = seconds(lambda: _scan(session), runs=1)
        found = len(session.scalars(select(Pair.id)).all())
        session.rollback()
        yield under(60, took, "s", "as a whole")
        yield at_most(30, took, floor, "against a bare read of the same rows")
        yield under(500, more, "MB more", "memory")
        assert found >= TWICE * 0.95, f"{found} pairs of {TWICE} entered twice"


def _in_child() -> None:
    db.engine.dispose(close=False)
    db.session.remove()
    _scan(db.session())


def _scan(session: Session) -> None:
    pairs = scanning.people(session)
    scans.keep(session, "people", pairs, at=AT)
    session.commit()


def _read(session: Session) -> None:
    for asked in (
        select(Person.id, Person.given_name, Person.family_name, Person.civility),
        select(PersonAddress.person_id, PersonAddress.address_id),
        select(Phone.person_id, Phone.number),
        select(Role.person_id, Role.organisation_id, Role.function),
    ):
        for _row in session.execute(asked):
            pass
    session.rollback()


def _family(chance: Random) -> str:
    return "".join(chance.choices(SOUNDS, k=chance.choice((2, 3, 3, 4)))).capitalize()


def _people(chance: Random) -> Iterator[dict[str, object]]:
    for number in range(1, MANY - TWICE + 1):
        yield {
            "id": number,
            "given": chance.choice(GIVEN),
            "family": _family(chance),
            "address": number,
            "phone": f"+3326191{number % 10_000:04d}" if chance.random() < 0.5 else f"+336{number:08d}",
            "organisation": chance.randint(1, MANY // 8),
            "function": chance.choice(FUNCTIONS),
        }


def _again(chance: Random, people: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    """People of the list once more, as hasty hands enter them."""
    for number, one in enumerate(chance.sample(people, TWICE), MANY - TWICE + 1):
        family = str(one["family"])
        how = number % 4
        yield {
            **one,
            "id": number,
            "family": family[:-1] if how == 0 else family,
            "given": str(one["given"])[0] + "." if how == 1 else one["given"],
            "address": one["address"] if how in (1, 2) else number,
            "phone": one["phone"] if how == 3 else f"+337{number:08d}",
        }


def _fill() -> None:
    chance = Random(1)
    session = db.session()
    session.execute(
        insert(Organisation),
        [
            {"id": n, "name": f"Maison {n}", "sort": f"maison {n}", "created_at": AT, "updated_at": AT}
            for n in range(1, MANY // 8 + 1)
        ],
    )
    session.execute(insert(Address), [{"id": n, "email": f"p{n}@example.org"} for n in range(1, MANY + 1)])
    people = list(_people(chance))
    people += _again(chance, people)
    rows = iter(people)
    while part := list(islice(rows, PART)):
        session.execute(
            insert(Person),
            [
                {
                    "id": one["id"],
                    "given_name": one["given"],
                    "family_name": one["family"],
                    "sort": normal.person_sort(str(one["given"]), str(one["family"])),
                    "created_at": AT,
                    "updated_at": AT,
                }
                for one in part
            ],
        )
        session.execute(
            insert(PersonAddress), [{"person_id": o["id"], "address_id": o["address"]} for o in part]
        )
        session.execute(insert(Phone), [{"person_id": o["id"], "number": o["phone"]} for o in part])
        session.execute(
            insert(Role),
            [
                {"person_id": o["id"], "organisation_id": o["organisation"], "function": o["function"]}
                for o in part
            ],
        )
    session.commit()
