"""Merging two records into one, and parting them again."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, func, or_, select
from sqlalchemy.orm import Session

from crm import clock, history
from crm.db import Base, db
from crm.directory import queries as directory
from crm.directory.merging import fields, moving, refusals, rules
from crm.directory.merging.fields import FIRST_ADDRESS, Record, Side
from crm.directory.merging.models import Merge
from crm.directory.merging.moving import Mover
from crm.directory.merging.undoing import Undoer
from crm.directory.models import (
    Organisation,
    OrganisationAddress,
    Person,
    PersonAddress,
    Role,
)
from crm.directory.normal import SirenIsNotOfSiret
from crm.directory.services.records import Author, check_not_erased, save, sign
from crm.errors import Changed
from crm.mail import services as mail
from crm.mail.models import Address, Objection
from crm.mail.wishes import BY_MERGE

MODELS: dict[str, type[Person] | type[Organisation]] = {"people": Person, "organisations": Organisation}
# Columns of a record that tell of this row and not of who it stands for.
_OF_THE_ROW = frozenset({"id", "version"})


def merge(
    kept: Record,
    gone: Record,
    *,
    sides: Mapping[str, Side] | None = None,
    kept_version: int | None = None,
    gone_version: int | None = None,
    by: Author,
    at: datetime,
) -> Merge:
    """Take `gone` into `kept`: all that names it names `kept` from now on, and it stands in the bin.

    `sides` says for each field that differs whose value stays; the versions are those that were
    read. Raises SameRecord, PersonErased, AlreadyMerged, InBin, Changed, SirenIsNotOfSiret.
    """
    author = sign(by)
    session = db.session()
    kept, gone = _locked(session, kept, gone)
    _check(session, kept, kept_version)
    _check(session, gone, gone_version)
    sides = sides or {}
    values = _chosen(kept, gone, sides)
    before = {"kept": _facts(kept), "gone": _facts(gone)}
    made = Merge(
        kind=kept.__tablename__,
        kept_id=kept.id,
        gone_id=gone.id,
        at=at,
        by=author,
        names=[called(kept), called(gone)],
        snapshot={},
        counts={},
    )
    session.add(made)
    session.flush()
    mover = Mover(session, made.id)
    refused = _refused(session, kept, gone)
    places = _places(session, kept, gone, gone_first=sides.get(FIRST_ADDRESS) is Side.GONE)
    mains = _main_roles(session, kept, clock.day(at))
    made.counts = mover.carry(kept.__tablename__, gone.id, kept.id)
    _renumber(mover, places)
    _settle_main(mover, kept, mains, clock.day(at))
    _object(mover, refused, source=f"{BY_MERGE}{made.id}", at=at)
    _bury(gone, kept, at=at)
    for name, value in values.items():
        setattr(kept, name, value)
    kept.updated_at = at
    save(kept)
    session.expire_all()
    rules.refresh(kept.__tablename__, {kept.id, gone.id})
    made.snapshot = {
        **before,
        "after": {name: moving.plain(getattr(kept, name)) for name in (*values, "updated_at")},
        "steps": mover.steps,
        "totals": moving.totals(session, kept.__tablename__, kept.id),
    }
    _remember(made, "merged", author, at)
    session.flush()
    return made


def undo(made: Merge, *, by: Author, at: datetime) -> Merge:
    """Part the two again: each has what it had, and what came since stays with the record that was kept.

    Raises AlreadyUndone, ErasedSince, MergedOn, LaterMerge.
    """
    author = sign(by)
    session = db.session()
    model = MODELS[made.kind]
    both: list[Any] = [session.get_one(model, key) for key in (made.kept_id, made.gone_id)]
    kept, gone = _locked(session, *both)
    session.refresh(made, with_for_update=True)
    _check_undo(session, made, kept)
    undoer = Undoer(session)
    undoer.undo(made.snapshot["steps"])
    session.expire_all()
    _unchoose(kept, made)
    save(kept)
    blocked = _revive(session, gone, made.snapshot["gone"])
    save(gone)
    blocked += _part_cycles(kept, gone)
    session.expire_all()
    rules.refresh(made.kind, {kept.id, gone.id})
    made.undone_at, made.undone_by = at, author
    made.left = [f"rows:{table}:{number}" for table, number in sorted(undoer.left.items())] + blocked
    _remember(made, "parted", author, at)
    session.flush()
    return made


def objections_carried(kept: Record, gone: Record) -> list[tuple[str, Any]]:
    """The objections that a merge would carry over: the address that gets one, and the purpose."""
    lacking = _refused(db.session(), kept, gone)
    keys = {address for address, _purpose in lacking}
    emails = {
        address.id: address.email
        for address in db.session.scalars(select(Address).where(Address.id.in_(keys)))
    }
    return [(emails[address], purpose) for address, purpose in lacking]


def called(record: Record) -> str:
    """How people know the record."""
    if record.name or isinstance(record, Organisation):
        return record.name
    return record.addresses[0].address.email if record.addresses else f"#{record.id}"


# Before anything is written


def _locked(session: Session, kept: Record, gone: Record) -> tuple[Any, Any]:
    """Both records, held until the end of this unit of work, and as they are now."""
    if kept.id == gone.id:
        raise refusals.SameRecord
    model: Any = type(kept)
    held = (
        select(model)
        .where(model.id.in_([kept.id, gone.id]))
        .order_by(model.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {record.id: record for record in session.scalars(held)}
    return found[kept.id], found[gone.id]


def _check(session: Session, record: Record, version: int | None) -> None:
    check_not_erased(record)
    if record.merged_into_id is not None:
        into: Any = session.get_one(type(record), record.merged_into_id)
        raise refusals.AlreadyMerged(
            name=called(record), into=called(into), who=history.last_actor(session, record)
        )
    if record.binned_at is not None:
        raise refusals.InBin(name=called(record))
    if version is not None and record.version != version:
        raise Changed(who=history.last_actor(session, record))


def _chosen(kept: Record, gone: Record, sides: Mapping[str, Side]) -> dict[str, Any]:
    values = fields.chosen(kept, gone, sides)
    if isinstance(kept, Organisation) and isinstance(gone, Organisation):
        values["parent_id"] = fields.parent_of(kept, gone, values["parent_id"])
        siren, siret = values["siren"], values["siret"]
        if siren and siret and not siret.startswith(siren):
            raise SirenIsNotOfSiret
    return values


def _facts(record: Record) -> dict[str, Any]:
    table: Any = record.__table__
    return {
        column.name: moving.plain(getattr(record, column.name))
        for column in table.columns
        if column.name not in _OF_THE_ROW
    }


def _bury(gone: Record, kept: Record, *, at: datetime) -> None:
    for name in fields.UNIQUE:
        if hasattr(gone, name):
            setattr(gone, name, None)
    gone.binned_at = gone.updated_at = at
    gone.merged_into_id = kept.id
    save(gone)


# What is more than a key changed


def _addresses(record: Record) -> type[PersonAddress] | type[OrganisationAddress]:
    return PersonAddress if isinstance(record, Person) else OrganisationAddress


def _owned(table: Table, owner: int) -> Any:
    column = table.c.person_id if "person_id" in table.c else table.c.organisation_id
    return select(table.c.id).where(column == owner).order_by(table.c.position, table.c.id)


def _places(session: Session, kept: Record, gone: Record, *, gone_first: bool) -> dict[str, list[int]]:
    """The order in which addresses and phones will stand, by table; the first address is written to."""
    tables = [_addresses(kept).__tablename__, *(["phones"] if isinstance(kept, Person) else [])]
    places = {}
    for name in tables:
        table = Base.metadata.tables[name]
        mine, theirs = (list(session.scalars(_owned(table, owner.id))) for owner in ((kept, gone)))
        is_turned = gone_first and name != "phones"
        places[name] = [*theirs, *mine] if is_turned else [*mine, *theirs]
    return places


def _renumber(mover: Mover, places: dict[str, list[int]]) -> None:
    for name, keys in places.items():
        table = Base.metadata.tables[name]
        held = {
            row.id: row.position
            for row in mover.session.execute(select(table.c.id, table.c.position).where(table.c.id.in_(keys)))
        }
        for place, key in enumerate(key for key in keys if key in held):
            if held[key] != place:
                mover.set(table, (key,), {"position": place})


def _main_roles(session: Session, kept: Record, day: date) -> set[int]:
    """The roles marked as main that the person who stays holds today."""
    if not isinstance(kept, Person):
        return set()
    held = select(Role.id).where(Role.person_id == kept.id, Role.is_main.is_(True), directory.held_on(day))
    return set(session.scalars(held))


def _settle_main(mover: Mover, kept: Record, mains: set[int], day: date) -> None:
    """One main role among those held today, rather the one of the person who stays."""
    if not isinstance(kept, Person):
        return
    held = (
        select(Role.id)
        .where(Role.person_id == kept.id, Role.is_main.is_(True), directory.held_on(day))
        .order_by(Role.id)
    )
    marked = list(mover.session.scalars(held))
    first = next((role for role in marked if role in mains), next(iter(marked), None))
    for role in marked:
        if role != first:
            mover.set(Base.metadata.tables["roles"], (role,), {"is_main": False})


def _own_addresses(session: Session, person: int, both: tuple[int, int]) -> set[int]:
    """The addresses that nobody else reads."""
    read = select(PersonAddress.address_id).where(PersonAddress.person_id == person)
    found = set(session.scalars(read))
    shared = set(
        session.scalars(
            select(PersonAddress.address_id).where(
                PersonAddress.address_id.in_(found), PersonAddress.person_id.not_in(both)
            )
        )
    )
    shared |= set(
        session.scalars(
            select(OrganisationAddress.address_id).where(OrganisationAddress.address_id.in_(found))
        )
    )
    return found - shared


def _refused(session: Session, kept: Record, gone: Record) -> list[tuple[int, Any]]:
    """The objections that each of the two people's own addresses lacks and the other's have."""
    if not isinstance(kept, Person):
        return []
    both = (kept.id, gone.id)
    mine, theirs = (_own_addresses(session, key, both) for key in both)
    standing: dict[int, set[Any]] = {}
    for objection in session.scalars(select(Objection).where(Objection.address_id.in_(mine | theirs))):
        standing.setdefault(objection.address_id, set()).add(objection.purpose)
    lacking = []
    for here, there in ((mine, theirs), (theirs, mine)):
        asked = {purpose for address in there for purpose in standing.get(address, ())}
        for address in sorted(here):
            lacking += [(address, purpose) for purpose in sorted(asked - standing.get(address, set()))]
    return list(dict.fromkeys(lacking))


def _object(mover: Mover, refused: list[tuple[int, Any]], *, source: str, at: datetime) -> None:
    """The most restrictive choice stays: who objected in one record objects in both."""
    table: Any = Objection.__table__
    for address_id, purpose in refused:
        mail.object_also(address_id, purpose, source=source, at=at)
        key = mover.session.scalar(
            select(table.c.id).where(
                table.c.address_id == address_id, table.c.purpose == purpose, table.c.source == source
            )
        )
        if key is not None:
            mover.steps.append({"do": "withdraw", "table": table.name, "key": [key], "source": source})


# The way back


def _check_undo(session: Session, made: Merge, kept: Record) -> None:
    if made.undone_at is not None:
        raise refusals.AlreadyUndone(who=made.undone_by)
    if isinstance(kept, Person) and kept.erased_at is not None:
        raise refusals.ErasedSince
    if kept.merged_into_id is not None:
        into: Any = session.get_one(type(kept), kept.merged_into_id)
        raise refusals.MergedOn(kept=called(kept), into=called(into))
    later = session.scalar(later_merge(made))
    if later is not None:
        raise refusals.LaterMerge(gone=later.names[1], kept=later.names[0])


def later_merge(made: Merge) -> Any:
    """The last merge that stands in the way of undoing this one: it must be undone first."""
    return (
        select(Merge)
        .where(
            Merge.kind == made.kind,
            Merge.id > made.id,
            Merge.undone_at.is_(None),
            or_(Merge.kept_id == made.kept_id, Merge.gone_id == made.kept_id),
        )
        .order_by(Merge.id.desc())
        .limit(1)
    )


def _unchoose(kept: Record, made: Merge) -> None:
    """Fields that still hold what the merge put there hold what they held before."""
    before, after = made.snapshot["kept"], made.snapshot["after"]
    table: Any = kept.__table__
    for name, value in after.items():
        if name in before and moving.plain(getattr(kept, name)) == value:
            setattr(kept, name, moving.read(table, {name: before[name]})[name])


def _revive(session: Session, gone: Record, before: dict[str, Any]) -> list[str]:
    """The record as it was; numbers that another record has since stay there, and are named."""
    table: Any = gone.__table__
    blocked = []
    for name, value in moving.read(table, before).items():
        if name in fields.UNIQUE and value is not None:
            column = table.c[name]
            taken = select(func.count()).select_from(table).where(column == value, table.c.id != gone.id)
            if session.scalar(taken):
                blocked.append(f"field:{name}")
                continue
        setattr(gone, name, value)
    return blocked


def _part_cycles(*records: Record) -> list[str]:
    """Take off the organisation above where what happened since made a circle of it."""
    cut = []
    for record in records:
        above = record.parent_id if isinstance(record, Organisation) else None
        if above is not None and fields.leads_to(above, {record.id}):
            setattr(record, "parent_id", None)  # noqa: B010
            save(record)
            cut.append("field:parent_id")
    return cut


def _remember(made: Merge, act: str, author: str, at: datetime) -> None:
    """One line in the history of each of the two."""
    kept, gone = made.names
    told = {"merge": [gone, kept] if act == "merged" else [kept, gone]}
    for key in (made.kept_id, made.gone_id):
        db.session.add(history.Change(at=at, actor=author, act=act, record=f"{made.kind}:{key}", values=told))
