"""Writing what some thousand rows brought, in bulk: one statement per table, the history included."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import ARRAY, String, bindparam, cast, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql

from crm.db import Base, asking_of_many, is_sqlite, one_of
from crm.directory import normal
from crm.directory.importing import extra
from crm.directory.importing.asking import Directory
from crm.directory.importing.known import (
    ORGANISATION_COLUMNS,
    PERSON_COLUMNS,
    ROLE_COLUMNS,
    KnownPerson,
    KnownRole,
    Reached,
    Record,
    Surroundings,
)
from crm.history import Change
from crm.mail.models import Address
from crm.text import clean, fold
from crm.writing import insert_columns, insert_many

_tables = Base.metadata.tables
Rows = list[dict[str, Any]]
# What an import did to a record that its file named; KEPT_… what an undo left as it is, and why.
MADE, CHANGED, MET = "made", "changed", "met"


class Writer:
    """Writes into the session's transaction; commits nothing.

    `made` has the keys of what was added since the last `forget`, by table: what an undo takes away.
    """

    def __init__(self, directory: Directory, *, import_id: int | None, actor: str, at: datetime) -> None:
        self.directory, self.session = directory, directory.session
        self.import_id, self.actor, self.at = import_id, actor, at
        self.is_sqlite = is_sqlite(self.session)
        self._sequences: dict[str, str] = {}
        self.made: dict[str, Any] = {}

    def write(self, around: Surroundings) -> None:
        """Write what is new or was filled among the surroundings."""
        self._addresses(around)
        self.address_ids = around.address_ids
        self._tags(around)
        fresh = [one for one in around.organisations if one.id is None]
        known = [one for one in around.organisations if one.id is not None]
        changed = [one for one in known if _is_changed(one)]
        self._update("organisations", changed)
        self._insert("organisations", ORGANISATION_COLUMNS, fresh)
        new_people = [one for one in around.people if one.id is None]
        known_people = [one for one in around.people if one.id is not None]
        changed_people = [one for one in known_people if _is_changed(one)]
        self._update("people", changed_people)
        self._insert("people", PERSON_COLUMNS, new_people)
        self._reach(around)
        self._extra(around)
        added = self._roles(around)
        # One line for each known record that was filled; new ones carry the key of the import.
        self._note("organisations", changed)
        self._note("people", changed_people)
        if self.import_id is not None:
            self._keep("import_organisations", "organisation_id", known, fresh, added)
            self._keep("import_people", "person_id", known_people, new_people, added)

    def forget(self) -> dict[str, Any]:
        """The keys of what was added so far; from now on they are counted anew."""
        made, self.made = self.made, {}
        return made

    # Records

    def _insert(self, table: str, names: Sequence[str], records: Sequence[Reached]) -> None:
        """Insert the records and give them their keys."""
        if not records:
            return
        keys = self._keys(table, len(records))
        for record, key in zip(records, keys, strict=True):
            record.id, record.version = key, 1
        columns: dict[str, Sequence[Any]] = {name: [one.held[name] for one in records] for name in names}
        columns["search"], columns["sort"] = zip(*map(_found_by, records), strict=True)
        made = {"import_id": self.import_id, "created_at": self.at, "updated_at": self.at, "version": 1}
        insert_columns(self.session, _tables[table], {"id": keys, **columns}, **made)

    def _keys(self, table: str, number: int) -> Sequence[int]:
        """So many keys that nobody else will take: asking for them back row by row would be slow."""
        if self.is_sqlite:
            # The transaction holds the only write lock.
            last = self.session.scalar(select(func.max(_tables[table].c.id))) or 0
            keys: Sequence[int] = range(last + 1, last + 1 + number)
        else:
            sequence = func.nextval(cast(self._sequence(table), postgresql.REGCLASS))
            wanted = select(func.array_agg(sequence)).select_from(func.generate_series(1, number))
            keys = self.session.scalars(wanted).one()
        self.made.setdefault(table, []).extend(_ranges(keys))
        return keys

    def _sequence(self, table: str) -> str:
        """Where the keys of the table come from: looked up once, not for each key."""
        if table not in self._sequences:
            named = self.session.scalar(select(func.pg_get_serial_sequence(table, "id")))
            self._sequences[table] = str(named)
        return self._sequences[table]

    def _update(self, table: str, changed: Sequence[Reached]) -> None:
        """Save the records that were filled, and mark those that were given a neighbour as changed."""
        if not changed:
            return
        target = _tables[table]
        rows: Rows = []
        for record in changed:
            search, sort = _found_by(record)
            found_by = {"search": search, "sort": sort}
            rows.append({**record.held, **found_by, "key": record.id, "updated_at": self.at})
        columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "key"}
        statement = update(target).where(target.c.id == bindparam("key"))
        self.session.connection().execute(statement.values(**columns, version=target.c.version + 1), rows)
        for record in changed:
            record.version += 1

    # Addresses, phones, tags

    def _addresses(self, around: Surroundings) -> None:
        """Make the addresses that nobody had yet; holds and objections of those that are there stay."""
        records: list[Reached] = [*around.organisations, *around.people]
        wanted = {email for record in records for email in record.new_emails}
        if back := [{"key": key, "brought": email} for email, key in around.back.items() if email in wanted]:
            table = _tables["addresses"]
            named = update(table).where(table.c.id == bindparam("key")).values(email=bindparam("brought"))
            self.session.connection().execute(named, back)
        new = sorted(wanted - set(around.address_ids))
        if not new:
            return
        if self.is_sqlite:
            # Nobody else adds any: the transaction holds the only write lock.
            keys = self._keys("addresses", len(new))
            insert_columns(self.session, _tables["addresses"], {"id": keys, "email": new})
            around.address_ids.update(zip(new, keys, strict=True))
            return
        added = self._add_addresses(new)
        self.made.setdefault("addresses", []).extend(_ranges(sorted(added.values())))
        around.address_ids.update(added)
        if others := [email for email in new if email not in added]:
            rows = select(Address.email, Address.id).where(one_of(Address.email, others))
            with asking_of_many(self.session):
                around.address_ids.update({email: key for email, key in self.session.execute(rows)})

    def _add_addresses(self, emails: list[str]) -> dict[str, int]:
        """Add those that nobody else has added in between, and tell their keys."""
        table = _tables["addresses"]
        listed = select(func.unnest(literal(emails, ARRAY(String))))
        together = postgresql.insert(table).from_select(["email"], listed, include_defaults=False)
        added = together.on_conflict_do_nothing().returning(table.c.email, table.c.id)
        return {email: key for email, key in self.session.execute(added)}

    def _tags(self, around: Surroundings) -> None:
        records: list[Reached] = [*around.organisations, *around.people]
        given = {name for record in records for name in record.new_tags}
        names = {fold(name): clean(name) for name in sorted(given)}
        new = {key: name for key, name in names.items() if key not in self.directory.tags}
        if new:
            table = _tables["tags"]
            keyed = insert(table).returning(table.c.id, sort_by_parameter_order=True)
            keys = self.session.scalars(keyed, [{"name": name} for name in new.values()]).all()
            self.directory.tags.update(zip(new, keys, strict=True))
            self.made.setdefault("tags", []).extend(_ranges(sorted(keys)))
        self.tag_ids = {name: self.directory.tags[fold(name)] for name in given}

    def _reach(self, around: Surroundings) -> None:
        """Tie addresses, phones and tags to their people and organisations."""
        for kind, records in (("person", around.people), ("organisation", around.organisations)):
            key = f"{kind}_id"
            self._add(f"{kind}_addresses", (key, "address_id", "position"), _reads(records, around), label="")
            pairs = [(r.id, self.tag_ids[name]) for r in records for name in r.new_tags]
            if pairs:
                owners, tags = zip(*pairs, strict=True)
                insert_columns(self.session, _tables[f"{kind}_tags"], {key: owners, "tag_id": tags})
                self.made.setdefault(f"{kind}_tags", []).extend(pairs)
        numbers = [number for person in around.people if person.new_phones for number in _numbers(person)]
        self._add("phones", ("person_id", "number", "position"), numbers, label="")

    def _extra(self, around: Surroundings) -> None:
        """Write the further columns through whoever knows them."""
        for kind, records in ((extra.PEOPLE, around.people), (extra.ORGANISATIONS, around.organisations)):
            values = [
                (r.id, name, r.extra[name]) for r in records for name in r.extra_was if r.id is not None
            ]
            extra.keep(self.session, kind, values)

    def _roles(self, around: Surroundings) -> dict[int, list[KnownRole]]:
        """Write the roles; those that were filled, by the key of their person."""
        new: list[tuple[Any, ...]] = []
        filled: list[KnownRole] = []
        of_person: dict[int, list[KnownRole]] = defaultdict(list)
        for person in around.people:
            for role in person.roles:
                if role.id is None:
                    owner = role.organisation.id if role.organisation else role.organisation_id
                    new.append((person.id, owner, *(role.held[name] for name in ROLE_COLUMNS)))
                elif role.was and person.id is not None:
                    filled.append(role)
                    of_person[person.id].append(role)
        self._add("roles", ("person_id", "organisation_id", *ROLE_COLUMNS), new)
        if filled:
            target = _tables["roles"]
            columns: dict[str, Any] = {name: bindparam(name) for name in filled[0].held}
            rows = [{**role.held, "key": role.id} for role in filled]
            statement = update(target).where(target.c.id == bindparam("key")).values(columns)
            self.session.connection().execute(statement, rows)
            self._note("roles", filled)
        return of_person

    def _add(self, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]], **every: Any) -> None:
        """Insert rows that nobody needs the keys of, save an undo."""
        if rows:
            columns: dict[str, Sequence[Any]] = dict(zip(names, zip(*rows, strict=True), strict=True))
            insert_columns(
                self.session, _tables[table], {"id": self._keys(table, len(rows)), **columns}, **every
            )

    # The batch

    def _keep(
        self,
        table: str,
        key: str,
        known: Sequence[Reached],
        fresh: Sequence[Reached],
        filled: Mapping[int, list[KnownRole]],
    ) -> None:
        """Enter which records the file named, and what it did to them."""
        target = _tables[table]
        met = {one.id: one for one in known if one.id is not None and (one.is_met or _is_changed(one))}
        made = {"import_id": self.import_id, "act": MADE, "version": 1, "was": None}
        insert_columns(self.session, target, {key: [one.id for one in fresh]}, **made)
        rows: Rows = []
        entered: dict[int, Any] = {}
        if met:
            asked = select(target.c[key], target.c.act, target.c.was)
            asked = asked.where(target.c.import_id == self.import_id, one_of(target.c[key], met))
            with asking_of_many(self.session):
                entered = {row[0]: row for row in self.session.execute(asked)}
        again: Rows = []
        for record_id, one in met.items():
            before = entered.get(record_id)
            was = _was(one, filled.get(record_id, ()))
            row = {key: record_id, "act": CHANGED if was else MET, "version": one.version, "was": was or None}
            if before is None:
                rows.append(row)
            elif was and before.act == MADE:
                again.append({**row, "act": MADE, "was": None})
            elif was:
                again.append({**row, "was": _merged(before.was or {}, was)})
        insert_many(self.session, target, [{**row, "import_id": self.import_id} for row in rows])
        if again:
            statement = update(target).where(
                target.c.import_id == self.import_id, target.c[key] == bindparam("key")
            )
            changes: dict[str, Any] = {name: bindparam(name) for name in ("act", "version", "was")}
            renamed = [{"key": row.pop(key), **row} for row in again]
            self.session.connection().execute(statement.values(changes), renamed)

    # History

    def _note(self, table: str, records: Sequence[Record]) -> None:
        rows = [
            {
                "at": self.at,
                "actor": self.actor,
                "act": "changed",
                "record": f"{table}:{record.id}",
                "values": self._told(table, record) | {"import_id": [None, self.import_id]},
            }
            for record in records
        ]
        insert_many(self.session, _tables[Change.__tablename__], rows)

    def _told(self, table: str, record: Record) -> dict[str, Any]:
        """What was filled, before and after, as the history has it of a form that was saved."""
        told: dict[str, Any] = {
            name: [_plain(before), _plain(record.held[name])] for name, before in record.was.items()
        }
        if not isinstance(record, Reached):
            return told
        for name, before in record.extra_was.items():
            told[name.removeprefix(f"{table}-")] = [before, record.extra[name]]
        came: dict[str, list[list[str]]] = {
            "addresses": [[f"addresses:{self.address_ids[email]}", email] for email in record.new_emails],
            "tags": [[f"tags:{self.tag_ids[name]}", name] for name in record.new_tags],
        }
        if isinstance(record, KnownPerson):
            came["phones"] = [["", number] for number in record.new_phones]
            new = [role for role in record.roles if role.id is None]
            came["roles"] = [["", _role_said(role)] for role in new]
        return told | {name: [[], items] for name, items in came.items() if items}


def _is_changed(record: Reached) -> bool:
    added = bool(record.was or record.new_emails or record.new_tags or record.extra_was)
    if isinstance(record, KnownPerson):
        return added or bool(record.new_phones) or any(role.id is None for role in record.roles)
    return added


def _role_said(role: KnownRole) -> str:
    there = role.organisation.name if role.organisation else ""
    return " · ".join(filter(None, (role.held["function"], there)))


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _was(record: Reached, roles: Iterable[KnownRole]) -> dict[str, Any]:
    """What an undo needs to know: each changed column before and after, roles by key, further columns by
    theirs; `given` when only neighbours were added."""
    told: dict[str, Any] = {}
    if columns := {name: [_plain(before), _plain(record.held[name])] for name, before in record.was.items()}:
        told["columns"] = columns
    if own := {name: [before, record.extra[name]] for name, before in record.extra_was.items()}:
        told["extra"] = own
    if changed := {
        str(role.id): {name: [_plain(before), _plain(role.held[name])] for name, before in role.was.items()}
        for role in roles
    }:
        told["roles"] = changed
    if not told and _is_changed(record):
        told["given"] = True
    return told


def _merged(before: dict[str, Any], since: dict[str, Any]) -> dict[str, Any]:
    """Two changes of one record by one import as one: what it held first, what it holds last."""
    merged = {**since, **before}
    for part in ("columns", "extra"):
        if part in before and part in since:
            merged[part] = _spanned(before[part], since[part])
    if "roles" in before and "roles" in since:
        merged["roles"] = {
            key: _spanned(before["roles"].get(key, {}), since["roles"].get(key, {}))
            for key in {**before["roles"], **since["roles"]}
        }
    return merged


def _spanned(before: dict[str, Any], since: dict[str, Any]) -> dict[str, Any]:
    """From the first value that was held to the last one."""
    first, last = {**since, **before}, {**before, **since}
    return {name: [first[name][0], last[name][1]] for name in first}


def _ranges(keys: Sequence[int]) -> list[list[int]]:
    """Rising keys as first and last of each unbroken run."""
    if isinstance(keys, range):
        return [[keys[0], keys[-1]]] if keys else []
    runs: list[list[int]] = []
    for key in keys:
        if runs and runs[-1][1] == key - 1:
            runs[-1][1] = key
        else:
            runs.append([key, key])
    return runs


def _found_by(record: Reached) -> tuple[str, str]:
    """What searches compare and lists are in order of."""
    held = record.held
    if isinstance(record, KnownPerson):
        names = held["given_name"], held["family_name"]
        search = record.search if record.search and not record.was else normal.person_search(*names)
        return search, record.sort
    search = normal.organisation_search(held["name"], held["acronym"], held["aliases"], held["siren"])
    return search, record.sort


def _reads(records: Iterable[Reached], around: Surroundings) -> list[tuple[int | None, int, int]]:
    """The new ties to addresses, behind those that the record has: owner, address, position."""
    rows = []
    for record in records:
        if not record.new_emails:
            continue
        behind = len(record.emails) - len(record.new_emails)
        for place, email in enumerate(record.new_emails, behind):
            if email in record.first:
                place = record.lowest = record.lowest - 1
            rows.append((record.id, around.address_ids[email], place))
    return rows


def _numbers(person: KnownPerson) -> Iterable[tuple[int | None, str, int]]:
    first = len(person.phones) - len(person.new_phones)
    for place, number in enumerate(person.new_phones, first):
        yield person.id, number, place
