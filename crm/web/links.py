"""Signed links for people without an account: one salt per purpose, none of our keys in the open."""

from typing import Any

from flask import current_app, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer

from crm.errors import CrmError
from crm.text import N_


class BadLink(CrmError):
    text = N_("This link is not valid or too old. Open the one in the latest message you received from us.")


def _signer(purpose: str) -> URLSafeTimedSerializer:
    keys = [
        *current_app.config.get("SECRET_KEY_FALLBACKS", []),
        current_app.config["SECRET_KEY"],
    ]
    return URLSafeTimedSerializer(keys, salt=f"maillage:{purpose}")


def sign(purpose: str, value: Any) -> str:
    """A token that says `value` and can only have been made here, for that purpose."""
    return str(_signer(purpose).dumps(value))


def read(purpose: str, token: str, *, days: int | None = None) -> Any:
    """What the token says. Raises BadLink when it is forged, of another purpose, or older than `days`."""
    try:
        return _signer(purpose).loads(token, max_age=days * 86_400 if days else None)
    except BadSignature:
        raise BadLink from None


def absolute(endpoint: str, **values: Any) -> str:
    """The full address of a page, on the configured base address and never on the request's host."""
    base = current_app.config["BASE_URL"]
    with current_app.test_request_context(base_url=base):
        return f"{base}{url_for(endpoint, **values)}"
