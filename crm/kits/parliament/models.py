"""Who sits in parliament, from which file we know it, and which communes a constituency has."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base


class Chamber(StrEnum):
    ASSEMBLY = "assembly"
    SENATE = "senate"


class LoadState(StrEnum):
    """A file that was looked through waits to be taken in, or was."""

    CHECKED = "checked"
    TAKEN = "taken"


class RosterLoad(Base):
    """Official files that were read: which, from whom, of which day, and what they change.

    `counts` says how many were created, changed, unchanged, left and refused; `faults` has a line for
    each thing that could not be read, as `[file, line or entry, reason, facts]`. `source` and `licence`
    are those that the publisher names; `dated_on` is the day that the file itself says it is of.
    """

    __tablename__ = "roster_loads"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    stored_as: Mapped[str] = mapped_column(default="")
    chamber: Mapped[Chamber | None]
    files: Mapped[list[str]]
    source: Mapped[str]
    licence: Mapped[str]
    dated_on: Mapped[date | None]
    legislature: Mapped[int | None]
    state: Mapped[LoadState] = mapped_column(default=LoadState.CHECKED)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    faults: Mapped[list[Any]] = mapped_column(JSON)
    at: Mapped[datetime]
    by: Mapped[str]


class Parliamentarian(Base):
    """A deputy or a senator, known by the key that the chamber gave.

    `seat` is the constituency (`DEP-NN`) of a deputy, the department's code of a senator. Nobody is
    ever deleted: whoever left keeps the day, for what was written to them stays. `email` is the address
    that the chamber published as official; another one that a file has is not kept. `group` is the
    short name, `group_name` the whole. `is_invented` marks the roster of the demo year.
    """

    __tablename__ = "parliamentarians"
    __table_args__ = (
        UniqueConstraint("chamber", "source_key"),
        Index("ix_parliamentarians_seat_left_on", "seat", "left_on"),
        Index("ix_parliamentarians_sort_id", "sort", "id"),
    )
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    chamber: Mapped[Chamber]
    source_key: Mapped[str]
    civility: Mapped[str] = mapped_column(default="")
    given_name: Mapped[str]
    family_name: Mapped[str]
    sort: Mapped[str]
    search: Mapped[str]
    seat: Mapped[str]
    group: Mapped[str] = mapped_column(default="")
    group_name: Mapped[str] = mapped_column(default="")
    committee: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")
    began_on: Mapped[date | None]
    left_on: Mapped[date | None]
    is_invented: Mapped[bool] = mapped_column(default=False)
    load_id: Mapped[int | None] = mapped_column(ForeignKey("roster_loads.id"), index=True)

    load: Mapped[RosterLoad | None] = relationship()

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def is_sitting(self) -> bool:
        return self.left_on is None

    @property
    def department(self) -> str:
        """The code of the department of the seat."""
        return self.seat.partition("-")[0]


class CommuneSeat(Base):
    """The commune votes, wholly or in part, in that constituency."""

    __tablename__ = "commune_seats"
    __table_args__ = (UniqueConstraint("commune", "constituency"),)
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    commune: Mapped[str]
    constituency: Mapped[str] = mapped_column(index=True)
    is_partial: Mapped[bool] = mapped_column(default=False)
