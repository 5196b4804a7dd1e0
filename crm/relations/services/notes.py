"""What the house writes into the log by itself: who was invited, registered, mailed, when."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, literal, select

from crm import at_end, clock
from crm.db import db
from crm.directory import queries as directory
from crm.directory.models import Role
from crm.relations.models import Act, Note
from crm.writing import insert_new, rows_of


def note(
    *,
    act: Act,
    subject: str,
    title: str,
    at: datetime,
    person_id: int | None = None,
    organisation_id: int | None = None,
    is_known: bool = True,
) -> None:
    """Note one act of one person, or of an organisation alone; a second time changes nothing.

    `subject` names the record it is about (`events:12`), `title` what that is called now. Without
    an organisation it is the one that the person stands for on that day, which of somebody who is not
    `is_known` need not be looked for.
    """
    if organisation_id is None and person_id is not None and is_known:
        organisation_id = _stood_for(person_id, at)
    facts = {"act": act, "subject": subject, "title": title, "at": at}
    whose = {"person_id": person_id, "organisation_id": organisation_id}
    at_end.write(db.session(), Note, facts | whose)


def note_many(people: Select[Any], *, act: Act, subject: str, title: str, at: datetime) -> int:
    """Note the same act for every row of the select, in one statement; how many notes are new.

    The select has the columns `person_id` and, where it knows which organisation the person stood
    for, `organisation_id`; without that column it is the one stood for on that day.
    """
    db.session.flush()
    given = people.order_by(None).subquery("given")
    kinds = Note.__table__.c
    same = [
        literal(act, kinds.act.type).label("act"),
        literal(subject).label("subject"),
        literal(title).label("title"),
        literal(at, kinds.at.type).label("at"),
    ]
    if "organisation_id" in given.c:
        # SQLite takes ON for a join's unless the select has a WHERE.
        rows = select(*same, given.c.person_id, given.c.organisation_id).where(literal(1) == 1)
    else:
        standing = directory.standing_for(clock.day(at))
        rows = (
            select(*same, given.c.person_id, standing.c.organisation_id)
            .outerjoin_from(given, standing, standing.c.person_id == given.c.person_id)
            .where(literal(1) == 1)
        )
    names = ["act", "subject", "title", "at", "person_id", "organisation_id"]
    noting = insert_new(Note).from_select(names, rows, include_defaults=False)
    return rows_of(db.session(), noting)


def _stood_for(person_id: int, at: datetime) -> int | None:
    role = directory.main_role_id(literal(person_id), clock.day(at))
    return db.session.scalar(select(Role.organisation_id).where(Role.id == role))
