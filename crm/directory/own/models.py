"""The fields that the association adds to its records, and one value for each record and field.

A field is known by its key, which never changes: it may be renamed while views, files and addresses
use it. So is a choice.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from crm.db import Base

# What stands before a field's key where other names stand too: in forms, addresses and histories.
PREFIX = "own-"


class OwnKind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"


class OwnField(Base):
    """One field. `of` is the table of its records: "people" or "organisations".

    `choices` are dictionaries with `key`, `name_fr`, `name_en` and `is_archived`, in their order.
    Archived, it is asked for no more and keeps its values; in the bin, it is seen nowhere, and its
    values come back with it.
    """

    __tablename__ = "own_fields"
    __table_args__ = (UniqueConstraint("of", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    of: Mapped[str]
    key: Mapped[str]
    kind: Mapped[OwnKind]
    name_fr: Mapped[str]
    name_en: Mapped[str]
    choices: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    position: Mapped[int] = mapped_column(default=0)
    is_archived: Mapped[bool] = mapped_column(default=False)
    binned_at: Mapped[datetime | None]

    def name(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_fr

    def choice(self, key: str | None) -> dict[str, Any] | None:
        return next((choice for choice in self.choices if choice["key"] == key), None)

    def choice_name(self, key: str | None, language: str) -> str:
        """How the choice is called; a key that the list has no more is shown as it is."""
        choice = self.choice(key)
        return str(choice["name_en" if language == "en" else "name_fr"]) if choice else key or ""


class OwnValue:
    """One record's value of one field: exactly one of the columns holds it.

    `folded` is the text as searches compare it. Each value stands in one partial index, with its
    record, so that a condition on half a million records is answered from the index alone.
    """

    __history__ = False

    text: Mapped[str | None]
    folded: Mapped[str | None]
    number: Mapped[float | None] = mapped_column(Float(53))
    day: Mapped[date | None]
    choice: Mapped[str | None]
    yes: Mapped[bool | None]

    @declared_attr
    def field_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("own_fields.id", ondelete="CASCADE"), primary_key=True)

    @property
    def value(self) -> "str | float | date | bool | None":
        """What the value is, whichever column holds it."""
        held = (self.text, self.number, self.day, self.choice, self.yes)
        return next((value for value in held if value is not None), None)


def _indexes(table: str, record: str) -> tuple[Index, ...]:
    def of_known(column: str) -> Index:
        known = text(f"{column} IS NOT NULL")
        name = f"ix_{table}_field_id_{column}"
        return Index(name, "field_id", column, record, sqlite_where=known, postgresql_where=known)

    return tuple(of_known(column) for column in ("folded", "number", "day", "choice", "yes"))


class PersonValue(OwnValue, Base):
    __tablename__ = "person_values"
    __table_args__ = _indexes("person_values", "person_id")

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)


class OrganisationValue(OwnValue, Base):
    __tablename__ = "organisation_values"
    __table_args__ = _indexes("organisation_values", "organisation_id")

    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True
    )
