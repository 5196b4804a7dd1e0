"""Offering each mail that came in to those who take some: the first that says it is his has it.

A taker commits what became of the mail and says so in one word, or answers None when it is not his;
the mail is marked as done only then. One that breaks a taker is offered to the next one; one that nobody
could take is set aside as “broken”: it stays where mail that was taken lies, and the next is read.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from crm.db import db
from crm.mail.incoming import boxes
from crm.mail.incoming.boxes import Found

Taker = Callable[[Found, Mapping[str, Any], datetime], str | None]

log = structlog.get_logger()


@dataclass(frozen=True)
class _Entered:
    take: Taker
    is_last: bool


_TAKERS: dict[str, _Entered] = {}


def enter(name: str, take: Taker, *, is_last: bool = False) -> None:
    """Let a domain take mail; the last one is asked when nobody else wants it."""
    _TAKERS[name] = _Entered(take, is_last)


def take_all(
    settings: Mapping[str, Any], *, at: datetime, stopping: Callable[[], bool] = lambda: False
) -> Counter[str]:
    """Take in all that waits; how many mails became what (“again”: known already)."""
    told: Counter[str] = Counter()
    for box in boxes.boxes(settings):
        try:
            for found in box.mails():
                told[_offered(found, settings, at)] += 1
                found.done()
                if stopping():
                    return told
        except boxes.BoxClosed as closed:
            log.warning("the mailbox cannot be read", why=str(closed))
    return told


def _offered(found: Found, settings: Mapping[str, Any], at: datetime) -> str:
    """What became of the mail. The database or the disk at fault is raised: the mail waits."""
    left = "left"
    for taker in sorted(_TAKERS.values(), key=lambda entered: entered.is_last):
        try:
            word = taker.take(found, settings, at)
        except (SQLAlchemyError, OSError):
            raise
        except Exception:
            log.exception("a mail could not be taken")
            db.session.rollback()
            word, left = None, "broken"
        if word is not None:
            return word
    return left
