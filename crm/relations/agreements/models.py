"""Signed texts: with whom, signed by whom, from when to when, and that their end was announced."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Account
from crm.db import Base
from crm.directory.models import Organisation, Person, Role

# How long before the last day to give notice the house speaks up.
AHEAD = timedelta(days=30)


class AgreementState(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    SIGNED = "signed"
    ENDED = "ended"
    TERMINATED = "terminated"


agreement_organisations = Table(
    "agreement_organisations",
    Base.metadata,
    Column("agreement_id", ForeignKey("agreements.id", ondelete="CASCADE"), primary_key=True),
    Column("organisation_id", ForeignKey("organisations.id"), primary_key=True, index=True),
)


class AgreementSigner(Base):
    """A person who signed for a partner, with the role held on that day."""

    __tablename__ = "agreement_signers"
    __ties__ = "person"

    agreement_id: Mapped[int] = mapped_column(
        ForeignKey("agreements.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("roles.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)

    person: Mapped[Person] = relationship()
    role: Mapped[Role | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()


class Agreement(Base):
    """A text that the association and one or more partners sign (convention).

    `notice_days` is how long before the end one must say that one does not go on. With
    `renewal_months` it goes on by itself for so many months each time nobody does.
    """

    __tablename__ = "agreements"
    __table_args__ = (
        CheckConstraint("ends_on >= begins_on", name="ends_after_it_begins"),
        CheckConstraint("renewal_months > 0", name="renewed_for_some_months"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    state: Mapped[AgreementState] = mapped_column(default=AgreementState.DRAFT, index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    our_signatory: Mapped[str] = mapped_column(default="")
    signed_on: Mapped[date | None]
    begins_on: Mapped[date | None]
    ends_on: Mapped[date | None] = mapped_column(index=True)
    terminated_on: Mapped[date | None]
    notice_days: Mapped[int] = mapped_column(default=0)
    renewal_months: Mapped[int | None]
    notes: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    binned_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    owner: Mapped[Account | None] = relationship()
    organisations: Mapped[list[Organisation]] = relationship(
        secondary=agreement_organisations, order_by=Organisation.sort
    )
    signers: Mapped[list[AgreementSigner]] = relationship(
        cascade="all, delete-orphan", order_by=AgreementSigner.person_id
    )
    files: Mapped[list["AgreementFile"]] = relationship(
        back_populates="agreement", cascade="all, delete-orphan", order_by="AgreementFile.id"
    )

    __mapper_args__ = {"version_id_col": version}

    def end_on(self, day: date) -> date | None:
        """The last day, as it stands on that day: one that renews itself has gone on until then."""
        if self.ends_on is None or self.renewal_months is None or self.state is not AgreementState.SIGNED:
            return self.ends_on
        end, times = self.ends_on, 0
        while end < day:
            times += 1
            end = later(self.ends_on, self.renewal_months * times)
        return end

    def state_on(self, day: date) -> AgreementState:
        """The state on that day: a signed one whose last day is over has ended, without anyone's act."""
        end = self.end_on(day)
        if self.state is AgreementState.SIGNED and end is not None and end < day:
            return AgreementState.ENDED
        return self.state

    def decide_by(self, day: date) -> date | None:
        """The last day to give notice before the end that comes next."""
        end = self.end_on(day)
        return end - timedelta(days=self.notice_days) if end else None

    def is_ending(self, day: date) -> bool:
        """Whether it runs and its end is near enough to be spoken of."""
        decide = self.decide_by(day)
        running = self.state_on(day) is AgreementState.SIGNED
        return running and decide is not None and decide - AHEAD <= day


def later(day: date, months: int) -> date:
    """That many months later, on the same day of the month or the last one it has."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    year = min(year, date.max.year)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class AgreementFile(Base):
    """A file of an agreement: its text, an annex; `stored_as` is its random name in the files' folder."""

    __tablename__ = "agreement_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    stored_as: Mapped[str] = mapped_column(unique=True)

    agreement: Mapped[Agreement] = relationship(back_populates="files")


class AgreementReminder(Base):
    """That the end on that day was announced: once for each end."""

    __tablename__ = "agreement_reminders"
    __table_args__ = (UniqueConstraint("agreement_id", "ends_on"),)
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id", ondelete="CASCADE"))
    ends_on: Mapped[date]
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("follow_ups.id"))
    at: Mapped[datetime]

    agreement: Mapped[Agreement] = relationship()
