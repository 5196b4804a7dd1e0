"""The people and organisations that the association knows, and what ties them."""

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

import crm.directory.erasing.models
import crm.directory.merging.models  # noqa: F401  (its tables)
from crm.accounts.models import Account
from crm.db import Base, NamedChoice
from crm.directory.bulk.models import BulkAct, BulkRow
from crm.directory.importing.models import Import as Import
from crm.directory.importing.models import ImportMapping as ImportMapping
from crm.directory.importing.models import ImportOrganisation as ImportOrganisation
from crm.directory.importing.models import ImportPart as ImportPart
from crm.directory.importing.models import ImportPerson as ImportPerson
from crm.directory.importing.models import ImportReview as ImportReview
from crm.directory.own.models import OrganisationValue, OwnField, PersonValue
from crm.directory.saved.models import DefaultView as DefaultView
from crm.directory.saved.models import SavedView as SavedView
from crm.mail.models import Address
from crm.territories.models import Territory

# Their tables stand with their packages.
__all_tables__ = (BulkAct, BulkRow, OrganisationValue, OwnField, PersonValue)

# Sorted by signs and not by a language's rules, so that both engines give the same order.
SORT = String().with_variant(String(collation="C"), "postgresql")


def _of_kept(name: str, *columns: str) -> Index:
    """An index over the records that are not in the bin: the ones that lists show."""
    kept = text("binned_at IS NULL")
    return Index(name, *columns, sqlite_where=kept, postgresql_where=kept)


def _of_told(table: str, column: str) -> Index:
    """An index over the few records of which the column says anything."""
    told = text(f"{column} IS NOT NULL")
    return Index(f"ix_{table}_{column}", column, sqlite_where=told, postgresql_where=told)


def of_binned(table: str) -> Index:
    """An index over the records that are in the bin, the last one put there first."""
    binned = text("binned_at IS NOT NULL")
    name = f"ix_{table}_of_binned"
    return Index(name, "binned_at", "id", sqlite_where=binned, postgresql_where=binned)


def of_role(table: str) -> Index:
    """An index over what names a role, found when the role is deleted or moves in a merge."""
    named = text("role_id IS NOT NULL")
    return Index(f"ix_{table}_role_id", "role_id", sqlite_where=named, postgresql_where=named)


class OrganisationKind(NamedChoice, Base):
    """Commune, federation, company…: a list the association edits."""

    __tablename__ = "organisation_kinds"


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


