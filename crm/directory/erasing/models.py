"""That a person was erased: by whom, when and why, and nothing of who it was."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Erasure(Base):
    """One person erased. `counts` says how many rows of each kind stayed without a name, or went.

    `leavings` are the files that still have to go, by their random names: a look each minute finds them
    when the process died between the commit and the disk.
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
