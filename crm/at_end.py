"""Rows that nobody waits for: on PostgreSQL they go together, by one statement, when the work that writes
them is done. On SQLite, where no statement has a way to go, each is written at once.

A registration, which others wait for, leaves four of them.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, Table, bindparam, event, literal_column, select
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from crm.db import Base, is_sqlite
from crm.writing import insert_over, run

_REST = "rest"
# The table of a row, its columns, and those that it overwrites where one like it is there.
Shape = tuple[str, tuple[str, ...], tuple[str, ...]]


def write(session: Session, model: Any, facts: Mapping[str, Any], *, over: Sequence[str] = ()) -> None:
    """Write one row by its values before the session asks anything more, at the latest as it commits.

    Where one like it is there it stays, or has the values of the columns `over`. The columns that are left
    out are those that the database fills.
    """
    table: Table = model.__table__
    if is_sqlite(session):
        run(session, insert_over(table, tuple(over), on_sqlite=True), facts)
        return
    # From here on there is something to take back.
    session.connection()
    within = session.get_nested_transaction() or session.get_transaction()
    row = _Row((table.name, tuple(facts), tuple(over)), tuple(facts.values()), within)
    session.info.setdefault(_REST, []).append(row)


class _Row(NamedTuple):
    shape: Shape
    values: tuple[Any, ...]
    within: SessionTransaction | None

    def is_within(self, transaction: SessionTransaction) -> bool:
        outer = self.within
        while outer is not None and outer is not transaction:
            outer = outer.parent
        return outer is not None


def _write_rest(session: Session) -> None:
    rest: list[_Row] = session.info.pop(_REST, [])
    if rest:
        values = [value for row in rest for value in row.values]
        named = {f"v{place}": value for place, value in enumerate(values)}
        run(session, _together(tuple(row.shape for row in rest)), named)


@lru_cache(maxsize=256)
def _together(shapes: tuple[Shape, ...]) -> Select[Any]:
    """One statement that inserts a row of each shape; values are named in their order: `v0`, `v1`…"""
    inserts, place = [], 0
    for number, (name, columns, over) in enumerate(shapes):
        table = Base.metadata.tables[name]
        values = {}
        for column in columns:
            values[column] = bindparam(f"v{place}", type_=table.c[column].type)
            place += 1
        inserts.append(insert_over(table, over, on_sqlite=False).values(values).cte(f"row_{number}"))
    return select(literal_column("1")).add_cte(*inserts)


@event.listens_for(Session, "before_commit")
def _as_it_commits(session: Session) -> None:
    _write_rest(session)


@event.listens_for(Session, "do_orm_execute")
def _before_a_question(state: ORMExecuteState) -> None:
    _write_rest(state.session)


@event.listens_for(Session, "after_soft_rollback")
def _with_what_is_taken_back(session: Session, transaction: SessionTransaction) -> None:
    if rest := session.info.get(_REST):
        session.info[_REST] = [row for row in rest if not row.is_within(transaction)]


@event.listens_for(Session, "after_transaction_end")
def _with_its_transaction(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_REST, None)
