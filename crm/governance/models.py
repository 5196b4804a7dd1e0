"""Who belongs to the association and who governs it: memberships by period, bodies, dated seats."""

from calendar import isleap
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base, NamedChoice
from crm.directory.models import SORT, Organisation, Person, of_binned


class Period:
    """From one day to another, both included. No first day: it began before anyone kept count; no last
    day: it goes on. It begins and ends by its days, without anyone's act."""

    begins_on: Mapped[date | None]
    ends_on: Mapped[date | None]

    def runs_on(self, day: date) -> bool:
        begun = self.begins_on is None or self.begins_on <= day
        return begun and (self.ends_on is None or day <= self.ends_on)


def last_day_of(first: date, years: int) -> date:
    """The last day of so many years that begin on that day."""
    year = first.year + years
    if (first.month, first.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return first.replace(year=year) - timedelta(days=1)


class College(NamedChoice, Base):
    """A group of members that is represented as such: communes, departments… (collège)."""

    __tablename__ = "colleges"


class BodyFunction(NamedChoice, Base):
    """What somebody is in a body: chair, treasurer, member… in the order of their rank."""

    __tablename__ = "body_functions"


class Body(Period, Base):
    """A board, a bureau, a committee: people sit in it from one day to another.

    `places` is how many seats it has and `term_years` how long one sits, where the statutes say so.
    """

    __tablename__ = "bodies"
    __table_args__ = (
        CheckConstraint("ends_on >= begins_on", name="ends_after_it_begins"),
        CheckConstraint("places > 0", name="has_places"),
        CheckConstraint("term_years > 0", name="term_of_some_years"),
        of_binned("bodies"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    purpose: Mapped[str] = mapped_column(default="")
    places: Mapped[int | None]
    term_years: Mapped[int | None]
    search: Mapped[str] = mapped_column(default="")
    sort: Mapped[str] = mapped_column(SORT, default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    binned_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Seat(Period, Base):
    """One person's place in a body, from one day to another.

    `organisation` is the one represented; without one the person sits in his or her own name. `title`
    is the function as it is printed, where its name in the list does not do.
    """

    __tablename__ = "seats"
    __table_args__ = (
        CheckConstraint("ends_on >= begins_on", name="ends_after_it_begins"),
        Index("ix_seats_body_id_ends_on", "body_id", "ends_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("bodies.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    function_id: Mapped[int | None] = mapped_column(ForeignKey("body_functions.id"), index=True)
    college_id: Mapped[int | None] = mapped_column(ForeignKey("colleges.id"), index=True)
    title: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    binned_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    body: Mapped[Body] = relationship()
    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    function: Mapped[BodyFunction | None] = relationship()
    college: Mapped[College | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Fee(StrEnum):
    """What became of the fee of a period."""

    DUE = "due"
    PAID = "paid"
    EXEMPT = "exempt"


class Membership(Period, Base):
    """That an organisation is a member from one day to another; renewing it makes another one."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("ends_on >= begins_on", name="ends_after_it_begins"),
        Index("ix_memberships_organisation_id_ends_on", "organisation_id", "ends_on"),
        Index(
            "ix_memberships_of_kept",
            "ends_on",
            "begins_on",
            "organisation_id",
            sqlite_where=text("binned_at IS NULL"),
            postgresql_where=text("binned_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    college_id: Mapped[int | None] = mapped_column(ForeignKey("colleges.id"), index=True)
    fee: Mapped[Fee] = mapped_column(default=Fee.DUE)
    notes: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    binned_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship()
    college: Mapped[College | None] = relationship()

    __mapper_args__ = {"version_id_col": version}
