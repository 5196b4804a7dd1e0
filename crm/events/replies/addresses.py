"""The addresses that calendars answer to: `agenda+token@…`, one for each recipient of an event's entry."""

import re
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select

from crm import at_end
from crm.db import db
from crm.events.models import Event
from crm.events.replies.models import ReplyAddress
from crm.mail.models import Address
from crm.mail.tokens import each_token, new_token
from crm.writing import insert_new

TOKEN_SIGNS = 40


def give(event: Event, address_ids: Select[Any]) -> None:
    """Make one for each address of the select that has none for this event, in one statement."""
    given = address_ids.order_by(None).distinct().subquery("given")
    address_id = given.c[next(iter(given.c.keys()))]
    source = select(
        select(Event.id).where(Event.id == event.id).scalar_subquery(), address_id, each_token()
    ).where(address_id.is_not(None))
    columns = ["event_id", "address_id", "token"]
    db.session.execute(insert_new(ReplyAddress).from_select(columns, source, include_defaults=False))


def give_one(event: Event, address: Address) -> None:
    """Make one for this address, if it has none for this event."""
    facts = {"event_id": event.id, "address_id": address.id, "token": new_token()}
    at_end.write(db.session(), ReplyAddress, facts)


def of_each(event_ids: Collection[int], address_ids: Collection[int]) -> dict[tuple[int, int], str]:
    """The tokens of these recipients, by event and address."""
    rows = select(ReplyAddress.event_id, ReplyAddress.address_id, ReplyAddress.token).where(
        ReplyAddress.event_id.in_(event_ids), ReplyAddress.address_id.in_(address_ids)
    )
    return {(event_id, address_id): token for event_id, address_id, token in db.session.execute(rows)}


def by_token(token: str) -> ReplyAddress | None:
    return db.session.scalar(select(ReplyAddress).where(ReplyAddress.token == token)) if token else None


def written(base: str, token: str) -> str:
    """`agenda+token@example.org` for the plain address `agenda@example.org`."""
    local, _at, domain = base.partition("@")
    return f"{local}+{token}@{domain}"


def tokens_in(text: str, base: str) -> list[str]:
    """The secret parts of such addresses in a text."""
    local, _at, domain = base.partition("@")
    found = re.compile(
        rf"{re.escape(local)}\+([0-9a-f]{{{TOKEN_SIGNS}}})@{re.escape(domain)}(?![\w.-])", re.I
    )
    return [match.lower() for match in found.findall(text)]
