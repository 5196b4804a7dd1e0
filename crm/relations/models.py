"""What the association and its partners did together, and what was promised."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, Column, ForeignKey, Index, Table, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from crm.accounts.models import Account
from crm.db import Base, NamedChoice
from crm.directory.models import Organisation, Person, Role, of_binned, of_role
from crm.relations.agreements import models as agreements  # noqa: F401  (their tables enter themselves)
from crm.relations.cold import models as cold  # noqa: F401
from crm.relations.partnerships import models as partnerships  # noqa: F401
from crm.text import N_, fold
from crm.web.richtext import plain

# So much of the words of an exchange is searched.
SEARCHED = 2_000


class InteractionKind(NamedChoice, Base):
    """Meeting, call, letter…: a list the association edits. Those that do not `count` warm no relation."""

    __tablename__ = "interaction_kinds"
    SETTABLE: ClassVar[dict[str, str]] = {"counts": N_("Counts as an exchange of substance")}

    icon: Mapped[str] = mapped_column(default="messages")
    counts: Mapped[bool] = mapped_column(default=True, server_default=true())


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


# People whom the text names and who were not there.
interaction_mentions = Table(
    "interaction_mentions",
    Base.metadata,
    Column(
        "interaction_id",
        ForeignKey("interactions.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("person_id", ForeignKey("people.id"), primary_key=True, index=True),
)


class InteractionPerson(Base):
    """A person who took part, with the role held and the organisation stood for on that day."""

    __tablename__ = "interaction_people"
    __table_args__ = (of_role("interaction_people"),)
    __ties__ = "person"

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
    __table_args__ = (of_binned("interactions"),)

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
    search: Mapped[str] = mapped_column(default="", server_default="")
    version: Mapped[int] = mapped_column(default=1)

    kind: Mapped[InteractionKind] = relationship()
    created_by: Mapped[Account | None] = relationship()
    organisations: Mapped[list[Organisation]] = relationship(
        secondary=interaction_organisations, order_by=Organisation.sort
    )
    people: Mapped[list[InteractionPerson]] = relationship(
        cascade="all, delete-orphan", order_by=InteractionPerson.person_id
    )
    mentions: Mapped[list[Person]] = relationship(secondary=interaction_mentions, order_by=Person.sort)
    staff: Mapped[list[Account]] = relationship(secondary=interaction_staff, order_by=Account.name)
    files: Mapped[list["InteractionFile"]] = relationship(
        back_populates="interaction", cascade="all, delete-orphan", order_by="InteractionFile.id"
    )
    follow_ups: Mapped[list["FollowUp"]] = relationship(back_populates="interaction", order_by="FollowUp.id")
    quotes: Mapped[list["Quote"]] = relationship(back_populates="interaction", order_by="Quote.id")
    mail: Mapped["FiledMail | None"] = relationship(back_populates="interaction")

    __mapper_args__ = {"version_id_col": version}

    @validates("title", "body")
    def _is_found_by(self, name: str, value: str) -> str:
        told = {"title": self.title or "", "body": self.body or "", name: value or ""}
        self.search = fold(f"{told['title']} {plain(told['body'])}")[:SEARCHED]
        return value


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


class Every(StrEnum):
    """In what a follow-up's repetition counts."""

    WEEKS = "weeks"
    MONTHS = "months"


