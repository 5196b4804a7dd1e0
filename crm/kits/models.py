"""Mobilisation kits: a call, a model letter and all that helps others to act."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base
from crm.directory.models import Organisation
from crm.kits.parliament import models as parliament  # noqa: F401  (their tables enter themselves)


class KitState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"


class SignatoryOrder(StrEnum):
    """How co-signatories stand below the call: by name, or as they were put."""

    NAME = "name"
    CHOSEN = "chosen"


class Kit(Base):
    """A kit. `call` and `press_release` are cleaned HTML; the letter and the amendment are plain text.

    `letter_short` is what the `mailto:` link carries when the letter itself is too long for one.
    """

    __tablename__ = "kits"
    __table_args__ = (CheckConstraint("deadline >= begins_on", name="deadline_after_it_begins"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    objective: Mapped[str] = mapped_column(default="")
    begins_on: Mapped[date | None]
    deadline: Mapped[date | None]
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    call: Mapped[str] = mapped_column(default="")
    letter_subject: Mapped[str] = mapped_column(default="")
    letter_body: Mapped[str] = mapped_column(default="")
    letter_short: Mapped[str] = mapped_column(default="")
    amendment: Mapped[str] = mapped_column(default="")
    press_release: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="fr")
    takes_signatures: Mapped[bool] = mapped_column(default=False, server_default=false())
    signatory_order: Mapped[SignatoryOrder] = mapped_column(
        default=SignatoryOrder.NAME, server_default=SignatoryOrder.NAME
    )
    search: Mapped[str] = mapped_column(default="")
    state: Mapped[KitState] = mapped_column(default=KitState.DRAFT)
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    lead: Mapped[Organisation | None] = relationship()
    resources: Mapped[list["KitResource"]] = relationship(
        back_populates="kit",
        order_by="KitResource.position",
        cascade="all, delete-orphan",
    )
    cosignatories: Mapped[list["Cosignatory"]] = relationship(
        back_populates="kit",
        order_by="Cosignatory.signed_on",
        cascade="all, delete-orphan",
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def ref(self) -> str:
        """How mailings and the log name the kit."""
        return f"kits:{self.id}"

    @property
    def for_link(self) -> str:
        """The text that the `mailto:` link carries."""
        return self.letter_short or self.letter_body

    @property
    def signatures(self) -> list["Cosignatory"]:
        """Who signs, in the kit's order; who withdrew is left out."""
        standing = [signature for signature in self.cosignatories if signature.withdrawn_on is None]
        if self.signatory_order is SignatoryOrder.CHOSEN:
            return sorted(standing, key=lambda one: (one.position, one.signed_on, one.id))
        return sorted(standing, key=lambda one: (one.organisation.sort, one.id))

    @property
    def shown_signatures(self) -> list["Cosignatory"]:
        """Those of the signatures that may be named in public."""
        return [signature for signature in self.signatures if signature.is_public]

    @property
    def withdrawals(self) -> list["Cosignatory"]:
        return [signature for signature in self.cosignatories if signature.withdrawn_on is not None]

    def is_over(self, day: date) -> bool:
        return self.deadline is not None and self.deadline < day


class WithLogo:
    """The logo that an organisation gave with its signature; `logo` is the random name of its file.

    `logo_allowed_by` is who said on that day that it may be shown. It goes with the signature.
    """

    logo: Mapped[str | None]
    logo_width: Mapped[int] = mapped_column(default=0, server_default="0")
    logo_height: Mapped[int] = mapped_column(default=0, server_default="0")
    logo_alt: Mapped[str] = mapped_column(default="", server_default="")
    logo_allowed_by: Mapped[str] = mapped_column(default="", server_default="")
    logo_allowed_on: Mapped[date | None]


class KitResource(Base):
    """A link, or a file kept under the random name `stored_as`."""

    __tablename__ = "kit_resources"

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kits.id"), index=True)
    title: Mapped[str]
    url: Mapped[str] = mapped_column(default="")
    stored_as: Mapped[str | None] = mapped_column(unique=True)
    file_name: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)

    kit: Mapped[Kit] = relationship(back_populates="resources")


class Cosignatory(WithLogo, Base):
    """An organisation that signs the kit, on that day, by somebody in the function held on that day.

    `has_mandate`: the signer said to be entitled to sign for it. Who withdraws stays, with the day.
    """

    __tablename__ = "cosignatories"
    __ties__ = "organisation"
    __table_args__ = (UniqueConstraint("kit_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kits.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    signed_on: Mapped[date]
    signer: Mapped[str] = mapped_column(default="")
    signer_function: Mapped[str] = mapped_column(default="")
    has_mandate: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_public: Mapped[bool] = mapped_column(default=True, server_default=true())
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    withdrawn_on: Mapped[date | None]
    withdrawn_why: Mapped[str] = mapped_column(default="", server_default="")

    kit: Mapped[Kit] = relationship(back_populates="cosignatories")
    organisation: Mapped[Organisation] = relationship()
