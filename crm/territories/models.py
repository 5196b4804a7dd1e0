"""The territories of France, as the official reference names them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class TerritoryKind(StrEnum):
    REGION = "region"
    DEPARTMENT = "department"
    COLLECTIVITY = "collectivity"
    EPCI = "epci"
    COMMUNE = "commune"


class Territory(Base):
    """A region, department, overseas collectivity, EPCI or commune.

    `nature` is an EPCI's legal form (CC, CA, CU, METRO, MET69, EPT), else empty.
    `code` is the INSEE code, for an EPCI its SIREN; `other_codes` are the codes of what it took in
    (merged communes, municipal arrondissements), separated by spaces like `postcodes`; `former` has those
    whose names are known, as `02285 Escaufourt|02501 …`.
    `region_code`, `department_code`, `epci_code` and `ept_code` (in the Grand Paris) say what it lies in,
    itself included, so that "all of Maine-et-Loire" is one comparison. Overseas collectivities stand
    for both region and department; an EPCI has those where most of its people live.
    `search` and `name_key` are made by `crm.territories.words`.
    `ended_on` is the day a newer reference was found to have it no more.
    """

    __tablename__ = "territories"
    __table_args__ = (
        UniqueConstraint("kind", "code"),
        Index("ix_territories_kind_name_key", "kind", "name_key"),
    )
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    # What every search scans comes first: the rest of a row is then read for the few that match.
    kind: Mapped[TerritoryKind]
    ended_on: Mapped[date | None]
    search: Mapped[str]
    nature: Mapped[str] = mapped_column(default="")
    code: Mapped[str]
    name: Mapped[str]
    siren: Mapped[str | None] = mapped_column(index=True)
    population: Mapped[int | None]
    postcodes: Mapped[str] = mapped_column(default="")
    other_codes: Mapped[str] = mapped_column(default="")
    region_code: Mapped[str | None]
    department_code: Mapped[str | None] = mapped_column(index=True)
    epci_code: Mapped[str | None] = mapped_column(index=True)
    ept_code: Mapped[str | None]
    name_key: Mapped[str]
    former: Mapped[str] = mapped_column(default="", server_default="")


class ReferenceLoad(Base):
    """One loading of the official reference; the latest says which one the table holds."""

    __tablename__ = "reference_loads"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str]
    version: Mapped[str]
    loaded_at: Mapped[datetime]
    created: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int]
    ended: Mapped[int]
