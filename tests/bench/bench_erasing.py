"""Erasing one person among 200,000 exchanges and as many lines of history: every text is looked through.

The floor is the database reading the same texts once, for one word.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from sqlalchemy import String, cast, func, insert, or_, select

from crm import clock
from crm.db import db
from crm.directory.erasing import services
from crm.directory.models import Person
from crm.history import Change
from crm.relations.models import Interaction
from tests.bench.harness import Verdict, at_most, job, seconds
from tests.make import Make

MANY = 200_000
WORDS = (
    "<p>Point d’étape sur l’ouverture des données, avec les équipes de la région et du département.</p>" * 3
)


@job("One person erased among 200,000 exchanges and 200,000 lines of history")
def erasing(app: Flask) -> Iterator[Verdict]:
    key = fill(app)
    with app.app_context(), tempfile.TemporaryDirectory() as home:
        texts = (Interaction.title, Interaction.body, Interaction.search, cast(Change.values, String))
        floor = seconds(lambda: [_read(column) for column in texts])
        ours = seconds(lambda: _erase(key, Path(home)))
    yield at_most(8, ours, floor, "erasing, to the commit")


def _read(column: object) -> None:
    model = Change if "changes" in str(column) else Interaction
    asked = select(func.count()).select_from(model).where(or_(column.ilike("%l_v_l_c_%")))  # type: ignore[attr-defined]
    db.session.scalar(asked)
    db.session.rollback()


def _erase(key: int, home: Path) -> None:
    person = db.session.get_one(Person, key)
    services.erase(person, reason="bench", home=home, by="bench", at=clock.now())
    # Measured again and again: nothing of it stays.
    db.session.flush()
    db.session.rollback()


def fill(app: Flask) -> int:
    make, now = Make(app), clock.now()
    person = make.person("Ada", "Lovelace", email="ada.lovelace@example.org")
    kind = make.interaction_kind("call").id
    dated = {"created_at": now, "updated_at": now, "happened_at": now}
    with app.app_context():
        for start in range(0, MANY, 20_000):
            keys = range(start + 1, start + 20_001)
            told = {
                "kind_id": kind,
                "title": "Appel",
                "body": WORDS,
                "search": "point d etape sur l ouverture",
                **dated,
            }
            db.session.execute(insert(Interaction), [{"id": key, **told} for key in keys])
            change = {"at": now, "actor": "a@example.org", "act": "made", "values": {"body": [None, WORDS]}}
            db.session.execute(insert(Change), [{"record": f"interactions:{key}", **change} for key in keys])
        db.session.commit()
    return int(person.id)
