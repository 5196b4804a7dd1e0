"""Agreements: the list, those of a partner, what ends when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.orm import joinedload, selectinload

from crm.db import db
from crm.directory.models import Organisation
from crm.relations.agreements.models import (
    Agreement,
    AgreementReminder,
    AgreementSigner,
    AgreementState,
    agreement_organisations,
)
from crm.web.tables import Order


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which agreements are meant; `state` is one of `AgreementState`, or "ending"."""

    state: str = ""
    owner_id: int | None = None
    organisation_id: int | None = None
    in_bin: bool = False

    def __bool__(self) -> bool:
        return self != Asked()


def in_state(state: AgreementState, day: date) -> ColumnElement[bool]:
    """What `Agreement.state_on(day)` says, for the database."""
    over = and_(
        Agreement.state == AgreementState.SIGNED,
        Agreement.renewal_months.is_(None),
        Agreement.ends_on < day,
    )
    if state is AgreementState.ENDED:
        return or_(Agreement.state == AgreementState.ENDED, over)
    if state is AgreementState.SIGNED:
        return and_(
            Agreement.state == AgreementState.SIGNED,
            or_(
                Agreement.renewal_months.is_not(None),
                Agreement.ends_on.is_(None),
                Agreement.ends_on >= day,
            ),
        )
    return Agreement.state == state


def agreements(asked: Asked, *, day: date) -> Select[Agreement]:
    """The agreements that were asked for, in no order."""
    kept = Agreement.binned_at.is_not(None) if asked.in_bin else Agreement.binned_at.is_(None)
    rows = select(Agreement).where(kept)
    if asked.state == "ending":
        rows = rows.where(Agreement.id.in_([one.id for one in ending(day)]))
    elif asked.state:
        rows = rows.where(in_state(AgreementState(asked.state), day))
    if asked.owner_id:
        rows = rows.where(Agreement.owner_id == asked.owner_id)
    if asked.organisation_id:
        rows = rows.where(Agreement.id.in_(_with(asked.organisation_id)))
    return rows.options(joinedload(Agreement.owner), selectinload(Agreement.organisations))


def _with(organisation_id: int) -> Select[Any]:
    """The keys of the agreements with that partner."""
    return select(agreement_organisations.c.agreement_id).where(
        agreement_organisations.c.organisation_id == organisation_id
    )


def end() -> ColumnElement[date]:
    """When an agreement ends; one without an end comes after all others."""
    return func.coalesce(Agreement.ends_on, literal(date.max))


def order(sort: str) -> Order:
    name, falling = sort.lstrip("-"), sort.startswith("-")
    by: Any = {"title": func.lower(Agreement.title), "state": Agreement.state}.get(name, end())
    return Order(by=by, key=Agreement.id, descending=falling)  # type: ignore[arg-type]


def running(day: date) -> list[Agreement]:
    """The signed agreements that run on that day and have an end."""
    rows = select(Agreement).where(
        Agreement.binned_at.is_(None),
        Agreement.ends_on.is_not(None),
        in_state(AgreementState.SIGNED, day),
    )
    whole = rows.options(joinedload(Agreement.owner), selectinload(Agreement.organisations))
    return list(db.session.scalars(whole.order_by(Agreement.ends_on, Agreement.id)))


def ending(day: date) -> list[Agreement]:
    """Those that must be spoken of: the last day to give notice is near or over, the end is not."""
    return [agreement for agreement in running(day) if agreement.is_ending(day)]


def unannounced(day: date) -> list[Agreement]:
    """Those whose coming end was not announced yet."""
    near = ending(day)
    announced = {
        (key, ends_on)
        for key, ends_on in db.session.execute(
            select(AgreementReminder.agreement_id, AgreementReminder.ends_on).where(
                AgreementReminder.agreement_id.in_([one.id for one in near])
            )
        )
    }
    return [one for one in near if (one.id, one.end_on(day)) not in announced]


@dataclass(frozen=True)
class Day:
    """What an agreement does on a day: `begin`, `decide` (the last day to give notice) or `end`."""

    agreement: Agreement
    what: str


def calendar(first: date, last: date) -> dict[date, list[Day]]:
    """What agreements do between these days, both included; renewals as they stand on the first one."""
    days: dict[date, list[Day]] = {}
    rows = (
        select(Agreement)
        .where(Agreement.binned_at.is_(None), Agreement.state == AgreementState.SIGNED)
        .where(or_(Agreement.begins_on.is_not(None), Agreement.ends_on.is_not(None)))
        .where(
            or_(
                Agreement.renewal_months.is_not(None),
                Agreement.ends_on.is_(None),
                Agreement.ends_on >= first,
            )
        )
        .options(selectinload(Agreement.organisations))
        .order_by(Agreement.ends_on, Agreement.id)
    )
    for agreement in db.session.scalars(rows):
        end_on, decide = agreement.end_on(first), agreement.decide_by(first)
        for what, day in (("begin", agreement.begins_on), ("decide", decide), ("end", end_on)):
            if day is not None and first <= day <= last and not (what == "decide" and day == end_on):
                days.setdefault(day, []).append(Day(agreement, what))
    return days


def whole(agreement_id: int) -> Agreement | None:
    """The agreement with all that is told of it."""
    return db.session.scalar(
        select(Agreement)
        .where(Agreement.id == agreement_id)
        .options(
            joinedload(Agreement.owner),
            selectinload(Agreement.organisations),
            selectinload(Agreement.files),
            selectinload(Agreement.signers).options(
                joinedload(AgreementSigner.person),
                joinedload(AgreementSigner.role),
                joinedload(AgreementSigner.organisation),
            ),
        )
    )


def of_organisations(keys: Sequence[int]) -> dict[int, list[Agreement]]:
    """The kept agreements with each of these partners, the latest end first."""
    if not keys:
        return {}
    link = agreement_organisations.c
    rows = (
        select(link.organisation_id, Agreement)
        .join(Agreement, Agreement.id == link.agreement_id)
        .where(link.organisation_id.in_(keys), Agreement.binned_at.is_(None))
        .order_by(end().desc(), Agreement.id.desc())
    )
    found: dict[int, list[Agreement]] = {}
    for key, agreement in db.session.execute(rows):
        found.setdefault(key, []).append(agreement)
    return found


def number_with(organisation: Organisation) -> int:
    """How many kept agreements there are with the partner."""
    rows = select(func.count()).select_from(Agreement).where(Agreement.binned_at.is_(None))
    return db.session.scalar(rows.where(Agreement.id.in_(_with(organisation.id)))) or 0


def next_day(after: date) -> date | None:
    """The first day from then on on which an agreement begins, ends or must be given notice of."""
    return min(calendar(after, date(after.year + 5, 12, 31)), default=None)
