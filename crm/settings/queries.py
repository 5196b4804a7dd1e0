"""What the association says about itself."""

from flask_sqlalchemy.session import Session
from sqlalchemy import select

from crm.db import db
from crm.settings.models import Association


def association(session: Session | None = None) -> Association:
    """The association; before anyone has described it, a nameless one that is not stored."""
    found = (session or db.session).scalar(select(Association).order_by(Association.id).limit(1))
    return found or Association(
        name="Maillage",
        zone="Europe/Paris",
        notice_fr="",
        notice_en="",
        contact_email="",
        website="",
        is_demo=False,
    )
