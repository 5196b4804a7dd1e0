"""Random names for deliveries: made here for one row, by the database for many in one statement.

A token opens the preferences of one address (`/u/<token>`) and holds 160 bits (152 where PostgreSQL
makes it), drawn from the system's own source of randomness on every side.
"""

import secrets
import sqlite3
from typing import Any

from sqlalchemy import Engine, String, event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


def new_token() -> str:
    """40 hexadecimal digits: short enough for a List-Unsubscribe header of one line."""
    return secrets.token_hex(20)


class each_token(FunctionElement[str]):
    """In a statement: another token for each row."""

    type = String()
    inherit_cache = True


@compiles(each_token, "sqlite")
def _on_sqlite(element: each_token, compiler: Any, **options: Any) -> str:
    return "random_token()"


@compiles(each_token, "postgresql")
def _on_postgresql(element: each_token, compiler: Any, **options: Any) -> str:
    return "substr(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 1, 40)"


@event.listens_for(Engine, "connect")
def _teach(connection: Any, record: Any) -> None:
    # SQLite's own randomblob() is not meant for secrets in the versions that Debian ships.
    if isinstance(connection, sqlite3.Connection):
        connection.create_function("random_token", 0, new_token)
