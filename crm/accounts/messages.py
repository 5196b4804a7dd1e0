"""Mail about accounts: the link that lets one choose a password, and word of what was changed."""

from collections.abc import Callable, Iterator, Sequence

from flask import current_app
from flask_babel import force_locale, gettext
from markupsafe import Markup, escape
from sqlalchemy import select

from crm.accounts import resets
from crm.accounts.models import Account, Reset
from crm.db import db
from crm.mail.claims import NOTICE
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Letter, lay_out, place
from crm.mail.message import Message
from crm.mail.models import Channel
from crm.mail.senders import ChannelRefused
from crm.mail.words import called
from crm.text import N_
from crm.web import links

SPENT = N_("The link was used or replaced before this message left.")
MENDED = N_("The way out takes mail again.")
CLOSED = N_("The account is no longer there.")

NOTICES = {
    "password": N_("Your password was changed, and every other browser was signed out."),
    "right": N_("An administrator changed what your account may do. Sign in again to go on."),
    "closed": N_("An administrator closed your account: it can no longer be signed in to."),
    "erased": N_("With your account and your password, a person was erased for good from the directory."),
    "reopened": N_("An administrator opened your account again. The password is the one it had."),
}


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
            letter = _notice_letter(delivery, delivery.facts["what"])
            yield _message(delivery, account, letter, links.absolute("accounts.sign_in"))


@composes(NOTICE)
def channel_notice(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """To administrators: the usual way out refuses our account, and how many messages wait for it."""
    for delivery in deliveries:
        account = db.session.get(Account, delivery.subject_id)
        channel = db.session.get(Channel, delivery.facts["channel"])
        if account is None or not account.is_open:
            yield Suppressed(CLOSED)
            continue
        if channel is None or not channel.needs_person:
            yield Suppressed(MENDED)
            continue
        with force_locale(delivery.language):
            letter = _letter(
                delivery,
                gettext("Our mail does not leave: %(channel)s refuses us", channel=called(channel.name)),
                gettext(channel.reason or ChannelRefused.reason),
                gettext("It said: %(words)s", words=channel.said or "–"),
                gettext("Nothing is lost: messages wait until somebody mends the cause and says so here."),
                button=gettext("See what waits"),
            )
            yield _message(delivery, account, letter, links.absolute("outbox.status"))


def _offers(
    deliveries: Sequence[Claimed], write: Callable[[Claimed], Letter]
) -> Iterator[Message | Suppressed]:
    """The messages that carry a link to choose a password; a link that is spent is not sent."""
    for delivery in deliveries:
        reset = db.session.scalar(select(Reset).where(Reset.id == delivery.subject_id))
        if reset is None or reset.used_at is not None:
            yield Suppressed(SPENT)
            continue
        token = resets.token_of(reset, current_app.config["SECRET_KEY"])
        link = links.absolute("accounts.choose", token=token)
        with force_locale(delivery.language):
            yield _message(delivery, reset.account, write(delivery), link)


def _reset_letter(delivery: Claimed) -> Letter:
    return _letter(
        delivery,
        gettext("Choose a new password"),
        gettext("Somebody asked for a new password for your account, most likely you."),
        gettext(
            "This link works once, within one hour. If you did not ask, do nothing: your password stays."
        ),
        button=gettext("Choose a new password"),
    )


def _invitation_letter(delivery: Claimed) -> Letter:
    return _letter(
        delivery,
        gettext("Your account"),
        gettext("An account was opened for you in the association’s back office."),
        gettext("Choose its password with this link: it works once, within seven days."),
        button=gettext("Choose a password"),
    )


def _notice_letter(delivery: Claimed, what: str) -> Letter:
    return _letter(
        delivery,
        gettext("Your account was changed"),
        gettext(NOTICES[what]),
        gettext("If this surprises you, tell an administrator of the association at once."),
        button=gettext("Sign in"),
    )


def _letter(delivery: Claimed, title: str, *sentences: str, button: str) -> Letter:
    """A few sentences and one button; who reads it and where it leads are filled in for each."""
    greeting = gettext("Good day %(name)s,", name=place("name"))
    paragraphs = (Markup("<p>{}</p>").format(escape(sentence)) for sentence in (greeting, *sentences))
    return Letter(
        language=delivery.language,
        title=title,
        body=Markup("").join(paragraphs),
        buttons=(Button(button, place("link")),),
        house=delivery.origin.name,
    )


def _message(delivery: Claimed, account: Account, letter: Letter, link: str) -> Message:
    said = lay_out(letter).fill(name=account.name, link=link)
    return delivery.message(subject=said.subject, text=said.text, html=said.html, to_name=account.name)
