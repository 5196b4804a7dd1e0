"""SendGrid's v3 API: one call per recipient, for attachments belong to a call and not to a recipient.

The client is given a timeout (it has none of its own). Tracking is off: it would rewrite the links
of invitations, and clash with our own List-Unsubscribe.
"""

import base64
import json
import ssl
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

import sendgrid
from python_http_client import exceptions as http

from crm.mail.message import Message
from crm.mail.senders import BAD_CERTIFICATE, ChannelRefused, Refused, Unavailable, Uncertain
from crm.text import N_

SLOW_DOWN = N_("The mail provider asks to slow down.")
IN_TROUBLE = N_("The mail provider is in trouble.")
TOO_LARGE = N_("The message is too large for the mail provider.")
CONTENT_REFUSED = N_("The mail provider refused the message.")
_OFF = {"enable": False}


class SendGridSender:
    """`timeout` is in seconds, for each wait of a call."""

    name = "sendgrid"

    def __init__(self, *, key: str, url: str, timeout: float) -> None:
        self._api = sendgrid.SendGridAPIClient(api_key=key, host=url)
        self._api.client.timeout = timeout

    def send(self, message: Message) -> str:
        """Hand the message over; return X-Message-Id, the beginning of the sg_message_id of later events."""
        try:
            answer = self._api.client.mail.send.post(request_body=body(message))
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
    content = [
        {"type": "text/plain", "value": message.text},
        {"type": "text/html", "value": message.html},
    ]
    call: dict[str, Any] = {
        "from": _mailbox(message.sender, message.sender_name),
        "subject": message.subject,
        "personalizations": [
            {
                "to": [_mailbox(message.to, message.to_name)],
                # Our own name of the message comes back with every event about it.
                "custom_args": {"message_id": message.message_id},
            }
        ],
        "content": content,
        "headers": {
            "Message-ID": f"<{message.message_id}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply, RN, NRN",
            **dict(message.headers),
        },
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": _OFF,
            "subscription_tracking": _OFF,
            "ganalytics": _OFF,
        },
    }
    if message.reply_to:
        call["reply_to"] = {"email": message.reply_to}
    if message.unsubscribe_url:
        call["headers"]["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        call["headers"]["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    attached = [(file.name, file.media_type, file.content) for file in message.files]
    if message.ics:
        # "; charset=" here is answered with 400.
        content.append({"type": f"text/calendar; method={message.method}", "value": message.ics.decode()})
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
    """The provider's own lists of addresses, read page by page."""

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
