"""Requests to sign, invitations to do so, and press releases with their signatories as of a day."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.directory.models import Organisation
from crm.kits.models import Kit, WithLogo
from crm.mail.models import Address


class SigningState(StrEnum):
    """`unconfirmed` until the owner of the address says so; only then does anybody look at it."""

    UNCONFIRMED = "unconfirmed"
    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Signing(WithLogo, Base):
    """Somebody asks, by the public form, that their organisation sign the kit; as it was typed.

    `token` opens the page that confirms it, mailed to the address alone.
    `organisation` is the one that was invited, or the one as which the request was accepted.
    """

    __tablename__ = "kit_signings"
    __history__ = False
    __table_args__ = (UniqueConstraint("kit_id", "address_id"), UniqueConstraint("token"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kits.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    token: Mapped[str]
    name: Mapped[str]
    siren: Mapped[str] = mapped_column(default="")
    rna: Mapped[str] = mapped_column(default="")
    given_name: Mapped[str]
    family_name: Mapped[str]
    function: Mapped[str]
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"), index=True)
    is_public: Mapped[bool]
    wants_mail: Mapped[bool]
    language: Mapped[str]
    state: Mapped[SigningState] = mapped_column(default=SigningState.UNCONFIRMED)
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(default="")

    kit: Mapped[Kit] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    address: Mapped[Address] = relationship()

    @property
    def contact(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def waits(self) -> bool:
        return self.state is SigningState.PENDING


class SigningInvitation(Base):
    """An organisation was asked by mail to sign, once."""

    __tablename__ = "kit_signing_invitations"
    __history__ = False
    __table_args__ = (UniqueConstraint("kit_id", "organisation_id"), UniqueConstraint("token"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kits.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"), index=True)
    token: Mapped[str]
    invited_at: Mapped[datetime]
    invited_by: Mapped[str]

    kit: Mapped[Kit] = relationship()
    organisation: Mapped[Organisation] = relationship()
    address: Mapped[Address] = relationship()


class KitRelease(Base):
    """The joint press release as it was given out: its words and who had signed, never changed afterwards.

    `signatories` holds name, signer and function of each, in the order of that day; with the key of the
    signature and, where it had one, its logo: the name of the file and what it says.
    """

    __tablename__ = "kit_releases"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kits.id"), index=True)
    released_on: Mapped[date]
    title: Mapped[str]
    body: Mapped[str]
    signatories: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    made_at: Mapped[datetime]
    made_by: Mapped[str]

    kit: Mapped[Kit] = relationship()
