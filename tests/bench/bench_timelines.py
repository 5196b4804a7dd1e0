"""The log of an organisation, of a person and of a family with 20,000 entries, as served.

An entry is an exchange or a folded line of notes. The floor is the same page with 20 entries. The
family is an organisation with 1,000 parts whose entries are told on its page.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from crm.db import db
from crm.directory.models import Organisation, Person
from crm.relations.models import (
    Act,
    Interaction,
    InteractionKind,
    InteractionPerson,
    Note,
    interaction_organisations,
)
from crm.settings import services as settings
from crm.writing import insert_many
from tests.bench.harness import Verdict, at_most, job, side_by_side
from tests.conftest import sign_in

FEW, MANY, PARTS = 20, 20_000, 1_000
# Organisation and person 1 have the few, 2 the many; 3 is the head of the family.
SHORT, LONG, HEAD = 1, 2, 3
NOTED = 3
AT = datetime(2026, 1, 1, tzinfo=UTC)


@job("The log of 20,000 entries, first page as served, against one of 20")
def logs(app: Flask) -> Iterator[Verdict]:
    with app.app_context():
        fill()
    reader = app.test_client()
    sign_in(reader, "staff")
    few, few_of_person = (f"/{what}/{SHORT}?tab=journal" for what in ("organisations", "people"))
    for part, most, address, floor in (
        ("an organisation", 3, f"/organisations/{LONG}?tab=journal", few),
        ("a person", 3, f"/people/{LONG}?tab=journal", few_of_person),
        ("a family of 1,000", 4, f"/organisations/{HEAD}?tab=journal&family=1", few),
    ):
        yield at_most(most, *side_by_side(partial(page, reader, address), partial(page, reader, floor)), part)


def page(reader: FlaskClient, address: str) -> None:
    answer = reader.get(address)
    assert answer.status_code == 200
    assert answer.text.count("entry-") >= FEW, answer.text


def fill() -> None:
    settings.set_up(name="Bench")
    session = db.session()
    kind = session.scalars(select(InteractionKind.id)).first()
    stamps = {"created_at": AT, "updated_at": AT}
    insert_many(session, Organisation.__table__, [  # type: ignore[arg-type]
        {"id": n, "name": f"Ville {n}", "sort": f"ville {n:05}", "parent_id": HEAD if n > HEAD else None,
         **stamps}
        for n in range(1, PARTS + HEAD + 1)
    ])  # fmt: skip
    insert_many(session, Person.__table__, [  # type: ignore[arg-type]
        {"id": n, "given_name": "Ada", "family_name": f"Martin {n}", "sort": f"martin {n:05}", **stamps}
        for n in range(1, PARTS + HEAD + NOTED)
    ])  # fmt: skip
    # One line in five is what the house wrote of an event, about three people.
    whose = [SHORT] * FEW + [LONG] * MANY + [HEAD + 1 + n % PARTS for n in range(MANY)]
    told = [(n, of) for n, of in enumerate(whose, 1) if n % 5]
    noted = [(n, of) for n, of in enumerate(whose, 1) if n % 5 == 0]
    insert_many(session, Interaction.__table__, [  # type: ignore[arg-type]
        {"id": n, "kind_id": kind, "title": f"Appel {n}", "happened_at": _at(n), **stamps} for n, of in told
    ])  # fmt: skip
    insert_many(
        session, interaction_organisations, [{"interaction_id": n, "organisation_id": of} for n, of in told]
    )
    insert_many(session, InteractionPerson.__table__, [  # type: ignore[arg-type]
        {"interaction_id": n, "person_id": of, "organisation_id": of} for n, of in told
    ])  # fmt: skip
    insert_many(session, Note.__table__, [  # type: ignore[arg-type]
        {"at": _at(n), "act": Act.INVITED, "subject": f"events:{n}", "title": f"Webinaire {n}",
         "organisation_id": of, "person_id": person}
        for n, of in noted for person in range(of, of + NOTED)
    ])  # fmt: skip
    session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _at(n: int) -> datetime:
    return AT - timedelta(minutes=n * 7_919 % 500_000)
