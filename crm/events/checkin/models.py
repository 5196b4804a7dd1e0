"""Doors, which are links for helpers without an account, and what was noted at them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.events.models import AttendanceMark, Event, Registration, Seat


class Door(Base):
    """A link by which helpers check people in at one event, on one of its days.

    The day is counted from the event's first (1), so that a link follows an event that is moved.
    """

    __tablename__ = "doors"
    __table_args__ = (CheckConstraint("day_number > 0", name="day_number_counts_from_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    token: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    day_number: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]

    event: Mapped[Event] = relationship()


class Act(StrEnum):
    """What a device asks: let somebody in, also one who waits, add somebody, take it back."""

    ENTER = "enter"
    ADMIT = "admit"
    WALK_IN = "walk_in"
    UNDO = "undo"


class Outcome(StrEnum):
    """What became of it; behind all but the first three, somebody at the door has to decide."""

    IN = "in"
    ALREADY = "already"
    UNDONE = "undone"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"
    OTHER_EVENT = "other_event"
    UNKNOWN = "unknown"
    NOT_IN = "not_in"


class Passage(Base):
    """One act at the door that was done, once: a device that sends it again is told the same.

    `at` is when it happened at the door, `received_at` when we learned of it; `day` is the day of `at` where
    the event is. `mark` is what made the person present, `seat_before` the seat that letting them in changed.
    """

    __tablename__ = "passages"
    __table_args__ = (
        Index("ix_passages_registration_id_day", "registration_id", "day"),
        Index("ix_passages_event_id_received_at", "event_id", "received_at"),
        Index("ix_passages_event_id_act_day", "event_id", "act", "day"),
    )
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"))
    door_id: Mapped[int | None] = mapped_column(ForeignKey("doors.id"), index=True)
    mark_id: Mapped[int | None] = mapped_column(ForeignKey("attendance_marks.id"), index=True)
    nonce: Mapped[str] = mapped_column(unique=True)
    act: Mapped[Act]
    outcome: Mapped[Outcome]
    day: Mapped[date]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    by: Mapped[str]
    seat_before: Mapped[Seat | None]
    undone_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()
    registration: Mapped[Registration] = relationship()
    door: Mapped[Door | None] = relationship()
    mark: Mapped[AttendanceMark | None] = relationship()
