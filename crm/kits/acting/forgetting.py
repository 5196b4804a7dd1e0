"""Twelve months after a kit is over nobody can tell any more who wrote to whom: only the numbers stay.

Readers lose the person, the organisation, the place and their way back; acts lose the words and the hour.
How often each parliamentarian was written to and answered counts as before.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_, select, update

from crm import clock
from crm.db import db
from crm.kits.acting.models import KitAct, KitReader
from crm.kits.models import Kit, KitState

AFTER = timedelta(days=365)
AT_ONCE = 500


def forget(*, at: datetime) -> int:
    """Take the detail from readers of kits over that long, so many at a time; how many there were."""
    is_closed = and_(Kit.state == KitState.CLOSED, Kit.updated_at <= at - AFTER)
    is_over = or_(Kit.deadline < clock.day(at - AFTER), and_(Kit.deadline.is_(None), is_closed))
    told = or_(
        KitReader.person_id.is_not(None),
        KitReader.organisation_id.is_not(None),
        KitReader.constituency != "",
        KitReader.keeps_name,
        exists().where(KitAct.reader_id == KitReader.id, KitAct.words != ""),
    )
    over = select(KitReader.id).join(Kit, Kit.id == KitReader.kit_id).where(is_over, told)
    keys = list(db.session.scalars(over.order_by(KitReader.id).limit(AT_ONCE)))
    if not keys:
        return 0
    quiet = {"synchronize_session": False}
    acts = select(KitAct.id, KitAct.at).where(KitAct.reader_id.in_(keys))
    for key, acted_at in db.session.execute(acts).all():
        day = acted_at.replace(hour=12, minute=0, second=0, microsecond=0)
        db.session.execute(
            update(KitAct).where(KitAct.id == key).values(words="", at=day), execution_options=quiet
        )
    nobody = {"person_id": None, "organisation_id": None, "constituency": "", "keeps_name": False}
    for key in keys:
        anew = update(KitReader).where(KitReader.id == key).values(token=secrets.token_urlsafe(24), **nobody)
        db.session.execute(anew, execution_options=quiet)
    db.session.expire_all()
    return len(keys)
