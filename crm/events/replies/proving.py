"""Whose a mail is found to be by our own server: its header Authentication-Results (RFC 8601).

What the sender chose stands in it too, such as the local part of an address, in a quoted string or in a
comment. So it is cut apart as the RFC says, and of each method only its own property is read.
"""

import re

from crm.mail.incoming.headers import Heads

# Which property tells the domain that a method found; the next one only where the first is left out.
PROPERTIES = {"dmarc": ("header.from",), "dkim": ("header.d", "header.i")}
_PAIR = re.compile(r"([\w./-]+)\s*=\s*([^\s=;]+)")
_DOMAIN = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9])?")


def domains(heads: Heads, authserv: str) -> frozenset[str]:
    """The domains that our server found to stand behind the mail; none without a server.

    Only the first header of its name counts: what the sender wrote himself stands below it.
    """
    value = next((value for key, value in heads if key == "authentication-results"), "")
    server, *results = _cut(value)
    if not authserv or server.lower().split()[:1] != [authserv]:
        return frozenset()
    return frozenset(domain for result in results if (domain := _passed(result)))


def _passed(result: str) -> str:
    """The domain for which this method passed, "" when it did not or does not say for which one."""
    pairs = [(name.lower(), value.lower()) for name, value in _PAIR.findall(result)]
    method, verdict = pairs[0] if pairs else ("", "")
    if verdict != "pass" or not result.lstrip().lower().startswith(method):
        return ""
    for wanted in PROPERTIES.get(method.partition("/")[0], ()):
        told = {value.rpartition("@")[2] for name, value in pairs[1:] if name == wanted}
        if told:
            domain = told.pop()
            return domain if not told and _DOMAIN.fullmatch(domain) else ""
    return ""


def _cut(value: str) -> list[str]:
    """The value cut at its semicolons, without comments; of a quoted string nothing is left that could cut.

    One in which a quotation or a comment does not end says nothing.
    """
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for letter in value:
        if escaped:
            escaped = False
            kept.append("_" if quoted else "")
        elif letter == "\\" and (quoted or depth):
            escaped = True
        elif quoted:
            quoted = letter != '"'
            kept.append(letter if letter.isalnum() or letter in ".@-" else "_" if quoted else "")
        elif letter == "(" or (letter == ")" and depth):
            depth += 1 if letter == "(" else -1
            kept.append(" ")
        elif not depth:
            quoted = letter == '"'
            kept.append("" if quoted else letter)
    return [""] if depth or quoted else "".join(kept).split(";")
