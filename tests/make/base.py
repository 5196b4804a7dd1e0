"""How a record gets into the database, whatever it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

from flask import Flask, has_app_context

from crm.db import db

EARLY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Maker:
    def __init__(self, app: Flask) -> None:
        self.app = app
        self._numbers = count(1)

    @contextmanager
    def _session(self) -> Iterator[Any]:
        if has_app_context():
            yield db.session
            db.session.flush()
        else:
            with self.app.app_context():
                db.session().expire_on_commit = False
                yield db.session
                db.session.commit()

    def add(self, record: Any) -> Any:
        with self._session() as session:
            session.add(record)
            session.flush()
        return record

    def number(self) -> int:
        return next(self._numbers)

    def _here(self, session: Any, value: Any) -> Any:
        """The records as those of this session."""
        if isinstance(value, list | tuple):
            return [self._here(session, one) for one in value]
        return session.merge(value) if hasattr(value, "__mapper__") else value