class FollowUp(Base):
    """What was promised: who does what, by when; done when (suite à donner).

    One that repeats makes the next when it is done: `repeat_every` weeks or months on, counted from
    `repeat_from`, none after `repeat_until`. `follows_id` names the one it came after, so that each
    has one next at most. `reminded_for` is the day of which its doer was reminded by mail.
    """

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
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    what: Mapped[str]
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    due_on: Mapped[date | None]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    repeat_every: Mapped[int | None]
    repeat_unit: Mapped[Every | None]
    repeat_from: Mapped[date | None]
    repeat_until: Mapped[date | None]
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("follow_ups.id"), unique=True)
    reminded_for: Mapped[date | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    interaction: Mapped[Interaction | None] = relationship(back_populates="follow_ups")
    organisation: Mapped[Organisation | None] = relationship()
    person: Mapped[Person | None] = relationship()
    assigned_to: Mapped[Account | None] = relationship(foreign_keys=[assigned_to_id])

    __mapper_args__ = {"version_id_col": version}


class Consent(StrEnum):
    """What the person who said it answered when asked whether it may be printed."""

    NOT_ASKED = "not_asked"
    ASKED = "asked"
    YES = "yes"
    NO = "no"
    WITHDRAWN = "withdrawn"


class Quote(Base):
    """Words of a person in an exchange, and whether they may be printed.

    `printed_as` is the function to print with the name.
    """

    __tablename__ = "quotes"

    id: Mapped[int] = mapped_column(primary_key=True)
    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    words: Mapped[str]
    printed_as: Mapped[str] = mapped_column(default="")
    agreement: Mapped[Consent] = mapped_column(default=Consent.NOT_ASKED, index=True)
    agreed_on: Mapped[date | None]
    agreed_how: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    binned_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    interaction: Mapped[Interaction] = relationship(back_populates="quotes")
    person: Mapped[Person] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Minutes(Base):
    """A template of minutes: a text that fills in the form of an exchange, of one kind or of any."""

    __tablename__ = "minutes"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind_id: Mapped[int | None] = mapped_column(ForeignKey("interaction_kinds.id"), index=True)
    name_fr: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="")
    body_fr: Mapped[str] = mapped_column(default="")
    body_en: Mapped[str] = mapped_column(default="")
    is_archived: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    kind: Mapped[InteractionKind | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class FilingAddress(Base):
    """The secret part of the address to which an account sends copies of its mail to be filed."""

    __tablename__ = "filing_addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), unique=True)
    token: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]

    account: Mapped[Account] = relationship()


class Filing(StrEnum):
    """What became of a mail that came in to be filed."""

    WAITING = "waiting"
    FILED = "filed"
    DISCARDED = "discarded"
    REFUSED = "refused"


class FiledMail(Base):
    """A mail that came in to be filed.

    `key` is its sender's account and Message-ID, so that it is taken once. `named` are the addresses
    it names: {"email", "name"}. `left_out` are attachments not kept: {"name", "why", "facts"}.
    `reason` is a sentence (N_) with its `facts`. `tail` is what it quotes of earlier mails.
    Of a refused mail no text is kept.
    """

    __tablename__ = "filed_mails"
    # What was refused or put aside goes for good after a month.
    __history__ = False
    __table_args__ = (Index("ix_filed_mails_state_id", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    state: Mapped[Filing]
    reason: Mapped[str] = mapped_column(default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    subject: Mapped[str] = mapped_column(default="")
    sender: Mapped[str] = mapped_column(default="")
    sent_at: Mapped[datetime]
    came_at: Mapped[datetime] = mapped_column(index=True)
    size: Mapped[int] = mapped_column(default=0)
    body: Mapped[str] = mapped_column(default="")
    tail: Mapped[str] = mapped_column(default="")
    named: Mapped[list[Any]] = mapped_column(JSON, default=list)
    left_out: Mapped[list[Any]] = mapped_column(JSON, default=list)
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"), unique=True)
    version: Mapped[int] = mapped_column(default=1)

    account: Mapped[Account | None] = relationship()
    interaction: Mapped[Interaction | None] = relationship(back_populates="mail")
    files: Mapped[list["FiledMailFile"]] = relationship(
        cascade="all, delete-orphan", order_by="FiledMailFile.id"
    )

    __mapper_args__ = {"version_id_col": version}


class FiledMailFile(Base):
    """An attachment of a mail that waits; it moves to the exchange once the mail is filed."""

    __tablename__ = "filed_mail_files"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    mail_id: Mapped[int] = mapped_column(ForeignKey("filed_mails.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    stored_as: Mapped[str] = mapped_column(unique=True)


class LastExchange(Base):
    """The latest exchange of substance with an organisation that is not in the bin; no row without one."""

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
    WROTE_TO_PARLIAMENT = "wrote_to_parliament"


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
