"""Choosing a password through a link sent by mail: single use, short life, hashed where it is kept.

The token is not drawn but derived from the row and the installation's key, so that the outbox can
make the same message again while nothing in the database opens an account.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from crm.accounts import passwords, queries, sign_ins
from crm.accounts.models import Account, Reset
from crm.db import db
from crm.errors import CrmError
from crm.mail import addresses
from crm.mail import services as outbox
from crm.mail.models import Purpose
from crm.text import N_

RESET_LIFE = timedelta(hours=1)
INVITATION_LIFE = timedelta(days=7)
MOST_PER_HOUR = 3


class SpentLink(CrmError):
    text = N_("This link was already used or is too old. Ask for a new one.")


def token_of(reset: Reset, key: str) -> str:
    """The token that was mailed for this row; `key` is the installation's secret."""
    said = f"reset:{reset.account_id}:{reset.nonce}"
    return (
        base64.urlsafe_b64encode(hmac.digest(key.encode(), said.encode(), hashlib.sha256))
        .decode()
        .rstrip("=")
    )


def ask(*, email: str, key: str, at: datetime) -> None:
    """Mail a link to choose a new password, if there is an open account of that address.

    Says nothing either way; an account is written to three times an hour at most.
    """
    account = queries.by_email(email)
    if account is None or not account.is_open:
        return
    asked = select(func.count()).where(
        Reset.account_id == account.id, Reset.asked_at > at - timedelta(hours=1)
    )
    if (db.session.scalar(asked) or 0) < MOST_PER_HOUR:
        _offer(account, life=RESET_LIFE, kind="password-reset", key=key, at=at)


def invite(account: Account, *, key: str, at: datetime) -> None:
    """Mail a new account a link to choose its first password."""
    _offer(account, life=INVITATION_LIFE, kind="account-invitation", key=key, at=at)


def _offer(account: Account, *, life: timedelta, kind: str, key: str, at: datetime) -> None:
    spend(account, at=at)
    reset = Reset(account_id=account.id, nonce=secrets.token_urlsafe(16), asked_at=at, ends_at=at + life)
    reset.token_hash = sign_ins.hashed(token_of(reset, key))
    db.session.add(reset)
    db.session.flush()
    outbox.queue(
        kind=kind,
        subject_id=reset.id,
        address=addresses.find_or_add(account.email),
        purpose=Purpose.SERVICE,
        language=account.language,
        at=at,
    )


def spend(account: Account, *, at: datetime) -> None:
    """Make every link that was mailed to the account useless."""
    db.session.execute(
        update(Reset).where(Reset.account_id == account.id, Reset.used_at.is_(None)).values(used_at=at)
    )


def behind(token: str, *, at: datetime) -> Reset:
    """What this token gives the right to. Raises SpentLink."""
    reset = queries.reset_behind(sign_ins.hashed(token), at=at)
    if reset is None:
        raise SpentLink
    return reset


def choose_password(reset: Reset, *, password: str, about: list[str], at: datetime) -> Account:
    """Give the account a new password and end all its sign-ins. Raises WeakPassword."""
    account = reset.account
    passwords.check(password, about=[account.name, account.email, *about])
    account.password_hash = passwords.kept(password)
    spend(account, at=at)
    sign_ins.end_all(account, at=at)
    return account
