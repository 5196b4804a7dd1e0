"""What holds for people and organisations alike: versions, the bin, tags, addresses, authors."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select

from crm import history
from crm.accounts.models import Account
from crm.db import db
from crm.directory import normal
from crm.directory.models import (
    Organisation,
    OrganisationAddress,
    Person,
    PersonAddress,
    Tag,
)
from crm.directory.services.refusals import PersonErased
from crm.errors import Changed
from crm.mail import addresses
from crm.mail.models import Address
from crm.text import clean, fold

Record = TypeVar("Record", Person, Organisation)
Author = Account | str


def sign(by: Author) -> str:
    """Put the author's name under all that this unit of work will write; give that name back."""
    name = by.email if isinstance(by, Account) else by
    history.act_as(db.session(), name)
    return name


def check_version(record: Person | Organisation, version: int | None) -> None:
    """Refuse to save over what somebody else saved since. Raises Changed."""
    if version is not None and record.version != version:
        raise Changed(who=history.last_actor(db.session(), record))


def check_not_erased(*records: Person | Organisation | None) -> None:
    """Whoever was erased for good is not changed, merged or brought back. Raises PersonErased."""
    if any(isinstance(record, Person) and record.erased_at is not None for record in records):
        raise PersonErased


def hold_people(*people: Person) -> None:
    """Nobody erases or merges these until the unit of work ends. Raises PersonErased where that was done."""
    keys = [person.id for person in people]
    if keys:
        asked = select(Person).where(Person.id.in_(keys)).order_by(Person.id)
        asked = asked.with_for_update(read=True, key_share=True).execution_options(populate_existing=True)
        check_not_erased(*db.session.scalars(asked))


def save(record: Person | Organisation) -> None:
    """Write the record now. Raises Changed when another process did so in between."""
    db.session.add(record)
    history.save(db.session(), record)


def bin_record(record: Record, *, by: Author, at: datetime) -> Record:
    """Put the record into the bin; doing so twice changes nothing."""
    sign(by)
    if record.binned_at is None:
        record.binned_at = record.updated_at = at
        save(record)
    return record


def restore_record(record: Record, *, by: Author, at: datetime) -> Record:
    """Take the record out of the bin as it was; one that was merged comes back by undoing the merge.

    Raises PersonErased.
    """
    sign(by)
    check_not_erased(record)
    if record.binned_at is not None and record.merged_into_id is None:
        record.binned_at = None
        record.updated_at = at
        save(record)
    return record


def find_or_add_tags(names: Iterable[str]) -> list[Tag]:
    """The tags of those names, made where they are new; case and accents do not make another one."""
    wanted = {fold(name): clean(name) for name in names if fold(name)}
    if not wanted:
        return []
    known = {fold(tag.name): tag for tag in db.session.scalars(select(Tag))}
    made = {key: Tag(name=name) for key, name in wanted.items() if key not in known}
    db.session.add_all(made.values())
    db.session.flush()
    return [known.get(key) or made[key] for key in wanted]


def find_addresses(emails: Iterable[str]) -> list[Address]:
    """The rows of these addresses, each once, in order. Raises BadAddress."""
    wanted = normal.unique(addresses.normalise(email) for email in emails if clean(email))
    return [addresses.find_or_add(email) for email in wanted]


def set_addresses(record: Person | Organisation, wanted: Sequence[Address]) -> None:
    """The record reads these addresses and no others; the first one is written to."""
    kind = PersonAddress if isinstance(record, Person) else OrganisationAddress
    held: dict[Address, Any] = {read.address: read for read in record.addresses}
    reads = [held.get(address) or kind(address=address) for address in wanted]
    for place, read in enumerate(reads):
        read.position = place
    record.addresses = reads  # type: ignore[assignment]
