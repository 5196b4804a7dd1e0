"""Erasing a person for good: the row stays and counts, and nothing tells any more who it was."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, func, null, or_, select, update

from crm import index
from crm.db import Base, db, one_of
from crm.directory.erasing import files, knowing, near, rules, texts
from crm.directory.erasing.knowing import Known
from crm.directory.erasing.models import Erasure
from crm.directory.erasing.near import columns
from crm.directory.erasing.rules import Erasing
from crm.directory.erasing.words import HIDDEN, Words
from crm.directory.merging.models import Merge, Pair
from crm.directory.models import Civility, Person, PersonAddress
from crm.directory.services.records import Author, sign
from crm.errors import CrmError
from crm.history import Change
from crm.mail import erased
from crm.mail.kept import services as kept
from crm.mail.models import Bounce, Delivery, DeliveryState, Report
from crm.text import N_, clean, fold

# What the history may go on telling of the record itself: neither is who it was.
_TOLD = frozenset({"created_at", "updated_at", "binned_at", "merged_into_id", "import_id", "version"})
EMPTY: dict[str, Any] = {
    "civility": Civility.NONE, "given_name": "", "family_name": "", "language": "fr", "notes": "",
    "source": "", "reference": null(), "search": "", "sort": "",
}  # fmt: skip
# What a merge holds that cannot be parted any more.
_NOTHING: dict[str, Any] = {"kept": {}, "gone": {}, "after": {}, "steps": [], "totals": {}}
ERASED = N_("The person was erased.")


class ErasedAlready(CrmError):
    text = N_("This person was erased already.")


class NoReason(CrmError):
    text = N_("Say why: it is kept with the day and your name.")
    field = "reason"


class Merged(CrmError):
    text = N_("This record was merged into another one: erase that one.")


class Unruled(LookupError):
    """A column names people and nothing says what becomes of its rows: `rules.stays` or `rules.goes`."""


@dataclass(frozen=True)
class Line:
    """How many rows of one kind there are, and whether they stay without the name."""

    label: str
    number: int
    is_kept: bool


def foreseen(who: Known) -> list[Line]:
    """What there is of the person, kind by kind: what stays without a name, then what goes."""
    counts: Counter[tuple[str, bool]] = Counter()
    for table, column in columns():
        rule = rules.of(f"{table.name}.{column.name}")
        if rule is not None and rule.label:
            counted = select(func.count()).select_from(table).where(column.in_(who.people))
            counts[rule.label, rule.is_kept] += db.session.scalar(counted) or 0
    own = [address.id for address in who.addresses]
    counts[N_("E-mail addresses that only they read, sealed"), False] = len(own)
    kept_ones = Base.metadata.tables["kept_messages"]
    of_theirs = select(Delivery.id).where(_theirs(who.people, own))
    kept_number = select(func.count()).select_from(kept_ones).where(kept_ones.c.delivery_id.in_(of_theirs))
    counts[N_("Contents of messages sent to them"), False] = db.session.scalar(kept_number) or 0
    lines = [Line(label, number, is_kept) for (label, is_kept), number in counts.items() if number]
    return sorted(lines, key=lambda line: (not line.is_kept, -line.number))


def erase(person: Person, *, reason: str, home: Path, by: Author, at: datetime) -> Erasure:
    """Take away all that tells who it is, here and wherever else it stands; what counts goes on counting.

    One unit of work, which the caller commits; `files.finish` then takes away what lies on the disk (`home`
    is the folder of all files). Raises ErasedAlready, Merged, NoReason.
    """
    author = sign(by)
    person = _locked(person)
    _check(person, reason)
    who = knowing.known(person)
    for column in (f"{table.name}.{column.name}" for table, column in columns()):
        if rules.of(column) is None:
            raise Unruled(column)
    counts = {line.label: [line.number, line.is_kept] for line in foreseen(who)}
    closeness = near.of(who)
    bare = who.words()
    close = who.words(near=True, others=closeness.others)
    under_way = Erasing(
        people=who.people,
        addresses=[address.id for address in who.addresses],
        emails=list(bare.emails),
        words=bare,
        close=close,
        at=at,
    )
    told_before = {word for pair in who.names for word in fold(" ".join(pair)).split()}
    refs = closeness.refs() | {f"people:{key}" for key in who.people}
    for work in rules.works():
        work(under_way)
    _messages(under_way)
    _apply_rules(under_way)
    _merges(under_way)
    _seal(who, under_way)
    db.session.flush()
    _empty(under_way)
    _history(under_way, refs)
    for hit in list(
        texts.hits(db.session(), bare, {**closeness.rows, "changes": one_of(Change.record, refs)}, close)
    ):
        texts.write(db.session(), hit)
    db.session.expire_all()
    under_way.messages.update(files.look_through(home, bare))
    under_way.messages.update(kept.erase_naming(lambda told: _names(bare, told)))
    index.forget(db.session(), told_before | {fold(email) for email in under_way.emails})
    done = Erasure(
        person_id=person.id,
        at=at,
        by=author,
        reason=close.redacted(clean(reason))[:1000],
        counts=counts,
        leavings={
            "messages": sorted(under_way.messages),
            "files": sorted(under_way.files),
            "traces": ["database"],
        },
    )
    db.session.add(done)
    for key in who.people:
        told = {"erased_at": [None, at.isoformat()]}
        db.session.add(Change(at=at, actor=author, act="erased", record=f"people:{key}", values=told))
    db.session.flush()
    return done


def _locked(person: Person) -> Person:
    """The person as it is now, held until the end of this unit of work."""
    asked = select(Person).where(Person.id == person.id).with_for_update()
    return db.session.scalars(asked.execution_options(populate_existing=True)).one()


def _check(person: Person, reason: str) -> None:
    if person.erased_at is not None:
        raise ErasedAlready
    if person.merged_into_id is not None:
        raise Merged
    if not clean(reason):
        raise NoReason


def _theirs(people: Sequence[int], addresses: Sequence[int]) -> ColumnElement[bool]:
    return or_(Delivery.person_id.in_(people), Delivery.address_id.in_(addresses))


def _messages(under_way: Erasing) -> None:
    """What they were sent is kept no longer; what waits for them never leaves."""
    theirs = _theirs(under_way.people, under_way.addresses)
    under_way.messages.update(kept.erase(theirs))
    waiting = (DeliveryState.QUEUED, DeliveryState.UNCERTAIN)
    quietly = {"synchronize_session": False}
    never = update(Delivery).where(theirs, Delivery.state.in_(waiting))
    db.session.execute(
        never.values(state=DeliveryState.CANCELLED, reason=ERASED, ended_at=under_way.at),
        execution_options=quietly,
    )
    db.session.execute(update(Delivery).where(theirs).values(facts={}, said=None), execution_options=quietly)
    bounced = select(Bounce.report_id).where(Bounce.address_id.in_(under_way.addresses))
    told = update(Report).where(Report.id.in_(bounced))
    db.session.execute(told.values(raw=b"", sender="", subject=""), execution_options=quietly)


def _apply_rules(under_way: Erasing) -> None:
    for table, column in columns():
        rule = rules.of(f"{table.name}.{column.name}")
        if rule is None:
            continue
        named = column.in_(under_way.people)
        if rule.file:
            names = select(table.c[rule.file]).where(named, table.c[rule.file].is_not(None))
            under_way.files.update(db.session.scalars(names))
        if not rule.is_kept:
            db.session.execute(table.delete().where(named))
        elif rule.values:
            values = dict(rule.values)
            if "version" in table.c:
                values["version"] = table.c.version + 1
            db.session.execute(table.update().where(named).values(values))
    db.session.expire_all()


def _names(words: Words, content: bytes) -> bool:
    """Whether a message names them: as it is read, or in lines of which the beginning is missing."""
    return files.holds(words, files.message_text(content)) or files.holds(
        words, content.decode("utf-8", "replace")
    )


def _merges(under_way: Erasing) -> None:
    """Merges tell no names any more, and hold nothing to be parted by; no pair proposes them."""
    people = under_way.people
    quietly = {"synchronize_session": False}
    made = update(Merge).where(
        Merge.kind == "people", or_(Merge.kept_id.in_(people), Merge.gone_id.in_(people))
    )
    db.session.execute(made.values(names=[HIDDEN, HIDDEN], snapshot=_NOTHING), execution_options=quietly)
    pairs = delete(Pair).where(Pair.kind == "people", or_(Pair.one_id.in_(people), Pair.other_id.in_(people)))
    db.session.execute(pairs, execution_options=quietly)


def _seal(who: Known, under_way: Erasing) -> None:
    """Their own addresses are known again when they come back, and told to nobody; of shared ones they are
    no longer a reader."""
    db.session.execute(delete(PersonAddress).where(PersonAddress.person_id.in_(who.people)))
    db.session.expire_all()
    for address in who.addresses:
        under_way.messages.update(erased.erase(address, at=under_way.at))


def _empty(under_way: Erasing) -> None:
    # Not through the session: the history would keep what goes.
    at = under_way.at
    values = {**EMPTY, "erased_at": at, "updated_at": at, "version": Person.version + 1}
    rows = update(Person).where(Person.id.in_(under_way.people))
    quietly = {"synchronize_session": False}
    db.session.execute(rows.values(**values), execution_options=quietly)
    db.session.execute(rows.where(Person.binned_at.is_(None)).values(binned_at=at), execution_options=quietly)
    db.session.expire_all()


# The history


def _history(under_way: Erasing, refs: set[str]) -> None:
    """Of the record and of rows that were theirs the history tells when and by whom, and no more."""
    owned = {f"{table.name}:" for table, column in columns() if _is_gone(table, column)}
    told = cast(Change.values, String)
    of_them = [
        f'"person_id": [{before}' for key in under_way.people for before in (f"null, {key}]", f"{key}, null]")
    ]
    former = or_(*(told.contains(words, autoescape=True) for words in of_them))
    changes = select(Change).where(or_(one_of(Change.record, refs), former))
    blanked = _blanked()
    for change in db.session.scalars(changes):
        table = change.record.partition(":")[0]
        if table == "people":
            change.values = {name: pair for name, pair in change.values.items() if name in _TOLD}
        elif f"{table}:" in owned:
            change.values = {}
        elif table in blanked:
            change.values = {
                name: [HIDDEN] * 2 if name in blanked[table] else pair for name, pair in change.values.items()
            }
    db.session.flush()


def _is_gone(table: Any, column: Any) -> bool:
    rule = rules.of(f"{table.name}.{column.name}")
    return rule is not None and not rule.is_kept


def _blanked() -> dict[str, set[str]]:
    """The columns, by table, whose values go where the row stays."""
    found: dict[str, set[str]] = {}
    for table, column in columns():
        rule = rules.of(f"{table.name}.{column.name}")
        if rule is not None and rule.is_kept and rule.values:
            found.setdefault(str(table.name), set()).update(rule.values)
    return found
