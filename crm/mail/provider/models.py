"""What the provider is still to be told."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Release(Base):
    """Somebody lifted the hold of an address: the provider is to strike it from its own lists.

    Tried again from `not_before` on until `done_at`; `reason` and `said` tell why the last try failed.
    """

    __tablename__ = "provider_releases"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"), index=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
    not_before: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None]
    said: Mapped[str | None]
    done_at: Mapped[datetime | None] = mapped_column(index=True)
