"""Erasing a person for good: nothing tells any more who it was, and everything goes on counting."""

import secrets
from typing import Any

import pytest
from sqlalchemy import JSON, select

from crm.db import Base
from crm.directory.erasing import rules, services, texts
from crm.directory.erasing.near import columns
from crm.directory.models import Phone
from crm.text import fold
from tests.directory import rows_of
from tests.make import EARLY

GIVEN, FAMILY = "Élodie", "Crèvecœur-Sand"
EMAIL, PHONE = "elodie@example.org", "+33241054000"
TOLD = f"Vu {GIVEN} {FAMILY} ({EMAIL}, 02 41 05 40 00), {FAMILY.upper()} {GIVEN}."
ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def elodie(make, **facts):
    return make.person(GIVEN, FAMILY, email=EMAIL, phones=[Phone(number=PHONE)], **facts)


@pytest.fixture
def erased(data_dir):
    def erase(person, reason="Sa demande du 3 mai"):
        return services.erase(person, reason=reason, home=data_dir, by="ana@example.org", at=EARLY)

    return erase


def everything(session) -> dict[str, str]:
    """All that each table holds, folded, as whoever searches would find it."""
    found = {}
    for table in Base.metadata.sorted_tables:
        rows = session.execute(select(table)).mappings().all()
        found[table.name] = fold(" ".join(str(value) for row in rows for value in row.values()))
        found[table.name] += " ".join(str(value) for row in rows for value in row.values()).lower()
    return found


def who_tells(session) -> list[str]:
    """The tables in which the name, the address or the number still stands."""
    traces = (fold(f"{GIVEN} {FAMILY}"), fold(f"{FAMILY} {GIVEN}"), EMAIL, "241054000", "41 05 40 00")
    held = everything(session)
    return [f"{name}: {trace}" for name, words in held.items() for trace in traces if trace in words]


SHAPES: dict[str, Any] = {
    "changes.values": {"notes": [None, TOLD]},
    "filed_mails.named": [{"email": EMAIL, "name": "Crèvecœur"}],
    "import_reviews.cells": [FAMILY, GIVEN, EMAIL],
}


def told_everywhere(table) -> dict[str, Any]:
    """A row of the table whose every text names her."""
    values = {}
    for column in table.columns:
        shape = SHAPES.get(f"{table.name}.{column.name}")
        if column.name.endswith("stored_as") and column.nullable:
            continue
        if column.name.endswith("stored_as"):
            values[column.name] = secrets.token_hex(16)
        elif shape is not None:
            values[column.name] = shape
        elif column in texts.swept(table):
            short = getattr(column.type, "length", None)
            words = fold(TOLD) if column.name in ("search", "sort", "folded", "name_key") else TOLD
            words = words if not short or short >= len(TOLD) else "x"
            values[column.name] = {"told": [words]} if isinstance(column.type, JSON) else words
    return values


def test_no_text_of_any_table_tells_who_it_was(session, make, erased):
    """Made from the tables themselves: one that is new tomorrow is tried tomorrow."""
    person = elodie(make)
    session.flush()
    named = {table.name for table, _column in columns()}
    for table, column in columns():
        rows_of.add(session, table, **{**told_everywhere(table), column.name: person.id})
    for table in Base.metadata.sorted_tables:
        if texts.swept(table) and table.name not in named:
            rows_of.add(session, table, **told_everywhere(table))
    session.commit()
    assert len(who_tells(session)) > 80

    erased(person)
    session.commit()

    assert who_tells(session) == []


def test_every_column_that_names_people_says_what_becomes_of_its_rows():
    named, _left = rules.entered()
    there = {f"{table.name}.{column.name}" for table, column in columns()}
    assert named == there, "rules.stays, rules.goes: a column too few, or one too many"


def test_what_is_left_alone_is_there_and_says_why():
    _named, left = rules.entered()
    tables = Base.metadata.tables
    for name, why in left.items():
        table, _dot, column = name.partition(".")
        assert table in tables and (not column or column in tables[table].c), name
        assert why
