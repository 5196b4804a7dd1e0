"""Accounts and what they hold open."""

from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from crm.accounts.models import Account, Reset, SignIn
from crm.db import db
from crm.mail import addresses
from crm.web.rights import Right


def accounts() -> Select[Account]:
    """Everyone's account, open ones first, in name order."""
    return select(Account).order_by(Account.is_open.desc(), func.lower(Account.name), Account.id)


def by_email(email: str) -> Account | None:
    """The account of that address, however it is typed."""
    try:
        known = addresses.normalise(email)
    except addresses.BadAddress:
        return None
    return db.session.scalar(select(Account).where(Account.email == known))


def open_admins() -> Select[Account]:
    return select(Account).where(Account.right == Right.ADMIN, Account.is_open)


def sign_ins_of(account: Account, *, at: datetime, longest: timedelta) -> Select[SignIn]:
    """The sign-ins of an account that are open at that instant, the latest first."""
    return (
        select(SignIn)
        .where(
            SignIn.account_id == account.id,
            SignIn.ended_at.is_(None),
            SignIn.began_at > at - longest,
        )
        .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    )


def last_seen() -> Select[int, datetime]:
    """By account, when it last signed in or acted."""
    return select(SignIn.account_id, func.max(SignIn.seen_at)).group_by(SignIn.account_id)


def reset_behind(token_hash: str, *, at: datetime) -> Reset | None:
    """The right to choose a password that this token gives at that instant, if it still does."""
    return db.session.scalar(
        select(Reset)
        .join(Account)
        .where(
            Reset.token_hash == token_hash,
            Reset.used_at.is_(None),
            Reset.ends_at > at,
            Account.is_open,
        )
    )
