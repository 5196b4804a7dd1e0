"""The fields of two records side by side: which differ, what is proposed, what becomes of a choice."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from crm.db import db
from crm.directory import normal
from crm.directory.models import Civility, Organisation, Person
from crm.text import N_

Record = Person | Organisation


class Side(StrEnum):
    """Whose value stays: that of the record that stays, of the one that goes, or one after the other."""

    KEPT = "kept"
    GONE = "gone"
    BOTH = "both"


@dataclass(frozen=True)
class Field:
    """What is chosen in one go: one column, or several that make one thing (an address)."""

    key: str
    label: str
    columns: tuple[str, ...]
    # What stands between the two values when both are kept; "" when only one can be.
    joint: str = ""

    def values(self, record: Record) -> tuple[Any, ...]:
        return tuple(getattr(record, column) for column in self.columns)

    def is_blank(self, record: Record) -> bool:
        values = self.values(record)
        if self.key == "place":
            values = values[:3]
        return all(value in (None, "", Civility.NONE) for value in values)

    def differs(self, kept: Record, gone: Record) -> bool:
        return self.values(kept) != self.values(gone)

    def proposed(self, kept: Record, gone: Record) -> Side:
        """The one that says something; when both do, the record that stays, or both where that can be."""
        if self.is_blank(kept):
            return Side.GONE
        return Side.BOTH if self.joint and not self.is_blank(gone) else Side.KEPT

    def sides(self, kept: Record, gone: Record) -> list[Side]:
        can_join = self.joint and not self.is_blank(kept) and not self.is_blank(gone)
        return [Side.KEPT, Side.GONE, *([Side.BOTH] if can_join else [])]


PEOPLE = (
    Field("civility", N_("Civility"), ("civility",)),
    Field("given_name", N_("Given name"), ("given_name",)),
    Field("family_name", N_("Family name"), ("family_name",)),
    Field("language", N_("Language we write in"), ("language",)),
    Field("reference", N_("Own reference"), ("reference",)),
    Field("source", N_("Where we have the data from"), ("source",)),
    Field("notes", N_("Notes"), ("notes",), "\n\n"),
)
ORGANISATIONS = (
    Field("name", N_("Name"), ("name",)),
    Field("acronym", N_("Acronym"), ("acronym",)),
    Field("aliases", N_("Other names"), ("aliases",), ", "),
    Field("kind", N_("Kind"), ("kind_id",)),
    Field("siren", N_("SIREN"), ("siren",)),
    Field("siret", N_("SIRET"), ("siret",)),
    Field("reference", N_("Own reference"), ("reference",)),
    Field("territory", N_("Territory"), ("territory_id",)),
    Field("parent", N_("Part of"), ("parent_id",)),
    Field("place", N_("Address"), ("street", "postcode", "city", "country")),
    Field("phone", N_("Phone"), ("phone",)),
    Field("website", N_("Website"), ("website",)),
    Field("followed_by", N_("Followed by"), ("followed_by_id",)),
    Field("notes", N_("Notes"), ("notes",), "\n\n"),
)
# Which of the records' first addresses is written to.
FIRST_ADDRESS = "first_address"
# Only one record can hold these: the one that goes gives them up.
UNIQUE = ("siren", "siret", "territory_id")


def of(record: Record) -> tuple[Field, ...]:
    return PEOPLE if isinstance(record, Person) else ORGANISATIONS


def chosen(kept: Record, gone: Record, sides: Mapping[str, Side]) -> dict[str, Any]:
    """The columns of the record that stays, as the choices make them; what nobody chose is as proposed."""
    values: dict[str, Any] = {}
    for field in of(kept):
        side = sides.get(field.key, field.proposed(kept, gone))
        mine, theirs = field.values(kept), field.values(gone)
        if side is Side.BOTH and side in field.sides(kept, gone):
            mine = (_joined(field, mine[0], theirs[0]),)
        elif side is Side.GONE:
            mine = theirs
        values.update(zip(field.columns, mine, strict=True))
    return values | _searched(kept, values)


def _joined(field: Field, mine: str, theirs: str) -> str:
    if theirs in mine or mine in theirs:
        return max(mine, theirs, key=len)
    return f"{mine}{field.joint}{theirs}"


def _searched(record: Record, values: dict[str, Any]) -> dict[str, str]:
    if isinstance(record, Person):
        names = (values["given_name"], values["family_name"])
        return {"search": normal.person_search(*names), "sort": normal.person_sort(*names)}
    words = (values["name"], values["acronym"], values["aliases"], values["siren"])
    return {"search": normal.organisation_search(*words), "sort": normal.organisation_sort(values["name"])}


def parent_of(kept: Organisation, gone: Organisation, wanted: int | None) -> int | None:
    """The organisation above, by key: the one wanted unless the two become parts of themselves by it.

    Then the other of their two parents, else none.
    """
    if wanted is None:
        return None
    for candidate in (wanted, kept.parent_id, gone.parent_id):
        if candidate is not None and not leads_to(candidate, {kept.id, gone.id}):
            return candidate
    return None


def leads_to(key: int, ends: set[int]) -> bool:
    """Whether the way up from that organisation passes one of the others."""
    seen: set[int] = set()
    above: int | None = key
    while above is not None and above not in seen:
        if above in ends:
            return True
        seen.add(above)
        above = db.session.scalar(select(Organisation.parent_id).where(Organisation.id == above))
    return above is not None
