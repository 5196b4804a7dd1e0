"""What the house writes into the log by itself: one line for each step, person and subject."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, insert, literal, select

from crm.db import db
from crm.relations.models import Act, Note


def note(
    *, act: Act, subject: str, title: str, person_id: int | None, organisation_id: int | None, at: datetime
) -> None:
    """Write one line, unless that step of that subject is already told of that person and organisation.

    `organisation_id` is the one the person stands for that day; `subject` is such as `events:12`.
    """
    told = select(Note.id).where(
        Note.subject == subject,
        Note.act == act,
        Note.person_id.is_(None) if person_id is None else Note.person_id == person_id,
    )
    if person_id is None:
        told = told.where(Note.organisation_id == organisation_id)
    if db.session.scalar(told.limit(1)) is None:
        db.session.add(
            Note(
                act=act,
                subject=subject,
                title=title,
                person_id=person_id,
                organisation_id=organisation_id,
                at=at,
            )
        )


def note_many(people: Select[Any], *, act: Act, subject: str, title: str, at: datetime) -> int:
    """Write a line for every row of a select of (person id, organisation id), in one statement.

    People of whom the step is already told get no second line. Returns how many lines were written.
    """
    table = Note.__table__
    asked = people.subquery("noted")
    person, organisation = list(asked.c)[:2]
    told = exists().where(Note.subject == subject, Note.act == act, Note.person_id == person)
    lines = select(
        literal(at, table.c.at.type),
        literal(act, table.c.act.type),
        literal(subject),
        literal(title),
        organisation,
        person,
    ).where(~told)
    columns = ("at", "act", "subject", "title", "organisation_id", "person_id")
    written = db.session.execute(insert(Note).from_select(columns, lines, include_defaults=False))
    return int(written.rowcount)  # type: ignore[attr-defined]
