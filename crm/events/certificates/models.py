"""What an event certifies, and each certificate as it was given."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.events.models import Event, Registration


class CertificateTerms(Base):
    """An event that gives certificates: the minutes of the whole of it, and who signs."""

    __tablename__ = "certificate_terms"
    __table_args__ = (CheckConstraint("minutes > 0", name="minutes_are_positive"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), primary_key=True)
    minutes: Mapped[int]
    signer_name: Mapped[str] = mapped_column(default="")
    signer_function: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]

    event: Mapped[Event] = relationship()


class Certificate(Base):
    """A certificate that was given: it goes on saying what it said, whatever is changed afterwards.

    `number` is made by chance, for people to type. A certificate taken back is shown as such.
    """

    __tablename__ = "certificates"

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(default="fr")
    name: Mapped[str]
    function: Mapped[str] = mapped_column(default="")
    organisation_name: Mapped[str] = mapped_column(default="")
    event_title: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    begins_on: Mapped[date]
    ends_on: Mapped[date]
    minutes: Mapped[int]
    signer_name: Mapped[str] = mapped_column(default="")
    signer_function: Mapped[str] = mapped_column(default="")
    issued_at: Mapped[datetime]
    issued_by: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]

    registration: Mapped[Registration] = relationship()
