"""That a person was erased: by whom, when and why, and nothing of who it was."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Erasure(Base):
    """One person erased. `counts` says how many rows of each kind stayed without a name, or went.

    `leavings` is what still has to go: files by their random names, and traces in the database's own file.
    A job takes it away after the commit, and a look each minute what it left.
    """

    __tablename__ = "erasures"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    at: Mapped[datetime]
    by: Mapped[str]
    reason: Mapped[str]
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    leavings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
