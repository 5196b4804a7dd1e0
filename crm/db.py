"""The database: the base of all models, the types they share, and how each engine is opened.

On SQLite a unit of work that may write takes the write lock when it begins (`BEGIN IMMEDIATE`),
so that two writers queue instead of failing half-way; a unit that only reads says so with
`reading()` and never waits. PostgreSQL refuses such a unit every change.
"""

import json
import sqlite3
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from itertools import chain, islice, repeat
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
    Table,
    any_,
    event,
    func,
    inspect,
    literal,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, Session, make_transient_to_detached, mapped_column
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


def insert_new(model: Any) -> Any:
    """An INSERT that leaves alone what is there already; `from_select`, or executed with its values."""
    return _insert_new(model.__table__, is_sqlite(db.session()))


# Made once for each table: with each registration five rows are written so.
@cache
def _insert_new(table: Table, on_sqlite: bool) -> Any:
    dialect: Any = sqlite if on_sqlite else postgresql
    return dialect.insert(table).on_conflict_do_nothing()


def rows_of(session: Session, statement: Any) -> int:
    """How many rows the INSERT, UPDATE or DELETE wrote, as it is executed here."""
    # PostgreSQL counts the rows of an INSERT only when asked to.
    result: Any = session.execute(statement, execution_options={"preserve_rowcount": True})
    return int(result.rowcount)


def write_row(session: Session, model: Any, facts: Mapping[str, Any]) -> bool:
    """Write one row, given by its values, where none like it is there; whether it is new.

    The quickest way: the session learns nothing of it. Whoever writes the same row at this moment waits.
    """
    row = session.connection().execute(_inserting(model.__table__, True, is_sqlite(session)), facts).first()
    return row is not None


def write_new(session: Session, record: Any, *, if_absent: bool = False) -> bool:
    """Write a new record by one statement; the session has it then as if it had been read.

    That costs a quarter of what the unit of work takes for it, and tells the history nothing. Records that
    it belongs to are given by their keys. With `if_absent` it is False where an equal one is there already.
    """
    kind: Any = type(record)
    table, columns = kind.__table__, _columns_of(kind)
    held = inspect(record).dict
    for key, _name, default in columns:
        if key not in held and key != "id":
            held[key] = default(None) if callable(default) else default
    values = {name: held[key] for key, name, _default in columns if key != "id"}
    number = session.connection().execute(_inserting(table, if_absent, is_sqlite(session)), values).scalar()
    if number is None:
        return False
    held["id"] = number
    make_transient_to_detached(record)
    session.add(record)
    return True


@cache
def _inserting(table: Table, if_absent: bool, on_sqlite: bool) -> Any:
    return (_insert_new(table, on_sqlite) if if_absent else table.insert()).returning(*table.primary_key)


@cache
def _columns_of(model: Hashable) -> list[tuple[str, str, Any]]:
    """Each attribute that is a column: its name, the column's, and what it is when nothing is said."""
    found = []
    mapper: Mapper[Any] = inspect(model)
    for attribute in mapper.column_attrs:
        default: Any = attribute.columns[0].default
        found.append((attribute.key, attribute.columns[0].name, default.arg if default is not None else None))
    return found


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


def _scalar_defaults(table: Table) -> dict[str, Any]:
    defaults: dict[str, Any] = {column.name: column.default for column in table.c}
    return {name: given.arg for name, given in defaults.items() if given is not None and given.is_scalar}


def insert_many(session: Session, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same columns, as `insert_columns` does."""
    if rows:
        insert_columns(session, table, {name: [row[name] for row in rows] for name in rows[0]})


def insert_columns(
    session: Session, table: Table, columns: Mapping[str, Sequence[Any]], **every: Any
) -> None:
    """Insert rows given as columns: by COPY on PostgreSQL, many rows to a statement on SQLite.

    `every` has what all rows hold alike. Columns that are left out get their scalar defaults; nothing is
    flushed or committed.
    """
    number = len(next(iter(columns.values())))
    if not number:
        return
    connection = session.connection()
    alike = {name: given for name, given in _scalar_defaults(table).items() if name not in columns} | every
    adapted: dict[str, Iterable[Any]] = {}
    for name in (*columns, *alike):
        kind = table.c[name].type.dialect_impl(connection.dialect)
        adapt = kind.bind_processor(connection.dialect)
        if name in columns:
            adapted[name] = _adapted(columns[name], adapt)
        else:
            adapted[name] = repeat(adapt(alike[name]) if adapt else alike[name], number)
    quoted = ", ".join(f'"{name}"' for name in adapted)
    if connection.dialect.name != "postgresql":
        _insert_together(connection, f'"{table.name}" ({quoted})', list(adapted.values()), number)
        return
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f'COPY "{table.name}" ({quoted}) FROM STDIN') as copy:
        for row in zip(*adapted.values(), strict=True):
            copy.write_row(row)


def _insert_together(
    connection: Connection, target: str, columns: Sequence[Iterable[Any]], number: int
) -> None:
    """Insert many rows with each statement: where a table has triggers, SQLite gets ready to take back every
    single statement, which costs more than a row."""
    width = len(columns)
    together = min(_TOGETHER // width, number)
    row = f"({', '.join('?' * width)})"
    values = chain.from_iterable(zip(*columns, strict=True))
    for rows, times in ((together, number // together), (number % together, 1)):
        if rows:
            lots = [tuple(islice(values, rows * width)) for _ in range(times)]
            statement = f"INSERT INTO {target} VALUES {', '.join([row] * rows)}"  # noqa: S608  (names of ours)
            connection.exec_driver_sql(statement, lots)


def _adapted(values: Sequence[Any], adapt: Any) -> Sequence[Any]:
    """The values as the driver takes them; one that stands in row after row is adapted once."""
    if not adapt:
        return values
    adapted: list[Any] = []
    last = result = _NOTHING
    for value in values:
        if value is not last:
            last, result = value, adapt(value)
        adapted.append(result)
    return adapted


_NOTHING: Any = object()
# Values in one statement; SQLite takes 32,766.
_TOGETHER = 8_000


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


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN" if _reads_only.get() else "BEGIN IMMEDIATE")
    else:
        _driver(connection).read_only = _reads_only.get()


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
