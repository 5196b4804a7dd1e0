"""Letting go the names of those whom a mailing left out, when their time is over; the numbers stay."""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update

from crm.db import db
from crm.mailings.audiences import reckoning
from crm.mailings.audiences.models import Exclusion
from crm.mailings.models import Mailing

AT_ONCE = 20  # mailings in one pass


def forget(*, days: int, at: datetime) -> int:
    """Let go the names of mailings that left so many days ago; of how many mailings that was.

    Nothing was changed in a mailing by it, so that its version and its history stay as they are.
    """
    due = (
        select(Mailing)
        .where(
            Mailing.left_at < at - timedelta(days=days), exists().where(Exclusion.mailing_id == Mailing.id)
        )
        .order_by(Mailing.id)
        .limit(AT_ONCE)
    )
    mailings = db.session.scalars(due).all()
    for mailing in mailings:
        count = reckoning.kept(mailing)
        numbers = {
            "fates": {fate.value: number for fate, number in count.fates.items()},
            "parts": {str(part_id): number for part_id, number in count.parts.items()},
        }
        told = update(Mailing).where(Mailing.id == mailing.id).values(let_go=numbers)
        db.session.execute(told, execution_options={"synchronize_session": False})
        db.session.execute(delete(Exclusion).where(Exclusion.mailing_id == mailing.id))
        db.session.expire(mailing)
    return len(mailings)
