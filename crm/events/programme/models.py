"""What happens during an event: sessions, rooms, speakers with their own answer, documents."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.directory.models import Organisation, Person
from crm.events.models import Answer, Event
from crm.mail.models import Address


class Room(Base):
    """A place within the event's venue, or one of its links, named for the programme."""

    __tablename__ = "event_rooms"
    __table_args__ = (UniqueConstraint("event_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    name: Mapped[str]
    places: Mapped[int | None]

    event: Mapped[Event] = relationship()


class ProgrammeSession(Base):
    """One part of the programme. Walls are naive, in the event's zone; the instants follow from them."""

    __tablename__ = "event_sessions"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
        Index("ix_event_sessions_event_id_starts_at", "event_id", "starts_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("event_rooms.id", ondelete="SET NULL"), index=True)
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    starts_wall: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    ends_wall: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship()
    room: Mapped[Room | None] = relationship()
    turns: Mapped[list["Turn"]] = relationship(
        back_populates="session", cascade="all, delete-orphan", order_by="Turn.position, Turn.id"
    )
    documents: Mapped[list["Document"]] = relationship(
        back_populates="session", order_by="Document.id", passive_deletes=True
    )

    __mapper_args__ = {"version_id_col": version}


class Speaker(Base):
    """A person on the programme, printed with the function and organisation of then.

    `answer` is their own, to the invitation to speak, whatever their registration says.
    """

    __tablename__ = "event_speakers"
    __table_args__ = (UniqueConstraint("event_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    organisation_name: Mapped[str] = mapped_column(default="")
    function: Mapped[str] = mapped_column(default="")
    address_id: Mapped[int | None] = mapped_column(ForeignKey("addresses.id"), index=True)
    token: Mapped[str] = mapped_column(unique=True)
    asked_at: Mapped[datetime | None]
    answer: Mapped[Answer] = mapped_column(default=Answer.NONE)
    answered_at: Mapped[datetime | None]
    said: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship()
    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    address: Mapped[Address | None] = relationship()
    turns: Mapped[list["Turn"]] = relationship(
        back_populates="speaker", cascade="all, delete-orphan", passive_deletes=True
    )

    __mapper_args__ = {"version_id_col": version}


class Does(StrEnum):
    """What a person does in a session."""

    SPEAKS = "speaks"
    MODERATES = "moderates"


class Turn(Base):
    """One speaker in one session."""

    __tablename__ = "session_speakers"
    __ties__ = "speaker"
    __table_args__ = (UniqueConstraint("session_id", "speaker_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("event_sessions.id", ondelete="CASCADE"))
    speaker_id: Mapped[int] = mapped_column(ForeignKey("event_speakers.id", ondelete="CASCADE"), index=True)
    does: Mapped[Does] = mapped_column(default=Does.SPEAKS)
    position: Mapped[int] = mapped_column(default=0)

    session: Mapped[ProgrammeSession] = relationship(back_populates="turns")
    speaker: Mapped[Speaker] = relationship(back_populates="turns")


class Document(Base):
    """A file of the event, or of one session; `stored_as` is its random name in the files' folder."""

    __tablename__ = "event_documents"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[int | None] = mapped_column(
        ForeignKey("event_sessions.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    stored_as: Mapped[str] = mapped_column(unique=True)
    is_public: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]

    event: Mapped[Event] = relationship()
    session: Mapped[ProgrammeSession | None] = relationship(back_populates="documents")
