"""What the directory holds about the organisations and people that some rows name: a few queries for some
thousand rows."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from crm.db import Base, one_of
from crm.directory import normal
from crm.directory.importing import extra
from crm.directory.importing.authorities import Authorities
from crm.directory.importing.known import (
    ORGANISATION_COLUMNS,
    PERSON_COLUMNS,
    ROLE_COLUMNS,
    KnownOrganisation,
    KnownPerson,
    KnownRole,
    Surroundings,
)
from crm.directory.importing.rows import Facts
from crm.mail import erased, purposes
from crm.text import fold

_tables = Base.metadata.tables
_organisations, _people, _roles = _tables["organisations"], _tables["people"], _tables["roles"]
_addresses, _tags, _phones = _tables["addresses"], _tables["tags"], _tables["phones"]


class Directory:
    """The database, asked about many rows at once. What one import made is known by its key."""

    def __init__(self, session: Session, import_id: int | None = None) -> None:
        self.session, self.import_id = session, import_id
        binned = select(_organisations.c.sort, _organisations.c.name)
        binned = binned.where(_organisations.c.binned_at.is_not(None))
        self.binned_names: dict[str, str] = {sort: name for sort, name in session.execute(binned)}
        self.tags = {fold(name): key for key, name in session.execute(select(_tags.c.id, _tags.c.name))}
        self.authorities = Authorities(session)

    def around(self, rows: Sequence[Facts], *, with_guarded: bool = False) -> Surroundings:
        """What the directory and the official reference hold about these rows."""
        self.session.flush()
        found = Surroundings()
        of_organisations = [facts for facts in rows if facts.names_organisation]
        found.places = self.authorities.around(of_organisations)
        self._find_addresses(found, rows)
        self._find_organisations(found, of_organisations)
        self._find_people(found, [facts for facts in rows if facts.names_person])
        self._find_extra(found, rows)
        if with_guarded:
            self._find_guarded(found)
        return found

    def _find_addresses(self, found: Surroundings, rows: Sequence[Facts]) -> None:
        """Enter the addresses that exist."""
        emails = {facts.email for facts in rows} | {facts.organisation_email for facts in rows}
        emails.update(email for facts in rows for email in facts.other_emails)
        if emails := emails - {None}:
            asked = select(_addresses.c.email, _addresses.c.id).where(one_of(_addresses.c.email, emails))
            found.address_ids = {email: key for email, key in self.session.execute(asked).all()}
            if erased.any_is(self.session):
                silent = asked.where(purposes.silent(_addresses.c.id))
                found.silent = {email for email, _key in self.session.execute(silent).all()}
                unknown = [email for email in emails if email is not None and email not in found.address_ids]
                found.back = erased.come_back(self.session, unknown) if unknown else {}
                found.address_ids |= found.back
                found.silent |= found.back.keys()

    # Organisations

    def _find_organisations(self, found: Surroundings, rows: Sequence[Facts]) -> None:
        told = [facts.organisation for facts in rows]
        table = _organisations.c
        keys = {key for facts in rows if (key := facts.chosen.get("organisations"))}
        by_siren = self._by_siren({facts["siren"] for facts in told if "siren" in facts})
        keys.update(by_siren.values())
        keys |= self._keys(table.siret, {facts["siret"] for facts in told if "siret" in facts})
        keys |= self._keys(table.reference, {facts["reference"] for facts in told if "reference" in facts})
        keys |= self._keys(table.territory_id, found.places.by_id)
        # An authority that its SIREN leads to is not looked for by its name.
        certain = by_siren.keys() & found.places.by_siren.keys()
        named = [facts["name"] for facts in told if "name" in facts and facts.get("siren") not in certain]
        names = {normal.organisation_sort(name) for name in named}
        keys |= self._keys(table.sort, names, table.binned_at.is_(None))
        known = self._fetch(KnownOrganisation, _organisations, ORGANISATION_COLUMNS, keys)
        self._enter_neighbours(known, "organisation")
        for organisation in known.values():
            found.organisations.append(organisation)
            found.enter_organisation(organisation)
        found.by_id |= {("organisations", key): one for key, one in known.items()}

    def _by_siren(self, sirens: Collection[str]) -> dict[str, int]:
        """The keys of the organisations that have one of these numbers, by number."""
        table = _organisations.c
        rows = self._of(sirens, select(table.siren, table.id), table.siren)
        return {siren: key for siren, key in rows}

    # People

    def _find_people(self, found: Surroundings, rows: Sequence[Facts]) -> None:
        read = _tables["person_addresses"].c
        emails = {email for facts in rows for email in (facts.email, *facts.other_emails) if email}
        shared = [found.address_ids[email] for email in emails if email in found.address_ids]
        keys = self._values(read.person_id, read.address_id, shared)
        keys |= {key for facts in rows if (key := facts.chosen.get("people"))}
        table = _people.c
        references = {facts.person["reference"] for facts in rows if "reference" in facts.person}
        keys |= self._keys(table.reference, references)
        names = {name for facts in rows for name in facts.sorts}
        keys |= self._keys(table.sort, names, table.binned_at.is_(None))
        known = self._fetch(KnownPerson, _people, PERSON_COLUMNS, keys)
        self._enter_neighbours(known, "person")
        self._enter_phones(known)
        self._enter_roles(known)
        for person in known.values():
            found.people.append(person)
            found.enter_person(person)
        found.by_id |= {("people", key): one for key, one in known.items()}

    def _enter_phones(self, known: dict[int, KnownPerson]) -> None:
        table = _phones.c
        numbers = select(table.person_id, table.number).order_by(table.position, table.id)
        for key, number in self._of(known, numbers, table.person_id):
            known[key].phones.append(number)

    def _enter_roles(self, known: dict[int, KnownPerson]) -> None:
        table = _roles.c
        held = select(table.person_id, table.id, table.organisation_id, *(table[n] for n in ROLE_COLUMNS))
        for key, role_id, organisation_id, *values in self._of(
            known, held.order_by(table.id), table.person_id
        ):
            role = KnownRole(
                id=role_id,
                organisation_id=organisation_id,
                held=dict(zip(ROLE_COLUMNS, values, strict=True)),
            )
            known[key].roles.append(role)

    # Both

    def _keys(self, column: Any, values: Collection[Any], *also: Any) -> set[int]:
        """The keys of the records that have one of these values there."""
        return self._values(column.table.c.id, column, values, *also)

    def _values(self, wanted: Any, column: Any, values: Collection[Any], *also: Any) -> set[int]:
        if not values:
            return set()
        return set(self.session.scalars(select(wanted).where(one_of(column, values), *also)).all())

    def _fetch(self, kind: Any, table: Any, names: Sequence[str], keys: Collection[int]) -> dict[int, Any]:
        of_record = ("id", "import_id", "version", "sort")
        rows = select(
            table.c.binned_at.is_not(None),
            *(table.c[name] for name in of_record),
            *(table.c[name] for name in names),
        )
        return {
            key: kind(
                id=key,
                held=dict(zip(names, held, strict=True)),
                is_binned=is_binned,
                is_ours=self.import_id is not None and import_id == self.import_id,
                version=version,
                sort=sort,
            )
            for is_binned, key, import_id, version, sort, *held in self._of(keys, rows, table.c.id)
        }

    def _of(self, keys: Collection[Any], rows: Select[Any], column: Any) -> Sequence[Any]:
        """Those of the rows that have one of these keys there."""
        return self.session.execute(rows.where(one_of(column, keys))).all() if keys else ()

    def _enter_neighbours(self, known: dict[int, Any], kind: str) -> None:
        """Enter addresses and tags."""
        table = _tables[f"{kind}_addresses"].c
        owner = table[f"{kind}_id"]
        rows = select(owner, _addresses.c.email, table.position)
        rows = rows.join(_addresses, _addresses.c.id == table.address_id).order_by(table.position, table.id)
        for key, email, position in self._of(known, rows, owner):
            known[key].emails.append(email)
            known[key].lowest = min(known[key].lowest, position)
        tied = _tables[f"{kind}_tags"].c
        named = select(tied[f"{kind}_id"], _tags.c.name).join(_tags, _tags.c.id == tied.tag_id)
        for key, name in self._of(known, named, tied[f"{kind}_id"]):
            known[key].tags.add(fold(name))

    def _find_extra(self, found: Surroundings, rows: Sequence[Facts]) -> None:
        """Enter what the further columns hold, where a row has one."""
        for told, kind, records in (
            (any(facts.person_extra for facts in rows), extra.PEOPLE, found.people),
            (any(facts.organisation_extra for facts in rows), extra.ORGANISATIONS, found.organisations),
        ):
            if told and records:
                by_id = {record.id: record for record in records if record.id is not None}
                for key, values in extra.held(self.session, kind, list(by_id)).items():
                    by_id[key].extra.update(values)

    def _find_guarded(self, found: Surroundings) -> None:
        """Enter the addresses of known people that are held, or that somebody objected for."""
        emails = {email for person in found.people for email in person.emails}
        if emails:
            objections = _tables["objections"]
            objected = select(objections.c.id).where(objections.c.address_id == _addresses.c.id).exists()
            rows = select(_addresses.c.email).where(
                one_of(_addresses.c.email, emails), or_(_addresses.c.held_since.is_not(None), objected)
            )
            found.guarded.update(self.session.scalars(rows))
