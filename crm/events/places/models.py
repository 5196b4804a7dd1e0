"""Places held back for groups, and who belongs to each."""

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.directory.models import Organisation, Person
from crm.events.choices import Mode


class Quota(Base):
    """Places of an event that only those who belong to a group may take.

    `mode` says on which side of a hybrid event they are; None where there is one side only.
    """

    __tablename__ = "event_quotas"
    __table_args__ = (
        CheckConstraint("places > 0", name="places_are_positive"),
        UniqueConstraint("event_id", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    name: Mapped[str]
    mode: Mapped[Mode | None]
    places: Mapped[int]

    members: Mapped[list["QuotaMember"]] = relationship(
        back_populates="quota", cascade="all, delete-orphan", order_by="QuotaMember.id"
    )


class QuotaMember(Base):
    """One who belongs to the group: a person, or everybody who stands for an organisation."""

    __tablename__ = "event_quota_members"
    __history__ = False
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) != (organisation_id IS NULL)", name="one_of_two"),
        UniqueConstraint("quota_id", "person_id"),
        UniqueConstraint("quota_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quota_id: Mapped[int] = mapped_column(ForeignKey("event_quotas.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)

    quota: Mapped[Quota] = relationship(back_populates="members")
    person: Mapped[Person | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
