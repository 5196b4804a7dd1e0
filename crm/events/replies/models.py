"""Where calendars answer to, and what they answered."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.directory.models import Person
from crm.events.models import Event
from crm.mail.models import Address


class ReplyAddress(Base):
    """The secret part of the ORGANIZER that one recipient knows for one event: constant once made."""

    __tablename__ = "reply_addresses"
    __table_args__ = (UniqueConstraint("event_id", "address_id"),)
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"), index=True)
    token: Mapped[str] = mapped_column(unique=True)

    event: Mapped[Event] = relationship()
    address: Mapped[Address] = relationship()


class ReplyState(StrEnum):
    """What became of a mail in the mailbox that calendars answer to. Only `waiting` asks for a person."""

    WAITING = "waiting"
    TAKEN = "taken"
    OUTDATED = "outdated"
    SETTLED = "settled"
    DISMISSED = "dismissed"
    SET_ASIDE = "set_aside"


class CalendarReply(Base):
    """One answer of a calendar, or a mail that came in its place.

    `key` makes it the same when it comes twice. `sequence` and `stamp` are those of the answer,
    `stamp` never later than when it came. `attendee` is who answers, `sender` who the mail is from;
    `person` is whom it was matched with. `reason` is a sentence for the catalogues, with its `facts`.
    `calendar` is the calendar object as it came. `proposed` tells another time that was proposed.
    """

    __tablename__ = "calendar_replies"
    __table_args__ = (
        Index("ix_calendar_replies_state_id", "state", "id"),
        Index("ix_calendar_replies_event_id_person_id", "event_id", "person_id"),
    )
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    state: Mapped[ReplyState]
    reason: Mapped[str] = mapped_column(default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    method: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
    attendee: Mapped[str] = mapped_column(default="")
    attendee_name: Mapped[str] = mapped_column(default="")
    sender: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    comment: Mapped[str] = mapped_column(default="")
    proposed: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sequence: Mapped[int] = mapped_column(default=0)
    stamp: Mapped[datetime]
    came_at: Mapped[datetime] = mapped_column(index=True)
    calendar: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event | None] = relationship()
    person: Mapped[Person | None] = relationship()

    __mapper_args__ = {"version_id_col": version}
