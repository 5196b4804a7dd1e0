"""SendGrid's signature of events: ECDSA over P-256 and SHA-256, of the timestamp and the raw body.

A body that was read and written anew has another signature: nothing looks into it before this.
"""

import base64
import binascii
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
FRESH = timedelta(minutes=15)


class BadKey(ValueError):
    """The text is no public key of a P-256 pair as SendGrid's page shows it (base64 of its DER form)."""


@lru_cache(4)
def public_key(text: str) -> ec.EllipticCurvePublicKey:
    """Raises BadKey."""
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error, TypeError) as error:
        raise BadKey(str(error)) from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadKey("not a key of the curve P-256")
    return key


def is_genuine(body: bytes, *, key: str, signature: str, timestamp: str, at: datetime) -> bool:
    """Whether the holder of the key signed these very octets, not long before or after `at`."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        return False
    if abs(at.timestamp() - int(timestamp)) > FRESH.total_seconds():
        return False
    try:
        octets = base64.b64decode(signature, validate=True)
        public_key(key).verify(octets, timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True
