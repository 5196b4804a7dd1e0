"""What every domain relies on when it writes or asks in bulk."""

import pytest
from sqlalchemy import func, select, text

from crm.db import asking_of_many, insert_columns, insert_many
from crm.directory.models import Tag


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
