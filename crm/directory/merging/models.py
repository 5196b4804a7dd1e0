"""Merges that were made, pairs that may be one, the looks that found them.

Records are named by `kind` (the table: "people" or "organisations") and key, without a foreign key:
these rows tell what was, and no merge moves them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Merge(Base):
    """One record taken into another; `snapshot` holds all that it takes to part them again.

    `counts` tells for each table how many rows moved and how many were there on both sides;
    `names` what the two records were called, `left` what an undoing could not bring back.
    """

    __tablename__ = "merges"
    __history__ = False
    __table_args__ = (
        Index("ix_merges_kind_kept_id", "kind", "kept_id"),
        Index("ix_merges_kind_gone_id", "kind", "gone_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    kept_id: Mapped[int]
    gone_id: Mapped[int]
    at: Mapped[datetime]
    by: Mapped[str]
    names: Mapped[list[str]]
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]
    left: Mapped[list[str] | None]


class FormerToken(Base):
    """The token of a row that a merge let go, for a link in somebody's mailbox: it now means row `now_id`."""

    __tablename__ = "former_tokens"
    __history__ = False

    token: Mapped[str] = mapped_column(primary_key=True)
    merge_id: Mapped[int] = mapped_column(ForeignKey("merges.id"), index=True)
    of: Mapped[str]
    now_id: Mapped[int]


class Pair(Base):
    """Two records that may be one (`one_id` < `other_id`), why, and how strongly (1 to 100).

    Once somebody said that they are not the same, `settled_at` is set and no look proposes them again.
    """

    __tablename__ = "pairs"
    __history__ = False
    __table_args__ = (
        UniqueConstraint("kind", "one_id", "other_id"),
        Index(
            "ix_pairs_of_open",
            "kind",
            "strength",
            "id",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    one_id: Mapped[int]
    other_id: Mapped[int]
    strength: Mapped[int]
    reasons: Mapped[list[str]]
    found_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]


class Scan(Base):
    """One look through the directory for pairs; asked for by a person, done by whoever is free."""

    __tablename__ = "scans"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
