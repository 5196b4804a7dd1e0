"""What the codes of a report mean (RFC 3463, 3464)."""

import re

from crm.mail.models import BounceKind

_STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
_WITHIN = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
# No such mailbox, system or syntax; a null MX; a mailbox disabled: nobody reads the address.
_NOBODY = frozenset({(1, 1), (1, 2), (1, 3), (1, 10), (2, 1)})
# Their quota or our size: the address is read.
_FULL_OR_LARGE = frozenset({(2, 2), (2, 3), (3, 4)})
_POLICY = 7
_ARRIVED = frozenset({"delivered", "relayed", "expanded"})


def classify(action: str, status: str, diagnostic: str) -> BounceKind | None:
    """What one recipient's fields say; None when the message arrived or was handed on.

    The code of `Status` counts, and only without one that of `Diagnostic-Code`; never the words that
    people read, which quote whatever they like.
    """
    action = action.strip().lower()
    if action in _ARRIVED:
        return None
    code = code_in(status, diagnostic)
    if action == "delayed" or code.startswith("4."):
        return BounceKind.TRANSIENT
    if not code:
        return BounceKind.UNKNOWN
    kind, subject, detail = (int(part) for part in code.split("."))
    if kind == 2:
        return None
    if (subject, detail) in _NOBODY:
        return BounceKind.HARD
    if subject == _POLICY or (subject, detail) in _FULL_OR_LARGE:
        return BounceKind.BLOCKED
    return BounceKind.PERMANENT


def code_in(status: str, diagnostic: str = "") -> str:
    """The code itself, such as 5.1.1; "" without one."""
    found = _STATUS.match(status) or _WITHIN.search(diagnostic)
    return ".".join(str(int(part)) for part in found.groups()) if found else ""
