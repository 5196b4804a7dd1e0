"""A series, the events in it, and who registered for all of them at once."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.directory.models import Person
from crm.events.models import Event, Mode
from crm.mail.models import Address


class Series(Base):
    """Events that belong together. One that `is_joint` has one registration for all of them."""

    __tablename__ = "event_series"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="fr")
    is_joint: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    occurrences: Mapped[list["Occurrence"]] = relationship(
        back_populates="series", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}


class Scope(StrEnum):
    """Which events of a series a change is meant for."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


class Occurrence(Base):
    """An event's place in its series; an event is in one series at most."""

    __tablename__ = "event_occurrences"
    __ties__ = "event"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("event_series.id", ondelete="CASCADE"), index=True)

    event: Mapped[Event] = relationship()
    series: Mapped[Series] = relationship(back_populates="occurrences")


class SeriesRegistration(Base):
    """A person registered for the whole series; the seats are those of each event.

    `turns` grows with each registration, so that each is told by a message of its own.
    """

    __tablename__ = "series_registrations"
    __table_args__ = (UniqueConstraint("series_id", "person_id"),)
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("event_series.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    address_id: Mapped[int | None] = mapped_column(ForeignKey("addresses.id"), index=True)
    token: Mapped[str] = mapped_column(unique=True)
    mode: Mapped[Mode]
    language: Mapped[str] = mapped_column(default="fr")
    turns: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    series: Mapped[Series] = relationship()
    person: Mapped[Person] = relationship()
    address: Mapped[Address | None] = relationship()
