"""The provider's own lists of addresses that it no longer writes to, read once a day: events get lost.

What stands there is known to us from then on; an entry that was followed once is not followed again,
so that a hold which somebody lifted stays lifted.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import or_, select, update

from crm import history
from crm.db import db, one_of
from crm.mail import breaker, purposes, services
from crm.mail.addresses import BadAddress, normalise
from crm.mail.models import Address, Bounce, BounceKind, Channel, Report, ReportSource
from crm.mail.provider import reading
from crm.mail.provider.services import LISTED, taken_now
from crm.mail.returns import services as returns
from crm.mail.returns.classes import code_in
from crm.mail.senders import NotSent
from crm.writing import rows_of

AUTHOR = "sendgrid"
EVERY = timedelta(days=1)
AGAIN = timedelta(hours=1)
# So much of what was read before is read again: an entry may appear late.
OVERLAP = timedelta(days=2)
KINDS = {
    "bounces": BounceKind.HARD,
    "invalid_emails": BounceKind.HARD,
    "blocks": BounceKind.BLOCKED,
    "spam_reports": BounceKind.COMPLAINT,
    "unsubscribes": None,
}

log = structlog.get_logger()


def read_if_due(settings: Mapping[str, Any], *, at: datetime) -> Counter[str] | None:
    """Read the lists if that was not done for a day, and commit; how many entries of each were new."""
    if settings["MAIL_SENDER"] != "sendgrid":
        return None
    from crm.mail.senders.sendgrid import Suppressions

    if not _claimed(at):
        return None
    channel = breaker.channel(AUTHOR)
    since = int((channel.lists_read_at - OVERLAP).timestamp()) if channel.lists_read_at else 0
    lists = Suppressions(
        key=settings["SENDGRID_API_KEY"], url=settings["SENDGRID_URL"], timeout=settings["MAIL_TIMEOUT"]
    )
    told: Counter[str] = Counter()
    try:
        for name in KINDS:
            for page in lists.entries(name, since=since):
                told[name] += follow(name, page, at=at)
                db.session.commit()
    except NotSent as failure:
        db.session.rollback()
        log.warning("the provider's lists cannot be read", why=str(failure))
        return None
    breaker.channel(AUTHOR).lists_read_at = at
    db.session.commit()
    return told


def _claimed(at: datetime) -> bool:
    """Whether this worker is the one to read them now."""
    breaker.channel(AUTHOR)
    is_due = or_(Channel.lists_read_at.is_(None), Channel.lists_read_at <= at - EVERY)
    was_tried = or_(Channel.lists_tried_at.is_(None), Channel.lists_tried_at <= at - AGAIN)
    mine = update(Channel).where(Channel.name == AUTHOR, is_due, was_tried).values(lists_tried_at=at)
    taken = rows_of(db.session(), mine)
    db.session.commit()
    return bool(taken)


def follow(name: str, entries: Iterable[Mapping[str, Any]], *, at: datetime) -> int:
    """Follow the entries of one list that are new and whose address we know; how many those were."""
    history.act_as(db.session(), AUTHOR)
    found = {_key(name, email, entry): (email, entry) for email, entry in _addresses(entries)}
    new = taken_now(found, at)
    emails = sorted({found[key][0] for key in new})
    asked = select(Address.email, Address.id).where(one_of(Address.email, emails))
    known = {email: key for email, key in db.session.execute(asked)}
    followed = [(key, *found[key]) for key in sorted(new) if found[key][0] in known]
    kind = KINDS[name]
    for key, email, entry in followed:
        if kind is not None:
            _keep(name, kind, key, known[email], email, entry, at)
    ids = [known[email] for _key_, email, _entry in followed]
    if kind is BounceKind.HARD:
        returns.hold(ids, reason=LISTED, at=at)
    elif kind is not BounceKind.BLOCKED:
        every = purposes.refusable_keys()
        refusals = [(key, purpose) for key in ids for purpose in every]
        services.object_many(refusals, source="provider", at=at)
    return len(followed)


def _addresses(entries: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for entry in entries:
        try:
            yield normalise(reading.text(entry, "email")), entry
        except BadAddress:
            continue


def _key(name: str, email: str, entry: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"list|{name}|{email}|{entry.get('created')}".encode()).hexdigest()


def _keep(
    name: str, kind: BounceKind, key: str, address_id: int, email: str, entry: Mapping[str, Any], at: datetime
) -> None:
    raw = json.dumps(dict(entry), indent=1).encode()
    said = reading.text(entry, "reason")
    report = Report(
        key=f"lists:{key}",
        source=ReportSource.LISTS,
        sender="SendGrid",
        subject=name,
        came_at=reading.instant(entry.get("created")) or at,
        size=len(raw),
        raw=raw[: returns.KEPT_OCTETS],
    )
    report.bounces.append(
        Bounce(
            address_id=address_id,
            kind=kind,
            is_final=True,
            recipient=email,
            status=code_in(reading.text(entry, "status"), said),
            said=said,
        )
    )
    db.session.add(report)
