"""An event at which people vote: its rule, and each voter's part in it."""

from datetime import datetime
from enum import StrEnum
from typing import Optional

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.directory.models import SORT, Organisation, Person
from crm.events.models import Event


class Electorate(StrEnum):
    """Who votes: members where memberships are kept, else whoever is registered."""

    MEMBERS = "members"
    ORGANISATIONS = "organisations"
    PEOPLE = "people"


class Assembly(Base):
    """The quorum is `numerator`/`denominator` of the voters, or more than that with `is_more_than`.

    No numerator: no quorum is asked. `most_proxies` is how many proxies one voter may hold.
    """

    __tablename__ = "assemblies"
    __table_args__ = (
        CheckConstraint("numerator >= 0 AND numerator <= denominator", name="quorum_is_a_fraction"),
        CheckConstraint("denominator > 0", name="denominator_is_positive"),
        CheckConstraint("most_proxies >= 0", name="most_proxies_is_a_count"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), unique=True)
    electorate: Mapped[Electorate]
    numerator: Mapped[int] = mapped_column(default=1)
    denominator: Mapped[int] = mapped_column(default=2)
    is_more_than: Mapped[bool] = mapped_column(default=False)
    counts_proxies: Mapped[bool] = mapped_column(default=True)
    most_proxies: Mapped[int] = mapped_column(default=2)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Turnout(StrEnum):
    """What was said of a voter by hand; whoever is checked in at the door is present besides."""

    EXPECTED = "expected"
    PRESENT = "present"
    REPRESENTED = "represented"
    EXCUSED = "excused"


class Voter(Base):
    """An organisation or a person that may vote, and, when it does not come, the voter that holds its proxy.

    The written proxy may be kept with it: its name, and the file as `crm.web.files` stored it.
    """

    __tablename__ = "voters"
    __table_args__ = (
        UniqueConstraint("assembly_id", "organisation_id"),
        UniqueConstraint("assembly_id", "person_id"),
        CheckConstraint("proxy_to_id != id", name="proxy_goes_to_another"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assembly_id: Mapped[int] = mapped_column(ForeignKey("assemblies.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str]
    sort: Mapped[str] = mapped_column(SORT, default="")
    turnout: Mapped[Turnout] = mapped_column(default=Turnout.EXPECTED)
    proxy_to_id: Mapped[int | None] = mapped_column(ForeignKey("voters.id"), index=True)
    proxy_name: Mapped[str | None]
    proxy_stored_as: Mapped[str | None]
    proxy_media_type: Mapped[str | None]
    marked_at: Mapped[datetime | None]
    marked_by: Mapped[str | None]

    assembly: Mapped[Assembly] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    person: Mapped[Person | None] = relationship()
    proxy_to: Mapped[Optional["Voter"]] = relationship(remote_side=[id])
