"""What the association says about itself; who changed what; who took lists out."""

from flask_sqlalchemy.session import Session
from sqlalchemy import Select, select

from crm.db import db
from crm.history import Change
from crm.settings.models import Association
from crm.text import like
from crm.web.models import Export


def association(session: Session | None = None) -> Association:
    """The association; before anyone has described it, a nameless one that is not stored."""
    found = (session or db.session).scalar(select(Association).order_by(Association.id).limit(1))
    return found or Association(
        name="Maillage",
        zone="Europe/Paris",
        street="",
        postcode="",
        city="",
        notice_fr="",
        notice_en="",
        contact_email="",
        website="",
        is_demo=False,
    )


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
