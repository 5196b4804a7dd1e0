"""Kits: lists, one of them by its public name, and how far each has come."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from crm.db import db
from crm.kits.models import Cosignatory, Kit, KitState
from crm.mailings.models import Mailing
from crm.relations.models import Act, Note
from crm.text import fold, like


def listed(*, state: KitState | None = None, words: str = "") -> Select[Any]:
    """Kit and number of co-signatories: the kits of that state that have all the words.

    They are looked for in title, objective and lead organisation, accents and case aside.
    """
    signed = (
        select(func.count())
        .where(Cosignatory.kit_id == Kit.id, Cosignatory.withdrawn_on.is_(None))
        .correlate(Kit)
        .scalar_subquery()
        .label("signed")
    )
    rows = select(Kit, signed).options(joinedload(Kit.lead))
    if state is not None:
        rows = rows.where(Kit.state == state)
    for word in fold(words).split():
        rows = rows.where(Kit.search.like(like(word), escape="\\"))
    return rows


def whole(kit_id: int) -> Kit | None:
    """The kit with all that its page shows."""
    return db.session.scalar(_whole().where(Kit.id == kit_id))


def by_slug(slug: str) -> Kit | None:
    """The kit that anyone may read under that name: drafts have no public page."""
    return db.session.scalar(_whole().where(Kit.slug == slug, Kit.state != KitState.DRAFT))


def _whole() -> Select[Kit]:
    return select(Kit).options(
        joinedload(Kit.lead),
        selectinload(Kit.resources),
        selectinload(Kit.cosignatories).joinedload(Cosignatory.organisation),
    )


def reached(kit: Kit) -> int:
    """How many people the kit was mailed to."""
    people = select(func.count(func.distinct(Note.person_id))).where(
        Note.subject == kit.ref, Note.act == Act.KIT_MAILED
    )
    return db.session.scalar(people) or 0


def mailings(kit: Kit) -> Select[Mailing]:
    """The mailings about the kit, the latest first."""
    return select(Mailing).where(Mailing.subject_ref == kit.ref).order_by(Mailing.id.desc())


def slugs_like(slug: str) -> set[str]:
    return set(db.session.scalars(select(Kit.slug).where(Kit.slug.startswith(slug, autoescape=True))))
