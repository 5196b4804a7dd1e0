"""Columns of the attendance list, kept under a name for the next event."""

from datetime import datetime

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class ColumnSet(Base):
    """A choice of columns that anybody who exports may use; questions that another event never asked are
    left out there."""

    __tablename__ = "column_sets"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    columns: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