person_tags = Table(
    "person_tags",
    Base.metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "tag_id",
        ForeignKey("tags.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)
organisation_tags = Table(
    "organisation_tags",
    Base.metadata,
    Column(
        "organisation_id",
        ForeignKey("organisations.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "tag_id",
        ForeignKey("tags.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)


class Organisation(Base):
    """A body with a name of its own; one that stands for a territory is unique for its code.

    `reference` is what another register of the association calls it: a member's number, say.
    """

    __tablename__ = "organisations"
    __table_args__ = (
        _of_kept("ix_organisations_sort_id_search", "sort", "id", "search"),
        _of_kept("ix_organisations_updated_at_id", "updated_at", "id"),
        _of_kept("ix_organisations_created_at_id", "created_at", "id"),
        of_binned("organisations"),
        _of_told("organisations", "reference"),
        _of_told("organisations", "merged_into_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    acronym: Mapped[str] = mapped_column(default="")
    aliases: Mapped[str] = mapped_column(default="")
    kind_id: Mapped[int | None] = mapped_column(ForeignKey("organisation_kinds.id"), index=True)
    siren: Mapped[str | None] = mapped_column(unique=True)
    siret: Mapped[str | None] = mapped_column(unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    reference: Mapped[str | None]
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territories.id"), unique=True)
    street: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="FR")
    website: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    followed_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id"), index=True)
    search: Mapped[str] = mapped_column(default="")
    sort: Mapped[str] = mapped_column(SORT, default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    binned_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    version: Mapped[int] = mapped_column(default=1)

    kind: Mapped[OrganisationKind | None] = relationship()
    parent: Mapped["Organisation | None"] = relationship(
        remote_side="Organisation.id", foreign_keys="Organisation.parent_id"
    )
    territory: Mapped[Territory | None] = relationship()
    followed_by: Mapped[Account | None] = relationship()
    tags: Mapped[list[Tag]] = relationship(secondary=organisation_tags, order_by=Tag.name)
    addresses: Mapped[list["OrganisationAddress"]] = relationship(
        back_populates="organisation",
        order_by="OrganisationAddress.position",
        cascade="all, delete-orphan",
    )

    __mapper_args__ = {"version_id_col": version}


class Civility(StrEnum):
    MADAM = "mme"
    SIR = "m"
    NONE = "none"


class Person(Base):
    """Somebody we know. Once erased for good (`erased_at`), the row counts and tells nothing of them."""

    __tablename__ = "people"
    __table_args__ = (
        _of_kept("ix_people_sort_id_search", "sort", "id", "search"),
        _of_kept("ix_people_updated_at_id", "updated_at", "id"),
        _of_kept("ix_people_created_at_id", "created_at", "id"),
        of_binned("people"),
        _of_told("people", "reference"),
        _of_told("people", "merged_into_id"),
        _of_told("people", "erased_at"),
    )
    # How an erased person is called; the pages put their reader's language in.
    called_erased: ClassVar[Callable[[], str]] = lambda: "•"

    id: Mapped[int] = mapped_column(primary_key=True)
    civility: Mapped[Civility] = mapped_column(default=Civility.NONE)
    given_name: Mapped[str] = mapped_column(default="")
    family_name: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="fr")
    notes: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    reference: Mapped[str | None]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id"), index=True)
    search: Mapped[str] = mapped_column(default="")
    sort: Mapped[str] = mapped_column(SORT, default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    binned_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    erased_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    tags: Mapped[list[Tag]] = relationship(secondary=person_tags, order_by=Tag.name)
    phones: Mapped[list["Phone"]] = relationship(
        back_populates="person", order_by="Phone.position", cascade="all, delete-orphan"
    )
    addresses: Mapped[list["PersonAddress"]] = relationship(
        back_populates="person",
        order_by="PersonAddress.position",
        cascade="all, delete-orphan",
    )
    roles: Mapped[list["Role"]] = relationship(back_populates="person")

    __mapper_args__ = {"version_id_col": version}

    @property
    def name(self) -> str:
        if self.erased_at is not None:
            return Person.called_erased()
        return f"{self.given_name} {self.family_name}".strip()


class Phone(Base):
    """A phone number in international form (E.164), shown in the country's own form."""

    __tablename__ = "phones"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    number: Mapped[str] = mapped_column(index=True)
    label: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)

    person: Mapped[Person] = relationship(back_populates="phones")


class PersonAddress(Base):
    """A person reads this address; the one with the lowest position is written to."""

    __tablename__ = "person_addresses"
    __ties__ = "address"
    __table_args__ = (UniqueConstraint("person_id", "address_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"), index=True)
    label: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)

    person: Mapped[Person] = relationship(back_populates="addresses")
    address: Mapped[Address] = relationship()


class OrganisationAddress(Base):
    """A shared mailbox of the organisation."""

    __tablename__ = "organisation_addresses"
    __ties__ = "address"
    __table_args__ = (UniqueConstraint("organisation_id", "address_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"), index=True)
    label: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)

    organisation: Mapped[Organisation] = relationship(back_populates="addresses")
    address: Mapped[Address] = relationship()


class RoleCategory(StrEnum):
    ELECTED = "elected"
    OFFICER = "officer"
    OTHER = "other"


class Succession(StrEnum):
    """What was answered when a person had left and the page asked who takes over."""

    GIVEN = "given"
    NOBODY = "nobody"
    LATER = "later"


class Role(Base):
    """What one person does for one organisation, from one day to another, both included.

    No first day means that it began before the association heard of it. Once it is over,
    `succession` says what was answered to the question who takes over (None: nothing yet),
    `succeeded_by_id` which role that is, and `ask_again_on` the day when the question comes back.
    """

    __tablename__ = "roles"
    __table_args__ = (
        CheckConstraint("ends_on >= begins_on", name="ends_after_it_begins"),
        Index("ix_roles_organisation_id_ends_on", "organisation_id", "ends_on"),
        _of_told("roles", "succeeded_by_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    function: Mapped[str] = mapped_column(default="")
    category: Mapped[RoleCategory] = mapped_column(default=RoleCategory.OTHER, index=True)
    is_main: Mapped[bool] = mapped_column(default=False)
    begins_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    succeeded_by_id: Mapped[int | None] = mapped_column(ForeignKey("roles.id"))
    succession: Mapped[Succession | None]
    ask_again_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    person: Mapped[Person] = relationship(back_populates="roles")
    organisation: Mapped[Organisation] = relationship()
    succeeded_by: Mapped["Role | None"] = relationship(remote_side="Role.id")

    __mapper_args__ = {"version_id_col": version}

    def held_on(self, day: date) -> bool:
        begun = self.begins_on is None or self.begins_on <= day
        return begun and (self.ends_on is None or day <= self.ends_on)
