"""An act on many records: seen before, asked for, done in portions, taken back.

The rows to be changed are written down when the button is pressed, so that the act is about those and no
others. Each portion is one transaction of a few statements; what changed in between is left and told.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from crm.accounts.models import Account
from crm.db import db
from crm.directory.bulk.kinds import MODELS, Kind, Portion, called
from crm.directory.bulk.models import BulkAct, BulkRow, BulkState, RowState
from crm.directory.models import Person
from crm.directory.services.records import sign
from crm.errors import CrmError
from crm.text import N_
from crm.writing import rows_of

PORTION = 5_000
# Acts on more records are not done while the page waits.
MOST_AT_ONCE = 2_000
STALLED_AFTER = timedelta(seconds=60)
EXAMPLES = 8

TO_DO = {BulkState.ASKED: BulkState.RUNNING, BulkState.UNDO_ASKED: BulkState.UNDOING}
AT_WORK = frozenset({*TO_DO, *TO_DO.values()})
UNDOABLE = frozenset({BulkState.DONE, BulkState.STOPPED})


class NobodyLeft(CrmError):
    text = N_("There is nothing to do: every record of the selection is left out, for the reasons below.")


class OthersByNow(CrmError):
    text = N_(
        "%(before)s when you looked, %(now)s now: others changed these records meanwhile. "
        "Look at the numbers below, then press the button again."
    )


class OtherRecordsByNow(CrmError):
    text = N_(
        "It is still %(now)s records, but not the same ones: others changed them meanwhile. "
        "Look at the names below, then press the button again."
    )


class NotUndoable(CrmError):
    text = N_("This act is not done, or was taken back already.")


@dataclass
class Preview:
    """How many records are meant, how many of them will be changed (with the first names), and how many
    are left out for which reason (with the first names). `mark` is another when the records are others."""

    of: str
    asked: int = 0
    total: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    left_examples: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    mark: str = ""


def preview(kind: Kind, of: str, rows: Select[Any], facts: dict[str, Any], *, day: date) -> Preview:
    """What the act would do to the records that the select means. Writes nothing."""
    of, rows = kind.reach(of, rows, day)
    model = MODELS[of]
    meant = (
        rows.order_by(None)
        .with_only_columns(model.id, model.sort, kind.why(of, facts).label("why"))
        .subquery("meant")
    )
    seen = Preview(of)
    keys = 0
    counted = select(meant.c.why, func.count(), func.sum(meant.c.id)).group_by(meant.c.why)
    for why, count, total in db.session.execute(counted):
        seen.asked += count
        if why is None:
            seen.total, keys = count, int(total)
        else:
            seen.left_out[why] = count
    seen.mark = f"{seen.asked}-{seen.total}-{keys}"
    seen.examples = _named(of, meant, meant.c.why.is_(None), EXAMPLES)
    seen.left_examples = {why: _named(of, meant, meant.c.why == why, 3) for why in seen.left_out}
    return seen


def meant(of: str, rows: Select[Any]) -> int:
    """How many records the selection means, before it is known what is done to them."""
    keys = rows.order_by(None).with_only_columns(MODELS[of].id).subquery()
    return db.session.scalar(select(func.count()).select_from(keys)) or 0


def _named(of: str, meant: Any, only: Any, most: int) -> list[tuple[int, str]]:
    model = MODELS[of]
    first = select(meant.c.id).where(only).order_by(meant.c.sort, meant.c.id).limit(most)
    rows = db.session.scalars(select(model).where(model.id.in_(first)).order_by(model.sort, model.id))
    return [(record.id, record.name) for record in rows]


def start(
    kind: Kind,
    of: str,
    rows: Select[Any],
    asked: str,
    *,
    chosen: str,
    seen: str,
    by: Account | str,
    at: datetime,
    day: date,
) -> BulkAct:
    """Write down the act and its rows, which `carry_on` then does; `seen` is the mark of the preview.

    Raises OthersByNow or OtherRecordsByNow when the selection means others by now, NobodyLeft, and what
    the kind's `facts` raises.
    """
    actor = sign(by)
    facts = kind.facts(of, asked)
    now = preview(kind, of, rows, facts, day=day)
    if now.mark != seen:
        raise _others(seen, now)
    if not now.total:
        raise NobodyLeft
    act = BulkAct(
        of=now.of, act=kind.key, facts=facts, chosen=chosen, left_out=now.left_out, asked=now.asked,
        state=BulkState.ASKED, created_at=at, created_by=actor,
    )  # fmt: skip
    db.session.add(act)
    db.session.flush()
    kind.prepare(act)
    act.total = _write_down(kind, act, kind.reach(of, rows, day)[1])
    if act.total != now.total:
        raise _others(seen, now)
    return act


def _write_down(kind: Kind, act: BulkAct, rows: Select[Any]) -> int:
    model: Any = MODELS[act.of]
    table: Any = BulkRow.__table__
    found = (
        rows.order_by(None)
        .where(kind.why(act.of, act.facts).is_(None))
        .with_only_columns(
            literal(act.id),
            model.id,
            literal(RowState.ASKED, table.c.state.type),
            kind.before(act.of, act.facts),
        )
    )
    names = ["bulk_act_id", "record_id", "state", "before"]
    writing = insert(table).from_select(names, found, include_defaults=False)
    return rows_of(db.session(), writing)


def _others(seen: str, now: Preview) -> CrmError:
    before = seen.split("-")
    if len(before) == 3 and before[:2] != [str(now.asked), str(now.total)]:
        place = 0 if before[1] == str(now.total) else 1
        return OthersByNow(before=before[place], now=(now.asked, now.total)[place])
    return OtherRecordsByNow(now=now.total)


# Doing and taking back


def ask_undo(act: BulkAct, *, by: Account | str, at: datetime) -> None:
    """Ask for the act to be taken back. Raises NotUndoable."""
    actor = sign(by)
    if act.state not in UNDOABLE:
        raise NotUndoable
    act.state, act.undone_by, act.undone_at = BulkState.UNDO_ASKED, actor, at


def stop(act: BulkAct, *, by: Account | str, at: datetime) -> None:
    """Do no more of it; what is done stays, and can be taken back."""
    sign(by)
    if act.state in (BulkState.ASKED, BulkState.RUNNING):
        act.state, act.ended_at = BulkState.STOPPED, at


def claim(session: Session, key: int, *, at: datetime) -> bool:
    """Take the act in hand, if it waits or whoever was at it fell silent. Commit afterwards."""
    for waiting, working in TO_DO.items():
        silent = and_(BulkAct.state == working, BulkAct.seen_at < at - STALLED_AFTER)
        taken = (
            update(BulkAct)
            .where(BulkAct.id == key, or_(BulkAct.state == waiting, silent))
            .values(state=working, seen_at=at)
            .execution_options(synchronize_session=False)
        )
        if rows_of(session, taken):
            return True
    return False


def next_asked(session: Session, *, at: datetime) -> int | None:
    """The key of an act that waits, or whose worker fell silent."""
    silent = and_(BulkAct.state.in_(TO_DO.values()), BulkAct.seen_at < at - STALLED_AFTER)
    waits = or_(BulkAct.state.in_(list(TO_DO)), silent)
    return session.scalar(select(BulkAct.id).where(waits).order_by(BulkAct.id).limit(1))


def carry_on(act: BulkAct, *, at: datetime, between: Callable[[], bool] = lambda: True) -> bool:
    """Do the act, or take it back, portion by portion; `between` two it may commit, and stop the work.

    Whether it came to its end.
    """
    while _portion(act, at=at):
        if not between():
            return False
        db.session.refresh(act, with_for_update=True)
        if act.state not in TO_DO.values():
            return False
    _end(act, at)
    return True


def _portion(act: BulkAct, *, at: datetime) -> bool:
    """The next rows; whether there were any."""
    undoes = act.state == BulkState.UNDOING
    state = RowState.DONE if undoes else RowState.ASKED
    waiting = (
        select(BulkRow.record_id)
        .where(BulkRow.bulk_act_id == act.id, BulkRow.state == state)
        .order_by(BulkRow.record_id)
        .limit(PORTION)
    )
    keys = list(db.session.scalars(waiting))
    if not keys:
        return False
    kind = called(act.act)
    if kind is None:
        raise LookupError(act.act)
    by = (act.undone_by or act.created_by) if undoes else act.created_by
    portion = Portion(act, keys[0], keys[-1], state, by, act.undone_at or at if undoes else act.created_at)
    kind.hold(act)
    # Nobody changes these records until the portion is done.
    db.session.execute(
        select(portion.model.id).where(portion.model.id.in_(portion.keys())).with_for_update()
    ).all()
    if portion.model is Person:
        # Whoever was erased since stays so, whatever is done or taken back.
        gone = exists().where(Person.id == BulkRow.record_id, Person.erased_at.is_not(None))
        _settle(portion, RowState.KEPT if undoes else RowState.LEFT, gone)
    if undoes:
        _settle(portion, RowState.KEPT, ~kind.stands(portion))
        act.undone += _after(portion, RowState.UNDONE, kind.undo)
    else:
        still = exists().where(portion.model.id == BulkRow.record_id, kind.why(act.of, act.facts).is_(None))
        _settle(portion, RowState.LEFT, ~still)
        act.done += _after(portion, RowState.DONE, kind.do)
    act.seen_at = at
    db.session.flush()
    return True


def _after(portion: Portion, then: RowState, work: Callable[[Portion], None]) -> int:
    """Do the work for the rows that are left of the portion; how many they were."""
    work(portion)
    return _settle(portion, then)


def _settle(portion: Portion, state: RowState, *only: Any) -> int:
    """Give the rows of the portion that state; how many they were."""
    changing = (
        update(BulkRow)
        .where(*portion.of_portion, *only)
        .values(state=state)
        .execution_options(synchronize_session=False)
    )
    return rows_of(db.session(), changing)


def _end(act: BulkAct, at: datetime) -> None:
    kind = called(act.act)
    if act.state == BulkState.UNDOING:
        act.state = BulkState.UNDONE
        if kind is not None:
            kind.finish(act)
    else:
        act.state, act.ended_at = BulkState.DONE, at
    db.session.flush()


def standing(act: BulkAct) -> dict[RowState, int]:
    """How many rows of the act are where."""
    rows = select(BulkRow.state, func.count()).where(BulkRow.bulk_act_id == act.id).group_by(BulkRow.state)
    return {state: count for state, count in db.session.execute(rows)}


def named(act: BulkAct, state: RowState, most: int = EXAMPLES) -> list[tuple[int, str]]:
    """The first records of the act in that state, in name order."""
    model: Any = MODELS[act.of]
    keys = select(BulkRow.record_id).where(BulkRow.bulk_act_id == act.id, BulkRow.state == state)
    rows = select(model).where(model.id.in_(keys)).order_by(model.sort, model.id).limit(most)
    return [(record.id, record.name) for record in db.session.scalars(rows)]
