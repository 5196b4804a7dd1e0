"""SendGrid's v3 API. Attachments belong to a call and not to a recipient: an invitation is a call of its own.

Copies of one letter go together, up to a thousand in one call: the letter is given once, with marks where
each reader's own words stand, and for each reader one personalisation: address, name, subject, what the
marks are replaced by, our name of the message, and the headers that are the reader's own.

The client is given a timeout (it has none of its own). Tracking is off: it would rewrite the links
of invitations, and clash with our own List-Unsubscribe.
"""

import base64
import json
import secrets
import ssl
from collections.abc import Iterator, Sequence
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.parse import quote

import sendgrid
from python_http_client import exceptions as http

from crm.mail.message import Message, filled
from crm.mail.senders import BAD_CERTIFICATE, ChannelRefused, NotSent, Refused, Unavailable, Uncertain
from crm.text import N_

SLOW_DOWN = N_("The mail provider asks to slow down.")
IN_TROUBLE = N_("The mail provider is in trouble.")
TOO_LARGE = N_("The message is too large for the mail provider.")
CONTENT_REFUSED = N_("The mail provider refused the message.")
# The API's limits: recipients of one call, and octets of what one of them has in place of the marks.
MOST_TOGETHER, MOST_OWN_WORDS = 1_000, 10_000
# So many refused of those of a letter that were tried, and none taken: it is the letter that is refused.
HOPELESS = 10
_OFF = {"enable": False}
_FOR_ALL = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply, RN, NRN"}


class SendGridSender:
    """`timeout` is in seconds, for each wait of a call."""

    name = "sendgrid"

    def __init__(self, *, key: str, url: str, timeout: float) -> None:
        self._api = sendgrid.SendGridAPIClient(api_key=key, host=url)
        self._api.client.timeout = timeout

    def send(self, message: Message) -> str:
        """Hand the message over; return X-Message-Id, the beginning of the sg_message_id of later events."""
        return self._posted(body(message))

    together = MOST_TOGETHER

    def letter_of(self, message: Message) -> Any:
        share = message.share
        if share is None or message.ics or message.files or _octets(message) > MOST_OWN_WORDS:
            return None
        # A composer may have changed what the letter said: then it is another one.
        if (share.text, share.html) != (message.text, message.html):
            return None
        return share.letter, message.sender, message.sender_name, message.reply_to, message.headers

    def send_together(self, messages: Sequence[Message]) -> list[str | NotSent | None]:
        """One call for all; of a call that is refused each half is tried, until the bad ones stand alone."""
        told: list[str | NotSent | None] = [None] * len(messages)
        parts = [range(len(messages))]
        while parts:
            part = parts.pop()
            failure: NotSent | None = None
            name = ""
            try:
                some = [messages[index] for index in part]
                name = self._posted(body_together(some) if len(some) > 1 else body(some[0]))
            except Refused as refusal:
                if len(part) > 1:
                    middle = len(part) // 2
                    parts += [part[middle:], part[:middle]]
                    continue
                failure = refusal
            except NotSent as trouble:
                failure = trouble
            for index in part:
                told[index] = failure or name
            if isinstance(failure, NotSent) and (not isinstance(failure, Refused) or _is_hopeless(told)):
                break
        return told

    def _posted(self, call: dict[str, Any]) -> str:
        try:
            answer = self._api.client.mail.send.post(request_body=call)
        except http.HTTPError as error:
            raise _meaning(error) from None
        except URLError as error:
            # The call could not be written to its end, so nothing can have come of it.
            raise _unreached(error.reason) from None
        except (OSError, HTTPException) as error:
            raise Uncertain(said=str(error)) from None
        return str(answer.headers.get("X-Message-Id") or "")

    def close(self) -> None:
        """Each call has a connection of its own."""


def body(message: Message) -> dict[str, Any]:
    """The call's JSON. Content goes in the order that the API asks for: text, HTML, calendar."""
    call = _letter(message, message.text, message.html)
    call["personalizations"] = [_personal(message)]
    attached = [(file.name, file.media_type, file.content) for file in message.files]
    if message.ics:
        # "; charset=" here is answered with 400.
        calendar = {"type": f"text/calendar; method={message.method}", "value": message.ics.decode()}
        call["content"].append(calendar)
        attached.insert(0, ("invite.ics", "application/ics", message.ics))
    if attached:
        call["attachments"] = [
            {
                "content": base64.b64encode(content).decode(),
                "type": media_type,
                "filename": name,
                "disposition": "attachment",
            }
            for name, media_type, content in attached
        ]
    return call


