"""SMTP (RFC 5321): one connection for each worker, kept open from message to message, one recipient each.

It is tried with NOOP after a pause, opened anew when the server ended it, and ended by us with QUIT after
so many messages: servers count them.

What an answer means follows its class and its enhanced code (RFC 3463): 4xx is "not now", 5xx
"never", and an answer that does not come once the text was handed over leaves the message
uncertain.
"""

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from crm.mail.message import Message
from crm.mail.senders import BAD_CERTIFICATE, ChannelRefused, Refused, Unavailable, Uncertain
from crm.text import N_

FAREWELL = 1.0  # seconds to wait for the answer to QUIT
IDLE = 20  # seconds after which an open connection is tried with NOOP before it is used
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# RFC 3463: bad mailbox, bad system, ambiguous, moved; mailbox disabled.
_DEAD = frozenset({(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)})
_AUTHENTICATION = frozenset({530, 534, 535, 538})
_CLOSING = 421

NO_SUCH_MAILBOX = N_("Nobody reads this address: the recipient's mail server does not know it.")
RECIPIENT_REFUSED = N_("The recipient's mail server refuses mail for this address.")
CONTENT_REFUSED = N_("The mail server refused the message.")
SENDER_REFUSED = N_("The mail server does not accept our sender address. Check MAIL_FROM and the account.")
NOT_NOW = N_("The mail server asks to try again later.")
RECIPIENT_NOT_NOW = N_("The recipient's mail server asks to try again later.")


