"""Reminding by mail of what is to be done today."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update

from crm.accounts.models import Account
from crm.db import db
from crm.mail import addresses
from crm.mail import services as outbox
from crm.mail.models import Purpose
from crm.relations.models import FollowUp, Interaction

KIND = "follow-ups-due"
# On the office's clock. A worker that was off then reminds when it is back, a weekend later at most.
HOUR = 7
AT_MOST_LATE = timedelta(days=3)


def remind(*, at: datetime, zone: ZoneInfo) -> int:
    """Queue one mail to each person who has something to do today; how many mails that are.

    What was reminded of is marked in the same unit of work as the mail is queued, by one statement:
    of two workers only one gets the row. Put off to another day, it is reminded of again then.
    """
    wall = at.astimezone(zone)
    if wall.hour < HOUR:
        return 0
    today = wall.date()
    willing = select(Account.id).where(Account.is_open.is_(True), Account.mails_reminders.is_(True))
    binned = select(Interaction.id).where(Interaction.binned_at.is_not(None))
    mark = (
        update(FollowUp)
        .where(
            FollowUp.done_at.is_(None),
            FollowUp.due_on <= today,
            FollowUp.due_on > today - AT_MOST_LATE,
            FollowUp.assigned_to_id.in_(willing),
            or_(FollowUp.reminded_for.is_(None), FollowUp.reminded_for != FollowUp.due_on),
            or_(FollowUp.interaction_id.is_(None), FollowUp.interaction_id.not_in(binned)),
        )
        .values(reminded_for=FollowUp.due_on)
        .returning(FollowUp.assigned_to_id, FollowUp.id)
        .execution_options(synchronize_session="fetch")
    )
    mine: dict[int, list[int]] = defaultdict(list)
    marked: Sequence[Any] = db.session.execute(mark).all()
    for account_id, follow_up_id in marked:
        mine[account_id].append(follow_up_id)
    for account_id, keys in sorted(mine.items()):
        account = db.session.get_one(Account, account_id)
        outbox.queue(
            kind=KIND,
            subject_id=min(keys),
            address=addresses.find_or_add(account.email),
            purpose=Purpose.SERVICE,
            language=account.language,
            sequence=today.toordinal(),
            facts={"account": account_id, "follow_ups": sorted(keys), "on": today.isoformat()},
            at=at,
        )
    return len(mine)
