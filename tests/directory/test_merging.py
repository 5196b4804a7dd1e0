"""Merging two records: everything moves, nothing is lost, and it can be taken back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.db import Base
from crm.directory.merging import rules, services
from crm.directory.models import Organisation, Person
from tests.directory import rows_of

AT = datetime(2026, 5, 4, 10, tzinfo=UTC)
MODELS = {"people": Person, "organisations": Organisation}


def keys_to(kind):
    """Every column of every table that names a record of that kind."""
    return [
        (table, key.parent)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == kind and key.parent.name != "merged_into_id"
    ]


@pytest.fixture
def two(session, make):
    """Two records of a kind, by key."""

    def made(kind):
        one = make.person if kind == "people" else make.organisation
        return one(), one()

    return made


def merged(kept, gone, **told):
    return services.merge(kept, gone, by="ana@example.org", at=AT, **told)


def undone(made):
    return services.undo(made, by="ana@example.org", at=AT + timedelta(hours=1))


@pytest.mark.parametrize("kind", MODELS)
def test_a_row_of_every_table_that_names_the_record_moves_and_comes_back(session, two, kind):
    """Made from the tables themselves: one that is new tomorrow is tried tomorrow."""
    kept, gone = two(kind)
    made = []
    for table, column in keys_to(kind):
        if table.name == "last_exchanges":
            continue
        row = rows_of.add(session, table, **{column.name: gone.id})
        made.append((table, column, {own.name: row[own.name] for own in table.primary_key}))
    rules.refresh(kind, {kept.id, gone.id})
    session.commit()
    before = rows_of.everything(session)

    merge = merged(kept, gone)

    for table, column, key in made:
        found = [column == (kept.id if rules.moves(table.name) else gone.id)]
        found += [table.c[name] == value for name, value in key.items() if name != column.name]
        assert session.execute(select(table).where(*found)).first() is not None, (table.name, column.name)
        if rules.moves(table.name):
            assert session.execute(select(table).where(column == gone.id)).first() is None, table.name
    undone(merge)
    assert rows_of.everything(session) == before
    assert merge.left == []