def body_together(messages: Sequence[Message]) -> dict[str, Any]:
    """The JSON of one call for copies of one letter.

    The marks are drawn anew for each call, so that no text that was typed can hold one.
    """
    first = messages[0]
    assert first.share is not None  # noqa: S101  (`letter_of` says so)
    letter, chance = first.share.letter, secrets.token_hex(6)
    in_text = {name: f"-{chance}t{number}-" for number, name in enumerate(_places(letter.text))}
    in_html = {name: f"-{chance}h{number}-" for number, name in enumerate(_places(letter.html))}
    call = _letter(first, filled(letter.text, in_text), filled(letter.html, in_html))
    call["personalizations"] = [
        {
            **_personal(message),
            "subject": message.subject,
            "substitutions": {
                **{mark: share.words[name] for name, mark in in_text.items()},
                **{mark: share.markup[name] for name, mark in in_html.items()},
            },
        }
        for message in messages
        if (share := message.share) is not None
    ]
    return call


def _letter(message: Message, text: str, html: str) -> dict[str, Any]:
    """What a call says once for all of its readers."""
    call: dict[str, Any] = {
        "from": _mailbox(message.sender, message.sender_name),
        "subject": message.subject,
        "content": [{"type": "text/plain", "value": text}, {"type": "text/html", "value": html}],
        "headers": {**_FOR_ALL, **dict(message.headers)},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": _OFF,
            "subscription_tracking": _OFF,
            "ganalytics": _OFF,
        },
    }
    if message.reply_to:
        call["reply_to"] = {"email": message.reply_to}
    return call


def _personal(message: Message) -> dict[str, Any]:
    """What a call says of one reader."""
    headers = {"Message-ID": f"<{message.message_id}>"}
    if message.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return {
        "to": [_mailbox(message.to, message.to_name)],
        # Our own name of the message comes back with every event about it.
        "custom_args": {"message_id": message.message_id},
        "headers": headers,
    }


def _places(cut: tuple[str, ...]) -> list[str]:
    """The names of what stands between the words, each once."""
    return list(dict.fromkeys(cut[1::2]))


def _octets(message: Message) -> int:
    """How much the reader's own words come to, with room for the marks."""
    share = message.share
    if share is None:
        return 0
    return sum(len(value.encode()) + 30 for own in (share.words, share.markup) for value in own.values())


def _is_hopeless(told: Sequence[str | NotSent | None]) -> bool:
    refused = sum(isinstance(one, Refused) for one in told)
    return refused >= HOPELESS and not any(isinstance(one, str) for one in told)


def _mailbox(address: str, name: str) -> dict[str, str]:
    return {"email": address, "name": name} if name else {"email": address}


def _meaning(error: Any) -> Exception:
    """What an HTTP answer asks for."""
    status, said = int(error.status_code), f"{error.status_code} {_text(error.body)}"
    if status == 429:
        return Unavailable(SLOW_DOWN, said, after=_wait(error.headers))
    if status in (401, 403):
        return ChannelRefused(said=said)
    if status >= 500:
        return Unavailable(IN_TROUBLE, said, after=_wait(error.headers))
    return Refused(TOO_LARGE if status == 413 else CONTENT_REFUSED, said)


def _text(body: Any) -> str:
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")


def _wait(headers: Any) -> float | None:
    """How many seconds the provider asks to wait (Retry-After in seconds)."""
    asked = str((headers or {}).get("Retry-After") or "")
    return float(asked) if asked.isdigit() else None


def _unreached(error: object) -> Exception:
    if isinstance(error, ssl.SSLCertVerificationError):
        return ChannelRefused(BAD_CERTIFICATE, str(error))
    return Unavailable(said=str(error))


class Suppressions:
    """The provider's own lists of addresses, read page by page, and what may be struck from them."""

    PAGE = 500

    def __init__(self, *, key: str, url: str, timeout: float) -> None:
        self._api = sendgrid.SendGridAPIClient(api_key=key, host=url)
        self._api.client.timeout = timeout

    def entries(self, name: str, *, since: int) -> Iterator[list[dict[str, Any]]]:
        """The list's pages: entries made at that instant (seconds since 1970) or later.

        Raises Unavailable, ChannelRefused or Refused.
        """
        offset = 0
        while True:
            asked = {"start_time": since, "limit": self.PAGE, "offset": offset}
            page = self._page(name, asked)
            if page:
                yield page
            if len(page) < self.PAGE:
                return
            offset += self.PAGE

    def remove(self, name: str, email: str) -> None:
        """Strike the address from that list; one that does not stand there is no failure.

        Raises Unavailable, ChannelRefused or Refused.
        """
        try:
            self._api.client.suppression._(name)._(quote(email, safe="@")).delete()
        except http.HTTPError as error:
            if int(error.status_code) != 404:
                raise _meaning(error) from None
        except URLError as error:
            raise _unreached(error.reason) from None
        except (OSError, HTTPException) as error:
            raise Unavailable(said=str(error)) from None

    def _page(self, name: str, asked: dict[str, int]) -> list[dict[str, Any]]:
        try:
            answer = self._api.client.suppression._(name).get(query_params=asked)
            told = json.loads(answer.body)
        except http.HTTPError as error:
            raise _meaning(error) from None
        except URLError as error:
            raise _unreached(error.reason) from None
        except (OSError, HTTPException, ValueError) as error:
            raise Unavailable(said=str(error)) from None
        return [entry for entry in told if isinstance(entry, dict)] if isinstance(told, list) else []
