"""Sign-ins: browsers that an account holds open, kept on the server so that they can be ended."""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, String, bindparam, select, update
from sqlalchemy.orm import contains_eager

from crm.accounts import passwords, queries, throttling
from crm.accounts.models import Account, SignIn
from crm.db import db
from crm.errors import CrmError
from crm.text import N_

SEEN_EVERY = timedelta(minutes=1)


class NotRecognised(CrmError):
    text = N_("There is no open account with this address and password. Check both, then try again.")


def hashed(token: str) -> str:
    """How a token is kept: its SHA-256, enough for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def verified(*, email: str, password: str) -> Account:
    """The open account of that address and password. Raises NotRecognised.

    It takes as long, and says the same, when there is no such account.
    """
    account = queries.by_email(email)
    right = passwords.matches(account.password_hash if account else None, password)
    if account is None or not right or not account.is_open:
        raise NotRecognised
    if passwords.is_outdated(account.password_hash):
        account.password_hash = passwords.kept(password)
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
    throttling.forget(at=at)
    return token


def resumed(
    token: str,
    *,
    at: datetime,
    idle: timedelta,
    longest: timedelta,
    seen: datetime | None = None,
) -> SignIn | None:
    """The sign-in of that token if it is still open at that instant, with its account.

    `seen` is when this browser was last answered, which the browser itself carries in its signed
    cookie: reading pages writes nothing here.
    """
    sign_in = db.session.scalar(_open(), {"token_hash": hashed(token)})
    if sign_in is None:
        return None
    used = max(sign_in.seen_at, seen) if seen else sign_in.seen_at
    if at - used > idle or at - sign_in.began_at > longest:
        return None
    return sign_in


# Every page asks it.
@cache
def _open() -> Select[SignIn]:
    """The open sign-in of that token's hash, with its account."""
    return (
        select(SignIn)
        .join(SignIn.account)
        .options(contains_eager(SignIn.account))
        .where(
            SignIn.token_hash == bindparam("token_hash", type_=String()),
            SignIn.ended_at.is_(None),
            Account.is_open,
        )
    )


def note_use(sign_in: SignIn, *, at: datetime) -> None:
    """Remember that the browser acted just now, once a minute at most."""
    if at - sign_in.seen_at >= SEEN_EVERY:
        sign_in.seen_at = at


def end(sign_in: SignIn, *, at: datetime) -> None:
    if sign_in.ended_at is None:
        sign_in.ended_at = at


def end_all(account: Account, *, at: datetime, but: str | None = None) -> None:
    """End the account's sign-ins, all but the one of that token."""
    others = update(SignIn).where(SignIn.account_id == account.id, SignIn.ended_at.is_(None))
    if but is not None:
        others = others.where(SignIn.token_hash != hashed(but))
    db.session.execute(others.values(ended_at=at))
