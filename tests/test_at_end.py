"""Rows that nobody waits for are there whenever somebody looks, and gone when the work is taken back."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event, select

from crm import at_end
from crm.web.models import Submission

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def put(session, key, **facts):
    over = tuple(facts)
    at_end.write(session(), Submission, {"key": key, "at": AT, "location": None} | facts, over=over)


def kept(session):
    return session.execute(select(Submission.key, Submission.location).order_by(Submission.key)).all()


def test_they_are_there_for_the_next_question_and_after_the_commit(session):
    put(session, "a")
    assert kept(session) == [("a", None)]
    put(session, "b")
    session.commit()
    assert kept(session) == [("a", None), ("b", None)]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_they_go_to_the_server_together(session):
    sent = []
    session.connection()
    event.listen(session.get_bind(), "before_cursor_execute", lambda *facts: sent.append(facts[2]))
    put(session, "a")
    put(session, "b", location="/thanks")
    session.commit()
    assert len([statement for statement in sent if "submissions" in statement]) == 1
    assert kept(session) == [("a", None), ("b", "/thanks")]


def test_what_is_there_already_stays_save_the_columns_that_are_to_be_written_over(session):
    put(session, "a", location="/first")
    put(session, "b", location="/first")
    session.commit()
    put(session, "a")
    put(session, "b", location="/second")
    session.commit()
    assert kept(session) == [("a", "/first"), ("b", "/second")]


def test_they_are_lost_with_the_work_they_belong_to_and_no_other(session):
    put(session, "before")
    inner = session.begin_nested()
    put(session, "inside")
    inner.rollback()
    put(session, "behind")
    session.commit()
    put(session, "taken back")
    session.rollback()
    put(session, "never ended")
    session.close()
    session.commit()
    assert [key for key, _location in kept(session)] == ["before", "behind"]
