"""What is kept about one registration, room by room: told to the person, and taken away when they ask.

A room that keeps more about a registration than its row enters here, in its `setup`:

    holdings.enter("answers", told=…, forget=…)

and a page of its own that people may open from their registration, such as their answers:

    holdings.page("answers", N_("Change my answers"), lambda registration: url_for(…) or "")
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crm.events.models import Registration

Told = Callable[[Registration, str], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Holding:
    """`told` gives what is kept as names and values in a language, `forget` takes it away."""

    told: Told
    forget: Callable[[Registration], None]


@dataclass(frozen=True)
class Page:
    """A page about one's registration; `address` is "" where there is nothing to do."""

    label: str
    address: Callable[[Registration], str]


_holdings: dict[str, Holding] = {}
_pages: dict[str, Page] = {}


def enter(key: str, *, told: Told, forget: Callable[[Registration], None]) -> None:
    _holdings[key] = Holding(told, forget)


def page(key: str, label: str, address: Callable[[Registration], str]) -> None:
    _pages[key] = Page(label, address)


def told(registration: Registration, language: str) -> list[tuple[str, str]]:
    """All that other rooms keep about the registration."""
    return [fact for holding in _holdings.values() for fact in holding.told(registration, language)]


def forget(registration: Registration) -> None:
    for holding in _holdings.values():
        holding.forget(registration)


def pages(registration: Registration) -> list[tuple[str, str]]:
    """Labels (msgids) and addresses of the pages that the person may open."""
    known = ((one.label, one.address(registration)) for one in _pages.values())
    return [(label, address) for label, address in known if address]
