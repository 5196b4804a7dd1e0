"""Versions of a kit's amendment, and the parliamentarians who relay them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.kits.parliament.models import Parliamentarian


class Outcome(StrEnum):
    ADOPTED = "adopted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class KitAmendment(Base):
    """One version of the amendment. `provision` is the text to adopt, `reasons` its summary of reasons."""

    __tablename__ = "kit_amendments"
    __table_args__ = (UniqueConstraint("kit_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kits.id"))
    number: Mapped[int]
    text_reference: Mapped[str] = mapped_column(default="")
    article: Mapped[str] = mapped_column(default="")
    provision: Mapped[str]
    reasons: Mapped[str] = mapped_column(default="")
    written_at: Mapped[datetime]
    written_by: Mapped[str]

    relays: Mapped[list["AmendmentRelay"]] = relationship(
        back_populates="amendment", cascade="all, delete-orphan", order_by="AmendmentRelay.id"
    )


class AmendmentRelay(Base):
    """A parliamentarian takes the version up; once tabled it has a number, in the end an outcome."""

    __tablename__ = "kit_amendment_relays"
    __table_args__ = (
        UniqueConstraint("amendment_id", "parliamentarian_id"),
        CheckConstraint("(outcome IS NULL) = (outcome_on IS NULL)", name="an_outcome_has_its_day"),
        CheckConstraint("outcome_on >= tabled_on", name="outcome_after_tabling"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    amendment_id: Mapped[int] = mapped_column(ForeignKey("kit_amendments.id"))
    parliamentarian_id: Mapped[int] = mapped_column(ForeignKey("parliamentarians.id"), index=True)
    tabled_on: Mapped[date | None]
    tabled_number: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    outcome: Mapped[Outcome | None]
    outcome_on: Mapped[date | None]

    amendment: Mapped[KitAmendment] = relationship(back_populates="relays")
    parliamentarian: Mapped[Parliamentarian] = relationship()
