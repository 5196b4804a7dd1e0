"""What requests wrote, and what the database holds."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event, select

from crm.db import Base, db
from tests.guards.routes import WRITES


@contextmanager
def written(app: Flask) -> Iterator[list[str]]:
    """The statements that were committed while this lasts and changed something."""
    pending: list[str] = []
    kept: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            pending.append(statement.split("\n")[0][:120])

    def commit(connection: Any) -> None:
        kept.extend(pending)
        pending.clear()

    def forget(connection: Any) -> None:
        pending.clear()

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", commit)
    event.listen(engine, "rollback", forget)
    try:
        yield kept
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "commit", commit)
        event.remove(engine, "rollback", forget)


def digest(app: Flask) -> dict[str, str]:
    """What every table holds, as one short word each."""
    with app.app_context():
        return {
            table.name: hashlib.sha256(
                "\n".join(sorted(repr(tuple(row)) for row in db.session.execute(select(table)))).encode()
            ).hexdigest()[:16]
            for table in Base.metadata.sorted_tables
        }
