"""The versions of a kit's amendment with those who relay them."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from crm.db import db
from crm.kits.amending.models import AmendmentRelay, KitAmendment
from crm.kits.models import Kit
from crm.kits.parliament.models import Parliamentarian


def versions(kit: Kit) -> list[KitAmendment]:
    """The latest first."""
    rows = (
        select(KitAmendment)
        .where(KitAmendment.kit_id == kit.id)
        .options(selectinload(KitAmendment.relays).joinedload(AmendmentRelay.parliamentarian))
        .order_by(KitAmendment.number.desc())
    )
    return list(db.session.scalars(rows))


def relayed_by(one: Parliamentarian) -> list[tuple[AmendmentRelay, Kit]]:
    """What the parliamentarian relays, the latest kit first."""
    rows = (
        select(AmendmentRelay, Kit)
        .join(AmendmentRelay.amendment)
        .join(Kit, Kit.id == KitAmendment.kit_id)
        .where(AmendmentRelay.parliamentarian_id == one.id)
        .options(joinedload(AmendmentRelay.amendment))
        .order_by(Kit.id.desc(), AmendmentRelay.id)
    )
    return [(relay, kit) for relay, kit in db.session.execute(rows)]
