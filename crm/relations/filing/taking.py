"""Taking in mail to be filed: each by itself, marked as done only after the commit."""

import errno
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from werkzeug.datastructures import FileStorage

from crm import history
from crm.db import db
from crm.errors import CrmError
from crm.mail import addresses
from crm.mail.incoming.boxes import Found
from crm.relations.filing import queries, reading, services
from crm.relations.models import FiledMail
from crm.text import N_
from crm.web import files

MOST_FILES = 20
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
TOO_MANY = N_("Only the first %(most)s files of a mail are kept.")

log = structlog.get_logger()


def take_in(found: Found, settings: Mapping[str, Any], at: datetime) -> str:
    """Take one mail and commit; in one word what became of it (“again”: known already)."""
    kept: list[files.Stored] = []
    try:
        mail = take(found, settings, at=at, kept=kept)
        db.session.commit()
    except IntegrityError:
        # Another worker took the same mail in the same instant.
        db.session.rollback()
        files.discard(*(one.stored_as for one in kept))
        return "again"
    except SQLAlchemyError:
        # The database is at fault and not the mail, which stays where it is.
        db.session.rollback()
        files.discard(*(one.stored_as for one in kept))
        raise
    except Exception as broken:
        if isinstance(broken, OSError) and broken.errno in NO_ROOM:
            # The disk is at fault and not the mail.
            db.session.rollback()
            files.discard(*(one.stored_as for one in kept))
            raise
        # Whatever a mail breaks, the next ones are taken.
        log.exception("a mail could not be filed")
        db.session.rollback()
        files.discard(*(one.stored_as for one in kept))
        mail = services.refuse(raw=found.raw, size=found.size, reason=services.UNREADABLE, at=at)
        db.session.commit()
    return mail.state.value if mail is not None else "again"


def take(
    found: Found, settings: Mapping[str, Any], *, at: datetime, kept: list[files.Stored]
) -> FiledMail | None:
    """File one mail, let it wait, or refuse it with the reason; None when it was taken before.

    Only mail from the account's own address to its own secret address is taken. `kept` collects the
    files that were stored, for whoever must discard them.
    """
    history.act_as(db.session(), services.AUTHOR)
    raw, size = found.raw, found.size
    try:
        told = reading.read(raw, filing=settings["FILING_ADDRESS"])
    except reading.Unreadable:
        return services.refuse(raw=raw, size=size, reason=services.UNREADABLE, at=at)
    account = queries.account_with(told.token)
    known: dict[str, Any] = {"raw": raw, "size": size, "told": told, "at": at}
    if account is None:
        return services.refuse(reason=services.NOT_ADDRESSED, **known)
    if told.sender != account.email:
        return services.refuse(reason=services.NOT_THE_OWNER, name=account.name, **known)
    if told.is_automatic:
        return services.refuse(reason=services.AUTOMATIC, **known)
    if not found.is_whole:
        return services.refuse(reason=services.TOO_LARGE, most=str(settings["FILING_MOST_MB"]), **known)
    key = services.key_of(account, told.message_id, raw)
    if queries.with_key(key) is not None:
        return None
    left_out = _keep(told.attachments, kept)
    mail = services.take(told, key=key, account=account, size=size, files=kept, left_out=left_out, at=at)
    services.file_by_itself(mail, ours=ours(settings), at=at, zone=ZoneInfo(settings["ZONE"]))
    return mail


def _keep(attachments: Sequence[reading.Attachment], kept: list[files.Stored]) -> list[dict[str, Any]]:
    """Keep what the house keeps; give back what was left out, and why."""
    left_out = []
    for attachment in attachments[:MOST_FILES]:
        upload = FileStorage(BytesIO(attachment.content), filename=attachment.name)
        try:
            kept.append(files.keep(upload))
        except CrmError as refusal:
            left_out.append({"name": attachment.name[:120], "why": refusal.text, "facts": refusal.facts})
    for attachment in attachments[MOST_FILES:]:
        left_out.append({"name": attachment.name[:120], "why": TOO_MANY, "facts": {"most": MOST_FILES}})
    return left_out


def ours(settings: Mapping[str, Any]) -> frozenset[str]:
    """The addresses of the house itself: nobody is met by writing to them."""
    names = ("MAIL_FROM", "MAIL_REPLY_TO", "FILING_ADDRESS", "REPLIES_ADDRESS")
    own = {settings[name] for name in names if settings[name]}
    return queries.accounts_addresses() | {addresses.normalise(one) for one in own}
