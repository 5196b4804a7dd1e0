"""How many workers may write to one domain at the same time: each takes one of the domain's places.

A worker has one connection and one handful, so as many messages of a domain are under way at once as
workers hold a place of it. A place is kept from handful to handful while the next one goes to that domain
too. The place of a worker that was killed is free for the next one on its machine, and on others when its
lease has run out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, tuple_

from crm.db import db
from crm.jobs.queue import is_gone
from crm.mail.models import Place
from crm.writing import insert_new

FREE_KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class AtOnce:
    """So many at a time to each domain named, and to each of the others (`*`); 0 is without limit."""

    domains: Mapping[str, int] = field(default_factory=dict)

    def of_domain(self, domain: str) -> int:
        return self.domains.get(domain, self.domains.get("*", 0))


class Holder:
    """What one worker holds, as it remembers it: while it goes on to the same domains nothing is asked."""

    def __init__(self, worker: str, limits: AtOnce) -> None:
        self.worker, self.limits = worker, limits
        self._held: frozenset[str] = frozenset()
        self._asked_at: datetime | None = None

    def take(self, wanted: frozenset[str], *, at: datetime, lease: timedelta) -> frozenset[str]:
        """Have a place of each of these domains and of no other; those that are full."""
        if not self.limits.domains or not (wanted or self._held):
            return frozenset()
        if wanted == self._held and self._asked_at is not None and at - self._asked_at < lease / 4:
            return frozenset()
        full = take(wanted, self.limits, worker=self.worker, at=at, until=at + lease)
        self._held, self._asked_at = wanted - full, at
        return full

    def lost(self) -> None:
        """The unit of work was taken back, and with it what was taken in it."""
        self._held, self._asked_at = frozenset(), None

    def leave(self, *, at: datetime) -> None:
        if self.limits.domains:
            self.lost()
            leave(self.worker, at=at)


def take(
    wanted: Iterable[str], limits: AtOnce, *, worker: str, at: datetime, until: datetime
) -> frozenset[str]:
    """Give the worker a place of each of these domains that has one left, and free its other ones.

    Returns the domains that are full. What another worker is just taking counts as taken.
    """
    most = {domain: limit for domain in wanted if (limit := limits.of_domain(domain))}
    places = _places(most, worker)
    held: set[str] = set()
    for place in places:
        if place.worker == worker:
            if place.domain in most and place.domain not in held:
                held.add(place.domain)
                # Written anew only now and then: half of its lease is left whenever a handful begins.
                if place.until - at < (until - at) * 3 / 4:
                    place.until = until
            else:
                place.worker, place.until = "", at
    for place in places:
        if place.domain in held or place.slot > most.get(place.domain, 0):
            continue
        if place.until <= at or is_gone(place.worker):
            held.add(place.domain)
            place.worker, place.until = worker, until
    db.session.flush()
    # Slots that are not there yet, or that somebody else just holds.
    unseen = {
        domain: sorted(set(range(1, limit + 1)) - {place.slot for place in places if place.domain == domain})
        for domain, limit in most.items()
        if domain not in held
    }
    held |= _made(unseen, worker, until)
    return frozenset(most.keys() - held)


def leave(worker: str, *, at: datetime) -> None:
    """Free what the worker holds."""
    take((), AtOnce(), worker=worker, at=at, until=at)


def forget(*, at: datetime) -> None:
    """Let go of places that nobody took for an hour: most domains are written to once in a while."""
    idle = select(Place.domain, Place.slot).where(Place.until < at - FREE_KEPT)
    free = idle.with_for_update(skip_locked=True).cte("idle")
    db.session.execute(
        delete(Place)
        .where(tuple_(Place.domain, Place.slot).in_(select(free.c.domain, free.c.slot)))
        .execution_options(synchronize_session=False)
    )


def _places(domains: Iterable[str], worker: str) -> Sequence[Place]:
    """The places of the domains and the worker's own, but those that another one is just changing."""
    asked = (
        select(Place)
        .where(or_(Place.domain.in_(list(domains)), Place.worker == worker))
        .order_by(Place.domain, Place.slot)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(asked).all()


def _made(unseen: dict[str, list[int]], worker: str, until: datetime) -> set[str]:
    """Take a slot of each domain that has no row yet; the domains for which there was one."""
    made: set[str] = set()
    while rows := [
        {"domain": domain, "slot": slots.pop(0), "worker": worker, "until": until}
        for domain, slots in sorted(unseen.items())
        if slots and domain not in made
    ]:
        statement: Any = insert_new(Place).values(rows).returning(Place.domain)
        made.update(db.session.scalars(statement))
    return made
