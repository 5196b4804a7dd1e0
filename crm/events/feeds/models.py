"""The secret addresses of calendars that people with an account subscribe to."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Account
from crm.db import Base


class Scope(StrEnum):
    """Which events the calendar holds: the whole agenda, or those its owner has a hand in."""

    AGENDA = "agenda"
    MINE = "mine"


class Feed(Base):
    """A calendar of one account; whoever knows the token reads it, until it is changed or taken back."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (UniqueConstraint("account_id", "scope"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    scope: Mapped[Scope]
    token: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]

    account: Mapped[Account] = relationship()
