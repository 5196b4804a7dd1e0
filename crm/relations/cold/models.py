"""Silences that are meant for a while, and who wants the Monday list by mail."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Account
from crm.db import Base
from crm.directory.models import Organisation


class Leave(Base):
    """Somebody decided to leave the organisation alone until that day; `ended_at` is when it was undone."""

    __tablename__ = "leaves"
    __table_args__ = (Index("ix_leaves_organisation_id_until", "organisation_id", "until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    until: Mapped[date]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    ended_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    by: Mapped[Account] = relationship()


class Whose(StrEnum):
    """Whose relations a Monday list is about."""

    MINE = "mine"
    ALL = "all"


class MondayMail(Base):
    """The account wants its list of cold relations by mail on Mondays, chosen at `since`."""

    __tablename__ = "monday_mails"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), unique=True)
    whose: Mapped[Whose]
    since: Mapped[datetime]

    account: Mapped[Account] = relationship()
