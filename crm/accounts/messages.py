"""Mail about accounts: the link that lets one choose a password, and word of what was changed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy import select

from crm.accounts import resets
from crm.accounts.models import Account, Reset
from crm.db import db
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.message import Message
from crm.text import N_
from crm.web import links

SPENT = N_("The link was used or replaced before this message left.")
CLOSED = N_("The account is no longer there.")

NOTICES = {
    "password": N_("Your password was changed, and every other browser was signed out."),
    "right": N_("An administrator changed what your account may do. Sign in again to go on."),
    "closed": N_("An administrator closed your account: it can no longer be signed in to."),
    "reopened": N_("An administrator opened your account again. The password is the one it had."),
}


@dataclass(frozen=True)
class Letter:
    """A short message: sentences, then one link with its words."""

    subject: str
    sentences: tuple[str, ...]
    link: str
    words: str


@composes("password-reset", is_confidential=True)
def password_reset(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    yield from _offers(deliveries, _reset_letter)


@composes("account-invitation", is_confidential=True)
def account_invitation(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    yield from _offers(deliveries, _invitation_letter)


@composes("account-notice")
def account_notice(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    for delivery in deliveries:
        account = db.session.get(Account, delivery.subject_id)
        if account is None:
            yield Suppressed(CLOSED)
            continue
        with force_locale(delivery.language):
            letter = _notice_letter(delivery.facts["what"])
            yield _message(delivery, account, letter)


def _offers(deliveries: Sequence[Claimed], write: Callable[[str], Letter]) -> Iterator[Message | Suppressed]:
    """The messages that carry a link to choose a password; a link that is spent is not sent."""
    for delivery in deliveries:
        reset = db.session.scalar(select(Reset).where(Reset.id == delivery.subject_id))
        if reset is None or reset.used_at is not None:
            yield Suppressed(SPENT)
            continue
        token = resets.token_of(reset, current_app.config["SECRET_KEY"])
        with force_locale(delivery.language):
            letter = write(links.absolute("accounts.choose", token=token))
            yield _message(delivery, reset.account, letter)


def _reset_letter(link: str) -> Letter:
    return Letter(
        subject=gettext("Choose a new password"),
        sentences=(
            gettext("Somebody asked for a new password for your account, most likely you."),
            gettext(
                "This link works once, within one hour. If you did not ask, do nothing: your password stays."
            ),
        ),
        link=link,
        words=gettext("Choose a new password"),
    )


def _invitation_letter(link: str) -> Letter:
    return Letter(
        subject=gettext("Your account"),
        sentences=(
            gettext("An account was opened for you in the association’s back office."),
            gettext("Choose its password with this link: it works once, within seven days."),
        ),
        link=link,
        words=gettext("Choose a password"),
    )


def _notice_letter(what: str) -> Letter:
    return Letter(
        subject=gettext("Your account was changed"),
        sentences=(
            gettext(NOTICES[what]),
            gettext("If this surprises you, tell an administrator of the association at once."),
        ),
        link=links.absolute("accounts.sign_in"),
        words=gettext("Sign in"),
    )


def _message(delivery: Claimed, account: Account, letter: Letter) -> Message:
    facts = {"letter": letter, "name": account.name, "house": delivery.origin.name, "lang": delivery.language}
    pages = current_app.jinja_env
    return delivery.message(
        subject=letter.subject,
        text=pages.get_template("accounts/letter.txt").render(facts),
        html=pages.get_template("accounts/letter.html").render(facts),
        to_name=account.name,
    )
