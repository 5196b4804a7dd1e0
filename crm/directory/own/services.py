"""Own fields are added, renamed, ordered, archived, binned; values are written with their history."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select

from crm import history
from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import Organisation, Person
from crm.directory.own import queries, values
from crm.directory.own.models import PREFIX, OwnField, OwnKind
from crm.directory.own.values import Value
from crm.errors import CrmError
from crm.text import N_, clean, fold, slug

Author = Account | str

MOST_FIELDS = 60
MOST_CHOICES = 200


class NamelessField(CrmError):
    text = N_("Enter a name for the field.")
    field = "name_fr"


class FieldNameTaken(CrmError):
    text = N_("There is a field “%(name)s” already. Choose another name, or use that one.")
    field = "name_fr"


class TooManyFields(CrmError):
    text = N_("There are sixty fields already. Archive or delete one first.")


class NoChoices(CrmError):
    text = N_("Enter at least one choice.")
    field = "choices"


class TooManyChoices(CrmError):
    text = N_("A list has at most two hundred choices. Use a text field for more.")
    field = "choices"


class ChoiceTaken(CrmError):
    text = N_("“%(name)s” is in this list already.")
    field = "name_fr"


class ChoiceInUse(CrmError):
    text = N_("%(count)s records have “%(name)s”: archive it instead, they keep it.")


def sign(by: Author) -> str:
    actor = by.email if isinstance(by, Account) else by
    history.act_as(db.session(), actor)
    return actor


# Fields


def add(
    *, of: str, kind: OwnKind, name_fr: str, name_en: str = "", choices: Sequence[str] = (), by: Author
) -> OwnField:
    """One more field, the last of its kind of record. Its key is made from the name, and stays.

    Raises NamelessField, FieldNameTaken, TooManyFields, and what `add_choice` raises.
    """
    sign(by)
    known = queries.listed(of)
    if len(known) >= MOST_FIELDS:
        raise TooManyFields
    french, english = _names(name_fr, name_en)
    _refuse_twin(known, french, english)
    field = OwnField(of=of, kind=kind, key=_free_key(of, french), name_fr=french, name_en=english)
    field.position = max((other.position for other in known), default=0) + 1
    field.choices = []
    if kind == OwnKind.CHOICE:
        wanted = [clean(name) for name in choices if clean(name)]
        if not wanted:
            raise NoChoices
        for name in wanted:
            add_choice(field, name_fr=name, by=by)
    db.session.add(field)
    db.session.flush()
    return field


def rename(field: OwnField, *, name_fr: str, name_en: str, by: Author) -> None:
    """Call the field otherwise; its key stays, and so does all that uses it.

    Raises NamelessField, FieldNameTaken.
    """
    sign(by)
    french, english = _names(name_fr, name_en)
    _refuse_twin([other for other in queries.listed(field.of) if other is not field], french, english)
    field.name_fr, field.name_en = french, english


def move(field: OwnField, *, up: bool, by: Author) -> None:
    """Change places with the neighbour; at the end of the list nothing happens."""
    sign(by)
    shown = [other for other in queries.listed(field.of) if other.is_archived == field.is_archived]
    _swap(shown, shown.index(field), up=up)
    for position, each in enumerate(shown, 1):
        each.position = position


def archive(field: OwnField, *, by: Author) -> None:
    """Ask for it no more; what stands in it is still shown."""
    sign(by)
    field.is_archived = True


def bring_back(field: OwnField, *, by: Author) -> None:
    sign(by)
    field.is_archived = False


def bin_field(field: OwnField, *, by: Author, at: datetime) -> None:
    """Take the field and what stands in it out of sight; nothing is lost until it comes back."""
    sign(by)
    if field.binned_at is None:
        field.binned_at = at


def restore(field: OwnField, *, by: Author) -> None:
    """Bring the field back with all that stood in it. Raises FieldNameTaken."""
    sign(by)
    if field.binned_at is not None:
        _refuse_twin(queries.listed(field.of), field.name_fr, field.name_en)
        field.binned_at = None


def _names(name_fr: str, name_en: str) -> tuple[str, str]:
    french = clean(name_fr)
    if not fold(french):
        raise NamelessField
    return french, clean(name_en) or french


def _refuse_twin(others: Sequence[OwnField], *names: str) -> None:
    for other in others:
        if {fold(other.name_fr), fold(other.name_en)} & {fold(name) for name in names}:
            raise FieldNameTaken(name=other.name_fr)


def _free_key(of: str, name: str) -> str:
    return _free(name, set(db.session.scalars(select(OwnField.key).where(OwnField.of == of))))


def _free(name: str, taken: Collection[str]) -> str:
    """A key for that name which is not taken yet."""
    wanted, number = slug(name)[:40].strip("-") or "x", 1
    while (free := wanted if number == 1 else f"{wanted}-{number}") in taken:
        number += 1
    return free


def _swap(shown: list[Any], place: int, *, up: bool) -> None:
    other = place - 1 if up else place + 1
    if 0 <= other < len(shown):
        shown[place], shown[other] = shown[other], shown[place]


# Choices: the list is replaced, never altered, so that its change is seen and kept


def add_choice(field: OwnField, *, name_fr: str, name_en: str = "", by: Author) -> None:
    """One more choice, at the end. Raises NamelessField, ChoiceTaken, TooManyChoices."""
    sign(by)
    french, english = _names(name_fr, name_en)
    if len(field.choices) >= MOST_CHOICES:
        raise TooManyChoices
    _refuse_twin_choice(field.choices, french, english)
    taken, wanted, number = (
        {choice["key"] for choice in field.choices},
        slug(french)[:40].strip("-") or "x",
        1,
    )
    while (key := wanted if number == 1 else f"{wanted}-{number}") in taken:
        number += 1
    new = {"key": key, "name_fr": french, "name_en": english, "is_archived": False}
    field.choices = [*field.choices, new]


def rename_choice(field: OwnField, key: str, *, name_fr: str, name_en: str, by: Author) -> None:
    """Call the choice otherwise; the records that have it keep it. Raises NamelessField, ChoiceTaken."""
    sign(by)
    french, english = _names(name_fr, name_en)
    _refuse_twin_choice([choice for choice in field.choices if choice["key"] != key], french, english)
    _alter_choice(field, key, name_fr=french, name_en=english)


def archive_choice(field: OwnField, key: str, *, archived: bool = True, by: Author) -> None:
    """Offer the choice no more, or again; records that have it keep it."""
    sign(by)
    _alter_choice(field, key, is_archived=archived)


def move_choice(field: OwnField, key: str, *, up: bool, by: Author) -> None:
    sign(by)
    choices = list(field.choices)
    place = next((place for place, choice in enumerate(choices) if choice["key"] == key), None)
    if place is not None:
        _swap(choices, place, up=up)
        field.choices = choices


def remove_choice(field: OwnField, key: str, *, by: Author) -> None:
    """Take out a choice that no record has. Raises ChoiceInUse."""
    sign(by)
    if used := queries.choice_uses(field).get(key, 0):
        raise ChoiceInUse(name=field.choice_name(key, "fr"), count=used)
    field.choices = [choice for choice in field.choices if choice["key"] != key]


def _alter_choice(field: OwnField, key: str, **facts: Any) -> None:
    field.choices = [
        {**choice, **facts} if choice["key"] == key else dict(choice) for choice in field.choices
    ]


def _refuse_twin_choice(others: Sequence[Mapping[str, Any]], *names: str) -> None:
    for other in others:
        if {fold(other["name_fr"]), fold(other["name_en"])} & {fold(name) for name in names}:
            raise ChoiceTaken(name=other["name_fr"])


# Values


def put(
    record: Person | Organisation, wanted: Mapping[OwnField, Value | None], *, by: Author, at: datetime
) -> list[str]:
    """Write down what stands in these fields of the record (None empties one); the keys that changed.

    The record's history says what was there before, as `own-<key>`.
    """
    actor = sign(by)
    of = record.__tablename__
    held = queries.values_of(record)
    changed = {field: value for field, value in wanted.items() if held.get(field.id) != value}
    if not changed:
        return []
    table, owner = queries.VALUES[of], queries.of_record(of)
    gone = [field.id for field in changed]
    db.session.execute(delete(table).where(owner == record.id, table.field_id.in_(gone)))
    rows = [
        {owner.key: record.id, "field_id": field.id, **values.columns(field, value)}
        for field, value in changed.items()
        if value is not None
    ]
    if rows:
        db.session.execute(insert(table), rows)
    facts = {
        f"{PREFIX}{field.key}": [values.told(held.get(field.id)), values.told(value)]
        for field, value in changed.items()
    }
    db.session.add(
        history.Change(at=at, actor=actor, act="changed", record=history.named(record), values=facts)
    )
    db.session.flush()
    return [field.key for field in changed]


def read_typed(
    fields: Sequence[OwnField], typed: Mapping[str, str], *, language: str
) -> dict[OwnField, Value | None]:
    """What was typed into the form fields `own-<key>`. A refusal names the form's field."""
    wanted: dict[OwnField, Value | None] = {}
    for field in fields:
        name = f"{PREFIX}{field.key}"
        if name not in typed:
            continue
        try:
            wanted[field] = values.read(field, typed[name], language)
        except CrmError as refusal:
            refusal.field = name
            raise
    return wanted


def count_lost(field: OwnField) -> int:
    """How many records have a value that goes out of sight with the field."""
    table = queries.VALUES[field.of]
    return db.session.scalar(select(func.count()).where(table.field_id == field.id)) or 0
