"""The kits that concern one parliamentarian: written to, named by a letter, or everybody's target."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select

from crm.db import db
from crm.kits.acting.models import ActKind, KitAct, KitLetter, KitLetterName, KitTarget, Reply
from crm.kits.models import Kit
from crm.kits.parliament.models import Parliamentarian


@dataclass
class About:
    """One kit: how many declared a letter and an answer; `letter` is the version written for the member."""

    kit: Kit
    contacted: int = 0
    replied: int = 0
    is_target: bool = False
    reason: str = ""
    letter: str = ""


def about(one: Parliamentarian) -> list[About]:
    """The latest kit first; those in which nothing names the member and nobody wrote are left out."""
    found: dict[int, About] = {}
    counted = (
        select(Kit, KitAct.kind, func.count(func.distinct(KitAct.reader_id)))
        .join(KitAct, KitAct.kit_id == Kit.id)
        .where(
            KitAct.parliamentarian_id == one.id,
            KitAct.undone_at.is_(None),
            or_(KitAct.kind == ActKind.WROTE, KitAct.reply != Reply.NOT_ANSWERED),
        )
        .group_by(Kit.id, KitAct.kind)
    )
    for kit, kind, number in db.session.execute(counted):
        row = found.setdefault(kit.id, About(kit))
        if kind is ActKind.WROTE:
            row.contacted = number
        elif kind is ActKind.REPLIED:
            row.replied = number
    targets = select(Kit, KitTarget.reason).join(KitTarget, KitTarget.kit_id == Kit.id)
    for kit, reason in db.session.execute(targets.where(KitTarget.parliamentarian_id == one.id)):
        row = found.setdefault(kit.id, About(kit))
        row.is_target, row.reason = True, reason
    named = select(Kit, KitLetter.label).join(KitLetter, KitLetter.kit_id == Kit.id).join(KitLetterName)
    for kit, label in db.session.execute(named.where(KitLetterName.parliamentarian_id == one.id)):
        found.setdefault(kit.id, About(kit)).letter = label
    return sorted(found.values(), key=lambda row: -row.kit.id)
