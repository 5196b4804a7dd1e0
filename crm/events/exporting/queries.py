"""The kept choices of columns, and the public of an event in numbers that show nobody."""

from collections.abc import Mapping

from sqlalchemy import Select, func, select

from crm.db import db
from crm.events.exporting.models import ColumnSet
from crm.events.models import Event
from crm.events.publics import queries as publics
from crm.events.publics.kinds import By
from crm.events.queries.attendance import Chosen, conditions

LEAST = 5


def column_sets() -> Select[ColumnSet]:
    return select(ColumnSet).order_by(ColumnSet.name)


def numbers(event: Event, chosen: Chosen, by: By) -> dict[str, int]:
    """How many of those chosen are of each public."""
    listed = select(publics.key(by).label("key")).where(*conditions(event, chosen)).subquery()
    rows = select(listed.c.key, func.count()).group_by(listed.c.key)
    return {key: number for key, number in db.session.execute(rows)}


def grouped(found: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """The publics of at least LEAST, and how many all others are together.

    Nor can the others be told from the sum: when they are too few, the smallest public joins them. With too
    few in all, nothing is told apart.
    """
    told = {key: number for key, number in found.items() if number >= LEAST}
    others = sum(found.values()) - sum(told.values())
    while 0 < others < LEAST and told:
        others += told.pop(min(told, key=lambda key: (told[key], key)))
    return told, others
