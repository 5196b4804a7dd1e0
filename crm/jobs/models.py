"""What workers leave in the database for others to see."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Worker(Base):
    """A worker process; `seen_at` moves every few seconds while it runs, `stopped_at` when it ends well."""

    __tablename__ = "workers"
    __history__ = False

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
