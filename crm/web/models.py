"""What the pages themselves remember: forms already sent, exports made."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Submission(Base):
    """A form that was accepted: a second click on the same page leads where the first one led."""

    __tablename__ = "submissions"
    __history__ = False

    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    location: Mapped[str | None]


class Export(Base):
    """Who took which rows out, when, how many and what for.

    `digest` is that of a list that was signed, of its rows as CSV.
    """

    __tablename__ = "exports"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    what: Mapped[str]
    chosen: Mapped[str] = mapped_column(default="")
    format: Mapped[str]
    rows: Mapped[int] = mapped_column(default=0)
    purpose: Mapped[str] = mapped_column(default="", server_default="")
    digest: Mapped[str | None]


class Hit(Base):
    """One use of a public form, kept an hour to hold robots back."""

    __tablename__ = "hits"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    door: Mapped[str] = mapped_column(index=True)
    network: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
