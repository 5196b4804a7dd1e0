"""Files of webinar platforms, and the people whose connections they list."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.events.models import AttendanceMark, Event, Registration


class FileState(StrEnum):
    """`ASKING`: its columns or its dates wait for a person; `READ`: understood, and nothing is noted yet."""

    ASKING = "asking"
    READ = "read"
    NOTED = "noted"
    UNDONE = "undone"


class PlatformFile(Base):
    """One file of an event, from its upload until its attendance is noted or taken back.

    `content` is kept while the file waits for an answer. Attended means connected for `least_minutes`
    in all. `unread` are the rows that could not be read: number, cells, reason and its facts.
    """

    __tablename__ = "platform_files"
    __history__ = False
    __table_args__ = (CheckConstraint("least_minutes >= 0", name="least_minutes_are_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    layout: Mapped[str] = mapped_column(default="")
    state: Mapped[FileState]
    least_minutes: Mapped[int]
    marks_others: Mapped[bool] = mapped_column(default=False)
    connections: Mapped[int] = mapped_column(default=0)
    unread: Mapped[list[Any]] = mapped_column(JSON, default=list)
    digest: Mapped[str] = mapped_column(index=True)
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    at: Mapped[datetime]
    by: Mapped[str]
    noted_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()
    marks: Mapped[list["PlatformMark"]] = relationship(order_by="PlatformMark.mark_id")


class PlatformMark(Base):
    """An attendance marking that was made from a file."""

    __tablename__ = "platform_marks"
    __history__ = False

    file_id: Mapped[int] = mapped_column(
        ForeignKey("platform_files.id", ondelete="CASCADE"), primary_key=True
    )
    mark_id: Mapped[int] = mapped_column(ForeignKey("attendance_marks.id"), primary_key=True)

    mark: Mapped[AttendanceMark] = relationship()


class Match(StrEnum):
    """How a connected person was known: for sure, by what a person said, not yet, or by nobody."""

    SURE = "sure"
    CHOSEN = "chosen"
    UNSURE = "unsure"
    NONE = "none"


class Connected(Base):
    """One person of a file with all their connections.

    `spans` are seconds from the first connection of the file, begin and end, none overlapping another;
    `seconds` is the time in all, also where the file tells durations only. `candidates` are the keys of
    the registrations that may be meant, best first.
    """

    __tablename__ = "platform_people"
    __history__ = False
    __table_args__ = (Index("ix_platform_people_file_id_match", "file_id", "match", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("platform_files.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    organisation: Mapped[str] = mapped_column(default="")
    connections: Mapped[int] = mapped_column(default=1)
    spans: Mapped[list[Any]] = mapped_column(JSON, default=list)
    seconds: Mapped[int] = mapped_column(default=0)
    match: Mapped[Match]
    candidates: Mapped[list[int]] = mapped_column(JSON, default=list)
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registrations.id", ondelete="SET NULL"), index=True
    )

    file: Mapped[PlatformFile] = relationship()
    registration: Mapped[Registration | None] = relationship()

    @property
    def minutes(self) -> int:
        return self.seconds // 60
