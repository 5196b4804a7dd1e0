"""Who is a member on a day, who no longer is."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select
from sqlalchemy.orm import aliased, joinedload

from crm.db import db
from crm.directory import normal
from crm.directory.models import Organisation
from crm.governance.models import College, Fee, Membership
from crm.governance.queries.periods import running
from crm.text import like
from crm.web.tables import Order


def colleges(*, keep: int | None = None) -> Select[College]:
    """The colleges in their order; an archived one when it is still someone's."""
    return (
        select(College)
        .where(or_(College.is_archived.is_(False), College.id == keep))
        .order_by(College.position, College.id)
    )


def membership_on(day: date) -> ColumnElement[bool]:
    """Whether the membership is kept and runs on that day."""
    return and_(Membership.binned_at.is_(None), running(Membership, day))


def members_on(day: date) -> Select[int]:
    """The keys of the organisations that are members on that day; one may come twice."""
    return select(Membership.organisation_id).where(membership_on(day))


def is_member(organisation_id: Any, day: date) -> ColumnElement[bool]:
    """Whether the organisation of that key is a member on that day; false where there is none."""
    membership = aliased(Membership)
    return (
        exists()
        .where(
            membership.organisation_id == organisation_id,
            membership.binned_at.is_(None),
            running(membership, day),
        )
        .correlate_except(membership)
    )


def memberships_of(organisation: Organisation) -> Select[Membership]:
    """All kept memberships of the organisation, the latest first."""
    return (
        select(Membership)
        .where(Membership.organisation_id == organisation.id, Membership.binned_at.is_(None))
        .options(joinedload(Membership.college))
        .order_by(
            Membership.ends_on.desc().nulls_first(),
            Membership.begins_on.desc().nulls_last(),
            Membership.id.desc(),
        )
    )


# The list

MEMBERS, LAPSED = "members", "lapsed"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which memberships are meant: those that run on the day, or (`lapsed`) the last ones of organisations
    that no longer were members then. `college` is a key, `fee` one of `Fee`, `kind` a kind's slug."""

    q: str = ""
    state: str = MEMBERS
    college: int | None = None
    fee: str = ""
    kind: str = ""


def asked_for(asked: Asked, *, day: date) -> Select[Any]:
    """Rows of `Membership` with kept organisations, in no order."""
    rows = (
        select(Membership)
        .join(Membership.organisation)
        .where(Membership.binned_at.is_(None), Organisation.binned_at.is_(None))
        .options(
            joinedload(Membership.organisation).joinedload(Organisation.kind), joinedload(Membership.college)
        )
    )
    rows = rows.where(_lapsed(day) if asked.state == LAPSED else running(Membership, day))
    for word in normal.asked(asked.q):
        rows = rows.where(Organisation.search.like(like(word), escape="\\"))
    if asked.college:
        rows = rows.where(Membership.college_id == asked.college)
    if asked.fee:
        rows = rows.where(Membership.fee == Fee(asked.fee))
    if asked.kind:
        rows = rows.where(Organisation.kind.has(slug=asked.kind))
    return rows


def _lapsed(day: date) -> ColumnElement[bool]:
    """The last membership of an organisation that was over on that day, with none that ran then."""
    other = aliased(Membership)
    goes_on_or_is_later = exists().where(
        other.organisation_id == Membership.organisation_id,
        other.binned_at.is_(None),
        other.id != Membership.id,
        or_(other.begins_on.is_(None), other.begins_on <= day),
        or_(
            other.ends_on.is_(None),
            other.ends_on > Membership.ends_on,
            and_(other.ends_on == Membership.ends_on, other.id > Membership.id),
        ),
    )
    return and_(Membership.ends_on < day, not_(goes_on_or_is_later.correlate(Membership)))


def order(sort: str) -> Order:
    """The order that the list's address asks for; by name when it asks for none that is known."""
    name, falling = sort.lstrip("-"), sort.startswith("-")
    by: Any = {
        "begins": func.coalesce(Membership.begins_on, date.min),
        "ends": func.coalesce(Membership.ends_on, date.max),
        "fee": Membership.fee,
    }.get(name, Organisation.sort)
    return Order(by=by, key=Membership.id, descending=falling)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Figures:
    """How many are members on a day, by college (None: in no college), and of how many the fee is due."""

    members: int
    due: int
    lapsed: int
    colleges: dict[int | None, int]


def figures(day: date) -> Figures:
    """The figures over the list of that day."""
    counted = func.count(func.distinct(Membership.organisation_id))
    here = asked_for(Asked(), day=day)
    by_college = {
        key: number
        for key, number in db.session.execute(
            here.with_only_columns(Membership.college_id, counted).group_by(Membership.college_id)
        )
    }
    whole = db.session.scalar(here.with_only_columns(counted)) or 0
    due = db.session.scalar(here.where(Membership.fee == Fee.DUE).with_only_columns(counted)) or 0
    lapsed = asked_for(Asked(state=LAPSED), day=day)
    return Figures(whole, due, db.session.scalar(lapsed.with_only_columns(counted)) or 0, by_college)
