"""Asking name servers, behind one small seam.

`of(app.extensions)` is the system's, unless the application holds another.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

# How long one question may take, in seconds; all questions are asked at once.
PATIENCE = 4.0


class NoAnswer(Exception):
    """No name server answered in time, or none could be asked."""


class Resolver(Protocol):
    def texts(self, name: str) -> list[str]:
        """The TXT records of that name, none when there are none. Raises NoAnswer."""
        ...


class SystemResolver:
    """Through the name servers that this machine is told to use."""

    def texts(self, name: str) -> list[str]:
        import dns.exception
        import dns.resolver

        try:
            found = dns.resolver.Resolver().resolve(name, "TXT", lifetime=PATIENCE)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise NoAnswer(name) from error
        # A long text comes in pieces, which are read as one (RFC 7208, 3.3).
        return [b"".join(record.strings).decode("utf-8", "replace")[:4000] for record in found][:50]


def of(extensions: dict[str, Any]) -> Resolver:
    known: Resolver | None = extensions.get("resolver")
    return known or SystemResolver()


def all_texts(resolver: Resolver, names: list[str]) -> dict[str, list[str] | None]:
    """The texts by name, None where nobody answered."""

    def one(name: str) -> list[str] | None:
        try:
            return resolver.texts(name)
        except NoAnswer:
            return None

    with ThreadPoolExecutor(max_workers=8) as pool:
        return dict(zip(names, pool.map(one, names), strict=True))
