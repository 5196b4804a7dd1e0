"""What other domains know about an address: shown to its owner on the preferences page.

A domain enters a function in its `setup.install`; it gives pairs of a label (to be translated) and
a value.
"""

from collections.abc import Callable, Iterable

from crm.mail.models import Address

Known = Callable[[Address], Iterable[tuple[str, str]]]
_KNOWN: dict[str, Known] = {}


def enter(key: str, known: Known) -> None:
    _KNOWN[key] = known


def about(address: Address) -> list[tuple[str, str]]:
    """Everything that is known about the owner of the address, as label and value."""
    return [fact for known in _KNOWN.values() for fact in known(address)]
