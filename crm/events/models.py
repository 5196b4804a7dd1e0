"""The agenda: events, who is asked to come, who has a seat, who was there."""

import secrets
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base, NamedChoice
from crm.directory.models import SORT, Organisation, Person, Role, of_role
from crm.events.admission.models import ListedAddress, PrivateLink
from crm.events.choices import Mode as Mode
from crm.events.choices import Seat as Seat
from crm.events.places.models import Quota as Quota
from crm.events.places.models import QuotaMember as QuotaMember
from crm.events.questions.models import Question, QuestionAnswer, QuestionSet
from crm.mail.models import Address

# Their tables stand with their packages.
__all_tables__ = (ListedAddress, PrivateLink, Question, QuestionAnswer, QuestionSet)


class EventKind(NamedChoice, Base):
    """Webinar, conference, visit…: a list the association edits."""

    __tablename__ = "event_kinds"


class Part(StrEnum):
    """What an organisation, ours or a partner's, is at an event."""

    ORGANISER = "organiser"
    CO_ORGANISER = "co_organiser"
    PARTNER = "partner"
    SPEAKER = "speaker"
    HOST = "host"
    FUNDER = "funder"
    VISITOR = "visitor"
    PARTICIPANT = "participant"


class Format(StrEnum):
    ONSITE = "onsite"
    ONLINE = "online"
    HYBRID = "hybrid"


class Visibility(StrEnum):
    PUBLIC = "public"
    MEMBERS = "members"
    INVITATION = "invitation"


