"""What holds for people and organisations alike: versions, the bin, tags, addresses, authors."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Column, Select, Table, delete, func, insert, literal, select
from sqlalchemy.orm.exc import StaleDataError

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
    organisation_tags,
    person_tags,
)
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


def save(record: Person | Organisation) -> None:
    """Write the record now. Raises Changed when another process did so in between."""
    db.session.add(record)
    try:
        db.session.flush()
    except StaleDataError:
        db.session.rollback()
        raise Changed(who=history.last_actor(db.session(), record)) from None


def bin_record(record: Record, *, by: Author, at: datetime) -> Record:
    """Put the record into the bin; doing so twice changes nothing."""
    sign(by)
    if record.binned_at is None:
        record.binned_at = record.updated_at = at
        save(record)
    return record


def restore_record(record: Record, *, by: Author, at: datetime) -> Record:
    """Take the record out of the bin as it was; one that was merged comes back by undoing the merge."""
    sign(by)
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


def tag_all(rows: Select[Person] | Select[Organisation], name: str, *, by: Author, at: datetime) -> int:
    """Give the tag to every record that the select means; how many did not have it before."""
    actor = sign(by)
    tag = find_or_add_tags([name])[0]
    table, key, records = _tagging(rows)
    already = select(key).where(table.c.tag_id == tag.id)
    new = records.where(~records.selected_columns[0].in_(already))
    count = db.session.scalar(select(func.count()).select_from(new.subquery())) or 0
    pairs = new.add_columns(literal(tag.id))
    db.session.execute(insert(table).from_select([key.name, "tag_id"], pairs))
    _remember("tagged", tag, table.name, count, actor=actor, at=at)
    return count


def untag_all(rows: Select[Person] | Select[Organisation], tag: Tag, *, by: Author, at: datetime) -> int:
    """Take the tag off every record that the select means; how many had it."""
    actor = sign(by)
    table, key, records = _tagging(rows)
    had = delete(table).where(table.c.tag_id == tag.id, key.in_(records))
    count = int(db.session.execute(had).rowcount)  # type: ignore[attr-defined]
    _remember("untagged", tag, table.name, count, actor=actor, at=at)
    return count


def _tagging(rows: Select[Any]) -> tuple[Table, Column[Any], Select[int]]:
    """Where the records' tags stand: the table, its column of records, and the records' keys."""
    model = rows.column_descriptions[0]["entity"]
    table = person_tags if model is Person else organisation_tags
    key = table.c.person_id if model is Person else table.c.organisation_id
    return table, key, rows.order_by(None).with_only_columns(model.id)


def _remember(act: str, tag: Tag, table: str, count: int, *, actor: str, at: datetime) -> None:
    if count:
        facts = {table: count, "name": tag.name}
        db.session.add(history.Change(at=at, actor=actor, act=act, record=history.named(tag), values=facts))
        db.session.flush()


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
