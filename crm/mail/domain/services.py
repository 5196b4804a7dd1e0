"""Asking what the domain says of our mail, and keeping the last answers with their date."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from crm.db import db
from crm.mail.domain.models import DomainCheck


def last(domain: str) -> DomainCheck | None:
    """The last answers for that domain."""
    return db.session.scalar(select(DomainCheck).where(DomainCheck.domain == domain))


def keep(domain: str, found: Mapping[str, list[str] | None], *, by: str, at: datetime) -> DomainCheck:
    """Keep these answers in the place of those before."""
    check = last(domain)
    if check is None:
        check = DomainCheck(domain=domain)
        db.session.add(check)
    check.found, check.asked_at, check.asked_by = dict(found), at, by
    db.session.flush()
    return check