class EventState(StrEnum):
    """`POSTPONED`: called off for its old date, and the new one is not known yet."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    HELD = "held"


class Event(Base):
    """Anything in the agenda.

    `starts_wall` and `ends_wall` are what people agreed on, naive, in `zone`; `starts_at` and
    `ends_at` are the instants computed from them. An event of whole days has midnight walls, and
    ends at the midnight after its last day. `time_changed_at` is when it last moved after people had
    been told of it, `words_changed_at` when title or description changed and nobody was told since. A
    postponed event keeps the walls that no longer hold, and in `postponed_from` the state it goes back
    to with its new date.

    `capacity` counts the seats, those on site where one can also follow online; `capacity_online` counts
    the others of such an event. A freed seat is offered for `offer_hours`, or given at once where that is
    None. People withdraw by themselves until `withdraw_hours` before it starts, until its end without them.
    `opens_wall` and `closes_wall`, where registration has a first and a last moment, are walls of the
    same zone.
    """

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
        CheckConstraint("capacity > 0", name="capacity_is_positive"),
        CheckConstraint("capacity_online > 0", name="capacity_online_is_positive"),
        CheckConstraint("offer_hours > 0", name="offer_hours_are_positive"),
        CheckConstraint("withdraw_hours >= 0", name="withdraw_hours_are_not_negative"),
        Index("ix_events_starts_at_id", "starts_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    kind_id: Mapped[int | None] = mapped_column(ForeignKey("event_kinds.id"), index=True)
    part: Mapped[Part] = mapped_column(default=Part.ORGANISER)
    format: Mapped[Format] = mapped_column(default=Format.ONSITE)
    visibility: Mapped[Visibility] = mapped_column(default=Visibility.PUBLIC)
    state: Mapped[EventState] = mapped_column(default=EventState.DRAFT)
    postponed_from: Mapped[EventState | None]
    language: Mapped[str] = mapped_column(default="fr")
    zone: Mapped[str] = mapped_column(default="Europe/Paris")
    is_all_day: Mapped[bool] = mapped_column(default=False)
    starts_wall: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    ends_wall: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    venue: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    join_url: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    capacity: Mapped[int | None]
    capacity_online: Mapped[int | None]
    offer_hours: Mapped[int | None]
    withdraw_hours: Mapped[int | None]
    opens_wall: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))
    closes_wall: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    is_list_closed: Mapped[bool] = mapped_column(default=False)
    needs_approval: Mapped[bool] = mapped_column(default=False)
    takes_groups: Mapped[bool] = mapped_column(default=True)
    sequence: Mapped[int] = mapped_column(default=0)
    search: Mapped[str] = mapped_column(default="")
    time_changed_at: Mapped[datetime | None]
    words_changed_at: Mapped[datetime | None]
    created_by: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    kind: Mapped[EventKind | None] = relationship()
    partners: Mapped[list["EventPartner"]] = relationship(
        back_populates="event", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def all_seats(self) -> int | None:
        """How many seats there are on all sides together; None when one of them has no limit."""
        if self.format is not Format.HYBRID:
            return self.capacity
        if self.capacity is None or self.capacity_online is None:
            return None
        return self.capacity + self.capacity_online

    @property
    def last_day(self) -> date:
        """The last day of it in its zone; what ends at midnight ends on the day before."""
        return (self.ends_wall - timedelta(microseconds=1)).date()

    def is_over(self, at: datetime) -> bool:
        """Whether it was held or its time is past; never while its new date is still to come."""
        if self.state is EventState.POSTPONED:
            return False
        return self.ends_at <= at or self.state is EventState.HELD


class EventPartner(Base):
    __tablename__ = "event_partners"
    __ties__ = "organisation"
    __table_args__ = (UniqueConstraint("event_id", "organisation_id", "part"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    part: Mapped[Part]

    event: Mapped[Event] = relationship(back_populates="partners")
    organisation: Mapped[Organisation] = relationship()


class Answer(StrEnum):
    NONE = "none"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Invitation(Base):
    """A person was asked to come, at that address, with the role held on that day.

    `turns` grows when the invitation is taken back, and when the person is asked anew, so that
    calendars take what is sent afterwards for newer. `answered_by` says by which way the answer came.
    """

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("event_id", "person_id"), of_role("invitations"))
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"), index=True)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("roles.id"))
    token: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(default="fr")
    invited_at: Mapped[datetime]
    invited_by: Mapped[str]
    answer: Mapped[Answer] = mapped_column(default=Answer.NONE)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    turns: Mapped[int] = mapped_column(default=0, server_default="0")
    nudges: Mapped[int] = mapped_column(default=0, server_default="0")
    nudged_at: Mapped[datetime | None]
    uninvited_at: Mapped[datetime | None]
    uninvited_by: Mapped[str | None]

    event: Mapped[Event] = relationship()
    person: Mapped[Person] = relationship()
    address: Mapped[Address] = relationship()
    role: Mapped[Role | None] = relationship()


class PreparedInvitation(Base):
    """A person is meant to be invited to the event, and not written to yet: gone once they are invited."""

    __tablename__ = "prepared_invitations"
    __table_args__ = (UniqueConstraint("event_id", "person_id"),)
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    prepared_at: Mapped[datetime]
    prepared_by: Mapped[str]

    event: Mapped[Event] = relationship()
    person: Mapped[Person] = relationship()


class Attendance(StrEnum):
    UNKNOWN = "unknown"
    PRESENT = "present"
    ABSENT = "absent"
    EXCUSED = "excused"


def _of_told(column: str) -> Index:
    """An index over the few registrations of which that is said."""
    told = text(f"{column} IS NOT NULL")
    return Index(f"ix_registrations_{column}", column, sqlite_where=told, postgresql_where=told)


BADGE_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is taken for another


def new_badge() -> str:
    """What the code on a badge says: 100 bits made by chance, which open nothing but the door."""
    return "".join(secrets.choice(BADGE_SIGNS) for _ in range(20))


class Approval(StrEnum):
    """What the association says to a request; while it is asked, it has a place in the queue and no seat."""

    NONE = "none"
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


class Registration(Base):
    """A person has a seat or waits; names, function and organisation are those given that day.

    `search` is the folded family name, given name and organisation: lists are found and sorted by it.
    `turns` grows with each withdrawal, so that calendars take what is sent afterwards for newer. `badge`
    is what is scanned at the door. `attendance_by` is the account that said who came, or the helper's name.
    `quota` is the group whose places it may take. `offer_ends_at` stands while a place is offered;
    `lapsed_at` says that an offer found no answer. Once erased, nothing of it tells who it was.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        UniqueConstraint("event_id", "person_id"),
        Index("ix_registrations_event_id_search", "event_id", "search", "id"),
        Index("ix_registrations_event_id_attendance_seat", "event_id", "attendance", "seat"),
        Index(
            "ix_registrations_event_id_seat_asked_at",
            "event_id",
            "seat",
            "asked_at",
            "id",
        ),
        Index("ix_registrations_figures", "event_id", "seat", "mode", "attendance"),
        _of_told("offer_ends_at"),
        _of_told("erasure_asked_at"),
        _of_told("quota_id"),
        of_role("registrations"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("roles.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    quota_id: Mapped[int | None] = mapped_column(ForeignKey("event_quotas.id"))
    address_id: Mapped[int | None] = mapped_column(ForeignKey("addresses.id"), index=True)
    given_name: Mapped[str] = mapped_column(default="")
    family_name: Mapped[str] = mapped_column(default="")
    organisation_name: Mapped[str] = mapped_column(default="")
    function: Mapped[str] = mapped_column(default="")
    search: Mapped[str] = mapped_column(SORT, default="")
    mode: Mapped[Mode]
    seat: Mapped[Seat]
    approval: Mapped[Approval] = mapped_column(default=Approval.NONE)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(default="")
    private_link_id: Mapped[int | None] = mapped_column(ForeignKey("private_links.id", ondelete="SET NULL"))
    source: Mapped[str] = mapped_column(default="page")
    language: Mapped[str] = mapped_column(default="fr")
    token: Mapped[str] = mapped_column(unique=True)
    badge: Mapped[str | None] = mapped_column(index=True, unique=True, default=new_badge)
    turns: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    seated_at: Mapped[datetime | None]
    offer_ends_at: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    erasure_asked_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    attendance: Mapped[Attendance] = mapped_column(default=Attendance.UNKNOWN)
    attendance_at: Mapped[datetime | None]
    attendance_by: Mapped[str] = mapped_column(default="", server_default="")
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship()
    person: Mapped[Person | None] = relationship()
    role: Mapped[Role | None] = relationship()
    quota: Mapped[Quota | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    address: Mapped[Address | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class AttendanceMark(Base):
    """One marking of attendance, by hand or from a file: what each registration said before.

    `before` maps registration keys to the attendance they had, so that the marking can be undone.
    """

    __tablename__ = "attendance_marks"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    attendance: Mapped[Attendance]
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime]
    by: Mapped[str]
    undone_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()
