"""Writing rows past the unit of work: one by one where others wait, or thousands at once."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain, islice, repeat
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, CursorResult, Dialect
from sqlalchemy.orm import Mapper, Session, make_transient_to_detached

from crm.db import db, is_sqlite

_NOTHING: Any = object()
# Values in one statement; SQLite takes 32,766.
_TOGETHER = 8_000


def insert_new(model: Any) -> Any:
    """An INSERT that leaves alone what is there already; `from_select`, or executed with its values."""
    return _insert_new(model.__table__, is_sqlite(db.session()))


# Made once for each table: with each registration five rows are written so.
@cache
def _insert_new(table: Table, on_sqlite: bool) -> Any:
    dialect: Any = sqlite if on_sqlite else postgresql
    return dialect.insert(table).on_conflict_do_nothing()


@cache
def insert_over(table: Table, names: tuple[str, ...], *, on_sqlite: bool) -> Any:
    """An INSERT that leaves alone what is there already, save the columns of these names."""
    if not names:
        return _insert_new(table, on_sqlite)
    dialect: Any = sqlite if on_sqlite else postgresql
    inserting = dialect.insert(table)
    new = {name: inserting.excluded[name] for name in names}
    return inserting.on_conflict_do_update(index_elements=list(table.primary_key), set_=new)


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
    number = run(session, _inserting(table, if_absent, is_sqlite(session)), values).scalar()
    if number is None:
        return False
    held["id"] = number
    make_transient_to_detached(record)
    session.add(record)
    return True


def run(session: Session, statement: Any, values: Mapping[str, Any]) -> CursorResult[Any]:
    """Execute a statement that is kept, with a value for each of its parameters.

    It is compiled once and for all; SQLAlchemy would look it through each time to find that it knows it.
    What it answers comes as the driver has it.
    """
    connection = session.connection()
    ready = _compiled(statement, tuple(values), connection.dialect)
    given = [adapt(values[name]) if adapt else values[name] for name, adapt in ready.parameters]
    if ready.is_positional:
        return connection.exec_driver_sql(ready.text, tuple(given))
    return connection.exec_driver_sql(
        ready.text, {name: value for (name, _adapt), value in zip(ready.parameters, given, strict=True)}
    )


class _Compiled(NamedTuple):
    text: str
    parameters: list[tuple[str, Any]]
    is_positional: bool


@cache
def _compiled(statement: Hashable, names: tuple[str, ...], dialect: Dialect) -> _Compiled:
    found: Any = cast(Any, statement).compile(dialect=dialect, column_keys=list(names))
    order = found.positiontup if found.positional else list(found.binds)
    kinds = {name: found.binds[name].type.dialect_impl(dialect) for name in order}
    return _Compiled(
        str(found), [(name, kinds[name].bind_processor(dialect)) for name in order], found.positional
    )


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
