"""The parts of an audience, and who was left out when the mailing left."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class PartKind(StrEnum):
    """Where the people of a part come from."""

    EVERYONE = "everyone"
    LIST = "list"
    PEOPLE = "people"
    VIEW = "view"
    TAG = "tag"
    EVENT = "event"
    BODY = "body"
    MAILING = "mailing"


class How(StrEnum):
    """Which people of an event, or of an earlier mailing."""

    CAME = "came"
    ABSENT = "absent"
    REGISTERED = "registered"
    WAITING = "waiting"
    INVITED = "invited"
    UNANSWERED = "unanswered"
    DECLINED = "declined"
    SENT = "sent"
    RETURNED = "returned"


class Fate(StrEnum):
    """Whether a person of the audience gets the mailing, or why not; the first that holds is told."""

    WRITTEN_TO = "written_to"
    BINNED = "binned"
    RECEIVED = "received"
    EXCLUDED = "excluded"
    OUTSIDE = "outside"
    NO_ADDRESS = "no_address"
    ON_HOLD = "on_hold"
    ERASED = "erased"
    OBJECTED = "objected"
    NOT_AGREED = "not_agreed"
    SAME_ADDRESS = "same_address"


class AudiencePart(Base):
    """Some people who are written to, or who are left out (`is_excluded`) whatever the other parts say.

    A list keeps its filter (`crm.directory.filters`); everything else the key of a record, so that renaming
    changes nothing. `title` is what it was called when it was chosen: it names what is gone since. What it
    was called when the mailing left is kept in both languages. `chosen_by_id` is whose views it may use.
    """

    __tablename__ = "audience_parts"
    __table_args__ = (
        CheckConstraint(
            "(key IS NULL) = (kind IN ('everyone', 'list', 'people'))", name="names_a_record_or_a_list"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailings.id", ondelete="CASCADE"), index=True)
    is_excluded: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[PartKind]
    key: Mapped[int | None]
    how: Mapped[How | None]
    filter: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    left_as_fr: Mapped[str] = mapped_column(default="")
    left_as_en: Mapped[str] = mapped_column(default="")
    chosen_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class Exclusion(Base):
    """Somebody of the audience who was not written to when the mailing left, and why.

    It is kept as it was at that moment: `part_id` says which part left them out, `instead_id` who reads the
    message at the same address.
    """

    __tablename__ = "mailing_exclusions"
    __table_args__ = (Index("ix_mailing_exclusions_mailing_id_fate", "mailing_id", "fate", "person_id"),)
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailings.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    address_id: Mapped[int | None] = mapped_column(ForeignKey("addresses.id"))
    fate: Mapped[Fate]
    part_id: Mapped[int | None] = mapped_column(ForeignKey("audience_parts.id", ondelete="SET NULL"))
    instead_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
