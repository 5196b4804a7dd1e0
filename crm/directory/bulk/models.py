"""What was done to many records at once, kept so that it can be taken back."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class BulkState(StrEnum):
    """Where an act stands: asked for, being done, done; then perhaps being taken back, and taken back."""

    ASKED = "asked"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    UNDO_ASKED = "undo_asked"
    UNDOING = "undoing"
    UNDONE = "undone"


class BulkAct(Base):
    """One act on many records of one table (`of`).

    `act` is its key, `facts` what it was done with, `chosen` the filter as it stood in the address.
    `asked` records were meant, `total` of them to be changed; `done` and `undone` say how many were.
    """

    __tablename__ = "bulk_acts"

    id: Mapped[int] = mapped_column(primary_key=True)
    of: Mapped[str]
    act: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    chosen: Mapped[str] = mapped_column(default="")
    left_out: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[BulkState] = mapped_column(default=BulkState.ASKED, index=True)
    asked: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    undone: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    seen_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]


class RowState(StrEnum):
    """What became of one record: to be done, done, left because it had changed; then the same for undo."""

    ASKED = "asked"
    DONE = "done"
    LEFT = "left"
    UNDONE = "undone"
    KEPT = "kept"


class BulkRow(Base):
    """One record that an act was to change. `before` is what stood there, where the act replaces it."""

    __tablename__ = "bulk_rows"
    __table_args__ = (Index("ix_bulk_rows_bulk_act_id_state", "bulk_act_id", "state", "record_id"),)
    __history__ = False

    bulk_act_id: Mapped[int] = mapped_column(ForeignKey("bulk_acts.id", ondelete="CASCADE"), primary_key=True)
    record_id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[RowState] = mapped_column(default=RowState.ASKED)
    before: Mapped[int | None]
