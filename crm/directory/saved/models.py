"""Views: conditions under a name, and the one with which a list opens."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Account
from crm.db import Base


class SavedView(Base):
    """Conditions on people or on organisations under a name, private to its owner or shared.

    `kind` is "people" or "organisations"; `conditions` a tree as `crm.directory.conditions.tree` writes
    it, which names records and fields by their keys. `columns` and `sort` are how its list is shown.
    """

    __tablename__ = "saved_views"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    is_shared: Mapped[bool] = mapped_column(default=False)
    conditions: Mapped[dict[str, Any]] = mapped_column(JSON)
    columns: Mapped[list[str]] = mapped_column(JSON, default=list)
    sort: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    binned_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    owner: Mapped[Account | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class DefaultView(Base):
    """The view with which a list opens for an account."""

    __tablename__ = "default_views"
    __history__ = False

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    view_id: Mapped[int] = mapped_column(ForeignKey("saved_views.id", ondelete="CASCADE"), index=True)
