"""What each person got, byte by byte, in little room."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class KeptForm(Base):
    """The lines that the messages of one dispatch have in common: nothing in it is about one reader.

    Messages that name it are compressed with it as their dictionary, and cannot be read without it.
    """

    __tablename__ = "kept_forms"
    __history__ = False
    __table_args__ = (Index("ix_kept_forms_dispatch_id_kind_language", "dispatch_id", "kind", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dispatch_id: Mapped[int] = mapped_column(ForeignKey("dispatches.id"))
    kind: Mapped[str]
    language: Mapped[str] = mapped_column(String(8))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class KeptMessage(Base):
    """The bytes of one message, compressed; what was sent again later takes the place of the first."""

    __tablename__ = "kept_messages"
    __history__ = False

    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True
    )
    form_id: Mapped[int | None] = mapped_column(ForeignKey("kept_forms.id"), index=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(index=True)
