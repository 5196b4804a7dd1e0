"""What a report does: an address that nobody reads is held, its message came back; the rest is only kept."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from crm.db import db, one_of
from crm.mail import services, standing
from crm.mail.models import SEALED, Address, Bounce, BounceKind, DeliveryState, Report, ReportSource
from crm.text import N_

KEPT_OCTETS = 64 * 1024
KEPT_DAYS = 400

NOBODY_READS = N_("Nobody reads this address: a message to it came back.")
CAME_BACK = N_("The recipient's mail server sent the message back.")
REASONS = {
    BounceKind.HARD: NOBODY_READS,
    BounceKind.BLOCKED: N_("The recipient's mail server did not let the message in."),
    BounceKind.TRANSIENT: N_("The recipient's mail server could not take the message in time."),
    BounceKind.PERMANENT: CAME_BACK,
    BounceKind.UNKNOWN: CAME_BACK,
}


@dataclass(frozen=True)
class Returned:
    """What a report says of one recipient, and which message of ours it is about, if one is."""

    recipient: str
    kind: BounceKind
    is_final: bool
    delivery_id: int | None = None
    address_id: int | None = None
    status: str = ""
    said: str = ""


def key_of(source: ReportSource, raw: bytes) -> str:
    """What makes a report the same when it comes twice."""
    return f"{source.value}:{hashlib.sha256(raw).hexdigest()}"


def is_known(key: str) -> bool:
    return db.session.scalar(select(Report.id).where(Report.key == key)) is not None


def keep(
    raw: bytes,
    *,
    source: ReportSource,
    returned: Iterable[Returned],
    at: datetime,
    key: str = "",
    sender: str = "",
    subject: str = "",
    erased: Collection[int] | None = None,
) -> Report:
    """Keep the report with what it says of each recipient. It changes nothing yet: see `follow`.

    Of one that names an erased address only what happened is kept, and none of its words; whoever keeps
    many asks once which ones are (`erased`).
    """
    returned = list(returned)
    known = erased if erased is not None else erased_of(one.address_id for one in returned)
    sealed = {one.address_id for one in returned if one.address_id in known}
    report = Report(
        key=key or key_of(source, raw),
        source=source,
        sender="" if sealed else sender[:254],
        subject="" if sealed else subject[:300],
        came_at=at,
        size=len(raw),
        raw=b"" if sealed else raw[:KEPT_OCTETS],
    )
    for one in returned:
        bounce = Bounce(
            kind=one.kind,
            is_final=one.is_final,
            recipient="" if one.address_id in sealed else one.recipient[:254],
            status=one.status[:20],
            said="" if sealed else one.said[:500],
            delivery_id=one.delivery_id,
            address_id=one.address_id,
        )
        report.bounces.append(bounce)
    db.session.add(report)
    return report


def erased_of(address_ids: Iterable[int | None]) -> set[int]:
    """Those of the addresses that were erased."""
    keys = [key for key in address_ids if key is not None]
    erased = Address.email.endswith(SEALED, autoescape=True)
    return (
        set(db.session.scalars(select(Address.id).where(one_of(Address.id, keys), erased))) if keys else set()
    )


def follow(returned: Sequence[Returned], *, at: datetime) -> None:
    """Draw the consequences for the messages that are ours: they came back, and dead addresses are held.

    What was only delayed changes nothing: the server goes on trying.
    """
    about_ours = [one for one in returned if one.delivery_id is not None and one.is_final]
    dead = [one.address_id for one in about_ours if one.kind is BounceKind.HARD and one.address_id]
    standing.move(
        [
            standing.Move(
                one.delivery_id or 0,
                DeliveryState.BOUNCED,
                at,
                REASONS[one.kind],
                words(one.status, one.said),
            )
            for one in about_ours
            if one.kind in REASONS
        ]
    )
    hold(dead, reason=NOBODY_READS, at=at)


def words(status: str, said: str) -> str:
    """What the server said, with its code once."""
    return said if status in said else f"{status} {said}".strip()


def hold(address_ids: Iterable[int], *, reason: str, at: datetime) -> None:
    """Hold these addresses; those that are held already stay as they are. The history names who."""
    keys = sorted(set(address_ids))
    if not keys:
        return
    asked = select(Address).where(one_of(Address.id, keys), Address.held_since.is_(None)).order_by(Address.id)
    for address in db.session.scalars(asked.with_for_update()):
        services.hold(address, reason=reason, at=at)
    db.session.flush()


def forget(*, at: datetime) -> None:
    """Let go what was reported more than a year ago of addresses that are not held."""
    held = select(Address.id).where(Address.held_since.is_not(None))
    needed = select(Bounce.report_id).where(Bounce.address_id.in_(held))
    old = select(Report.id).where(Report.came_at < at - timedelta(days=KEPT_DAYS), Report.id.not_in(needed))
    keys = list(db.session.scalars(old.limit(1_000)))
    if keys:
        db.session.execute(delete(Bounce).where(Bounce.report_id.in_(keys)))
        db.session.execute(delete(Report).where(Report.id.in_(keys)))
