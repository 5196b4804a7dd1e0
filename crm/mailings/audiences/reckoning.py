"""The audience of a mailing, person by person: who is written to, in which language, and why not the others.

One statement says it of everybody, so that a page counts it, a list pages through it and a departure
inserts from it. When a mailing leaves it is reckoned once, into a table of this transaction alone:
messages, exclusions and notes then say the same, whatever changes meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    MetaData,
    Select,
    String,
    Subquery,
    Table,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.schema import CreateTable, DropTable

from crm.db import db
from crm.directory import queries as directory
from crm.directory.conditions import PEOPLE
from crm.directory.filters import BadFilter, Filter
from crm.directory.models import Person, SavedView
from crm.errors import CrmError
from crm.mail import purposes
from crm.mail.models import Address
from crm.mailings.audiences import parts
from crm.mailings.audiences.models import AudiencePart, Exclusion, Fate, PartKind
from crm.mailings.models import Mailing
from crm.text import N_

LANGUAGES = ("fr", "en")


class ReachBroken(CrmError):
    text = N_("“%(purpose)s” goes only to the people of a view that can no longer be used: mend the purpose.")


def audience(mailing: Mailing, *, day: date) -> Subquery:
    """Everyone in the audience: `person_id`, `address_id`, the `language` given and `wished`, the `fate`,
    the `part_id` that leaves them out and `instead_id`, who reads the message at their address.

    Nobody while no part says who is written to. Raises what `parts.people` raises, and ReachBroken.
    """
    first, seen = directory.first_addresses(), _meant(mailing, day=day)
    rows = seen.outerjoin(first, first.c.person_id == Person.id).outerjoin(
        Address, Address.id == first.c.address_id
    )
    left_out, reach = _left_out(mailing, day=day), _reach(mailing, day=day)
    whys: list[tuple[ColumnElement[bool], str]] = [
        (Person.erased_at.is_not(None), Fate.ERASED.value),
        (Person.binned_at.is_not(None), Fate.BINNED.value),
    ]
    part_id: ColumnElement[Any] = cast(null(), Integer)
    if left_out is not None:
        rows = rows.outerjoin(left_out, left_out.c.person_id == Person.id)
        part_id = left_out.c.part_id
        received = [part.id for part in mailing.parts if part.kind is PartKind.MAILING]
        whys += [(part_id.in_(received), Fate.RECEIVED.value)] if received else []
        whys.append((part_id.is_not(None), Fate.EXCLUDED.value))
    if reach is not None:
        rows = rows.outerjoin(reach, reach.c.id == Person.id)
        whys.append((reach.c.id.is_(None), Fate.OUTSIDE.value))
    whys += [
        (first.c.address_id.is_(None), Fate.NO_ADDRESS.value),
        (Address.held_since.is_not(None), Fate.ON_HOLD.value),
        (purposes.silent(first.c.address_id), Fate.ERASED.value),
        (purposes.objects(first.c.address_id, mailing.purpose), Fate.OBJECTED.value),
        (purposes.lacks_consent(first.c.address_id, mailing.purpose), Fate.NOT_AGREED.value),
    ]
    asked = (
        select(
            Person.id.label("person_id"),
            first.c.address_id.label("address_id"),
            Person.language.label("wished"),
            case(*whys, else_=Fate.WRITTEN_TO.value).label("fate"),
            part_id.label("part_id"),
        )
        .select_from(rows)
        .subquery("asked")
    )
    return _one_for_each_address(mailing, asked)


def _meant(mailing: Mailing, *, day: date) -> Any:
    chosen = [parts.people(part, day=day) for part in mailing.parts if not part.is_excluded]
    meant = parts.any_of(chosen or [select(Person.id).where(literal(1) == 0)])
    return Person.__table__.join(meant, meant.c.id == Person.id)


def _left_out(mailing: Mailing, *, day: date) -> Subquery | None:
    """For each person whom a part leaves out, the first part that does."""
    selects = []
    for part in mailing.parts:
        if part.is_excluded:
            rows = parts.people(part, day=day).subquery()
            selects.append(select(rows.c.id.label("person_id"), literal(part.id, Integer).label("part_id")))
    if not selects:
        return None
    every = union_all(*selects).subquery("left_out_by")
    first = select(every.c.person_id, func.min(every.c.part_id).label("part_id")).group_by(every.c.person_id)
    return first.subquery("left_out")


def _reach(mailing: Mailing, *, day: date) -> Subquery | None:
    """The people whom the purpose concerns; None when that is everybody."""
    purpose = purposes.called(mailing.purpose)
    if purpose is None or purpose.reach_id is None:
        return None
    view = db.session.get(SavedView, purpose.reach_id)
    try:
        if view is None or view.kind != PEOPLE:
            raise BadFilter(part="view")
        rows = directory.people(Filter(view=str(view.id)), day=day)
    except BadFilter:
        raise ReachBroken(purpose=purpose.name_fr) from None
    return rows.with_only_columns(Person.id).order_by(None).subquery("reach")


def _one_for_each_address(mailing: Mailing, asked: Subquery) -> Subquery:
    """Of several who read one address, and could be written to, the first is."""
    reads = func.first_value(asked.c.person_id).over(
        partition_by=(asked.c.address_id, asked.c.fate), order_by=asked.c.person_id
    )
    is_second = and_(asked.c.fate == Fate.WRITTEN_TO.value, reads != asked.c.person_id)
    ranked = select(asked, reads.label("reads"), is_second.label("is_second")).subquery("ranked")
    return select(
        ranked.c.person_id,
        ranked.c.address_id,
        _language(mailing, ranked.c.wished).label("language"),
        ranked.c.wished,
        case((ranked.c.is_second, Fate.SAME_ADDRESS.value), else_=ranked.c.fate).label("fate"),
        ranked.c.part_id,
        case((ranked.c.is_second, ranked.c.reads), else_=null()).label("instead_id"),
    ).subquery("audience")


def _language(mailing: Mailing, wished: ColumnElement[str]) -> ColumnElement[str]:
    """The language each reader gets: the wished one where the mailing has it, else the one it has."""
    written = mailing.languages or list(LANGUAGES[:1])
    if len(written) == 1:
        return literal(written[0])
    return case((wished.in_(written), wished), else_=written[0])


def recipients(mailing: Mailing, *, day: date) -> Select[Any]:
    """The people who are written to, one for each address, as `outbox.queue_many` takes them."""
    return _written_to(audience(mailing, day=day))


def _written_to(everyone: Any) -> Select[Any]:
    return select(everyone.c.person_id, everyone.c.address_id, everyone.c.language).where(
        everyone.c.fate == Fate.WRITTEN_TO.value
    )


# In numbers


@dataclass(frozen=True)
class Count:
    """How many people the audience has, what becomes of them, and how many each part leaves out."""

    fates: dict[Fate, int] = field(default_factory=dict)
    fallbacks: dict[tuple[str, str], int] = field(default_factory=dict)
    parts: dict[int, int] = field(default_factory=dict)

    @property
    def written_to(self) -> int:
        return self.fates.get(Fate.WRITTEN_TO, 0)

    @property
    def everyone(self) -> int:
        return sum(self.fates.values())

    @property
    def left_out(self) -> list[tuple[Fate, int]]:
        return [(fate, self.fates[fate]) for fate in Fate if fate in self.fates and fate != Fate.WRITTEN_TO]

    @property
    def left_out_number(self) -> int:
        return self.everyone - self.written_to


def counted(mailing: Mailing, *, day: date) -> Count:
    """The audience in numbers; `fallbacks` counts who gets another language than wished."""
    everyone = audience(mailing, day=day)
    keys = (everyone.c.fate, everyone.c.wished, everyone.c.language, everyone.c.part_id)
    count = Count()
    for fate, wished, language, part_id, number in db.session.execute(
        select(*keys, func.count()).group_by(*keys)
    ):
        count.fates[Fate(fate)] = count.fates.get(Fate(fate), 0) + number
        if part_id is not None:
            count.parts[part_id] = count.parts.get(part_id, 0) + number
        if fate == Fate.WRITTEN_TO and wished != language:
            count.fallbacks[wished, language] = count.fallbacks.get((wished, language), 0) + number
    return count


def kept(mailing: Mailing) -> Count:
    """The same of a mailing that has left, as it was at that moment; how many messages left stands apart."""
    count = Count()
    if mailing.let_go is not None:
        count.fates.update((Fate(fate), number) for fate, number in mailing.let_go["fates"].items())
        count.parts.update((int(part_id), number) for part_id, number in mailing.let_go["parts"].items())
        return count
    keys = (Exclusion.fate, Exclusion.part_id)
    asked = select(*keys, func.count()).where(Exclusion.mailing_id == mailing.id).group_by(*keys)
    for fate, part_id, number in db.session.execute(asked):
        count.fates[fate] = count.fates.get(fate, 0) + number
        if part_id is not None:
            count.parts[part_id] = count.parts.get(part_id, 0) + number
    return count


def size(part: AudiencePart, *, day: date) -> int:
    """How many kept people the part means by itself. Raises what `parts.people` raises."""
    rows = parts.people(part, day=day).subquery()
    asked = select(func.count()).select_from(rows).join(Person, Person.id == rows.c.id)
    return db.session.scalar(asked.where(Person.binned_at.is_(None))) or 0


# One by one


def left_out(
    mailing: Mailing, *, day: date, fate: Fate | None = None, part: AudiencePart | None = None
) -> Select[Any]:
    """Who is not written to: key, name, sort, address, fate, part, and who is written to instead.

    Of a mailing that has left: who was not, as it was kept.
    """
    everyone: Any = Exclusion.__table__ if mailing.left_at else audience(mailing, day=day)
    instead = Person.__table__.alias("instead")
    rows = (
        select(
            Person.id.label("person_id"),
            Person.given_name,
            Person.family_name,
            Person.sort,
            Address.email,
            everyone.c.fate,
            everyone.c.part_id,
            everyone.c.instead_id,
            instead.c.given_name.label("instead_given"),
            instead.c.family_name.label("instead_family"),
        )
        .select_from(everyone)
        .join(Person, Person.id == everyone.c.person_id)
        .outerjoin(Address, Address.id == everyone.c.address_id)
        .outerjoin(instead, instead.c.id == everyone.c.instead_id)
        .where(everyone.c.fate != Fate.WRITTEN_TO.value)
    )
    if mailing.left_at:
        rows = rows.where(everyone.c.mailing_id == mailing.id)
    if fate is not None:
        rows = rows.where(everyone.c.fate == fate.value)
    return rows if part is None else rows.where(everyone.c.part_id == part.id)


# For good

_reckoned = Table(
    "reckoned_audience",
    MetaData(),
    Column("person_id", Integer, primary_key=True, autoincrement=False),
    Column("address_id", Integer),
    Column("language", String),
    Column("fate", String),
    Column("part_id", Integer),
    Column("instead_id", Integer),
    prefixes=["TEMPORARY"],
)


@contextmanager
def settled(mailing: Mailing, *, day: date) -> Iterator[Select[Any]]:
    """The recipients as they are now, and stay for as long as this lasts; whoever is left out is kept."""
    everyone = audience(mailing, day=day)
    db.session.flush()
    db.session.execute(DropTable(_reckoned, if_exists=True))
    db.session.execute(CreateTable(_reckoned))
    names = [column.name for column in _reckoned.c]
    db.session.execute(insert(_reckoned).from_select(names, select(*(everyone.c[name] for name in names))))
    keep = select(
        literal(mailing.id, Integer),
        _reckoned.c.person_id,
        _reckoned.c.address_id,
        _reckoned.c.fate,
        _reckoned.c.part_id,
        _reckoned.c.instead_id,
    ).where(_reckoned.c.fate != Fate.WRITTEN_TO.value)
    columns = ["mailing_id", "person_id", "address_id", "fate", "part_id", "instead_id"]
    db.session.execute(insert(Exclusion).from_select(columns, keep))
    yield _written_to(_reckoned)
    db.session.execute(DropTable(_reckoned, if_exists=True))
