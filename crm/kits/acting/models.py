"""Letters by rule, targets for everybody, and who wrote to whom, as far as they wanted it known."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.directory.models import Organisation, Person
from crm.kits.parliament.models import Chamber, Parliamentarian


class KitLetter(Base):
    """Another version of the letter, for those whom its rule names; the kit's own is for all others.

    What is empty does not narrow. `names` are those for whom it was written by name; `group` is the short
    or the whole name of a political group. Which version one gets: `crm.kits.acting.letters`.
    """

    __tablename__ = "kit_letters"
    __table_args__ = (UniqueConstraint("kit_id", "label"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kits.id"))
    label: Mapped[str]
    chamber: Mapped[Chamber | None]
    group: Mapped[str] = mapped_column(default="")
    committee: Mapped[str] = mapped_column(default="")
    subject: Mapped[str]
    body: Mapped[str]
    short: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)

    named: Mapped[list["KitLetterName"]] = relationship(
        back_populates="letter", cascade="all, delete-orphan", order_by="KitLetterName.id"
    )


class KitLetterName(Base):
    """The letter is for that parliamentarian by name."""

    __tablename__ = "kit_letter_names"
    __ties__ = "parliamentarian"
    __table_args__ = (UniqueConstraint("letter_id", "parliamentarian_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("kit_letters.id"))
    parliamentarian_id: Mapped[int] = mapped_column(ForeignKey("parliamentarians.id"), index=True)

    letter: Mapped[KitLetter] = relationship(back_populates="named")
    parliamentarian: Mapped[Parliamentarian] = relationship()


class KitTarget(Base):
    """Somebody whom every reader is asked to write to, and as what: rapporteur, chair of the committee."""

    __tablename__ = "kit_targets"
    __ties__ = "parliamentarian"
    __table_args__ = (UniqueConstraint("kit_id", "parliamentarian_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kits.id"))
    parliamentarian_id: Mapped[int] = mapped_column(ForeignKey("parliamentarians.id"), index=True)
    reason: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)

    parliamentarian: Mapped[Parliamentarian] = relationship()


class KitReader(Base):
    """Someone who acts on a kit: a person of the directory who came by a link of their own, or nobody known.

    For an unknown one `token` is the only way back to what was declared. A person's acts are kept under
    the person only when asked for (`keeps_name`); otherwise they are counted under an unknown reader, and
    the person's own row keeps but the days, so that no reminder comes after the act.
    """

    __tablename__ = "kit_readers"
    __history__ = False
    __table_args__ = (UniqueConstraint("kit_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kits.id"))
    token: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    constituency: Mapped[str] = mapped_column(default="")
    keeps_name: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime | None]
    acted_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    made_at: Mapped[datetime]

    person: Mapped[Person | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()


class ActKind(StrEnum):
    """`opened` is told by the browser and approximate; the others people declare."""

    OPENED = "opened"
    WROTE = "wrote"
    REPLIED = "replied"


class Reply(StrEnum):
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    NOT_ANSWERED = "not_answered"
    MEETING = "meeting"
    BY_POST = "by_post"


class KitAct(Base):
    """One thing a reader did about one parliamentarian; undone ones stay and count for nothing.

    Nothing of the letter is kept.
    """

    __tablename__ = "kit_acts"
    __history__ = False
    __table_args__ = (
        UniqueConstraint("reader_id", "parliamentarian_id", "kind"),
        Index("ix_kit_acts_kit_id_kind_parliamentarian_id", "kit_id", "kind", "parliamentarian_id"),
        CheckConstraint("kind != 'replied' OR reply IS NOT NULL", name="a_reply_has_a_kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kits.id"))
    reader_id: Mapped[int] = mapped_column(ForeignKey("kit_readers.id"))
    parliamentarian_id: Mapped[int | None] = mapped_column(ForeignKey("parliamentarians.id"), index=True)
    kind: Mapped[ActKind]
    reply: Mapped[Reply | None]
    words: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

    reader: Mapped[KitReader] = relationship()
    parliamentarian: Mapped[Parliamentarian | None] = relationship()


class KitClick(Base):
    """How often a letter to one parliamentarian was opened by one button: a number, tied to nobody."""

    __tablename__ = "kit_clicks"
    __history__ = False
    __table_args__ = (UniqueConstraint("kit_id", "parliamentarian_id", "channel"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kits.id"))
    parliamentarian_id: Mapped[int] = mapped_column(ForeignKey("parliamentarians.id"), index=True)
    channel: Mapped[str]
    number: Mapped[int]
