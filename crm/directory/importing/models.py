"""Lists that were taken in: the file, how its columns were read, what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Import(Base):
    """One file taken into the directory: what it was, how it was read, what became of its rows.

    `mode` and `merge_key` are those of `importing.choices`. The first `read_upto` rows are taken in.
    """

    __tablename__ = "imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="", server_default="")
    file_name: Mapped[str]
    stored_as: Mapped[str]
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    mode: Mapped[str] = mapped_column(default="fill", server_default="fill")
    merge_key: Mapped[str] = mapped_column(default="any", server_default="any")
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(default="read")
    read_upto: Mapped[int] = mapped_column(default=0, server_default="0")
    refused_as: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]

    @property
    def title(self) -> str:
        return self.name or self.file_name


class ImportMapping(Base):
    """What the columns of such files mean, kept under a name for the next one."""

    __tablename__ = "import_mappings"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    columns: Mapped[list[str]] = mapped_column(JSON)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON)
    mode: Mapped[str]
    merge_key: Mapped[str]
    used_at: Mapped[datetime]
    created_by: Mapped[str]


class ImportPart(Base):
    """Some thousand rows of an import, written and committed together, and the keys of what they made.

    `made` has for each table the ranges of keys that were added, or the pairs where a row has no key of
    its own: what an undo takes away again.
    """

    __tablename__ = "import_parts"
    __table_args__ = (UniqueConstraint("import_id", "number"),)
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"))
    number: Mapped[int]
    made: Mapped[dict[str, Any]] = mapped_column(JSON)


class ImportReview(Base):
    """A row that may mean several records: it waits for a person to choose one."""

    __tablename__ = "import_reviews"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), index=True)
    row: Mapped[int]
    cells: Mapped[list[str]] = mapped_column(JSON)
    why: Mapped[dict[str, Any]] = mapped_column(JSON)
    kind: Mapped[str]
    candidates: Mapped[list[int]] = mapped_column(JSON)
    chosen: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    outcome: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]


class ImportPerson(Base):
    """A person that a file named. `act` is made, changed or met; `version` the one it had afterwards;
    `was` what the changed fields of a known person held before, and hold since."""

    __tablename__ = "import_people"
    __history__ = False

    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    act: Mapped[str]
    version: Mapped[int]
    was: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class ImportOrganisation(Base):
    """An organisation that a file named, as `ImportPerson` says it of people."""

    __tablename__ = "import_organisations"
    __history__ = False

    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    act: Mapped[str]
    version: Mapped[int]
    was: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
