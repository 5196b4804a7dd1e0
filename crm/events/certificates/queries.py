"""Certificates by number and by person, and the minutes that somebody was there."""

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.events import days
from crm.events.certificates.models import Certificate, CertificateTerms
from crm.events.checkin.models import Outcome, Passage
from crm.events.models import Attendance, Event, Registration

USUAL_DAY = 7 * 60  # minutes of a day whose hours nobody wrote down
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT = str.maketrans("OIL", "011")


def terms(event: Event) -> CertificateTerms | None:
    """What the event certifies; None while it gives no certificates."""
    return db.session.get(CertificateTerms, event.id)


def of(registration: Registration) -> Certificate | None:
    return db.session.scalar(select(Certificate).where(Certificate.registration_id == registration.id))


def by_number(typed: str) -> Certificate | None:
    """The certificate of that number, however it was typed: small letters, spaces, O for 0."""
    number = written(typed)
    if not number:
        return None
    return db.session.scalar(
        select(Certificate).where(Certificate.number == number).options(joinedload(Certificate.registration))
    )


def written(typed: str) -> str:
    """The number as it is printed, in three groups of four; nothing for what is none."""
    bare = re.sub(r"[\s.–—-]", "", typed[:40]).upper().translate(_MEANT)
    if len(bare) != 12 or not set(bare) <= set(SIGNS):
        return ""
    return f"{bare[:4]}-{bare[4:8]}-{bare[8:]}"


def is_good(certificate: Certificate) -> bool:
    """Whether it still holds: not taken back, nor erased, nor was the person found since not to have come."""
    came = certificate.registration.attendance == Attendance.PRESENT
    return came and certificate.withdrawn_at is None and not is_erased(certificate)


def is_erased(certificate: Certificate) -> bool:
    """Whether the person it was given to had it erased."""
    return certificate.registration.erased_at is not None


def entitled(event: Event) -> Select[Any]:
    """Those who were there, and are still known."""
    return select(Registration).where(
        Registration.event_id == event.id,
        Registration.attendance == Attendance.PRESENT,
        Registration.erased_at.is_(None),
    )


def given(event: Event) -> int:
    """How many certificates of the event were given."""
    rows = select(func.count()).select_from(Certificate).join(Certificate.registration)
    return db.session.scalar(rows.where(Registration.event_id == event.id)) or 0


def usual_minutes(event: Event) -> int:
    """How long the whole event lasts, as far as its hours tell: nights are not counted."""
    if event.is_all_day:
        return USUAL_DAY * len(days.days(event))
    if len(days.days(event)) == 1:
        return _minutes(event.ends_wall - event.starts_wall)
    daily = datetime.combine(event.starts_wall.date(), event.ends_wall.time()) - event.starts_wall
    per_day = _minutes(daily) if daily > timedelta(0) else USUAL_DAY
    return per_day * len(days.days(event))


def most_minutes(event: Event) -> int:
    """From the event's beginning to its end, nights and pauses too: nobody was there for longer."""
    return _minutes(event.ends_at - event.starts_at)


def days_there(event: Event) -> dict[int, int]:
    """On how many of the event's days each registration passed a door; those who never did are not in it."""
    rows = (
        select(Passage.registration_id, func.count(Passage.day.distinct()))
        .where(Passage.event_id == event.id, Passage.outcome == Outcome.IN, Passage.undone_at.is_(None))
        .group_by(Passage.registration_id)
    )
    return {key: number for key, number in db.session.execute(rows)}


def minutes_there(whole: int, event: Event, days_passed: int | None) -> int:
    """The share of the whole that belongs to the days on which they came; all of it when no door tells."""
    every = len(days.days(event))
    if not days_passed or days_passed >= every:
        return whole
    return round(whole * days_passed / every)


def _minutes(length: timedelta) -> int:
    return max(1, round(length.total_seconds() / 60))
