"""Telling the provider that a hold was lifted: it writes to no address that stands on a list of its own.

The wish is a row, written with the lifting; a worker carries it out, and tries again while that fails.
Only what mail itself brought about is struck: complaints and refusals are their owners' to take back.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import select, update

from crm.db import db
from crm.mail.models import Address
from crm.mail.outcomes import patience
from crm.mail.provider.models import Release
from crm.mail.senders import NotSent
from crm.text import N_
from crm.writing import rows_of

LISTS = ("bounces", "blocks", "invalid_emails")
IN_HAND = timedelta(minutes=5)
FIRST_WAIT, LONGEST_WAIT = 60.0, 6 * 3600.0  # seconds
AT_ONCE = 50

HELD_AGAIN = N_("The address was put on hold again before SendGrid was told.")


class Strikes(Protocol):
    def remove(self, name: str, email: str) -> None:
        """Strike the address from that list; one that does not stand there is no failure. Raises NotSent."""
        ...


def ask(address: Address, *, by: str, at: datetime) -> Release:
    """Have the provider told that this address may be written to again."""
    open_one = db.session.scalar(
        select(Release).where(Release.address_id == address.id, Release.done_at.is_(None)).limit(1)
    )
    if open_one is None:
        open_one = Release(address_id=address.id, asked_at=at, asked_by=by, not_before=at)
        db.session.add(open_one)
    open_one.not_before = at
    db.session.flush()
    return open_one


def latest(address_id: int) -> Release | None:
    """The last wish about that address."""
    asked = select(Release).where(Release.address_id == address_id).order_by(Release.id.desc()).limit(1)
    return db.session.scalar(asked)


def carry_out(settings: Mapping[str, Any], *, at: datetime) -> int:
    """Tell the provider what it is to be told; how many wishes were fulfilled. Commits after each."""
    if settings["MAIL_SENDER"] != "sendgrid":
        return 0
    due = select(Release.id).where(Release.done_at.is_(None), Release.not_before <= at)
    keys = list(db.session.scalars(due.order_by(Release.not_before).limit(AT_ONCE)))
    if not keys:
        return 0
    from crm.mail.senders.sendgrid import Suppressions

    provider = Suppressions(
        key=settings["SENDGRID_API_KEY"], url=settings["SENDGRID_URL"], timeout=settings["MAIL_TIMEOUT"]
    )
    db.session.commit()
    return sum(_is_done(key, provider, at) for key in keys)


def _is_done(key: int, provider: Strikes, at: datetime) -> bool:
    """Take one wish in hand, and write down what became of it. Striking twice does no harm."""
    mine = update(Release).where(Release.id == key, Release.done_at.is_(None), Release.not_before <= at)
    taken = rows_of(db.session(), mine.values(not_before=at + IN_HAND, tries=Release.tries + 1))
    db.session.commit()
    if not taken:
        return False
    release = db.session.get_one(Release, key, populate_existing=True)
    address = db.session.get_one(Address, release.address_id, populate_existing=True)
    if address.held_since is not None:
        release.done_at, release.reason = at, HELD_AGAIN
        db.session.commit()
        return False
    email, tries = address.email, release.tries
    # No transaction is held while the provider is asked.
    db.session.commit()
    try:
        for name in LISTS:
            provider.remove(name, email)
    except NotSent as failure:
        wait = max(
            getattr(failure, "after", None) or 0.0, patience(tries, first=FIRST_WAIT, longest=LONGEST_WAIT)
        )
        release.not_before = at + timedelta(seconds=wait)
        release.reason, release.said = failure.reason, failure.said
        db.session.commit()
        return False
    release.done_at, release.reason, release.said = at, None, None
    db.session.commit()
    return True
