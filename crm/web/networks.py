"""From which network a request comes, as every limit counts it."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from flask import request


def here() -> str:
    """The network that sent this request."""
    return of(request.remote_addr or "")


def of(address: str) -> str:
    """An IPv4 address itself; of IPv6 the /64, for whoever has one address has all of its network's."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    return str(known.ipv4_mapped or IPv6Network((known, 64), strict=False))
