"""How often one network may use a public form in an hour."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import delete, func, select

from crm.db import db
from crm.errors import CrmError
from crm.text import N_, fold
from crm.web import links
from crm.web.models import Hit

WINDOW = timedelta(hours=1)
MOST_NETWORKS = 50_000  # kept in memory by one process


class Crowded(CrmError):
    text = N_("Too much came from here within an hour. Try again later, or write to us.")


class Robot(CrmError):
    """A field that nobody sees was filled in: the sender is told that all went well."""


class TooQuick(CrmError):
    text = N_("That was very quick: check what you typed, then send the form again.")


class ShownTooLongAgo(CrmError):
    text = N_("This page was open for too long. Check what you typed, then send the form again.")


@dataclass(frozen=True)
class Trap:
    """What holds robots back at one kind of public form, without asking anything of people.

    A field that people do not see, and a signed stamp that says when which form was shown.
    """

    purpose: str
    quickest: timedelta = timedelta(seconds=2)
    oldest: timedelta = timedelta(hours=24)

    def stamp(self, subject: int, *, at: datetime) -> str:
        """When the form was shown, signed."""
        return links.sign(self.purpose, [subject, at.timestamp()])

    def check(self, subject: int, *, unseen: str, stamp: str, at: datetime) -> None:
        """Raises Robot, ShownTooLongAgo, TooQuick."""
        if unseen:
            raise Robot
        try:
            shown_of, shown_at = links.read(self.purpose, stamp)
            age = at - datetime.fromtimestamp(shown_at, UTC)
        except (links.BadLink, TypeError, ValueError):
            raise ShownTooLongAgo from None
        if shown_of != subject or age >= self.oldest:
            raise ShownTooLongAgo
        if age < self.quickest:
            raise TooQuick


def mailbox(email: str) -> str:
    """An address as limits count it, without its +tag: whatever the tag, one mailbox gets the mail."""
    local, at, domain = email.strip().partition("@")
    bare = f"{local.partition('+')[0] or local}{at}{domain}"
    return f"address:{hashlib.sha256(fold(bare).encode()).hexdigest()[:24]}"


@dataclass(frozen=True)
class Door:
    """One public form, by name."""

    name: str
    most_per_network: int

    def count(self, *, network: str, at: datetime) -> None:
        """Let one more use pass, and remember it for an hour. Raises Crowded."""
        used = (
            select(func.count())
            .select_from(Hit)
            .where(Hit.door == self.name, Hit.network == network, Hit.at > at - WINDOW)
        )
        if (db.session.scalar(used) or 0) >= self.most_per_network:
            raise Crowded
        db.session.execute(delete(Hit).where(Hit.at < at - WINDOW))
        db.session.add(Hit(door=self.name, network=network, at=at))


@dataclass(frozen=True)
class Window:
    """Something that anybody may look up, by name; it is asked by GET, so that nothing is written.

    Each process counts by itself, and forgets all networks together when the hour is over.
    """

    name: str
    most_per_network: int

    def count(self, *, network: str, at: datetime) -> None:
        """Let one more look pass. Raises Crowded."""
        since, looks = current_app.extensions.get(f"window.{self.name}", (at, Counter[str]()))
        if not since <= at < since + WINDOW or len(looks) > MOST_NETWORKS:
            since, looks = at, Counter[str]()
        looks[network] += 1
        current_app.extensions[f"window.{self.name}"] = since, looks
        if looks[network] > self.most_per_network:
            raise Crowded
