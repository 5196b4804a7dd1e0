"""What the association says about itself; who changed what; who took lists out."""

from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import Select, select

from crm import clock
from crm.db import db
from crm.history import Change
from crm.settings.models import Association
from crm.text import like
from crm.web.models import Export

_FIRST = select(Association).order_by(Association.id).limit(1)
# Where a session keeps what it has read of the association.
KEPT = "association"


def association(session: Session | None = None) -> Association:
    """The association; before anyone has described it, a nameless one that is not stored."""
    return _stored(session or db.session()) or Association(
        name="Maillage",
        zone=clock.office().key,
        street="",
        postcode="",
        city="",
        notice_fr="",
        notice_en="",
        contact_email="",
        website="",
        is_demo=False,
        colour="",
        logo=None,
        logo_width=0,
        logo_height=0,
        mailings_need_approval=False,
        counts_clicks=False,
    )


def zone() -> str | None:
    """The name of the association's zone, None before it has described itself."""
    found = _stored(db.session())
    return found.zone if found is not None else None


def _stored(session: Any) -> Association | None:
    """The association's row, read once in a session: every page and every day asks for it."""
    found: Association | None = session.info.get(KEPT)
    if KEPT not in session.info or (found is not None and found not in session):
        with session.no_autoflush:
            found = session.scalar(_FIRST)
        session.info[KEPT] = found
    return found


def keep(association: Association) -> None:
    """It has just been written: who asks this session from now on is given it."""
    db.session().info[KEPT] = association


def changes(*, record: str = "", actor: str = "") -> Select[Change]:
    """What was changed: of one record (`people:12`) or one kind of record (`people`), by whom."""
    rows = select(Change)
    if record:
        rows = rows.where(
            Change.record == record
            if ":" in record
            else Change.record.startswith(f"{record}:", autoescape=True)
        )
    if actor:
        rows = rows.where(Change.actor.ilike(like(actor), escape="\\"))
    return rows


def exports(*, actor: str = "") -> Select[Export]:
    """The lists that were taken out as files."""
    rows = select(Export)
    if actor:
        rows = rows.where(Export.actor.ilike(like(actor), escape="\\"))
    return rows
