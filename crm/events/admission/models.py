"""Whom a closed list names, and the secret links that open an event to whoever has one."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class ListedAddress(Base):
    """An address that may register for an event of a closed list; `@` and a domain for all of its own."""

    __tablename__ = "listed_addresses"
    __table_args__ = (UniqueConstraint("event_id", "email"),)
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    email: Mapped[str]


class PrivateLink(Base):
    """A link that opens registration to whoever has it, however closed it is to others; until revoked."""

    __tablename__ = "private_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    token: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    revoked_at: Mapped[datetime | None]
