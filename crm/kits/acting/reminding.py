"""One reminder to who opened the kit and did not act, one question whether an answer came; never more.

Only people who came by a link of their own are written to. Each is claimed by one statement, so that of
two workers one writes; objections and holds are read when the message leaves, as of every mail.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from crm import clock
from crm.db import db
from crm.directory import queries as directory
from crm.directory.models import Person
from crm.kits.acting.models import ActKind, KitAct, KitReader
from crm.kits.models import Kit, KitState
from crm.mail import services as outbox
from crm.mail.models import Address, Purpose

REMIND, ASK = "kit-reminder", "kit-answer"
REMIND_AFTER, ASK_AFTER = timedelta(days=7), timedelta(days=14)
MOST_AT_ONCE = 500


def remind(*, at: datetime) -> int:
    """Queue what is due; how many messages that were."""
    reminded = _claim(
        KitReader.reminded_at,
        KitReader.opened_at <= at - REMIND_AFTER,
        KitReader.acted_at.is_(None),
        at=at,
    )
    asked = _claim(
        KitReader.asked_at,
        KitReader.acted_at <= at - ASK_AFTER,
        _declared(ActKind.WROTE),
        ~_declared(ActKind.REPLIED),
        at=at,
    )
    return _queue(REMIND, reminded, at) + _queue(ASK, asked, at)


def _declared(kind: ActKind) -> ColumnElement[bool]:
    """Under their own name: what was counted under nobody cannot be asked about."""
    return exists().where(KitAct.reader_id == KitReader.id, KitAct.kind == kind, KitAct.undone_at.is_(None))


def is_running(kit: Kit, at: datetime) -> bool:
    return kit.state is KitState.PUBLISHED and not kit.is_over(clock.day(at))


def _claim(
    mark: InstrumentedAttribute[datetime | None], *due: ColumnElement[bool], at: datetime
) -> Sequence[int]:
    """The readers for whom it is due, marked as written to."""
    running = select(Kit.id).where(
        Kit.state == KitState.PUBLISHED, or_(Kit.deadline.is_(None), Kit.deadline >= clock.day(at))
    )
    kept = select(Person.id).where(Person.binned_at.is_(None))
    conditions = (
        mark.is_(None),
        KitReader.person_id.in_(kept),
        KitReader.kit_id.in_(running),
        *due,
    )
    some = select(KitReader.id).where(*conditions).order_by(KitReader.id).limit(MOST_AT_ONCE)
    claim = (
        update(KitReader)
        .where(KitReader.id.in_(some), mark.is_(None))
        .values({mark: at})
        .returning(KitReader.id)
        .execution_options(synchronize_session=False)
    )
    return list(db.session.scalars(claim))


def _queue(kind: str, readers: Sequence[int], at: datetime) -> int:
    """One message for each, at the address in first place; who has none stays marked and gets none."""
    if not readers:
        return 0
    written_to = directory.first_addresses()
    rows: Any = (
        select(KitReader.id, Person, Address)
        .join(Person, Person.id == KitReader.person_id)
        .join(written_to, written_to.c.person_id == Person.id)
        .join(Address, Address.id == written_to.c.address_id)
        .where(KitReader.id.in_(readers))
        .order_by(KitReader.id)
    )
    found = db.session.execute(rows).all()
    for reader_id, person, address in found:
        outbox.queue(
            kind=kind,
            subject_id=reader_id,
            address=address,
            person_id=person.id,
            purpose=Purpose.MOBILISATION,
            language=person.language,
            at=at,
        )
    return len(found)
