"""Who is going cold among 37,000 organisations with an exchange each, 2,000 of them partners; the board.

The floor of each is the page of one follow-up that is to be changed: the same layout, one record.
"""

from collections.abc import Iterator
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from crm import clock
from crm.db import db
from crm.directory.models import Organisation
from crm.relations.models import FollowUp, Interaction, LastExchange, interaction_organisations
from crm.relations.partnerships.models import Partnership, PartnershipMove
from tests.bench.bench_lists import p50
from tests.bench.harness import Verdict, at_most, job
from tests.conftest import sign_in
from tests.make import Make

ORGANISATIONS, PARTNERS = 37_000, 2_000


@job("Going cold among 37,000 organisations, and a board of 2,000 partners, as served")
def partnerships(app: Flask) -> Iterator[Verdict]:
    step = fill(app)
    reader = app.test_client()
    sign_in(reader, "director")
    for part, address, most in (
        ("the list of partners", "/relations/quiet", 20),
        ("the list of all organisations", "/relations/quiet?scope=all", 35),
        ("the board", "/relations/partnerships", 25),
        ("the home page", "/", 12),
    ):
        ours, floor = p50(
            lambda at=address: open_(reader, at),  # type: ignore[misc]
            lambda: open_(reader, f"/relations/follow-ups/{step}/edit"),
            runs=20,
        )
        yield at_most(most, ours, floor, f"{part}, p50")


def open_(reader: FlaskClient, address: str) -> None:
    answer = reader.get(address)
    assert answer.status_code == 200, (address, answer.status_code)


def fill(app: Flask) -> int:
    """Silences from none to two years long; the key of one follow-up."""
    make, now = Make(app), clock.now()
    stages = [make.stage(slug).id for slug in ("to_meet", "in_discussion", "signed", "active")]
    kind = make.interaction_kind("call").id
    silences = [now - timedelta(days=number % 730) for number in range(ORGANISATIONS)]
    dated = {"created_at": now, "updated_at": now}
    with app.app_context():
        db.session.execute(
            insert(Organisation),
            [
                {"id": n, "name": f"Commune {n}", "sort": f"commune {n:06}", "search": "commune", **dated}
                for n in range(1, ORGANISATIONS + 1)
            ],
        )
        db.session.execute(
            insert(Interaction),
            [
                {"id": n, "kind_id": kind, "title": "Appel", "happened_at": at, **dated}
                for n, at in enumerate(silences, 1)
            ],
        )
        pairs = [{"interaction_id": n, "organisation_id": n} for n in range(1, ORGANISATIONS + 1)]
        db.session.execute(insert(interaction_organisations), pairs)
        db.session.execute(
            insert(LastExchange),
            [{**pair, "at": at} for pair, at in zip(pairs, silences, strict=True)],
        )
        db.session.execute(
            insert(Partnership),
            [
                {"id": n, "organisation_id": n * 15, "stage_id": stages[n % 4], "moved_at": now, **dated}
                for n in range(1, PARTNERS + 1)
            ],
        )
        db.session.execute(
            insert(PartnershipMove),
            [{"partnership_id": n, "to_id": stages[n % 4], "at": now} for n in range(1, PARTNERS + 1)],
        )
        db.session.execute(
            insert(FollowUp),
            [{"what": "Rappeler", "organisation_id": n, "created_at": now} for n in range(1, 20_001)],
        )
        db.session.commit()
        return int(db.session.scalar(db.select(FollowUp.id).limit(1)) or 0)
