"""Writing what some thousand rows brought, in bulk: one statement per table, the history included."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import ARRAY, String, bindparam, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from crm.db import Base, insert_many, one_of
from crm.directory import normal
from crm.directory.importing.known import (
    Directory,
    KnownOrganisation,
    KnownPerson,
    KnownRole,
    Reached,
    Record,
    Surroundings,
)
from crm.history import Change
from crm.mail.models import Address
from crm.text import clean, fold

_tables = Base.metadata.tables
Rows = list[dict[str, Any]]


class Writer:
    """Writes into the session's transaction; commits nothing."""

    def __init__(self, directory: Directory, *, import_id: int | None, actor: str, at: datetime) -> None:
        self.directory, self.session = directory, directory.session
        self.import_id, self.actor, self.at = import_id, actor, at

    def write(self, around: Surroundings) -> None:
        """Write what is new or was filled among the surroundings."""
        self._addresses(around)
        self._tags(around)
        fresh = [one for one in around.organisations if one.id is None]
        known = [one for one in around.organisations if one.id is not None]
        self._update("organisations", known, self._organisation_row)
        self._insert("organisations", fresh, self._organisation_row)
        new_people = [one for one in around.people if one.id is None]
        known_people = [one for one in around.people if one.id is not None]
        self._update("people", known_people, self._person_row)
        self._insert("people", new_people, self._person_row)
        self._reach(around)
        self._roles(around)
        self._remember(known, known_people)

    # Records

    def _insert(self, table: str, records: Sequence[Record], row_of: Any) -> None:
        """Insert the records and give them their keys."""
        if not records:
            return
        made = {"import_id": self.import_id, "created_at": self.at, "updated_at": self.at, "version": 1}
        rows = [{**row_of(record), **made} for record in records]
        for record, row, key in zip(records, rows, self._keys(table, len(records)), strict=True):
            record.id = row["id"] = key
        insert_many(self.session, _tables[table], rows)

    def _keys(self, table: str, number: int) -> Iterable[int]:
        """So many keys that nobody else will take: asking for them back row by row would be slow."""
        if self.session.get_bind().dialect.name == "sqlite":
            # The transaction holds the only write lock.
            last = self.session.scalar(select(func.max(_tables[table].c.id))) or 0
            return range(last + 1, last + 1 + number)
        sequence = func.nextval(func.pg_get_serial_sequence(table, "id"))
        return self.session.scalars(select(sequence).select_from(func.generate_series(1, number)))

    def _update(self, table: str, records: Iterable[Reached], row_of: Any) -> None:
        """Save the records that were filled, and mark those that were given a neighbour as changed."""
        changed = [record for record in records if _is_changed(record)]
        if not changed:
            return
        target = _tables[table]
        rows = [{**row_of(record), "key": record.id, "updated_at": self.at} for record in changed]
        columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "key"}
        statement = update(target).where(target.c.id == bindparam("key"))
        self.session.connection().execute(statement.values(**columns, version=target.c.version + 1), rows)

    def _organisation_row(self, organisation: KnownOrganisation) -> dict[str, Any]:
        held = organisation.held
        return {
            **held,
            "search": normal.organisation_search(
                held["name"], held["acronym"], held["aliases"], held["siren"]
            ),
            "sort": normal.organisation_sort(held["name"]),
        }

    def _person_row(self, person: KnownPerson) -> dict[str, Any]:
        given, family = person.held["given_name"], person.held["family_name"]
        return {
            **person.held,
            "search": normal.person_search(given, family),
            "sort": normal.person_sort(given, family),
        }

    # Addresses, phones, tags

    def _addresses(self, around: Surroundings) -> None:
        """Make the addresses that nobody had yet; holds and objections of those that are there stay."""
        records: list[Reached] = [*around.organisations, *around.people]
        wanted = {email for record in records for email in record.new_emails}
        new = sorted(wanted - set(around.address_ids))
        if not new:
            return
        self._add_addresses(new)
        rows = select(Address.email, Address.id).where(one_of(Address.email, new))
        around.address_ids.update({email: key for email, key in self.session.execute(rows)})

    def _add_addresses(self, emails: list[str]) -> None:
        """Add those that somebody else has not added in between."""
        table = _tables["addresses"]
        if self.session.get_bind().dialect.name == "sqlite":
            adding = sqlite.insert(table).on_conflict_do_nothing()
            self.session.execute(adding, [{"email": email} for email in emails])
            return
        listed = select(func.unnest(literal(emails, ARRAY(String))))
        together = postgresql.insert(table).from_select(["email"], listed, include_defaults=False)
        self.session.execute(together.on_conflict_do_nothing())

    def _tags(self, around: Surroundings) -> None:
        records: list[Reached] = [*around.organisations, *around.people]
        names = {fold(name): clean(name) for record in records for name in record.new_tags}
        new = {key: name for key, name in names.items() if key not in self.directory.tags}
        if new:
            table = _tables["tags"]
            keyed = insert(table).returning(table.c.id, sort_by_parameter_order=True)
            keys = self.session.scalars(keyed, [{"name": name} for name in new.values()])
            self.directory.tags.update(zip(new, keys, strict=True))

    def _reach(self, around: Surroundings) -> None:
        """Tie addresses, phones and tags to their people and organisations."""
        for kind, records in (("person", around.people), ("organisation", around.organisations)):
            key = f"{kind}_id"
            self._add(f"{kind}_addresses", _reads(records, key, around.address_ids))
            tagged = ((r.id, fold(name)) for r in records for name in r.new_tags)
            self._add(f"{kind}_tags", [{key: owner, "tag_id": self.directory.tags[t]} for owner, t in tagged])
        self._add("phones", [row for person in around.people for row in _numbers(person)])

    def _roles(self, around: Surroundings) -> None:
        new: Rows = []
        filled: list[KnownRole] = []
        for person in around.people:
            for role in person.roles:
                if role.id is None:
                    owner = role.organisation.id if role.organisation else role.organisation_id
                    new.append({**role.held, "person_id": person.id, "organisation_id": owner})
                elif role.was:
                    filled.append(role)
        self._add("roles", new)
        if filled:
            target = _tables["roles"]
            columns: dict[str, Any] = {name: bindparam(name) for name in filled[0].held}
            rows = [{**role.held, "key": role.id} for role in filled]
            statement = update(target).where(target.c.id == bindparam("key")).values(columns)
            self.session.connection().execute(statement, rows)
            self._note("roles", filled)

    def _add(self, table: str, rows: Rows) -> None:
        insert_many(self.session, _tables[table], rows)

    # History

    def _remember(self, organisations: Sequence[KnownOrganisation], people: Sequence[KnownPerson]) -> None:
        """One line for each known record that was filled; new ones carry the key of the import."""
        self._note("organisations", [one for one in organisations if _is_changed(one)])
        self._note("people", [one for one in people if _is_changed(one)])

    def _note(self, table: str, records: Sequence[Record]) -> None:
        rows = [
            {
                "at": self.at,
                "actor": self.actor,
                "act": "changed",
                "record": f"{table}:{record.id}",
                "values": _told(record) | {"import_id": [None, self.import_id]},
            }
            for record in records
        ]
        insert_many(self.session, _tables[Change.__tablename__], rows)


