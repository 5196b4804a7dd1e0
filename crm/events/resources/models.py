"""Links and files that stay after an event, and who asked to be told of them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.directory.models import Person
from crm.events.models import Event


class ResourceKind(StrEnum):
    REPLAY = "replay"
    SLIDES = "slides"
    FAQ = "faq"
    SUMMARY = "summary"
    OTHER = "other"


class Resource(Base):
    """A link (`url`) or a kept file (`stored_as`), for anybody or for those who registered."""

    __tablename__ = "event_resources"
    __table_args__ = (CheckConstraint("(url <> '') <> (stored_as IS NOT NULL)", name="is_a_link_or_a_file"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ResourceKind]
    title: Mapped[str]
    url: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(default=0)
    stored_as: Mapped[str | None] = mapped_column(unique=True)
    is_public: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]

    event: Mapped[Event] = relationship()


class ReplayRequest(Base):
    """Somebody who asked to be told when the replay is there."""

    __tablename__ = "replay_requests"
    __history__ = False
    __table_args__ = (UniqueConstraint("event_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    asked_at: Mapped[datetime]

    event: Mapped[Event] = relationship()
    person: Mapped[Person] = relationship()
