"""Relations that are followed, the stage each has reached, and what moved when."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Account
from crm.db import Base, NamedChoice
from crm.directory.models import Organisation
from crm.text import N_

TONES = ("plain", "accent", "wait", "good", "bad")


class PartnershipStage(NamedChoice, Base):
    """To meet, in discussion, agreement signed…: a list the association edits.

    `rhythm_days` is the longest silence that is meant at this stage; None where silence is meant.
    """

    __tablename__ = "partnership_stages"
    SETTABLE: ClassVar[dict[str, str]] = {
        "rhythm_days": N_("Longest silence, in days"),
        "tone": N_("Colour"),
    }

    rhythm_days: Mapped[int | None]
    tone: Mapped[str] = mapped_column(default="plain")


class Partnership(Base):
    """A relation with an organisation that is followed (partenariat); an organisation has one.

    `rhythm_days` goes before that of the stage. `moved_at` is when it came to its stage.
    """

    __tablename__ = "partnerships"
    __table_args__ = (CheckConstraint("rhythm_days > 0", name="rhythm_is_some_days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), unique=True)
    stage_id: Mapped[int] = mapped_column(ForeignKey("partnership_stages.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    rhythm_days: Mapped[int | None]
    aim: Mapped[str] = mapped_column(default="")
    moved_at: Mapped[datetime]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    binned_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship()
    stage: Mapped[PartnershipStage] = relationship()
    owner: Mapped[Account | None] = relationship()
    moves: Mapped[list["PartnershipMove"]] = relationship(
        back_populates="partnership", order_by="PartnershipMove.id.desc()"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def rhythm(self) -> int | None:
        """The longest silence that is meant, in days; None where silence is meant."""
        return self.rhythm_days or self.stage.rhythm_days


class PartnershipMove(Base):
    """A partnership came to a stage: from which, when, by whom."""

    __tablename__ = "partnership_moves"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnerships.id", ondelete="CASCADE"), index=True)
    from_id: Mapped[int | None] = mapped_column(ForeignKey("partnership_stages.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("partnership_stages.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]

    partnership: Mapped[Partnership] = relationship(back_populates="moves")
    from_stage: Mapped[PartnershipStage | None] = relationship(foreign_keys=[from_id])
    to_stage: Mapped[PartnershipStage] = relationship(foreign_keys=[to_id])
    by: Mapped[Account | None] = relationship()
