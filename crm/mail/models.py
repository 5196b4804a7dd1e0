"""Addresses, what their owners object to, and the outbox."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base


class Purpose(StrEnum):
    """The purposes that the house itself writes for, by their keys; the association may add others."""

    SERVICE = "service"
    INVITATION = "invitation"
    NEWSLETTER = "newsletter"
    MOBILISATION = "mobilisation"


class Basis(StrEnum):
    """What makes the writing lawful (RGPD, art. 6-1)."""

    CONTRACT = "contract"
    CONSENT = "consent"
    INTEREST = "interest"
    LAW = "law"
    TASK = "task"


class Permission(StrEnum):
    """Who may be written to as long as they say nothing."""

    ALWAYS = "always"
    UNLESS_OBJECTED = "unless_objected"
    ONLY_AGREED = "only_agreed"


class WritingPurpose(Base):
    """Why we write (finalité): it decides the legal basis and who may be written to.

    Deliveries, objections and dispatches hold its `key`, which never changes. `explained` stands on the
    page of preferences, `notice` below each mail. `reach_id` is the saved view of the people whom it
    concerns; without one that is everybody.
    """

    __tablename__ = "purposes"
    __table_args__ = (
        CheckConstraint("key <> 'service' OR permission = 'always'", name="service_is_always_written"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    name_fr: Mapped[str]
    name_en: Mapped[str]
    explained_fr: Mapped[str] = mapped_column(default="")
    explained_en: Mapped[str] = mapped_column(default="")
    notice_fr: Mapped[str] = mapped_column(default="")
    notice_en: Mapped[str] = mapped_column(default="")
    basis: Mapped[Basis] = mapped_column(default=Basis.INTEREST)
    permission: Mapped[Permission] = mapped_column(default=Permission.UNLESS_OBJECTED)
    reach_id: Mapped[int | None] = mapped_column(ForeignKey("saved_views.id"))
    position: Mapped[int] = mapped_column(default=0)
    is_archived: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def name(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_fr

    def explained(self, language: str) -> str:
        return self.explained_en if language == "en" else self.explained_fr

    def notice(self, language: str) -> str:
        return self.notice_en if language == "en" else self.notice_fr

    @property
    def is_refusable(self) -> bool:
        return self.permission is not Permission.ALWAYS

    @property
    def is_of_the_house(self) -> bool:
        return self.key in set(Purpose)


# How the seal ends that stands in place of an address that was erased; no mail goes there (RFC 2606).
SEALED = "@erased.invalid"


class Address(Base):
    """One e-mail address, one row; several people may share it. `email` is in its compared form.

    Once it was erased (`erased_at`), a seal stands in its place until somebody brings it back.
    """

    __tablename__ = "addresses"
    __table_args__ = (
        Index(
            "ix_addresses_erased_at",
            "erased_at",
            sqlite_where=text("erased_at IS NOT NULL"),
            postgresql_where=text("erased_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    held_since: Mapped[datetime | None]
    hold_reason: Mapped[str | None]
    last_contact_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]

    @property
    def is_sealed(self) -> bool:
        """Nobody can tell any more what it was."""
        return self.email.endswith(SEALED)

    @property
    def is_silent(self) -> bool:
        """It was erased, and its owner did nothing since: only service messages go there."""
        since = self.erased_at
        return since is not None and (self.last_contact_at is None or self.last_contact_at < since)


class Objection(Base):
    """The owner of the address does not want mail of that purpose."""

    __tablename__ = "objections"
    __table_args__ = (UniqueConstraint("address_id", "purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"))
    purpose: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    source: Mapped[str]

    address: Mapped[Address] = relationship()


class Wish(Base):
    """What the owner of an address said of a purpose, one row each time: never changed, never removed.

    `text` are the words that stood there, in that language, `text_version` the version of the purpose they
    come from; nothing was shown to whoever unsubscribed by the button of a mail program. `person_id` is
    whom we took for the owner.
    """

    __tablename__ = "wishes"
    __table_args__ = (Index("ix_wishes_address_id_purpose", "address_id", "purpose", "is_wanted"),)
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(32))
    is_wanted: Mapped[bool]
    at: Mapped[datetime]
    source: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    text_version: Mapped[int] = mapped_column(default=0)


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
    purpose: Mapped[str] = mapped_column(String(32))
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
    purpose: Mapped[str] = mapped_column(String(32))
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
    # When administrators were last told by another way that it needs a person.
    noticed_at: Mapped[datetime | None]
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


class Place(Base):
    """One of the places at which workers write to a domain at the same time; free once `until` is over."""

    __tablename__ = "domain_places"
    __history__ = False

    domain: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    worker: Mapped[str] = mapped_column(index=True)
    until: Mapped[datetime]


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
