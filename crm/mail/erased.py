"""Addresses that were erased at their owner's wish: nothing tells what they were, and they are known again.

In place of the address stands its seal, a keyed hash. Objections, wishes and holds stay with the row. When
somebody brings the address back, by an import or by hand, the row gets its name again, and nothing but
service messages goes there before the owner did something (`Address.is_silent`).
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import String, cast, select, update
from sqlalchemy.orm import Session

from crm.db import db, one_of
from crm.history import Change, named
from crm.mail.kept import services as kept
from crm.mail.models import SEALED, Address, Bounce, Delivery

HIDDEN = "•"


def seals(email: str) -> list[str]:
    """What stands in place of that address (in its compared form); former keys of the installation count."""
    settings = current_app.config
    return [_seal(email, key) for key in (settings["SECRET_KEY"], *settings["SECRET_KEY_FALLBACKS"])]


def _seal(email: str, key: str) -> str:
    digest = hmac.digest(key.encode(), b"erased:" + email.encode(), hashlib.sha256)
    return f"{digest.hex()[:40]}{SEALED}"


def any_is(session: Session) -> bool:
    """Whether any address was ever erased here."""
    return session.scalar(select(Address.id).where(Address.erased_at.is_not(None)).limit(1)) is not None


def come_back(session: Session, emails: Iterable[str]) -> dict[str, int]:
    """Those of the addresses that were erased and are not back yet, with the keys of their rows."""
    sealed = {seal: email for email in emails for seal in seals(email)}
    rows = select(Address.email, Address.id).where(one_of(Address.email, sealed))
    return {sealed[seal]: key for seal, key in session.execute(rows)}


def erase(address: Address, *, at: datetime) -> list[str]:
    """Put the seal in place of the address, here and in the history, and let go the bytes that it was sent.

    Whoever takes it off its readers calls this afterwards. Returns the names of the messages, whose files
    go once that is committed (`crm.mail.senders.folder.discard`).
    """
    email = address.email
    if not email.endswith(SEALED):
        names = kept.erase(Delivery.address_id == address.id)
        _redact(email, address)
        facts = {"email": seals(email)[0], "erased_at": at, "last_contact_at": None}
        # Not through the session: the history would keep what goes.
        db.session.execute(
            update(Address).where(Address.id == address.id).values(**facts),
            execution_options={"synchronize_session": False},
        )
        db.session.execute(update(Delivery).where(Delivery.address_id == address.id).values(facts={}))
        db.session.execute(update(Bounce).where(Bounce.address_id == address.id).values(recipient=""))
        db.session.expire(address)
        return names
    return []


def _redact(email: str, address: Address) -> None:
    """Take the address out of what the history tells of it and of whoever read it."""
    told = cast(Change.values, String).contains(email, autoescape=True)
    for change in db.session.scalars(select(Change).where(told | (Change.record == named(address)))):
        change.values = _without(email, change.values)
    db.session.flush()


def _without(email: str, told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _without(email, value) for name, value in told.items()}
    if isinstance(told, list):
        return [_without(email, value) for value in told]
    return HIDDEN if told == email else told
