"""Opening accounts, and the sign-ins they hold."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select

from crm.accounts.models import Account, SignIn
from crm.db import db
from crm.errors import CrmError
from crm.text import N_
from crm.web.rights import Right

SHORTEST, LONGEST = 12, 128


class EmailTaken(CrmError):
    text = N_("There is already an account for %(email)s.")
    field = "email"


class WeakPassword(CrmError):
    text = N_(
        "This password is too easy to guess: choose at least 12 characters, such as four unrelated words."
    )
    field = "password"


def _hasher():  # type: ignore[no-untyped-def]
    from argon2 import PasswordHasher

    return PasswordHasher()


def hashed(token: str) -> str:
    """How a token is kept: its SHA-256, enough for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def create(
    *,
    email: str,
    name: str,
    right: Right,
    password: str,
    language: str = "fr",
    at: datetime,
) -> Account:
    """Open an account. Raises EmailTaken, WeakPassword."""
    email = email.strip().lower()
    if db.session.scalar(select(Account).where(Account.email == email)):
        raise EmailTaken(email=email)
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword
    account = Account(
        email=email,
        name=name,
        right=right,
        language=language,
        created_at=at,
        password_hash=_hasher().hash(password),
    )
    db.session.add(account)
    return account


def verified(*, email: str, password: str) -> Account | None:
    """The open account of that address and password, or None."""
    from argon2.exceptions import VerifyMismatchError

    account = db.session.scalar(select(Account).where(Account.email == email.strip().lower()))
    if account is None or not account.is_open:
        return None
    try:
        _hasher().verify(account.password_hash, password)
    except VerifyMismatchError:
        return None
    return account


def begin(account: Account, *, at: datetime, network: str, agent: str) -> str:
    """Hold a new sign-in open; return its token, which is kept nowhere but in the browser."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        SignIn(
            account_id=account.id,
            token_hash=hashed(token),
            began_at=at,
            seen_at=at,
            network=network,
            agent=agent[:200],
        )
    )
    return token


def resumed(token: str, *, at: datetime, idle: timedelta, longest: timedelta) -> Account | None:
    """The account behind a sign-in that is still open at that instant, or None."""
    row = db.session.execute(
        select(SignIn, Account)
        .join(Account)
        .where(SignIn.token_hash == hashed(token), SignIn.ended_at.is_(None))
    ).first()
    if row is None:
        return None
    sign_in, account = row
    if not account.is_open or at - sign_in.seen_at > idle or at - sign_in.began_at > longest:
        return None
    account.sign_in_token = token
    return account
