"""Taking in the mail that calendars send: each by itself, committed, and never answered by a machine."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from crm import history
from crm.db import db
from crm.events.replies import again, matching, reading, services
from crm.events.replies.models import CalendarReply
from crm.mail.incoming.boxes import Found

AUTHOR = "calendars"
ANSWERING = ("REPLY", "COUNTER", again.METHOD)

log = structlog.get_logger()


def take_in(found: Found, settings: Mapping[str, Any], at: datetime) -> str | None:
    """Take one mail and commit; in one word what became of it, None for what is no answer to us.

    “again” is what came before. The database at fault leaves the mail where it is.
    """
    base, authserv = settings["REPLIES_ADDRESS"], settings["MAIL_AUTHSERV"]
    told = reading.head(found.raw, base=base, authserv=authserv)
    if not told.is_addressed and not _holds_an_answer(found, settings["FILING_ADDRESS"]):
        return None
    history.act_as(db.session(), AUTHOR)
    try:
        replies = _taken(found, told, at)
        if replies is None:
            db.session.rollback()
            return None
        db.session.commit()
    except IntegrityError:
        # Another worker took the same answer in the same instant.
        db.session.rollback()
        return "again"
    except SQLAlchemyError:
        db.session.rollback()
        raise
    except Exception:
        # Whatever a mail breaks, the next ones are taken.
        log.exception("an answer of a calendar could not be taken")
        db.session.rollback()
        replies = [services.set_aside(found.raw, told, reading.Unreadable.text, at=at)]
        db.session.commit()
    words = [reply.state.value for reply in replies if reply is not None]
    return words[0] if words else "again"


def _holds_an_answer(found: Found, filing: str) -> bool:
    """Whether a mail that names no address of ours looks like an answer; what is to be filed is not."""
    local, _at, domain = filing.partition("@")
    secret = rf"{re.escape(local)}\+[0-9a-f]{{20}}@{re.escape(domain)}"
    head = found.raw[: reading.HEAD].decode("latin-1")
    if found.size > reading.MOST_MAIL or re.search(secret, head, re.I):
        return False
    raw = found.raw.lower()
    return b"text/calendar" in raw or b"application/ics" in raw


def _taken(found: Found, told: reading.Read, at: datetime) -> list[CalendarReply | None] | None:
    """What the mail says, kept and followed; None for what came to no address of ours and answers nothing."""
    try:
        reason = _no_answer(found, told)
    except (reading.Unreadable, reading.TooMany) as refusal:
        reason = refusal.text
    answers = [said for said in told.said if said.method in ANSWERING and _says_something(said)]
    if answers and not reason:
        return [services.take(told, said, matching.match(told, said), at=at) for said in answers]
    if not told.is_addressed:
        return None
    if not reason and told.said:
        method = told.said[0].method or "?"
        return [services.set_aside(found.raw, told, services.NOT_AN_ANSWER, at=at, method=method)]
    return [services.set_aside(found.raw, told, reason or services.NO_CALENDAR, at=at)]


def _no_answer(found: Found, told: reading.Read) -> str:
    """Why it is set aside without a look at what it says; "" when it was read. Raises Unreadable, TooMany."""
    if reading.answers_by_itself(found.raw):
        return services.AUTOMATIC
    if not found.is_whole or found.size > reading.MOST_MAIL:
        return services.TOO_LARGE
    reading.read(found.raw, told)
    if told.is_automatic:
        # Two machines must not write to each other (RFC 3834).
        told.said = [said for said in told.said if said.method != again.METHOD]
    return services.AUTOMATIC if told.is_automatic and not told.said else ""


def _says_something(said: reading.Said) -> bool:
    return said.method in ("COUNTER", again.METHOD) or said.answer in reading.ANSWERS
