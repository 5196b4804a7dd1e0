"""What a reader of a kit sees and did; and the counts of what all readers did."""

from dataclasses import dataclass, field

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from crm.db import db
from crm.kits.acting.models import ActKind, KitAct, KitClick, KitLetter, KitReader, KitTarget, Reply
from crm.kits.models import Kit
from crm.kits.parliament.models import Parliamentarian


@dataclass(frozen=True)
class Declared:
    """What a reader declared about one parliamentarian."""

    wrote: bool = False
    reply: Reply | None = None
    words: str = ""


@dataclass
class Tally:
    """How many readers did what about one parliamentarian, or about all of a group or department."""

    opened: int = 0
    contacted: int = 0
    replied: int = 0
    replies: dict[Reply, int] = field(default_factory=dict)


def versions(kit: Kit) -> list[KitLetter]:
    """The letters by rule, in the kit's order."""
    rows = (
        select(KitLetter)
        .where(KitLetter.kit_id == kit.id)
        .options(selectinload(KitLetter.named))
        .order_by(KitLetter.position, KitLetter.id)
    )
    return list(db.session.scalars(rows))


def targets(kit: Kit) -> list[KitTarget]:
    """Those whom everybody writes to and who sit still."""
    rows = (
        select(KitTarget)
        .join(KitTarget.parliamentarian)
        .where(KitTarget.kit_id == kit.id, Parliamentarian.left_on.is_(None))
        .options(joinedload(KitTarget.parliamentarian))
        .order_by(KitTarget.position, KitTarget.id)
    )
    return list(db.session.scalars(rows))


def reader(kit: Kit, token: str) -> KitReader | None:
    """The unknown reader that the token belongs to: it opens nothing of a person of the directory."""
    rows = select(KitReader).where(
        KitReader.kit_id == kit.id, KitReader.token == token, KitReader.person_id.is_(None)
    )
    return db.session.scalar(rows)


def reminded(kit: Kit, token: str) -> KitReader | None:
    """The person's own row, by the token that only reminders carry."""
    rows = select(KitReader).where(
        KitReader.kit_id == kit.id, KitReader.token == token, KitReader.person_id.is_not(None)
    )
    return db.session.scalar(rows.options(joinedload(KitReader.person)))


def of_person(kit: Kit, person_id: int) -> KitReader | None:
    return db.session.scalar(
        select(KitReader).where(KitReader.kit_id == kit.id, KitReader.person_id == person_id)
    )


def declared(reader: KitReader | None) -> dict[int, Declared]:
    """What the reader declared, by the key of the parliamentarian."""
    if reader is None:
        return {}
    rows = select(KitAct).where(
        KitAct.reader_id == reader.id,
        KitAct.kind.in_((ActKind.WROTE, ActKind.REPLIED)),
        KitAct.undone_at.is_(None),
    )
    acts: dict[int, dict[ActKind, KitAct]] = {}
    for act in db.session.scalars(rows):
        acts.setdefault(act.parliamentarian_id or 0, {})[act.kind] = act
    return {key: _declared(told) for key, told in acts.items()}


def _declared(told: dict[ActKind, KitAct]) -> Declared:
    answer = told.get(ActKind.REPLIED)
    return Declared(ActKind.WROTE in told, answer.reply if answer else None, answer.words if answer else "")


def counted(kit: Kit) -> Select[int | None, ActKind, Reply | None, int]:
    """How many readers did each kind of thing about each parliamentarian: key, kind, reply, number."""
    return (
        select(
            KitAct.parliamentarian_id,
            KitAct.kind,
            KitAct.reply,
            func.count(func.distinct(KitAct.reader_id)),
        )
        .where(KitAct.kit_id == kit.id, KitAct.undone_at.is_(None))
        .group_by(KitAct.parliamentarian_id, KitAct.kind, KitAct.reply)
    )


def letters_declared(kit: Kit) -> int:
    """How many letters readers say that they have written."""
    asked = select(func.count()).where(
        KitAct.kit_id == kit.id, KitAct.kind == ActKind.WROTE, KitAct.undone_at.is_(None)
    )
    return db.session.scalar(asked) or 0


def tallies(kit: Kit) -> dict[int, Tally]:
    """What was done about each parliamentarian; those about whom nothing was are left out."""
    found: dict[int, Tally] = {}
    for key, kind, reply, number in db.session.execute(counted(kit)):
        if key is None:
            continue
        tally = found.setdefault(key, Tally())
        if kind is ActKind.WROTE:
            tally.contacted += number
        elif kind is ActKind.REPLIED and reply is not None:
            tally.replies[reply] = tally.replies.get(reply, 0) + number
            if reply is not Reply.NOT_ANSWERED:
                tally.replied += number
    clicks = select(KitClick.parliamentarian_id, func.sum(KitClick.number)).where(KitClick.kit_id == kit.id)
    for key, number in db.session.execute(clicks.group_by(KitClick.parliamentarian_id)):
        found.setdefault(key, Tally()).opened = int(number)
    return found