class SmtpSender:
    """`tls` is none, starttls or ssl; `timeout`, in seconds, holds for each step of the dialogue.

    A connection takes `most` messages; 0 is without end.
    """

    name = "smtp"

    def __init__(
        self, *, host: str, port: int, user: str, password: str, tls: str, timeout: float, most: int = 0
    ) -> None:
        self.host, self.port = host, port
        self.user, self.password = user, password
        self.tls, self.timeout, self.most = tls, timeout, most
        self._line: smtplib.SMTP | None = None
        self._used_at = 0.0
        self._taken = 0

    def send(self, message: Message) -> str:
        """Hand the message over; return the server's answer, which often names its queue."""
        was_open = self._line is not None
        try:
            return self._handed_over(message)
        except Unavailable as failure:
            if not (was_open and failure.is_channel):
                raise
            # Servers end a connection after so long or so many messages: a new one may do.
            self._drop()
            return self._handed_over(message)

    def _handed_over(self, message: Message) -> str:
        line = self._connected()
        try:
            content = self._envelope(line, message)
            return self._text(line, content)
        except (Refused, Unavailable) as failure:
            self._reset(line, keep=not getattr(failure, "is_channel", False))
            raise
        except ChannelRefused:
            self.close()
            raise
        except (OSError, smtplib.SMTPException) as error:
            # Nothing was handed over to its end.
            self._drop()
            raise Unavailable(said=str(error)) from None

    def close(self) -> None:
        """End the connection as servers like it (RFC 5321, 4.1.1.10)."""
        if self._line is not None and self._line.sock is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._line.sock.settimeout(FAREWELL)
                self._line.quit()
        self._drop()

    def _drop(self) -> None:
        """Let go of a connection on which nothing more can be said."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _connected(self) -> smtplib.SMTP:
        """The open line, or a new one."""
        if self._line is not None and time.monotonic() - self._used_at > IDLE and not _answers(self._line):
            self._drop()
        if self._line is not None and 0 < self.most <= self._taken:
            self.close()
        if self._line is None:
            try:
                self._line, self._taken = self._opened(), 0
            except smtplib.SMTPAuthenticationError as error:
                raise ChannelRefused(said=_words(error.smtp_code, error.smtp_error)) from None
            except ssl.SSLCertVerificationError as error:
                raise ChannelRefused(BAD_CERTIFICATE, str(error)) from None
            except smtplib.SMTPNotSupportedError as error:
                raise ChannelRefused(said=str(error)) from None
            except (OSError, smtplib.SMTPException) as error:
                raise Unavailable(said=str(error)) from None
        self._used_at = time.monotonic()
        return self._line

    def _opened(self) -> smtplib.SMTP:
        if self.tls == "ssl":
            context = ssl.create_default_context()
            line: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        else:
            line = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            line.ehlo_or_helo_if_needed()
            if self.tls == "starttls":
                line.starttls(context=ssl.create_default_context())
                line.ehlo()
            if self.user:
                line.login(self.user, self.password)
        except BaseException:
            line.close()
            raise
        return line

    def _envelope(self, line: smtplib.SMTP, message: Message) -> bytes:
        """From whom and to whom, up to the server's consent to take the text, which is returned.

        The text is written out while the server thinks.
        """
        steps = (
            (f"MAIL FROM:<{message.return_path or message.sender}>", 250, _sender_refused),
            (f"RCPT TO:<{message.to}>", 250, _recipient_refused),
            ("DATA", 354, _content_refused),
        )
        if line.has_extn("pipelining"):
            # One round trip instead of three (RFC 2920).
            line.send("".join(f"{command}\r\n" for command, _ok, _refused in steps))
            content = _stuffed(message.as_bytes())
            answers: Iterator[tuple[int, bytes]] = iter([line.getreply() for _step in steps])
        else:
            content = _stuffed(message.as_bytes())
            answers = (line.docmd(command) for command, _ok, _refused in steps)
        failure: Exception | None = None
        for (_command, ok, refused), (code, answer) in zip(steps, answers, strict=False):
            if failure is not None and code == 354:
                # The server waits for a text although it has no recipient: give it none.
                line.send(b".\r\n")
                line.getreply()
            elif failure is None and code not in (ok, 251):
                failure = _meaning(code, _words(code, answer), refused)
                if not line.has_extn("pipelining"):
                    break
        if failure is not None:
            raise failure
        return content

    def _text(self, line: smtplib.SMTP, content: bytes) -> str:
        """The message itself. Once its end is written, silence means that it may have arrived."""
        line.send(content)
        try:
            code, answer = line.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise Uncertain(said=str(error)) from None
        self._used_at = time.monotonic()
        self._taken += 1
        said = _words(code, answer)
        if 200 <= code < 300:
            return said
        raise _meaning(code, said, _content_refused)

    def _reset(self, line: smtplib.SMTP, *, keep: bool) -> None:
        """Make the line ready for the next message, or let it go."""
        try:
            if keep and line.rset()[0] == 250:
                return
        except (OSError, smtplib.SMTPException):
            pass
        self._drop()


def _answers(line: smtplib.SMTP) -> bool:
    try:
        return bool(line.noop()[0] == 250)
    except (OSError, smtplib.SMTPException):
        return False


def _stuffed(content: bytes) -> bytes:
    """The text with dots doubled at the beginning of lines, and its end (RFC 5321, 4.5.2)."""
    content = content.replace(b"\r\n.", b"\r\n..")
    if content.startswith(b"."):
        content = b"." + content
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")


def _words(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {' '.join(text.split())}"[:500]


def _meaning(code: int, said: str, refused: Callable[[int, str], Exception]) -> Exception:
    """Which failure an answer is: `refused` knows what it means at this step."""
    if code == _CLOSING:
        return Unavailable(NOT_NOW, said)
    if code in _AUTHENTICATION:
        return ChannelRefused(said=said)
    return refused(code, said)


def _sender_refused(code: int, said: str) -> Exception:
    return Unavailable(NOT_NOW, said) if code < 500 else ChannelRefused(SENDER_REFUSED, said)


def _recipient_refused(code: int, said: str) -> Exception:
    if code < 500:
        return Unavailable(RECIPIENT_NOT_NOW, said, is_channel=False)
    is_dead = nobody_reads(said)
    return Refused(NO_SUCH_MAILBOX if is_dead else RECIPIENT_REFUSED, said, is_dead=is_dead)


def _content_refused(code: int, said: str) -> Exception:
    if code < 500:
        return Unavailable(NOT_NOW, said, is_channel=False)
    return Refused(CONTENT_REFUSED, said)


def nobody_reads(said: str) -> bool:
    """Whether the answer's enhanced code says that the mailbox does not exist."""
    found = _ENHANCED.search(said)
    return bool(found and found[1] == "5" and (int(found[2]), int(found[3])) in _DEAD)
