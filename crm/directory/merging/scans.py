"""A scan for duplicates: asked for, done by whoever is free, or called off; its pairs replace former ones."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from crm import clock
from crm.db import Base, reading
from crm.directory.merging import refusals, scanning
from crm.directory.merging.models import Pair, Scan
from crm.directory.models import Organisation, Person
from crm.writing import insert_many

MODELS: dict[str, Any] = {"people": Person, "organisations": Organisation}
# What no sign of life came from for so long is done by somebody else, from its beginning.
STALLED_AFTER = timedelta(minutes=5)
PART = 500


class State(StrEnum):
    ASKED = "asked"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


OPEN = (State.ASKED, State.RUNNING)


class Cancelled(Exception):
    """Somebody called the scan off while it ran."""


def latest(session: Session, kind: str) -> Scan | None:
    """The last scan of that kind, whatever became of it."""
    return session.scalars(select(Scan).where(Scan.kind == kind).order_by(Scan.id.desc()).limit(1)).first()


def ask(session: Session, kind: str, *, by: str, at: datetime) -> Scan:
    """Ask for a scan of all people or organisations. Raises StillLooking."""
    under_way = latest(session, kind)
    if under_way is not None and under_way.state in OPEN:
        raise refusals.StillLooking
    scan = Scan(kind=kind, state=State.ASKED, asked_at=at, asked_by=by, seen_at=at)
    session.add(scan)
    session.flush()
    return scan


def cancel(scan: Scan, *, at: datetime) -> None:
    """Call it off; one that is over stays as it is."""
    if scan.state in OPEN:
        scan.state, scan.ended_at = State.CANCELLED, at


def size(session: Session, kind: str) -> int:
    """How many records a scan goes through."""
    model = MODELS[kind]
    return session.scalar(select(func.count(model.id)).where(model.binned_at.is_(None))) or 0


def next_asked(session: Session, *, at: datetime) -> int | None:
    """The key of a scan that nobody is at, or whose worker fell silent."""
    stalled = (Scan.state == State.RUNNING) & (Scan.seen_at < at - STALLED_AFTER)
    waiting = select(Scan.id).where((Scan.state == State.ASKED) | stalled).order_by(Scan.id).limit(1)
    return session.scalar(waiting)


def claim(session: Session, key: int, *, at: datetime) -> bool:
    """Begin the scan unless somebody else did. Commits."""
    stalled = (Scan.state == State.RUNNING) & (Scan.seen_at < at - STALLED_AFTER)
    begun = (
        update(Scan)
        .where(Scan.id == key, (Scan.state == State.ASKED) | stalled)
        .values(state=State.RUNNING, seen_at=at)
    )
    done = session.connection().execute(begun).rowcount == 1
    session.commit()
    return done


def work(session: Session, key: int) -> None:
    """Do what was claimed. Commits: signs of life while it lasts, then all pairs in one transaction."""
    kind = session.get_one(Scan, key).kind
    session.rollback()
    look = scanning.people if kind == "people" else scanning.organisations
    try:
        with reading():
            pairs = look(session, lambda done, total: _tell(session, key, done, total))
    except Cancelled:
        return
    except Exception:
        session.rollback()
        session.execute(update(Scan).where(Scan.id == key).values(state=State.FAILED, ended_at=clock.now()))
        session.commit()
        raise
    keep(session, kind, pairs, at=clock.now())
    ended = (
        update(Scan)
        .where(Scan.id == key, Scan.state == State.RUNNING)
        .values(state=State.DONE, found=len(pairs), ended_at=clock.now())
    )
    if session.connection().execute(ended).rowcount != 1:
        session.rollback()
        return
    session.commit()


def _tell(session: Session, key: int, done: int, total: int) -> None:
    """Leave a sign of life, and hear whether the scan was called off."""
    from crm.db import reads_only

    reads_only(False)
    seen = update(Scan).where(Scan.id == key, Scan.state == State.RUNNING)
    told = seen.values(done=done, total=total, seen_at=clock.now())
    goes_on = session.connection().execute(told).rowcount == 1
    session.commit()
    reads_only(True)
    if not goes_on:
        raise Cancelled


def keep(session: Session, kind: str, pairs: scanning.Pairs, *, at: datetime) -> None:
    """These pairs instead of those found before; what somebody settled stays settled, also for the
    records that the two became by merges."""
    settled = _settled(session, kind)
    wanted = {pair: judged for pair, judged in pairs.items() if pair not in settled}
    open_rows = select(Pair).where(Pair.kind == kind, Pair.settled_at.is_(None))
    standing = {(pair.one_id, pair.other_id): pair for pair in session.scalars(open_rows)}
    gone = [pair.id for key, pair in standing.items() if key not in wanted]
    for start in range(0, len(gone), PART):
        session.execute(delete(Pair).where(Pair.id.in_(gone[start : start + PART])))
    new = []
    for (one, other), judged in wanted.items():
        known = standing.get((one, other))
        if known is not None:
            known.strength, known.reasons = judged.strength, list(judged.reasons)
            continue
        new.append(
            {
                "kind": kind,
                "one_id": one,
                "other_id": other,
                "strength": judged.strength,
                "reasons": list(judged.reasons),
                "found_at": at,
                "settled_at": None,
                "settled_by": None,
            }
        )
    session.flush()
    insert_many(session, Base.metadata.tables["pairs"], new)


def _settled(session: Session, kind: str) -> set[tuple[int, int]]:
    """The pairs that are not the same, by the keys that the records have now."""
    asked = select(Pair.one_id, Pair.other_id).where(Pair.kind == kind, Pair.settled_at.is_not(None))
    pairs = session.execute(asked).all()
    model = MODELS[kind]
    merged = select(model.id, model.merged_into_id).where(model.merged_into_id.is_not(None))
    into: dict[int, int] = {key: now for key, now in session.execute(merged)}

    def now(key: int) -> int:
        for _link in range(len(into)):
            if key not in into:
                break
            key = into[key]
        return key

    followed = ((now(one), now(other)) for one, other in pairs)
    return {(min(one, other), max(one, other)) for one, other in followed}


def settle(pair: Pair, *, by: str, at: datetime) -> None:
    """The two are not the same: nobody proposes them again."""
    if pair.settled_at is None:
        pair.settled_at, pair.settled_by = at, by


def reopen(pair: Pair) -> None:
    """They may be the same after all."""
    pair.settled_at = pair.settled_by = None
