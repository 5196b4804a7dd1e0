"""Telling administrators that our way out refuses our account: by another way, once for each pause.

Nothing leaves by the way itself while it is paused. Where the settings name no other one, nothing is
mailed: the home page, the page of sending and `flask doctor` say it as long as it lasts.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from crm.accounts import queries
from crm.db import db
from crm.mail import addresses
from crm.mail import services as outbox
from crm.mail.claims import NOTICE
from crm.mail.models import Channel, Purpose

# Whoever tries again and fails knows it already.
QUIET_FOR = timedelta(hours=1)


def raise_alarms(*, at: datetime) -> int:
    """Queue the notices that are owed; how many."""
    paused = select(Channel).where(Channel.needs_person.is_(True)).order_by(Channel.name)
    admins = list(db.session.scalars(queries.open_admins()))
    number = 0
    for place, channel in enumerate(db.session.scalars(paused.with_for_update(skip_locked=True)).all()):
        if not admins or not _is_new(channel, at):
            continue
        channel.noticed_at = at
        for account in admins:
            outbox.queue(
                kind=NOTICE,
                subject_id=account.id,
                # Two ways out may refuse us at the same moment, and each is told.
                sequence=int(at.timestamp()) + place,
                address=addresses.find_or_add(account.email),
                purpose=Purpose.SERVICE,
                language=account.language,
                facts={"channel": channel.name},
                at=at,
            )
            number += 1
    return number


def _is_new(channel: Channel, at: datetime) -> bool:
    """Whether nobody was told of this pause, nor of another one within the hour."""
    told = channel.noticed_at
    return told is None or (told < (channel.since or at) and told < at - QUIET_FOR)
