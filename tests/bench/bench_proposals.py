"""What the official reference proposes while one types, against the bare look for the letters."""

from collections.abc import Iterator

from flask import Flask
from sqlalchemy import Select, select

from crm import clock
from crm.db import db
from crm.territories import queries, services
from crm.territories.models import Territory
from tests.bench.harness import Verdict, at_most, job, side_by_side

TYPED = ("ang", "ers", "saint den", "490", "zzqx")


@job("Proposals of the official reference, five inputs")
def proposals(app: Flask) -> Iterator[Verdict]:
    with app.app_context():
        session = db.session()
        services.load(session, at=clock.now())
        session.commit()
        ours, floor = side_by_side(
            lambda: [queries.suggest(typed) for typed in TYPED],
            lambda: [session.scalars(_bare(typed)).all() for typed in TYPED],
        )
    yield at_most(5, ours, floor)


def _bare(typed: str) -> Select[int]:
    """The ten most populous with each of the words somewhere."""
    parts = [Territory.search.like(f"%{word}%") for word in typed.split()]
    rows = select(Territory.id).where(Territory.ended_on.is_(None), *parts)
    return rows.order_by(Territory.population.desc().nulls_last()).limit(10)
