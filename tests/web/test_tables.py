"""Lists: what a page of them says about the whole."""

from collections.abc import Hashable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.directory.models import Tag
from crm.web.tables import CEILING, Order, page_of
from crm.writing import insert_many

BY_NAME = Order(by=Tag.name, key=Tag.id)


def test_a_list_found_long_just_now_is_not_counted_again_for_its_next_page(session: Session) -> None:
    insert_many(session, Tag.__table__, [{"name": f"{number:05}"} for number in range(CEILING + 1)])  # type: ignore[arg-type]
    first = page_of(session, select(Tag.id), BY_NAME, cursor=None, named="tags")
    session.execute(delete(Tag).where(Tag.name > "00200"))

    second = page_of(session, select(Tag.id), BY_NAME, cursor=first.next, named="tags")
    assert first.is_over
    assert second.is_over
    assert len(second.rows) == 50

    other = page_of(session, select(Tag.id), BY_NAME, cursor=first.next, named="other tags")
    unnamed = page_of(session, select(Tag.id), BY_NAME, cursor=first.next)
    assert (other.count, unnamed.count) == (201, 201)


def test_a_list_that_fits_on_its_page_is_never_taken_for_a_long_one(session: Session) -> None:
    insert_many(session, Tag.__table__, [{"name": f"{number:05}"} for number in range(CEILING + 1)])  # type: ignore[arg-type]
    page_of(session, select(Tag.id), BY_NAME, cursor=None, named="tags")
    session.execute(delete(Tag).where(Tag.name > "00010"))
    assert page_of(session, select(Tag.id), BY_NAME, cursor=None, named="tags").count == 11


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_two_threads_may_forget_the_same_long_list_at_once(app: Flask, session: Session) -> None:
    class Meanwhile(dict[Hashable, float]):
        """Another thread forgets what is past between this one's look and its own forgetting."""

        def items(self) -> Any:
            seen = dict(self)
            self.clear()
            return seen.items()

    insert_many(session, Tag.__table__, [{"name": f"{number:05}"} for number in range(CEILING + 1)])  # type: ignore[arg-type]
    app.extensions["long_lists"] = Meanwhile({"past": 0.0})
    assert page_of(session, select(Tag.id), BY_NAME, cursor=None, named="tags").is_over
