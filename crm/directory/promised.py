"""What was promised by or to somebody who has left: each domain tells its own, and hands it over.

A domain enters a `Source` in its `setup.install`. Lines are told in the reader's words.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.accounts.models import Account
from crm.directory.models import Role


@dataclass(frozen=True)
class Promise:
    """One thing that is open: its key, what it is, and its page."""

    key: int
    text: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """What one domain knows. `offer` (N_) says what handing over means, e.g. inviting the successor.

    `hand_over(role, keys, to=the successor's role or None, account=None or who takes care, by=, at=)`
    does it for those that were ticked, and leaves out what cannot be.
    """

    key: str
    label: str
    offer: str
    open: Callable[[Role], Sequence[Promise]]
    hand_over: Callable[..., Any]


_sources: dict[str, Source] = {}


def enter(source: Source) -> None:
    _sources[source.key] = source


def sources() -> list[Source]:
    return list(_sources.values())


def hand_over(
    role: Role,
    ticked: Collection[str],
    *,
    to: Role | None,
    account: Account | None,
    by: Account,
    at: datetime,
) -> None:
    """Hand over what was ticked (`source:key`) to the successor, or to one of our own."""
    for source in sources():
        keys = [int(name.partition(":")[2]) for name in ticked if name.partition(":")[0] == source.key]
        if keys:
            source.hand_over(role, keys, to=to, account=account, by=by, at=at)
