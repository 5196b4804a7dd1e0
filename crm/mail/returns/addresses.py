"""Signed return addresses: `bounces+<delivery>-<seal>@…`, one for each message, as its envelope sender.

Whoever knows no seal can make no report count: it is an HMAC over the delivery's key and its
Message-ID, with a key of its own drawn from SECRET_KEY.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SEAL_SIGNS = 20
_PURPOSE = b"maillage:return-address"


def keys(settings: Mapping[str, Any]) -> tuple[bytes, ...]:
    """What seals are made with: the first makes, all are believed."""
    secrets = (settings["SECRET_KEY"], *settings.get("SECRET_KEY_FALLBACKS", ()))
    return tuple(hmac.digest(str(secret).encode(), _PURPOSE, "sha256") for secret in secrets)


def written(base: str, delivery_id: int, message_id: str, key: bytes) -> str:
    """The return address of a delivery whose Message-ID begins so; `base` is the plain address."""
    local, _at, domain = base.partition("@")
    return f"{local}+{delivery_id}-{_seal(delivery_id, message_id, key)}@{domain}"


def is_sealed(delivery_id: int, message_id: str, seal: str, among: Iterable[bytes]) -> bool:
    """Whether one of the keys made this seal for that delivery."""
    return any(hmac.compare_digest(_seal(delivery_id, message_id, key), seal) for key in among)


def found_in(texts: Sequence[str], base: str) -> list[tuple[int, str]]:
    """Delivery and seal of each such address in the texts, whether the seal is true or not."""
    local, _at, domain = base.partition("@")
    shape = re.compile(
        rf"(?<![\w.+-]){re.escape(local)}\+(\d{{1,10}})-([0-9a-f]{{{SEAL_SIGNS}}})@{re.escape(domain)}(?![\w.-])",
        re.I,
    )
    pairs = [(int(match[1]), match[2].lower()) for text in texts for match in shape.finditer(text)]
    return list(dict.fromkeys(pairs))


def names(texts: Sequence[str], base: str) -> bool:
    """Whether the plain address, or any form of it, stands in the texts."""
    local, _at, domain = base.partition("@")
    shape = re.compile(rf"(?<![\w.+-]){re.escape(local)}(?:\+[\w.-]*)?@{re.escape(domain)}(?![\w.-])", re.I)
    return any(shape.search(text) for text in texts)


def _seal(delivery_id: int, message_id: str, key: bytes) -> str:
    return hmac.new(key, f"{delivery_id}:{message_id}".encode(), hashlib.sha256).hexdigest()[:SEAL_SIGNS]
