"""Addresses, what their owners object to, and the outbox."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base


class Purpose(StrEnum):
    """Why we write (finalité): it decides the legal basis and who may be written to."""

    SERVICE = "service"
    INVITATION = "invitation"
    NEWSLETTER = "newsletter"
    MOBILISATION = "mobilisation"


class Address(Base):
    """One e-mail address, one row; several people may share it. `email` is in its compared form."""

    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    held_since: Mapped[datetime | None]
    hold_reason: Mapped[str | None]
    last_contact_at: Mapped[datetime | None]


class Objection(Base):
    """The owner of the address does not want mail of that purpose."""

    __tablename__ = "objections"
    __table_args__ = (UniqueConstraint("address_id", "purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"))
    purpose: Mapped[Purpose]
    at: Mapped[datetime]
    source: Mapped[str]

    address: Mapped[Address] = relationship()


class DispatchState(StrEnum):
    LEAVING = "leaving"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class Dispatch(Base):
    """Deliveries that leave together and can be held together: a mailing, an event's invitations."""

    __tablename__ = "dispatches"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(index=True)
    title: Mapped[str]
    purpose: Mapped[Purpose]
    state: Mapped[DispatchState] = mapped_column(default=DispatchState.LEAVING)
    pause_reason: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class DeliveryState(StrEnum):
    """Where one message stands. Only `queued` is ever claimed; `uncertain` waits for a person."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"


class Delivery(Base):
    """One message for one address.

    It keeps what it takes to make the same bytes again: which composer (`kind`), about what
    (`subject_id`), for whom (`address`, `language`), at which `sequence`, stamped when.
    `message_id` is what stands before the @ of its Message-ID; `token` opens `/u/<token>`.
    `reason` is a sentence for the catalogues, `said` what the provider answered, word for word.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "address_id", "sequence"),
        Index("ix_deliveries_state_lease_until", "state", "lease_until"),
        Index("ix_deliveries_dispatch_id_state", "dispatch_id", "state", "not_before", "id"),
    )
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    dispatch_id: Mapped[int | None] = mapped_column(ForeignKey("dispatches.id"))
    kind: Mapped[str]
    subject_id: Mapped[int]
    sequence: Mapped[int] = mapped_column(default=0)
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    purpose: Mapped[Purpose]
    language: Mapped[str] = mapped_column(default="fr")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    stamp: Mapped[datetime]
    message_id: Mapped[str] = mapped_column(unique=True)
    token: Mapped[str] = mapped_column(unique=True)

    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.QUEUED)
    not_before: Mapped[datetime]
    claimed_by: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None]
    said: Mapped[str | None]
    provider_id: Mapped[str | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]

    address: Mapped[Address] = relationship()
    dispatch: Mapped[Dispatch | None] = relationship()


class Channel(Base):
    """How one provider fares, for all workers: its failures in a row, and until when it rests.

    `rests_until` is the instant at which the next try is made by itself; `needs_person` means that
    no try is made before somebody mended the cause and said so.
    """

    __tablename__ = "channels"
    __history__ = False

    name: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    rests_until: Mapped[datetime | None]
    needs_person: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str | None]
    said: Mapped[str | None]
    since: Mapped[datetime | None]
    # When the provider's own lists of addresses were last read, and when that was last tried.
    lists_read_at: Mapped[datetime | None]
    lists_tried_at: Mapped[datetime | None]


class Bucket(Base):
    """How many messages may leave now through a sender or to a domain, for all workers (a token bucket).

    It held `tokens` at `filled_at`, and fills with time.
    """

    __tablename__ = "buckets"
    __history__ = False

    name: Mapped[str] = mapped_column(primary_key=True)
    tokens: Mapped[float]
    filled_at: Mapped[datetime]


class BounceKind(StrEnum):
    """What a message that came back says of its address. Only `hard` means that nobody reads it."""

    HARD = "hard"
    BLOCKED = "blocked"
    PERMANENT = "permanent"
    TRANSIENT = "transient"
    UNKNOWN = "unknown"
    COMPLAINT = "complaint"


class ReportSource(StrEnum):
    """Who told it: a server by mail (RFC 3464), SendGrid's webhook, or SendGrid's own lists."""

    MAIL = "mail"
    WEBHOOK = "webhook"
    LISTS = "lists"


class Report(Base):
    """What a server or the provider told, as it came; `raw` is its beginning. `key` makes it one."""

    __tablename__ = "reports"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    source: Mapped[ReportSource]
    sender: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    came_at: Mapped[datetime] = mapped_column(index=True)
    size: Mapped[int]
    raw: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

    bounces: Mapped[list["Bounce"]] = relationship(back_populates="report", order_by="Bounce.id")


class Bounce(Base):
    """What a report says of one recipient. Without a delivery it is not about mail of ours.

    `recipient` is who the report names, `status` the code of RFC 3463, `said` the words of the server
    that refused. `is_final` when no further try will be made.
    """

    __tablename__ = "bounces"
    __table_args__ = (Index("ix_bounces_address_id_id", "address_id", "id"),)
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), index=True)
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"), index=True)
    address_id: Mapped[int | None] = mapped_column(ForeignKey("addresses.id"))
    kind: Mapped[BounceKind]
    is_final: Mapped[bool]
    recipient: Mapped[str]
    status: Mapped[str] = mapped_column(default="")
    said: Mapped[str] = mapped_column(default="")

    report: Mapped[Report] = relationship(back_populates="bounces")
    address: Mapped[Address | None] = relationship()
    delivery: Mapped[Delivery | None] = relationship()


class ProviderEvent(Base):
    """An event of the provider that was taken: it comes again under other numbers, and counts once."""

    __tablename__ = "provider_events"
    __history__ = False

    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
