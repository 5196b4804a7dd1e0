"""Own fields as columns of an import: cells are read as forms are, and kept in bulk."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from crm.directory.importing.extra import Extra
from crm.directory.own import messages, queries, values
from crm.directory.own.models import PREFIX, OwnField
from crm.writing import insert_many


class _OwnFields:
    """The source of these columns. A field of people and one of organisations may have the same key."""

    tables = frozenset({"person_values", "organisation_values"})

    def columns(self, session: Session) -> list[Extra]:
        language = messages.language()
        return [
            _column(field, language) for of in queries.VALUES for field in session.scalars(queries.fields(of))
        ]

    def held(self, session: Session, record: str, ids: Collection[int]) -> dict[int, dict[str, Any]]:
        keys = {field.id: _key(field) for field in session.scalars(queries.fields(record))}
        return {
            owner: {keys[field]: values.told(value) for field, value in held.items() if field in keys}
            for owner, held in queries.values_for(session, record, ids).items()
        }

    def keep(self, session: Session, record: str, given: Sequence[tuple[int, str, Any]]) -> None:
        fields = {_key(field): field for field in session.scalars(queries.fields(record))}
        table, owner = queries.VALUES[record], queries.of_record(record)
        by_field: dict[str, list[tuple[int, Any]]] = {}
        for key, column, value in given:
            by_field.setdefault(column, []).append((key, value))
        for column, told in by_field.items():
            field = fields[column]
            for start in range(0, len(told), 500):
                part = [key for key, _value in told[start : start + 500]]
                session.execute(delete(table).where(table.field_id == field.id, owner.in_(part)))
            rows = [
                {owner.key: key, "field_id": field.id, **values.columns(field, typed)}
                for key, value in told
                if (typed := values.untold(field, value)) is not None
            ]
            insert_many(session, table.__table__, rows)


def _column(field: OwnField, language: str) -> Extra:
    names = (field.name_fr, field.name_en, f"{PREFIX}{field.key}", field.key)
    label = messages.column(field)
    return Extra(_key(field), label, field.of, _reader(field, language), names)


def _reader(field: OwnField, language: str) -> Callable[[str], Any]:
    # Cells are read while the session writes others: the field as it stands, which no session refreshes.
    apart = OwnField(**{name: getattr(field, name) for name in _READ})
    return lambda cell: values.told(values.read(apart, cell, language))


_READ = ("key", "of", "kind", "name_fr", "name_en", "choices")


def _key(field: OwnField) -> str:
    return f"{field.of}-{PREFIX}{field.key}"


SOURCE = _OwnFields()
