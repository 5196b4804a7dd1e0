"""What is written to people by itself before an event, or after it."""

from datetime import datetime, time
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.events.models import Event
from crm.mail.models import Dispatch


class Readers(StrEnum):
    """Who gets the reminder, as things stand when it leaves."""

    REGISTERED = "registered"
    UNANSWERED = "unanswered"
    PRESENT = "present"


class ReminderState(StrEnum):
    PLANNED = "planned"
    LEFT = "left"
    MISSED = "missed"


class Reminder(Base):
    """One message to many, at a distance from the event that is told as people say it.

    Either so many `minutes` from the start (after the end when `is_after`), counted as time that
    passes; or so many `days` before the first day (after the last one) at the `hour` that clocks show
    there. `leaves_at` is the instant that follows from the event's time, computed anew whenever the
    event moves. `planned_at` is when it was computed: what would have left before it never leaves.
    `round` grows when the event moves after the reminder left, so that it leaves again.
    """

    __tablename__ = "event_reminders"
    __table_args__ = (
        CheckConstraint("(minutes IS NULL) <> (days IS NULL)", name="distance_is_told_in_one_way"),
        CheckConstraint("minutes >= 0 AND days >= 0", name="distance_is_not_negative"),
        CheckConstraint("(days IS NULL) = (hour IS NULL)", name="days_have_an_hour"),
        Index("ix_event_reminders_state_leaves_at", "state", "leaves_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    readers: Mapped[Readers]
    is_after: Mapped[bool] = mapped_column(default=False)
    minutes: Mapped[int | None]
    days: Mapped[int | None]
    hour: Mapped[time | None]
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[ReminderState] = mapped_column(default=ReminderState.PLANNED)
    round: Mapped[int] = mapped_column(default=0)
    leaves_at: Mapped[datetime]
    planned_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    reached: Mapped[int | None]
    dispatch_id: Mapped[int | None] = mapped_column(ForeignKey("dispatches.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship()
    dispatch: Mapped[Dispatch | None] = relationship()

    __mapper_args__ = {"version_id_col": version}
