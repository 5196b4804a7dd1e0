"""The log of one organisation or person: its exchanges, and what the house wrote by itself, folded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Select,
    func,
    literal,
    select,
    union_all,
)

from crm import clock
from crm.db import db
from crm.directory.models import Organisation, Person
from crm.directory.queries import family as families
from crm.relations.models import (
    Act,
    Interaction,
    Note,
)
from crm.relations.queries.exchanges import (
    AUTOMATIC,
    Chosen,
    exchange_conditions,
    in_period,
    told,
    with_organisation,
    with_person,
)
from crm.web.tables import Order

NAMED = 8


@dataclass(frozen=True)
class Noted:
    """One act of the people of a folded line: how many, and the first of them by name."""

    act: Act
    number: int
    people: list[tuple[int, str]]


@dataclass
class Folded:
    """What the house wrote about one event, mailing or kit."""

    subject: str
    title: str
    at: datetime
    acts: list[Noted] = field(default_factory=list)


@dataclass(frozen=True)
class Entry:
    """One line of a log: an exchange, or what the house wrote by itself."""

    exchange: Interaction | None = None
    folded: Folded | None = None


def log_of(record: Organisation | Person, chosen: Chosen, *, zone: ZoneInfo = clock.PARIS) -> Select[Any]:
    """Rows of `ref` (an exchange's key, else None), `subject`, `at` and `key`, to be paged by `log_order`."""
    exchanged = with_person(record.id)
    if isinstance(record, Organisation):
        exchanged = with_organisation(_family(record) if chosen.family else record.id)
    parts: list[Any] = []
    if chosen.kind != AUTOMATIC:
        parts.append(
            select(
                Interaction.id.label("ref"),
                literal("").label("subject"),
                Interaction.happened_at.label("at"),
                (Interaction.id * 2).label("key"),
            ).where(
                Interaction.id.in_(exchanged),
                Interaction.binned_at.is_(None),
                *exchange_conditions(chosen, zone),
            )
        )
    if chosen.kind in ("", AUTOMATIC) and not chosen.staff_id:
        parts.append(
            select(
                literal(0).label("ref"),
                Note.subject.label("subject"),
                func.max(Note.at).label("at"),
                (func.min(Note.id) * 2 + 1).label("key"),
            )
            .where(*_note_conditions(record, chosen, zone))
            .group_by(Note.subject)
        )
    lines = union_all(*parts).subquery("log")
    return select(lines.c.ref, lines.c.subject, lines.c.at, lines.c.key)


def _family(organisation: Organisation) -> Select[int]:
    """The keys of the organisation and of all its parts."""
    return select(families.family(organisation).c.id)


def log_order(rows: Select[Any]) -> Order:
    columns = rows.selected_columns
    return Order(by=columns["at"], key=columns["key"], descending=True)


def _note_conditions(
    record: Organisation | Person, chosen: Chosen, zone: ZoneInfo
) -> list[ColumnElement[bool]]:
    own = Note.person_id == record.id
    if isinstance(record, Organisation):
        own = (
            Note.organisation_id.in_(_family(record)) if chosen.family else Note.organisation_id == record.id
        )
    asked = [own, *in_period(Note.at, chosen, zone)]  # type: ignore[arg-type]
    if chosen.person_id:
        asked.append(Note.person_id == chosen.person_id)
    if chosen.organisation_id:
        asked.append(Note.organisation_id == chosen.organisation_id)
    return asked


def entries(
    rows: Sequence[Any], record: Organisation | Person, chosen: Chosen, *, zone: ZoneInfo = clock.PARIS
) -> list[Entry]:
    """The lines of a page of `log_of`, told in full."""
    exchanged = told([row.ref for row in rows if row.ref])
    folded = _folded({row.subject: row.at for row in rows if not row.ref}, record, chosen, zone)
    return [
        Entry(exchange=exchanged[row.ref]) if row.ref else Entry(folded=folded[row.subject]) for row in rows
    ]


def _folded(
    subjects: dict[str, datetime], record: Organisation | Person, chosen: Chosen, zone: ZoneInfo
) -> dict[str, Folded]:
    """Each subject with its acts in the order of `Act`, its people counted and the first ones named.

    `subjects` says of each when it was last noted.
    """
    if not subjects:
        return {}
    same = (Note.subject, Note.act)
    numbered = (
        select(
            Note.subject,
            Note.act,
            Note.title,
            Note.person_id,
            func.count().over(partition_by=same).label("number"),
            func.row_number().over(partition_by=same, order_by=Note.id).label("place"),
        )
        .where(*_note_conditions(record, chosen, zone), Note.subject.in_(subjects))
        .subquery()
    )
    rows = (
        select(numbered, Person.given_name, Person.family_name)
        .outerjoin(Person, Person.id == numbered.c.person_id)
        .where(numbered.c.place <= NAMED)
        .order_by(numbered.c.subject, numbered.c.act, numbered.c.place)
    )
    lines: dict[str, Folded] = {}
    for row in db.session.execute(rows):
        line = lines.setdefault(row.subject, Folded(row.subject, row.title, subjects[row.subject]))
        if not line.acts or line.acts[-1].act != row.act:
            line.acts.append(Noted(row.act, row.number, []))
        name = f"{row.given_name or ''} {row.family_name or ''}".strip()
        if row.person_id is not None and name:
            line.acts[-1].people.append((row.person_id, name))
    order = list(Act)
    for line in lines.values():
        line.acts.sort(key=lambda noted: order.index(noted.act))
    return lines
