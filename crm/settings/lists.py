"""The lists that the association edits itself: kinds of organisations, of exchanges, of events.

They are found among the models, so that a domain has nothing to register: every `NamedChoice` is
such a list, and the foreign keys of the schema say where its entries are used.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, func, select

from crm.db import Base, NamedChoice, db
from crm.errors import CrmError
from crm.settings.defaults import DEFAULTS, FACTS, ICONS
from crm.text import N_, slug

TITLES = {
    "organisation_kinds": N_("Kinds of organisations"),
    "interaction_kinds": N_("Kinds of exchanges"),
    "event_kinds": N_("Kinds of events"),
    "partnership_stages": N_("Stages of partnerships"),
    "colleges": N_("Colleges of members"),
    "body_functions": N_("Functions in bodies"),
}

# What a domain does once an entry of its list says something else of itself; it enters here.
AFTER: dict[str, Callable[[Any], None]] = {}


class NameTaken(CrmError):
    text = N_("“%(name)s” is already in this list: rename that entry, or bring it back from the archive.")
    field = "name_fr"


class InUse(CrmError):
    text = N_("“%(name)s” is used by %(count)s records: archive it instead, they keep it.")


def models() -> dict[str, type[NamedChoice]]:
    """The lists by the name of their table, in the order that pages show them."""
    found = {model.__tablename__: model for model in NamedChoice.__subclasses__()}  # type: ignore[attr-defined]
    return {name: found[name] for name in TITLES if name in found}


def entries(model: type[NamedChoice]) -> list[NamedChoice]:
    """All entries in their order, archived ones last."""
    return list(db.session.scalars(select(model).order_by(model.is_archived, model.position, model.id)))


def uses(model: type[NamedChoice]) -> dict[int, int]:
    """By entry, how many records name it."""
    counted: dict[int, int] = {}
    for column in _naming(model):
        rows = select(column, func.count()).where(column.is_not(None)).group_by(column)
        for entry_id, number in db.session.execute(rows):
            counted[entry_id] = counted.get(entry_id, 0) + number
    return counted


def _naming(model: type[NamedChoice]) -> list[ColumnElement[int]]:
    table: str = model.__tablename__  # type: ignore[attr-defined]
    return [
        key.parent
        for other in Base.metadata.sorted_tables
        for key in other.foreign_keys
        if key.column.table.name == table
    ]


def settable(model: type[NamedChoice]) -> dict[str, str]:
    """What an entry says besides its names: columns and their labels."""
    told: dict[str, str] = getattr(model, "SETTABLE", {})
    return told


def tell(entry: NamedChoice, facts: dict[str, Any]) -> None:
    """What the entry says besides its names; the list's domain follows up when that is something else."""
    table: str = entry.__tablename__  # type: ignore[attr-defined]
    known = {name: getattr(entry, name) for name in settable(type(entry))}
    said = {name: value for name, value in facts.items() if name in known and value != known[name]}
    for name, value in said.items():
        setattr(entry, name, value)
    db.session.flush()
    if said and table in AFTER:
        AFTER[table](entry)


def add(model: type[NamedChoice], *, name_fr: str, name_en: str) -> NamedChoice:
    """One more entry, at the end. Raises NameTaken."""
    _refuse_twin(model, name_fr)
    last = db.session.scalar(select(func.max(model.position)))
    entry = _made(
        model,
        slug=_free_slug(model, name_fr),
        name_fr=name_fr,
        name_en=name_en or name_fr,
        position=(last or 0) + 1,
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def _made(model: type[NamedChoice], **facts: Any) -> NamedChoice:
    return model(**facts)


def rename(entry: NamedChoice, *, name_fr: str, name_en: str) -> None:
    """Raises NameTaken."""
    _refuse_twin(type(entry), name_fr, but=entry)
    entry.name_fr, entry.name_en = name_fr, name_en or name_fr


def _refuse_twin(model: type[NamedChoice], name_fr: str, but: NamedChoice | None = None) -> None:
    for other in entries(model):
        if other is not but and slug(other.name_fr) == slug(name_fr):
            raise NameTaken(name=other.name_fr)


def _free_slug(model: type[NamedChoice], name: str) -> str:
    taken = set(db.session.scalars(select(model.slug)))
    wanted, number = slug(name), 1
    while (free := wanted if number == 1 else f"{wanted}-{number}") in taken:
        number += 1
    return free


def move(entry: NamedChoice, *, up: bool) -> None:
    """Change places with the neighbour; at the end of the list nothing happens."""
    shown = [other for other in entries(type(entry)) if other.is_archived == entry.is_archived]
    place = shown.index(entry)
    other = place - 1 if up else place + 1
    if 0 <= other < len(shown):
        shown[place], shown[other] = shown[other], shown[place]
    for position, each in enumerate(shown, 1):
        each.position = position


def archive(entry: NamedChoice) -> None:
    """Offer it no more; records that name it keep it."""
    entry.is_archived = True


def bring_back(entry: NamedChoice) -> None:
    entry.is_archived = False


def remove(entry: NamedChoice) -> None:
    """Take out an entry that nothing uses. Raises InUse."""
    used = uses(type(entry)).get(entry.id, 0)
    if used:
        raise InUse(name=entry.name_fr, count=used)
    db.session.delete(entry)


def fill(model: type[NamedChoice]) -> None:
    """Put the usual entries into a list that has none; a list in use stays as it is."""
    if db.session.scalar(select(model.id).limit(1)) is not None:
        return
    table: str = model.__tablename__  # type: ignore[attr-defined]
    for position, (name, french, english) in enumerate(DEFAULTS[table], 1):
        entry = _made(model, slug=name, name_fr=french, name_en=english, position=position)
        if hasattr(model, "icon"):
            entry.icon = ICONS.get(name, "messages")  # type: ignore[attr-defined]
        for fact, value in FACTS.get(table, {}).get(name, {}).items():
            setattr(entry, fact, value)
        db.session.add(entry)
    db.session.flush()
