"""Taking back what an import brought: what nothing else has touched since.

Records go in lots, each in a transaction of its own: people first, then organisations, then the addresses and
tags that nobody has any more. What was touched stays whole, keeps its place in the batch, and is told.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Date,
    ForeignKeyConstraint,
    Select,
    Table,
    delete,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.orm import Session

from crm.db import Base, asking_of_many, one_of
from crm.directory import normal
from crm.directory.importing import extra
from crm.directory.importing.shelf import Shelf
from crm.directory.importing.writing import CHANGED, MADE, MET
from crm.directory.models import Import, ImportOrganisation, ImportPart, ImportPerson, Organisation, Person
from crm.history import Change
from crm.writing import insert_many

AT_ONCE = 500
# Why an undo left a record as it is: it was changed since, or something refers to it.
KEPT_CHANGED, KEPT_USED = "kept changed", "kept used"
KEPT = (KEPT_CHANGED, KEPT_USED)
_tables = Base.metadata.tables
_changes = _tables[Change.__tablename__]


@dataclass
class Undone:
    """How many records went away, have their former values back, or were left because they were touched."""

    people: int = 0
    organisations: int = 0
    restored: int = 0
    left: int = 0


@dataclass(frozen=True)
class _Kind:
    """One of the two kinds of records, and where their batch and neighbours stand."""

    table: str
    key: str
    batch: str
    ranged: tuple[str, ...]
    tags: str


_KINDS = (
    _Kind("people", "person_id", "import_people", ("roles", "person_addresses", "phones"), "person_tags"),
    _Kind(
        "organisations", "organisation_id", "import_organisations", ("organisation_addresses",),
        "organisation_tags",
    ),
)  # fmt: skip


class _Made:
    """The keys of all that the import added, by table."""

    def __init__(self, session: Session, key: int) -> None:
        rows = session.scalars(
            select(ImportPart.made).where(ImportPart.import_id == key).order_by(ImportPart.number)
        )
        runs: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.pairs: dict[str, set[tuple[int, int]]] = defaultdict(set)
        for made in rows:
            for table, keys in made.items():
                if table.endswith("_tags"):
                    self.pairs[table].update((owner, tag) for owner, tag in keys)
                else:
                    runs[table].extend((first, last) for first, last in keys)
        self.runs = {table: sorted(found) for table, found in runs.items()}
        self._firsts = {table: [first for first, _ in found] for table, found in self.runs.items()}

    def has(self, table: str, key: int) -> bool:
        place = bisect_right(self._firsts.get(table, []), key) - 1
        return place >= 0 and key <= self.runs[table][place][1]


def counted(session: Session, record: Import) -> dict[str, dict[str, int]]:
    """How many records of the batch were made, changed, met or left, by table."""
    found: dict[str, dict[str, int]] = {}
    for table, model in (("people", ImportPerson), ("organisations", ImportOrganisation)):
        rows = select(model.act, func.count()).where(model.import_id == record.id).group_by(model.act)
        found[table] = {act: number for act, number in session.execute(rows)}
    return found


def foreseen(session: Session, record: Import, most: int) -> Undone | None:
    """What an undo would do now; None when the batch has more than `most` records to look at."""
    found = counted(session, record)
    if sum(acts.get(act, 0) for acts in found.values() for act in (MADE, CHANGED)) > most:
        return None
    undo = _Undo(session, record.id, by="", at=record.created_at, since=record.counts.get("history", 0))
    people, organisations = (undo.open_ones(kind) for kind in _KINDS)
    left_people = undo.touched(_KINDS[0], people)
    left = undo.touched(_KINDS[1], organisations, staying=set(left_people))

    def number(rows: dict[int, Any], act: str, but: Collection[int]) -> int:
        return sum(row.act == act and key not in but for key, row in rows.items())

    return Undone(
        people=number(people, MADE, left_people),
        organisations=number(organisations, MADE, left),
        restored=number(people, CHANGED, left_people) + number(organisations, CHANGED, left),
        left=len(left_people) + len(left),
    )


def kept(session: Session, record: Import, most: int) -> list[tuple[str, str, int, str, str]]:
    """The first records that an undo left: table, name of their key, key, name, and why."""
    found = []
    for kind, model, owner in (
        (_KINDS[0], ImportPerson, Person),
        (_KINDS[1], ImportOrganisation, Organisation),
    ):
        table = _tables[kind.batch]
        rows = select(owner, table.c.act).join(table, table.c[kind.key] == owner.id)
        left = rows.where(model.import_id == record.id, model.act.in_(KEPT)).order_by(owner.sort, owner.id)
        found += [
            (kind.table, kind.key, one.id, one.name, act) for one, act in session.execute(left.limit(most))
        ]
    return found[:most]


def work(session: Session, shelf: Shelf, record: Import, *, at: datetime) -> None:
    """Undo the import, lot after lot. Commits; one that dies goes on where it was."""
    from crm.directory.importing.services import State

    key, by = record.id, record.undone_by or record.created_by
    undo = _Undo(session, key, by=by, at=at, since=record.counts.get("history", 0))
    undone = Undone(**record.counts.get("undone", {}))
    for kind in _KINDS:
        while lot := undo.lot(kind):
            undo.undo(kind, lot, undone)
            _note(session, key, undone)
            session.commit()
            shelf.tell(record.stored_as, undone.people + undone.organisations + undone.restored + undone.left)
    undo.sweep()
    ended = session.get_one(Import, key, populate_existing=True)
    ended.state, ended.undone_at = State.UNDONE, at
    ended.counts = {**ended.counts, "undone": asdict(undone), "why": None}
    session.commit()


def _note(session: Session, key: int, undone: Undone) -> None:
    table = _tables["imports"]
    connection = session.connection()
    facts = dict(connection.scalar(select(table.c.counts).where(table.c.id == key)) or {})
    facts["undone"] = asdict(undone)
    connection.execute(update(table).where(table.c.id == key).values(counts=facts))


class _Undo:
    """Undoes lots of records; commits nothing."""

    def __init__(self, session: Session, key: int, *, by: str, at: datetime, since: int) -> None:
        self.session, self.key, self.by, self.at, self.since = session, key, by, at, since
        self.made = _Made(session, key)

    def lot(self, kind: _Kind) -> list[Any]:
        """The next records of the batch that are not settled: key, act, version, what they were."""
        rows = self._unsettled(kind).limit(AT_ONCE)
        return list(self.session.execute(rows))

    def open_ones(self, kind: _Kind) -> dict[int, Any]:
        """All records of the batch that are not settled, by key."""
        return {row[0]: row for row in self.session.execute(self._unsettled(kind))}

    def _unsettled(self, kind: _Kind) -> Select[Any]:
        batch = _tables[kind.batch]
        rows = select(batch.c[kind.key], batch.c.act, batch.c.version, batch.c.was)
        found = rows.where(batch.c.import_id == self.key, batch.c.act.in_((MADE, CHANGED)))
        return found.order_by(batch.c[kind.key].desc())

    def undo(self, kind: _Kind, lot: Sequence[Any], undone: Undone) -> None:
        """Take back what can be, mark the rest as left, and count."""
        acts = {row[0]: row for row in lot}
        with asking_of_many(self.session):
            reasons = self.touched(kind, acts)
        gone = [key for key, row in acts.items() if row.act == MADE and key not in reasons]
        known = [row for key, row in acts.items() if row.act == CHANGED and key not in reasons]
        self._restore(kind, known)
        self._remove(kind, gone)
        self._settle(kind, [row[0] for row in known], MET)
        for why in KEPT:
            self._settle(kind, [key for key, reason in reasons.items() if reason == why], why)
        undone.restored += len(known)
        undone.left += len(reasons)
        if kind.table == "people":
            undone.people += len(gone)
        else:
            undone.organisations += len(gone)

    # What else touched them

    def touched(
        self, kind: _Kind, acts: dict[int, Any], *, staying: set[int] | None = None
    ) -> dict[int, str]:
        """Why records are left, by key. With `staying` it is looked ahead: of the people of the batch only
        those will be there still, and the roles that the import gave to the others will not."""
        reasons: dict[int, str] = {}
        table = _tables[kind.table]
        asked = select(table.c.id, table.c.version, table.c.binned_at).where(one_of(table.c.id, acts))
        held = {row.id: row for row in self.session.execute(asked)}
        for key, row in acts.items():
            if key not in held or held[key].version != row.version or held[key].binned_at is not None:
                reasons[key] = KEPT_CHANGED
        for key in self._edited(kind, acts):
            reasons.setdefault(key, KEPT_CHANGED)
        made = [key for key, row in acts.items() if row.act == MADE and key not in reasons]
        for key in self._referred(kind, made, staying):
            reasons.setdefault(key, KEPT_USED)
        if kind.table == "people":
            for key in self._with_used_roles(set(acts) - set(reasons)):
                reasons.setdefault(key, KEPT_USED)
        return reasons

    def _edited(self, kind: _Kind, keys: Collection[int]) -> set[int]:
        """Whose roles somebody changed, by the history; what this import noted itself does not count."""
        if kind.table != "people":
            return set()
        roles = _tables["roles"]
        owner = {
            f"roles:{key}": person
            for key, person in self.session.execute(
                select(roles.c.id, roles.c.person_id).where(one_of(roles.c.person_id, keys))
            )
        }
        if not owner:
            return set()
        rows = select(_changes.c.record, _changes.c["values"]).where(
            one_of(_changes.c.record, owner), _changes.c.id > self.since
        )
        return {owner[name] for name, values in self.session.execute(rows) if not self._is_ours(values)}

    def _is_ours(self, values: dict[str, Any]) -> bool:
        return self.key in (values.get("import_id") or ())

    def _referred(self, kind: _Kind, keys: Collection[int], staying: set[int] | None) -> set[int]:
        """Which of the records something refers to that this import did not add itself."""
        found: set[int] = set()
        for table, column in _referring(kind.table):
            # Another import that changed the record has raised its version; one that only met it did nothing.
            if not keys or table.name in (kind.batch, *extra.tables()):
                continue
            if table.name in kind.ranged and column == kind.key:
                rows = self.session.execute(
                    select(table.c.id, table.c[column]).where(one_of(table.c[column], keys))
                )
                found.update(owner for key, owner in rows if not self.made.has(table.name, key))
            elif table.name == kind.tags:
                pairs = select(table.c[column], table.c.tag_id).where(one_of(table.c[column], keys))
                ours = self.made.pairs[kind.tags]
                found.update(owner for owner, tag in self.session.execute(pairs) if (owner, tag) not in ours)
            elif table.name == "roles" and column == "organisation_id" and staying is not None:
                roles = select(table.c.id, table.c.person_id, table.c[column])
                found.update(
                    organisation
                    for key, person, organisation in self.session.execute(
                        roles.where(one_of(table.c[column], keys))
                    )
                    if person in staying or not self.made.has("roles", key)
                )
            else:
                used = select(table.c[column]).where(one_of(table.c[column], keys)).distinct()
                found.update(self.session.scalars(used))
        return found

    def _with_used_roles(self, people: Collection[int]) -> set[int]:
        """Whose roles of this import something else refers to."""
        if not people:
            return set()
        roles = _tables["roles"]
        rows = self.session.execute(
            select(roles.c.id, roles.c.person_id).where(one_of(roles.c.person_id, people))
        )
        owner = {key: person for key, person in rows if self.made.has("roles", key)}
        found: set[int] = set()
        for table, column in _referring("roles") if owner else ():
            used = select(table.c[column]).where(one_of(table.c[column], owner)).distinct()
            found.update(owner[key] for key in self.session.scalars(used))
        return found

    # Taking back

    def _remove(self, kind: _Kind, keys: Sequence[int]) -> None:
        """Take records away for good, with the neighbours that came with them and the notes about them."""
        if not keys:
            return
        batch = _tables[kind.batch]
        for name in (*kind.ranged, kind.tags):
            self.session.execute(delete(_tables[name]).where(one_of(_tables[name].c[kind.key], keys)))
        self.session.execute(
            delete(batch).where(batch.c.import_id == self.key, one_of(batch.c[kind.key], keys))
        )
        names = [f"{kind.table}:{key}" for key in keys]
        self.session.execute(delete(_changes).where(one_of(_changes.c.record, names)))
        self.session.execute(delete(_tables[kind.table]).where(one_of(_tables[kind.table].c.id, keys)))

    def _restore(self, kind: _Kind, rows: Sequence[Any]) -> None:
        """Give known records back what they held, and take off what they were given."""
        if not rows:
            return
        keys = [row[0] for row in rows]
        for name in kind.ranged:
            table = _tables[name]
            given = select(table.c.id).where(one_of(table.c[kind.key], keys))
            ours = [key for key in self.session.scalars(given) if self.made.has(name, key)]
            if ours:
                self.session.execute(delete(table).where(one_of(table.c.id, ours)))
        self._untag(kind, keys)
        for row in rows:
            self._restore_one(kind, row)
        values = [
            (row[0], name, before)
            for row in rows
            for name, (before, _after) in (row.was or {}).get("extra", {}).items()
        ]
        extra.keep(self.session, kind.table, values)
        insert_many(self.session, _changes, [self._noted(kind, row) for row in rows])

    def _untag(self, kind: _Kind, keys: Iterable[int]) -> None:
        table, wanted = _tables[kind.tags], set(keys)
        for owner, tag in self.made.pairs[kind.tags]:
            if owner in wanted:
                self.session.execute(delete(table).where(table.c[kind.key] == owner, table.c.tag_id == tag))

    def _restore_one(self, kind: _Kind, row: Any) -> None:
        table, was = _tables[kind.table], row.was or {}
        columns = {name: _value(table, name, before) for name, (before, _) in was.get("columns", {}).items()}
        held = self.session.execute(select(table).where(table.c.id == row[0])).mappings().one()
        columns |= _found_by(kind, {**held, **columns})
        changed = update(table).where(table.c.id == row[0])
        self.session.execute(changed.values(**columns, version=table.c.version + 1, updated_at=self.at))
        roles = _tables["roles"]
        for key, told in was.get("roles", {}).items():
            values = {name: _value(roles, name, before) for name, (before, _) in told.items()}
            if values and not self.made.has("roles", int(key)):
                self.session.execute(update(roles).where(roles.c.id == int(key)).values(values))

    def _noted(self, kind: _Kind, row: Any) -> dict[str, Any]:
        told = (row.was or {}).get("columns", {})
        values = {name: [after, before] for name, (before, after) in told.items()}
        return {
            "at": self.at,
            "actor": self.by,
            "act": "changed",
            "record": f"{kind.table}:{row[0]}",
            "values": {**values, "import_id": [self.key, None]},
        }

    def _settle(self, kind: _Kind, keys: Collection[int], act: str) -> None:
        if keys:
            batch = _tables[kind.batch]
            settled = update(batch).where(batch.c.import_id == self.key, one_of(batch.c[kind.key], keys))
            self.session.execute(settled.values(act=act))

    def sweep(self) -> None:
        """Take away the addresses and tags that came with the import and that nobody has any more."""
        for name, silent in (("addresses", ("held_since", "last_contact_at")), ("tags", ())):
            table = _tables[name]
            used = [exists().where(other.c[column] == table.c.id) for other, column in _referring(name)]
            for first, last in self.made.runs.get(name, []):
                unused = delete(table).where(table.c.id.between(first, last), *(~one for one in used))
                self.session.execute(unused.where(*(table.c[column].is_(None) for column in silent)))
        part = _tables["import_parts"]
        self.session.execute(delete(part).where(part.c.import_id == self.key))


def _referring(name: str) -> list[tuple[Table, str]]:
    """Every column of every table that holds keys of that table."""
    return [
        (table, element.parent.name)
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, ForeignKeyConstraint)
        for element in constraint.elements
        if element.column.table.name == name
    ]


def _value(table: Table, name: str, plain: Any) -> Any:
    """A value of the column, from the plain form in which it was kept."""
    return date.fromisoformat(plain) if plain and isinstance(table.c[name].type, Date) else plain


def _found_by(kind: _Kind, held: dict[str, Any]) -> dict[str, str]:
    """What searches and orders go by, anew from the names."""
    if kind.table == "people":
        names = held["given_name"], held["family_name"]
        return {"search": normal.person_search(*names), "sort": normal.person_sort(*names)}
    words = held["name"], held["acronym"], held["aliases"], held["siren"]
    return {"search": normal.organisation_search(*words), "sort": normal.organisation_sort(held["name"])}
