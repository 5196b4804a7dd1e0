"""Opening, changing and closing the accounts of the association's own people."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from crm import history
from crm.accounts import passwords, queries, resets, sign_ins
from crm.accounts.models import Account
from crm.accounts.sign_ins import begin as begin
from crm.db import db
from crm.errors import Changed, CrmError
from crm.mail import addresses
from crm.mail import services as outbox
from crm.mail.models import Purpose
from crm.text import N_
from crm.web.rights import Right


class EmailTaken(CrmError):
    text = N_("There is already an account for %(email)s: open it in the list instead.")
    field = "email"


class LastAdmin(CrmError):
    text = N_("This is the last open administrator account: make somebody else an administrator first.")


class OwnAccount(CrmError):
    text = N_("Nobody changes the right of his own account or closes it: ask another administrator.")


class NotThePassword(CrmError):
    text = N_("This is not your present password. Check it, then try again.")
    field = "present"


def create(
    *,
    email: str,
    name: str,
    right: Right,
    password: str | None = None,
    language: str = "fr",
    about: Sequence[str] = (),
    at: datetime,
) -> Account:
    """Open an account; without a password it waits for its owner to choose one through a link.

    Raises BadAddress, EmailTaken, WeakPassword.
    """
    email = addresses.normalise(email)
    if queries.by_email(email):
        raise EmailTaken(email=email)
    if password is not None:
        passwords.check(password, about=[name, email, *about])
    account = Account(
        email=email,
        name=name,
        right=right,
        language=language,
        created_at=at,
        password_hash=passwords.kept(password or secrets.token_urlsafe(32)),
    )
    db.session.add(account)
    db.session.flush()
    return account


def introduce(account: Account, *, name: str, language: str, mails_reminders: bool | None = None) -> None:
    """What an account says of its owner, and whether it is reminded by mail of its follow-ups."""
    account.name = name
    account.language = language
    if mails_reminders is not None:
        account.mails_reminders = mails_reminders


def change_password(
    account: Account, *, present: str, password: str, keep: str, about: Sequence[str] = (), at: datetime
) -> None:
    """Change one's own password; every other browser than that of token `keep` is signed out.

    Raises NotThePassword, WeakPassword.
    """
    confirm(account, present)
    passwords.check(password, about=[account.name, account.email, *about])
    account.password_hash = passwords.kept(password)
    resets.spend(account, at=at)
    sign_ins.end_all(account, at=at, but=keep)
    _tell(account, "password", at=at)


def confirm(account: Account, present: str) -> None:
    """Make sure that it is the owner who asks. Raises NotThePassword."""
    if not passwords.matches(account.password_hash, present):
        raise NotThePassword


def tell_erased(account: Account, *, at: datetime) -> None:
    """Write to the owner that somebody was erased for good under this account."""
    _tell(account, "erased", sequence=int(at.timestamp()), at=at)


def alter(account: Account, *, name: str, right: Right, version: int, by: Account, at: datetime) -> None:
    """Change an account's name and right. Raises Changed, OwnAccount, LastAdmin."""
    if account.version != version:
        raise Changed(who=history.last_actor(db.session(), account))
    account.name = name
    if right == account.right:
        return
    if account.id == by.id:
        raise OwnAccount
    _leave_an_admin(account)
    account.right = right
    sign_ins.end_all(account, at=at)
    _tell(account, "right", at=at)


def close(account: Account, *, by: Account, at: datetime) -> None:
    """Nobody signs in to the account any more; what it did stays. Raises OwnAccount, LastAdmin."""
    if account.id == by.id:
        raise OwnAccount
    _leave_an_admin(account)
    account.is_open = False
    sign_ins.end_all(account, at=at)
    resets.spend(account, at=at)
    _tell(account, "closed", at=at)


def reopen(account: Account, *, at: datetime) -> None:
    """The account may be signed in to again, with the password it had."""
    if not account.is_open:
        account.is_open = True
        _tell(account, "reopened", at=at)


def _leave_an_admin(account: Account) -> None:
    # Locked until commit, so that two administrators cannot remove each other at the same moment.
    admins = db.session.scalars(queries.open_admins().order_by(Account.id).with_for_update()).all()
    if [admin.id for admin in admins] == [account.id]:
        raise LastAdmin


def _tell(account: Account, what: str, *, sequence: int | None = None, at: datetime) -> None:
    """Write to the owner that the account changed; `what` is one of `messages.NOTICES`."""
    db.session.flush()
    outbox.queue(
        kind="account-notice",
        subject_id=account.id,
        sequence=account.version if sequence is None else sequence,
        address=addresses.find_or_add(account.email),
        purpose=Purpose.SERVICE,
        language=account.language,
        facts={"what": what},
        at=at,
    )
