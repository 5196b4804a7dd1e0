"""The database: the base of all models, the types they share, and how each engine is opened.

On SQLite a unit of work that may write takes the write lock when it begins (`BEGIN IMMEDIATE`),
so that two writers queue instead of failing half-way; a unit that only reads says so with
`reading()` and never waits. PostgreSQL refuses such a unit every change.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from time import monotonic
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from psycopg import DatabaseError
from psycopg.pq import TransactionStatus
from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    DateTime,
    Engine,
    Enum,
    MetaData,
    Select,
    String,
    any_,
    event,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import Pool
from sqlalchemy.types import TypeDecorator

_reads_only: ContextVar[bool] = ContextVar("reads_only", default=False)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: takes aware datetimes only, gives them back aware in UTC on every engine."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} names no zone: pass an aware datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        str: String(),
        datetime: UtcDateTime(),
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            create_constraint=False,
            length=32,
            values_callable=lambda kind: [member.value for member in kind],
        ),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
    }


db = SQLAlchemy(metadata=Base.metadata)


class NamedChoice:
    """A list that the association edits itself: one entry, named in both languages."""

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name_fr: Mapped[str]
    name_en: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    is_archived: Mapped[bool] = mapped_column(default=False)

    def name(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_fr


@contextmanager
def reading() -> Iterator[None]:
    """What begins inside only reads: on SQLite it takes no write lock."""
    token = _reads_only.set(True)
    try:
        yield
    finally:
        _reads_only.reset(token)


def reads_only(state: bool) -> None:
    """Say for the rest of this request whether its units of work only read."""
    _reads_only.set(state)


def count_up_to(session: Session, rows: Select[Any], ceiling: int = 10_000) -> int:
    """How many rows the select gives, counted no further than `ceiling` + 1."""
    some = rows.order_by(None).limit(ceiling + 1).with_only_columns(1, maintain_column_froms=True)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def one_of(column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Whether the column is one of many keys or texts, sent as one parameter."""
    if db.session.get_bind().dialect.name == "postgresql":
        is_in: ColumnElement[bool] = column == any_(literal(list(values), ARRAY(column.type)))
        return is_in
    listed = func.json_each(json.dumps(list(values))).table_valued("value")
    is_one: ColumnElement[bool] = column.in_(select(listed.c.value))
    return is_one


@contextmanager
def asking_of_many(session: Session) -> Iterator[None]:
    """Questions asked inside name thousands of keys (`one_of`): PostgreSQL plans each for those it names.

    A plan made for any list whatever compares every key with each row that it reads: a minute for each part
    of a long work, where the statistics of a table are older than its rows. What writes stays outside, or
    the check of each foreign key would be planned anew, row by row.
    """
    if is_sqlite(session):
        yield
        return
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    yield
    session.execute(text("SET LOCAL plan_cache_mode = auto"))


_JUST_NOW = 1.0  # seconds


def compact() -> None:
    """Write the file of the database anew without what was let go; PostgreSQL does so by itself.

    Outside any unit of work: others wait meanwhile, so long as the disk takes to write it once.
    """
    with db.engine.connect() as connection:
        raw = connection.connection.driver_connection
        if isinstance(raw, sqlite3.Connection):
            raw.execute("VACUUM")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


@event.listens_for(Engine, "connect")
def _open(connection: Any, record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    # SQLAlchemy's own events begin and end transactions; pysqlite must not.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "foreign_keys = ON",
        "busy_timeout = 15000",
        "synchronous = FULL",
        "trusted_schema = OFF",
        "cache_size = -16000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Pool, "checkin")
def _note_when(connection: Any, record: Any) -> None:
    record.info["used"] = monotonic()


@event.listens_for(Pool, "checkout")
def _is_there(connection: Any, record: Any, proxy: Any) -> None:
    """Ask a connection to PostgreSQL whether the server is there still, unless it was used just now: on a
    busy page that would be one more way to the server each time."""
    used = record.info.get("used")
    if used is None or isinstance(connection, sqlite3.Connection) or monotonic() - used < _JUST_NOW:
        return
    try:
        connection.execute("SELECT 1")
        connection.commit()
    except DatabaseError as error:
        raise DisconnectionError from error


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN" if _reads_only.get() else "BEGIN IMMEDIATE")
        return
    driver = _driver(connection)
    if driver.read_only is not _reads_only.get():
        driver.read_only = _reads_only.get()


@event.listens_for(Engine, "rollback")
def _end_of_reading(connection: Connection) -> None:
    """psycopg forgets its prepared statements with each rollback; where PostgreSQL let nothing be written,
    a commit ends the same."""
    # A connection that broke has nothing to end.
    if connection.dialect.name == "sqlite" or connection.invalidated:
        return
    driver = _driver(connection)
    if driver.read_only and driver.info.transaction_status == TransactionStatus.INTRANS:
        # Where the server went away meanwhile, the rollback that follows finds it out.
        with suppress(DatabaseError):
            driver.commit()


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