def _is_changed(record: Reached) -> bool:
    added = bool(record.was or record.new_emails or record.new_tags)
    if isinstance(record, KnownPerson):
        return added or bool(record.new_phones) or any(role.id is None for role in record.roles)
    return added


def _told(record: Record) -> dict[str, Any]:
    """What was filled, before and after."""
    told = {name: [_plain(before), _plain(record.held[name])] for name, before in record.was.items()}
    for name in ("new_emails", "new_phones", "new_tags"):
        if added := getattr(record, name, None):
            told[name.removeprefix("new_")] = [None, ", ".join(added)]
    roles = [role for role in getattr(record, "roles", []) if role.id is None]
    if roles:
        told["roles"] = [None, ", ".join(role.held["function"] or "—" for role in roles)]
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _reads(records: Iterable[Reached], key: str, address_ids: dict[str, int]) -> Rows:
    """The new ties to addresses, behind those that the record has."""
    rows: Rows = []
    for record in records:
        first = len(record.emails) - len(record.new_emails)
        for place, email in enumerate(record.new_emails, first):
            rows.append({key: record.id, "address_id": address_ids[email], "label": "", "position": place})
    return rows


def _numbers(person: KnownPerson) -> Iterable[dict[str, Any]]:
    first = len(person.phones) - len(person.new_phones)
    for place, number in enumerate(person.new_phones, first):
        yield {"person_id": person.id, "number": number, "label": "", "position": place}
