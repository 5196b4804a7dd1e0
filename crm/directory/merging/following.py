"""Where a record or a link leads that was merged since."""

from typing import Any, TypeVar

from sqlalchemy import select

from crm.db import db
from crm.directory.merging.models import FormerToken
from crm.directory.models import Organisation, Person

Record = TypeVar("Record", Person, Organisation)
LONGEST = 50  # links of a chain of merges


def kept(record: Record) -> Record:
    """The record that it was merged into, at the end of the chain; itself when it never was."""
    found = record
    for _link in range(LONGEST):
        if found.merged_into_id is None:
            break
        found = db.session.get_one(type(record), found.merged_into_id)
    return found


def kept_keys(model: type[Person] | type[Organisation], keys: list[int]) -> list[int]:
    """The same records by the keys that they have now; each once."""
    asked: Any = model
    now = dict.fromkeys(keys)
    for _link in range(LONGEST):
        moved: dict[int, int] = {
            key: into
            for key, into in db.session.execute(
                select(asked.id, asked.merged_into_id).where(
                    asked.id.in_(now), asked.merged_into_id.is_not(None)
                )
            )
        }
        if not moved:
            break
        now = dict.fromkeys(moved.get(key, key) for key in now)
    return list(now)


TOKENS = ("token", "badge")


def kind_of_token(table: str, column: str) -> str:
    """Which tokens those of that column are: one opens nothing that another opens."""
    return table if column == "token" else f"{table}.{column}"


def row_of_token(table: str, token: str, *, column: str = "token") -> int | None:
    """The row that a link means whose own row a merge let go."""
    of = kind_of_token(table, column)
    return db.session.scalar(
        select(FormerToken.now_id).where(FormerToken.token == token, FormerToken.of == of)
    )
