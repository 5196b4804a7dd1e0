"""What owners of addresses want: written down by themselves alone, and kept act by act.

An objection stands until its owner takes it back: on the page of preferences, or by asking again on a
public form and confirming it from that mailbox. Nobody else has a way to take one back, and no import
brings a consent.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects import postgresql, sqlite

from crm.db import db, is_sqlite, one_of
from crm.mail import purposes
from crm.mail.models import Address, Objection, Permission, Purpose, Wish, WritingPurpose

# How the source of an objection begins that a merge of two records carried from one address to another.
BY_MERGE = "merge:"
PREFERENCES, ONE_CLICK, FORM = "preferences", "one-click", "form:"


@dataclass(frozen=True)
class Shown:
    """What stood beside the choice when it was made, by purpose, in that language."""

    language: str = ""
    texts: tuple[tuple[str, str], ...] = ()

    def of(self, key: str) -> str:
        return dict(self.texts).get(key, "")


def standing(address_id: int) -> frozenset[str]:
    """The keys of what the address is written to for, as far as its owner decides."""
    objected = set(db.session.scalars(select(Objection.purpose).where(Objection.address_id == address_id)))
    said = select(Wish.purpose).where(Wish.address_id == address_id, Wish.is_wanted.is_(True))
    agreed = set(db.session.scalars(said))
    return frozenset(
        one.key
        for one in purposes.every()
        if one.key not in objected and (one.permission is not Permission.ONLY_AGREED or one.key in agreed)
    )


def choose(
    address: Address,
    wanted: Collection[str],
    *,
    among: Sequence[WritingPurpose],
    source: str,
    shown: Shown = Shown(),
    person_id: int | None = None,
    at: datetime,
) -> None:
    """The owner wants these of the purposes that were shown, and none of the others shown.

    What was not shown stays as it is, and so does what was chosen before.
    """
    before = standing(address.id)
    for purpose in among:
        if not purpose.is_refusable:
            continue
        if purpose.key in wanted:
            _agree(address, purpose, purpose.key in before, source, shown, person_id, at)
        else:
            _refuse(address, purpose, source, shown, person_id, at)
    db.session.flush()


def agree(
    address: Address,
    among: Iterable[WritingPurpose],
    *,
    source: str,
    shown: Shown,
    person_id: int | None,
    at: datetime,
) -> None:
    """The owner asked for these, and confirmed it from the mailbox: each is on record, objections end."""
    for purpose in among:
        if purpose.is_refusable:
            _agree(address, purpose, False, source, shown, person_id, at)
    db.session.flush()


def _agree(
    address: Address,
    purpose: WritingPurpose,
    is_so: bool,
    source: str,
    shown: Shown,
    person_id: int | None,
    at: datetime,
) -> None:
    objection = _objection(address, purpose.key)
    if objection is not None:
        db.session.delete(objection)
    if not is_so:
        db.session.add(_wish(address, purpose, True, source, shown, person_id, at))


def _refuse(
    address: Address, purpose: WritingPurpose, source: str, shown: Shown, person_id: int | None, at: datetime
) -> None:
    objection = _objection(address, purpose.key)
    if objection is None:
        db.session.add(Objection(address_id=address.id, purpose=purpose.key, at=at, source=source))
    elif objection.source.startswith(BY_MERGE):
        # From now on it is the owner's own.
        objection.source, objection.at = source, at
    else:
        return
    db.session.add(_wish(address, purpose, False, source, shown, person_id, at))


def _objection(address: Address, key: str) -> Objection | None:
    asked = select(Objection).where(Objection.address_id == address.id, Objection.purpose == key)
    return db.session.scalar(asked)


def _wish(
    address: Address,
    purpose: WritingPurpose,
    is_wanted: bool,
    source: str,
    shown: Shown,
    person_id: int | None,
    at: datetime,
) -> Wish:
    return Wish(
        address_id=address.id,
        person_id=person_id,
        purpose=purpose.key,
        is_wanted=is_wanted,
        at=at,
        source=source,
        text=shown.of(purpose.key),
        language=shown.language,
        text_version=purpose.version,
    )


def object_to(address: Address, keys: Collection[str], *, source: str, at: datetime) -> None:
    """The owner wants no mail of these purposes and wants all others again. Service cannot be refused."""
    among = purposes.refusable()
    choose(address, {one.key for one in among} - set(keys), among=among, source=source, at=at)


def object_also(address_id: int, key: str, *, source: str, at: datetime) -> None:
    """One more objection, as a machine's one-click POST asks; standing ones stay, twice is once.

    One that a merge carried over becomes the owner's own.
    """
    object_many([(address_id, key)], source=source, at=at)


def object_many(refusals: Iterable[tuple[int, str]], *, source: str, at: datetime) -> None:
    """The same for many addresses, each with what its owner refuses."""
    asked = sorted({(address_id, str(key)) for address_id, key in refusals if key != Purpose.SERVICE})
    if not asked:
        return
    rows = [
        {"address_id": address_id, "purpose": key, "at": at, "source": source} for address_id, key in asked
    ]
    if not source.startswith(BY_MERGE):
        _write_down(rows)
    into: Any = (sqlite if is_sqlite(db.session()) else postgresql).insert(Objection)
    db.session.execute(
        into.on_conflict_do_update(
            index_elements=["address_id", "purpose"],
            set_={"source": into.excluded.source, "at": into.excluded.at},
            where=Objection.source.startswith(BY_MERGE),
        ),
        rows,
    )


def _write_down(rows: Sequence[dict[str, Any]]) -> None:
    """What the owners say that they had not said before."""
    told = select(Objection.address_id, Objection.purpose).where(
        one_of(Objection.address_id, [row["address_id"] for row in rows]),
        Objection.source.not_like(f"{BY_MERGE}%"),
    )
    known = {(address_id, key) for address_id, key in db.session.execute(told)}
    new = [row for row in rows if (row["address_id"], row["purpose"]) not in known]
    db.session.add_all(Wish(**row, is_wanted=False) for row in new)
    db.session.flush()


def spoken_of(address_ids: Collection[int]) -> dict[int, list[Wish]]:
    """Of each address whose owner ever said something: the last consent to each purpose that still stands."""
    found: dict[int, list[Wish]] = {}
    objected = select(Objection.id).where(
        Objection.address_id == Wish.address_id, Objection.purpose == Wish.purpose
    )
    last = (
        select(func.max(Wish.id))
        .where(Wish.address_id.in_(list(address_ids)), Wish.is_wanted.is_(True), ~objected.exists())
        .group_by(Wish.address_id, Wish.purpose)
    )
    for wish in db.session.scalars(select(Wish).where(Wish.id.in_(last)).order_by(Wish.id)):
        found.setdefault(wish.address_id, []).append(wish)
    return found


def said_of(address_id: int) -> Select[Any]:
    """Everything that the owner of the address said, in no order."""
    return select(Wish).where(Wish.address_id == address_id)
