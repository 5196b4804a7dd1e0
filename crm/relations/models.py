"""What the association and its partners did together, and what was promised."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Account
from crm.db import Base, NamedChoice
from crm.directory.models import Organisation, Person, Role


class InteractionKind(NamedChoice, Base):
    """Meeting, call, letter…: a list the association edits."""

    __tablename__ = "interaction_kinds"

    icon: Mapped[str] = mapped_column(default="messages")


interaction_organisations = Table(
    "interaction_organisations",
    Base.metadata,
    Column(
        "interaction_id",
        ForeignKey("interactions.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("organisation_id", ForeignKey("organisations.id"), primary_key=True, index=True),
)
interaction_staff = Table(
    "interaction_staff",
    Base.metadata,
    Column(
        "interaction_id",
        ForeignKey("interactions.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
)


class InteractionPerson(Base):
    """A person who took part, with the role held and the organisation stood for on that day."""

    __tablename__ = "interaction_people"

    interaction_id: Mapped[int] = mapped_column(
        ForeignKey("interactions.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("roles.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)

    person: Mapped[Person] = relationship()
    role: Mapped[Role | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()


class Interaction(Base):
    """Something that happened with one or more organisations and people (échange)."""

    __tablename__ = "interactions"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind_id: Mapped[int] = mapped_column(ForeignKey("interaction_kinds.id"), index=True)
    title: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    happened_at: Mapped[datetime] = mapped_column(index=True)
    is_all_day: Mapped[bool] = mapped_column(default=False)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    binned_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    kind: Mapped[InteractionKind] = relationship()
    created_by: Mapped[Account | None] = relationship()
    organisations: Mapped[list[Organisation]] = relationship(
        secondary=interaction_organisations, order_by=Organisation.sort
    )
    people: Mapped[list[InteractionPerson]] = relationship(
        cascade="all, delete-orphan", order_by=InteractionPerson.person_id
    )
    staff: Mapped[list[Account]] = relationship(secondary=interaction_staff, order_by=Account.name)
    files: Mapped[list["InteractionFile"]] = relationship(
        back_populates="interaction", cascade="all, delete-orphan", order_by="InteractionFile.id"
    )
    follow_ups: Mapped[list["FollowUp"]] = relationship(back_populates="interaction", order_by="FollowUp.id")

    __mapper_args__ = {"version_id_col": version}


class InteractionFile(Base):
    """A file kept with an interaction; `stored_as` is its random name in the files' folder."""

    __tablename__ = "interaction_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    stored_as: Mapped[str] = mapped_column(unique=True)

    interaction: Mapped[Interaction] = relationship(back_populates="files")


class FollowUp(Base):
    """What was promised: who does what, by when; done when (suite à donner)."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        Index("ix_follow_ups_assigned_to_id_due_on", "assigned_to_id", "due_on"),
        Index(
            "ix_follow_ups_due_on_of_open",
            "due_on",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
        Index("ix_follow_ups_done_at_id", "done_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    what: Mapped[str]
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    due_on: Mapped[date | None]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    interaction: Mapped[Interaction | None] = relationship(back_populates="follow_ups")
    organisation: Mapped[Organisation | None] = relationship()
    assigned_to: Mapped[Account | None] = relationship(foreign_keys=[assigned_to_id])

    __mapper_args__ = {"version_id_col": version}


class LastExchange(Base):
    """The latest exchange with an organisation that is not in the bin; no row when there was none."""

    __tablename__ = "last_exchanges"
    __history__ = False

    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True
    )
    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class Act(StrEnum):
    """What the house writes into the log by itself."""

    INVITED = "invited"
    REGISTERED = "registered"
    WITHDREW = "withdrew"
    ATTENDED = "attended"
    MAILED = "mailed"
    KIT_MAILED = "kit_mailed"
    COSIGNED = "cosigned"


class Note(Base):
    """One step of the main job, written by itself; pages fold the notes of one subject into a line.

    `organisation_id` is the one the person stood for that day. `subject` names the event, mailing
    or kit (`events:12`), `title` what it was called then. A person has one note for each act and
    subject; so has an organisation of which no person is named.
    """

    __tablename__ = "notes"
    __table_args__ = (
        UniqueConstraint("subject", "act", "person_id"),
        Index(
            "uq_notes_of_organisations",
            "subject",
            "act",
            "organisation_id",
            unique=True,
            sqlite_where=text("person_id IS NULL"),
            postgresql_where=text("person_id IS NULL"),
        ),
        Index("ix_notes_organisation_id_subject_at", "organisation_id", "subject", "at"),
        Index("ix_notes_person_id_subject_at", "person_id", "subject", "at"),
    )
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    act: Mapped[Act]
    subject: Mapped[str]
    title: Mapped[str]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
