"""Emptying the database after a test: it is asked which tables hold anything, and only those are emptied.

Whoever wrote them, in this process or another, by a statement, a COPY or a trigger.
"""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Table, select

from crm.db import Base
from crm.mail.models import WritingPurpose

# The purposes of the house, as migrations made them: tests begin with these, and with nothing else.
HOUSE: list[dict[str, Any]] = []
PURPOSES: Any = WritingPurpose.__table__
_AS_MADE = "id <= 4 AND version = 1"


def empty(engine: Engine) -> None:
    """Delete every row of every table; the purposes of the house are as migrations made them."""
    tables = _tables()
    with engine.begin() as connection:
        filled = [tables[number] for number in connection.exec_driver_sql(_which_are_filled()).scalars()]
        if filled:
            _delete(connection, filled)


def keep_the_house(engine: Engine) -> None:
    """After the migrations: remember the purposes that they made, and delete what else they brought."""
    with engine.begin() as connection:
        HOUSE[:] = [dict(row) for row in connection.execute(select(PURPOSES)).mappings()]
        _delete(connection, [table for table in _tables() if table is not PURPOSES])


@cache
def _tables() -> list[Table]:
    """Those that refer to others come first."""
    return list(reversed(Base.metadata.sorted_tables))


@cache
def _which_are_filled() -> str:
    """One question to the database, always the same, so that it is understood once."""
    asked = [
        f'SELECT {number} WHERE EXISTS (SELECT 1 FROM "{table.name}")'
        for number, table in enumerate(_tables())
        if table is not PURPOSES
    ]
    mine = _tables().index(PURPOSES)
    asked.append(
        f"SELECT {mine} WHERE (SELECT count(*) FROM {PURPOSES.name} WHERE {_AS_MADE}) < {len(HOUSE)}"
        f" OR EXISTS (SELECT 1 FROM {PURPOSES.name} WHERE NOT ({_AS_MADE}))"
    )
    return " UNION ALL ".join(asked)


def _delete(connection: Connection, tables: list[Table]) -> None:
    statements = [f'DELETE FROM "{table.name}"' for table in tables]
    if connection.dialect.name == "postgresql":
        # As one: the way to the server is longer than the work.
        connection.exec_driver_sql("; ".join(statements))
    else:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for statement in statements:
            connection.exec_driver_sql(statement)
    if PURPOSES in tables:
        connection.execute(PURPOSES.insert(), HOUSE)
