"""How fast mail may leave: a token bucket for the sender and one for each domain, shared by all workers.

A bucket fills by so many tokens a second, and a message takes one. It is small, so that within any
sixty seconds no more leave than the number allows: what it holds and what fills it are that number.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from crm.db import db, is_sqlite
from crm.mail.models import Bucket

SECONDS_HELD = 5.0  # how much of a minute's number a bucket holds
SENDER, DOMAIN = "sender", "domain"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many messages in any minute."""

    per_minute: int

    @property
    def most(self) -> float:
        """What a full bucket holds."""
        return max(1.0, self.per_minute * SECONDS_HELD / 60)

    @property
    def per_second(self) -> float:
        """What fills it; a bucket for one message a minute fills as slowly as that."""
        return max(self.per_minute - self.most, 0.5) / 60


@dataclass(frozen=True)
class Rates:
    """The numbers of the settings: of the sender, of each domain named, and of each of the others (`*`)."""

    sender: Rate | None = None
    domains: Mapping[str, Rate] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Rates":
        whole = settings["MAIL_PER_MINUTE"]
        named = settings["MAIL_DOMAINS_PER_MINUTE"]
        return cls(Rate(whole) if whole else None, {domain: Rate(number) for domain, number in named.items()})

    def of_domain(self, domain: str) -> Rate | None:
        return self.domains.get(domain) or self.domains.get("*")


@dataclass(frozen=True, slots=True)
class Given:
    """How many may leave now, and in how many seconds the next may."""

    number: int
    wait: float


def take(name: str, rate: Rate, wanted: int, at: datetime) -> Given:
    """Take at most so many tokens. The bucket is locked to the end of the transaction."""
    bucket = _bucket(name, rate, at)
    bucket.tokens = min(rate.most, bucket.tokens + _since(bucket, at) * rate.per_second)
    bucket.filled_at = max(bucket.filled_at, at)
    # What is a hair short of one for the arithmetic is one.
    number = max(0, min(wanted, int(bucket.tokens + 1e-6)))
    bucket.tokens -= number
    db.session.flush()
    return Given(number, max(0.0, (1 - bucket.tokens) / rate.per_second))


def give_back(name: str, rate: Rate, number: int, at: datetime) -> None:
    """Put back tokens that were taken and not used."""
    if number > 0:
        bucket = _bucket(name, rate, at)
        bucket.tokens = min(rate.most, bucket.tokens + number)
        db.session.flush()


def _since(bucket: Bucket, at: datetime) -> float:
    return max(0.0, (at - bucket.filled_at).total_seconds())


def _bucket(name: str, rate: Rate, at: datetime) -> Bucket:
    """The bucket's row, locked; made full when it has none yet."""
    into: Any = (sqlite if is_sqlite(db.session()) else postgresql).insert(Bucket)
    asked = (
        select(Bucket).where(Bucket.name == name).with_for_update().execution_options(populate_existing=True)
    )
    known = db.session.scalar(asked)
    if known is None:
        row = {"name": name, "tokens": rate.most, "filled_at": at}
        db.session.execute(into.values(row).on_conflict_do_nothing())
        known = db.session.scalars(asked).one()
    return known
