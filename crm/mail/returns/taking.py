"""Taking in what comes back: whose message it is about is proven, or nothing changes."""

import email.errors
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from crm import history
from crm.db import db
from crm.mail.incoming.boxes import Found
from crm.mail.models import Address, Delivery, ReportSource
from crm.mail.returns import addresses, reading, services
from crm.mail.returns.services import Returned

AUTHOR = "bounces"

log = structlog.get_logger()


def take_in(found: Found, settings: Mapping[str, Any], at: datetime) -> str | None:
    """Take one mail and commit; in one word what became of it, None for what is no report to us.

    “again” is what came before; “automatic” an absence note to a return address, which is not kept. The
    database at fault leaves the mail where it is.
    """
    base = settings["BOUNCE_ADDRESS"]
    try:
        told = _read(found)
    except (RecursionError, email.errors.MessageError, ValueError, LookupError, TypeError, AttributeError):
        log.exception("a report could not be read")
        told = reading.head(found.raw)
    is_ours = bool(base) and addresses.names(told.addressed, base)
    if not told.is_report:
        return "automatic" if is_ours and told.is_automatic else None
    history.act_as(db.session(), AUTHOR)
    try:
        returned = matched(told, base, addresses.keys(settings))
        if not is_ours and not any(one.delivery_id for one in returned):
            db.session.rollback()
            return None
        key = services.key_of(ReportSource.MAIL, found.raw)
        if services.is_known(key):
            db.session.rollback()
            return "again"
        services.keep(
            found.raw,
            source=ReportSource.MAIL,
            returned=returned,
            at=at,
            key=key,
            sender=told.sender,
            subject=told.subject,
        )
        services.follow(returned, at=at)
        db.session.commit()
    except IntegrityError:
        # Another worker took the same report in the same instant.
        db.session.rollback()
        return "again"
    except SQLAlchemyError:
        db.session.rollback()
        raise
    return "bounce" if any(one.delivery_id for one in returned) else "unmatched"


def _read(found: Found) -> reading.Read:
    if not found.is_whole or found.size > reading.MOST_MAIL:
        # What matters stands at its beginning; the message that came back follows.
        return reading.read(found.raw[: reading.MOST_MAIL])
    return reading.read(found.raw)


def matched(told: reading.Read, base: str, keys: Sequence[bytes]) -> list[Returned]:
    """What the report says, each with the message of ours that it is proven to be about.

    A signed return address proves it; where the mail came to none, the Message-ID that we gave, which
    only its reader knows, together with that reader's address. A wrong seal is a forgery: it proves
    nothing, whatever else the report quotes.
    """
    sealed = addresses.found_in(told.addressed, base) if base else []
    delivery, email_of = _by_seal(sealed, keys) if sealed else _by_message_id(told.original)
    about = _the_one_about(told.said, email_of, is_sealed=bool(sealed))
    return [
        Returned(
            recipient=said.recipient,
            kind=said.kind,
            is_final=said.is_final,
            delivery_id=delivery.id if delivery is not None and said is about else None,
            address_id=delivery.address_id if delivery is not None and said is about else None,
            status=said.status,
            said=said.said,
        )
        for said in told.said
    ]


def _by_seal(sealed: Sequence[tuple[int, str]], keys: Sequence[bytes]) -> tuple[Delivery | None, str]:
    for delivery_id, seal in sealed:
        found = _delivery(Delivery.id == delivery_id)
        if found is not None and addresses.is_sealed(found[0].id, found[0].message_id, seal, keys):
            return found
    return None, ""


def _by_message_id(message_id: str) -> tuple[Delivery | None, str]:
    return (_delivery(Delivery.message_id == message_id) if message_id else None) or (None, "")


def _delivery(which: Any) -> tuple[Delivery, str] | None:
    row = db.session.execute(
        select(Delivery, Address.email).join(Address, Address.id == Delivery.address_id).where(which)
    ).first()
    return (row[0], row[1]) if row else None


def _the_one_about(said: Sequence[reading.Said], email_of: str, *, is_sealed: bool) -> reading.Said | None:
    """The part of the report that is about the message's own recipient.

    With a seal it may name whom the mail was forwarded to: a single recipient is then the one.
    """
    own = next((one for one in said if email_of and one.recipient == email_of), None)
    if own is None and is_sealed and email_of and len(said) == 1:
        return said[0]
    return own
