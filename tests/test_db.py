"""What every domain relies on when it writes or asks in bulk."""

import pytest
from sqlalchemy import NullPool, create_engine, func, insert, select, text
from sqlalchemy.exc import InternalError

from crm import db as database
from crm.db import asking_of_many, reading
from crm.directory.models import Tag
from crm.writing import insert_columns, insert_many


@pytest.mark.parametrize("number", [1, 3_999, 4_000, 8_001])
def test_any_number_of_rows_is_inserted_each_as_it_was_given(session, number):
    names = [f"étiquette {place:05}" for place in range(number)]
    insert_columns(session, Tag.__table__, {"id": range(1, number + 1), "name": names})
    rows = select(Tag.id, Tag.name).order_by(Tag.id)
    assert session.execute(rows).all() == list(enumerate(names, 1))


def test_no_rows_are_inserted_when_there_are_none(session):
    insert_many(session, Tag.__table__, [])
    insert_columns(session, Tag.__table__, {"name": []})
    assert session.scalar(select(func.count(Tag.id))) == 0


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_questions_that_name_many_keys_are_planned_for_those_they_name(session):
    def mode() -> str:
        return session.scalar(text("SHOW plan_cache_mode"))

    with asking_of_many(session):
        assert mode() == "force_custom_plan"
    assert mode() == "auto"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_unit_that_only_reads_is_refused_every_change(session):
    with reading(), pytest.raises(InternalError, match="read-only transaction"):
        session.execute(insert(Tag).values(name="Mairies"))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_is_asked_again_and_again_is_planned_once(session):
    asked = select(Tag.id).where(Tag.name == "Mairies")
    for _ in range(10):
        with reading():
            session.scalar(asked)
        session.rollback()
    with reading():
        kept = session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    assert any("FROM tags" in statement for statement in kept)


def test_what_is_written_is_lost_by_a_rollback_also_after_reading(session):
    with reading():
        session.scalar(select(Tag.id))
    session.rollback()
    session.execute(insert(Tag).values(name="Mairies"))
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Tag).where(Tag.name == "Mairies")) == 0


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_connection_that_lay_idle_while_the_server_ended_it_is_replaced_unseen(session, monkeypatch):
    monkeypatch.setattr(database, "_JUST_NOW", 0)
    lost = session.scalar(text("SELECT pg_backend_pid()"))
    session.rollback()
    with create_engine(session.get_bind().url, poolclass=NullPool).connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": lost})
    assert session.scalar(text("SELECT pg_backend_pid()")) != lost
