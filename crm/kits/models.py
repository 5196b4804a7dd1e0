"""Mobilisation kits: a call, a model letter and all that helps others to act."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.directory.models import Organisation
from crm.kits.parliament import models as parliament  # noqa: F401  (their tables enter themselves)


class KitState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"


class Kit(Base):
    """A kit. `call` and `press_release` are cleaned HTML; the letter and the amendment are plain text.

    `letter_short` is what the `mailto:` link carries when the letter itself is too long for one.
    """

    __tablename__ = "kits"
    __table_args__ = (CheckConstraint("deadline >= begins_on", name="deadline_after_it_begins"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    objective: Mapped[str] = mapped_column(default="")
    begins_on: Mapped[date | None]
    deadline: Mapped[date | None]
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    call: Mapped[str] = mapped_column(default="")
    letter_subject: Mapped[str] = mapped_column(default="")
    letter_body: Mapped[str] = mapped_column(default="")
    letter_short: Mapped[str] = mapped_column(default="")
    amendment: Mapped[str] = mapped_column(default="")
    press_release: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="fr")
    search: Mapped[str] = mapped_column(default="")
    state: Mapped[KitState] = mapped_column(default=KitState.DRAFT)
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    lead: Mapped[Organisation | None] = relationship()
    resources: Mapped[list["KitResource"]] = relationship(
        back_populates="kit",
        order_by="KitResource.position",
        cascade="all, delete-orphan",
    )
    cosignatories: Mapped[list["Cosignatory"]] = relationship(
        back_populates="kit",
        order_by="Cosignatory.signed_on",
        cascade="all, delete-orphan",
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def ref(self) -> str:
        """How mailings and the log name the kit."""
        return f"kits:{self.id}"

    @property
    def for_link(self) -> str:
        """The text that the `mailto:` link carries."""
        return self.letter_short or self.letter_body

    def is_over(self, day: date) -> bool:
        return self.deadline is not None and self.deadline < day


class KitResource(Base):
    """A link, or a file kept under the random name `stored_as`."""

    __tablename__ = "kit_resources"

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kits.id"), index=True)
    title: Mapped[str]
    url: Mapped[str] = mapped_column(default="")
    stored_as: Mapped[str | None] = mapped_column(unique=True)
    file_name: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)

    kit: Mapped[Kit] = relationship(back_populates="resources")


class Cosignatory(Base):
    """An organisation that signs the kit, on that day."""

    __tablename__ = "cosignatories"
    __ties__ = "organisation"
    __table_args__ = (UniqueConstraint("kit_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kits.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    signed_on: Mapped[date]
    signer: Mapped[str] = mapped_column(default="")
    signer_function: Mapped[str] = mapped_column(default="")

    kit: Mapped[Kit] = relationship(back_populates="cosignatories")
    organisation: Mapped[Organisation] = relationship()
