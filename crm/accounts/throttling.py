"""Slowing down those who try passwords, by account and by network address; nobody is locked out."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select

from crm.accounts.models import Attempt
from crm.db import db
from crm.errors import CrmError
from crm.text import N_
from crm.web.models import Hit, Submission

WINDOW = timedelta(hours=1)
LONGEST_PAUSE = 60  # seconds
FREE_BY_ACCOUNT, FREE_BY_NETWORK = 5, 30
REQUESTS_BY_NETWORK = 10  # an hour
KEPT = timedelta(days=30)
FORMS_KEPT = timedelta(days=2)  # a page's CSRF token lasts one


class TooManyTries(CrmError):
    text = N_("Too many tries in a short time. Wait %(seconds)s seconds, then try again.")


def hold_back(*, email: str, network: str, at: datetime) -> None:
    """Refuse a try that comes too soon after others that failed. Raises TooManyTries.

    The account's count starts again with each success; the network's does not, or one's own
    account would free the way to the others. An address without an account counts like any other.
    """
    since = db.session.scalar(select(func.max(Attempt.at)).where(Attempt.email == email, Attempt.succeeded))
    since = max(since or at - WINDOW, at - WINDOW)
    waits = (
        _ends(Attempt.email == email, since=since, at=at, free=FREE_BY_ACCOUNT),
        _ends(Attempt.network == network, since=at - WINDOW, at=at, free=FREE_BY_NETWORK),
    )
    if max(waits) > at:
        raise TooManyTries(seconds=int((max(waits) - at).total_seconds()) + 1)


def _ends(which: ColumnElement[bool], *, since: datetime, at: datetime, free: int) -> datetime:
    """When the pause after those failures is over: 1, 2, 4… seconds once the free tries are used up."""
    failed, last = db.session.execute(
        select(func.count(), func.max(Attempt.at)).where(
            which, Attempt.at > since, Attempt.succeeded.is_(False)
        )
    ).one()
    if last is None or failed < free:
        return at
    return last + timedelta(seconds=min(2 ** min(failed - free, 30), LONGEST_PAUSE))


def record(*, email: str, network: str, at: datetime) -> Attempt:
    """Count a try as failed until it has succeeded, so that tries at the same moment see each other."""
    attempt = Attempt(email=email, network=network, at=at, succeeded=False)
    db.session.add(attempt)
    return attempt


def hold_back_requests(*, network: str, at: datetime) -> None:
    """Count a request for a mailed link; refuse it when too many came from there. Raises TooManyTries."""
    recent = select(func.count(), func.min(Hit.at)).where(
        Hit.door == "forgotten", Hit.network == network, Hit.at > at - WINDOW
    )
    asked, first = db.session.execute(recent).one()
    if asked >= REQUESTS_BY_NETWORK:
        raise TooManyTries(seconds=int((first + WINDOW - at).total_seconds()) + 1)
    db.session.add(Hit(door="forgotten", network=network, at=at))


def forget(*, at: datetime) -> None:
    """Drop the tries that are too old to matter, and the forms whose page can no longer be sent."""
    db.session.execute(delete(Attempt).where(Attempt.at < at - KEPT))
    db.session.execute(delete(Submission).where(Submission.at < at - FORMS_KEPT))
