"""The ways out, behind one seam: a folder of files, SMTP, SendGrid; one of them by setting.

Failures have four names, because each asks for something else: `Refused` is never tried again,
`Unavailable` later, `ChannelRefused` when a person has mended the cause, and `Uncertain` only when
a person says so, for the message may have arrived.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from crm.mail.message import Message
from crm.text import N_

BAD_CERTIFICATE = N_("The mail server's certificate is not valid for its name.")


class Sender(Protocol):
    name: str

    def send(self, message: Message) -> str:
        """Hand over one message; return the provider's id for it.

        Raises Refused, Unavailable, ChannelRefused or Uncertain, and nothing else.
        """
        ...

    def close(self) -> None:
        """Let go of open connections; the next `send` opens them again."""
        ...


@runtime_checkable
class SendsTogether(Protocol):
    """A way out that takes many copies of one letter by one call."""

    together: int

    def letter_of(self, message: Message) -> Any:
        """What copies that may go together have in common; None for a message that goes alone."""
        ...

    def send_together(self, messages: Sequence[Message]) -> list["str | NotSent | None"]:
        """Hand over copies of one letter: for each the provider's id, why not, or None for one not tried."""
        ...


class NotSent(Exception):
    """`reason` is a sentence for the catalogues, `said` what the provider answered, word for word."""

    reason: str = ""

    def __init__(self, reason: str = "", said: str = "") -> None:
        self.reason = reason or type(self).reason
        self.said = said[:500]
        super().__init__(f"{self.reason} {self.said}".strip())


class Refused(NotSent):
    """The provider will never take this message; `is_dead` when nobody reads the address."""

    reason = N_("The message was refused.")

    def __init__(self, reason: str = "", said: str = "", *, is_dead: bool = False) -> None:
        super().__init__(reason, said)
        self.is_dead = is_dead


class Unavailable(NotSent):
    """Not taken now; the same message may pass later, not before `after` seconds if the provider says so.

    `is_channel` when it concerns the provider itself and not only this recipient.
    """

    reason = N_("The mail server could not be reached.")

    def __init__(
        self, reason: str = "", said: str = "", *, after: float | None = None, is_channel: bool = True
    ) -> None:
        super().__init__(reason, said)
        self.after = after
        self.is_channel = is_channel


class ChannelRefused(NotSent):
    """The provider refuses us, not the message: a wrong password, a revoked key, a sender not ours."""

    reason = N_("The mail server refuses our account. Check the settings of the mail server.")


class Uncertain(NotSent):
    """The line broke after the message was handed over: it may have arrived or not."""

    reason = N_("The connection was lost before the mail server confirmed: the message may have arrived.")


def sender(settings: Mapping[str, Any], way: str | None = None) -> Sender:
    """The way out of that name, by default the one that the settings choose."""
    match way or settings["MAIL_SENDER"]:
        case "smtp":
            from crm.mail.senders.smtp import SmtpSender

            return SmtpSender(
                host=settings["SMTP_HOST"],
                port=settings["SMTP_PORT"],
                user=settings["SMTP_USER"],
                password=settings["SMTP_PASSWORD"],
                tls=settings["SMTP_TLS"],
                timeout=settings["MAIL_TIMEOUT"],
                most=settings["SMTP_MESSAGES_PER_CONNECTION"],
            )
        case "sendgrid":
            from crm.mail.senders.sendgrid import SendGridSender

            return SendGridSender(
                key=settings["SENDGRID_API_KEY"],
                url=settings["SENDGRID_URL"],
                timeout=settings["MAIL_TIMEOUT"],
            )
        case _:
            from crm.mail.senders.folder import FolderSender

            return FolderSender(settings["DATA_DIR"] / "outbox")
