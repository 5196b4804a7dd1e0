"""Templates: what a new event may begin with."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class EventTemplate(Base):
    """Pieces of an event, kept under a name; `pieces` holds what each piece gave, under its key.

    It names no person: who spoke is copied from event to event only.
    """

    __tablename__ = "event_templates"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    note: Mapped[str] = mapped_column(default="")
    pieces: Mapped[dict[str, Any]]
    is_archived: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
