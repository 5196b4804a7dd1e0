"""Who uses a view: domains above say it, so that a view in use is not removed from under them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from crm.directory.models import SavedView


@dataclass(frozen=True)
class Use:
    """Something that goes to the people of a view: what it is called, and its address."""

    name: str
    address: str


Lookup = Callable[[SavedView], Iterable[Use]]
_lookups: dict[str, Lookup] = {}


def register(domain: str, lookup: Lookup) -> None:
    """`lookup` names what of the domain still depends on the view."""
    _lookups[domain] = lookup


def of(view: SavedView) -> list[Use]:
    return [use for lookup in _lookups.values() for use in lookup(view)]
