"""Reading what is kept."""

import zlib
from datetime import datetime

from sqlalchemy import select

from crm.db import db
from crm.mail.kept.models import KeptForm, KeptMessage
from crm.mail.kept.packing import uncompressed


def kept_since(delivery_id: int) -> datetime | None:
    """When the message was kept; None when it is not."""
    return db.session.scalar(select(KeptMessage.at).where(KeptMessage.delivery_id == delivery_id))


def content_of(delivery_id: int) -> bytes | None:
    """The message as it left, or None when nothing of it is kept."""
    asked = (
        select(KeptMessage.content, KeptForm.content.label("form"))
        .outerjoin(KeptForm, KeptForm.id == KeptMessage.form_id)
        .where(KeptMessage.delivery_id == delivery_id)
    )
    row = db.session.execute(asked).first()
    if row is None:
        return None
    return uncompressed(row.content, zlib.decompress(row.form) if row.form else b"")
