"""Of which type of public a registration is: one rule for figures, lists, counts and files."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    String,
    case,
    func,
    literal,
    not_,
    or_,
    select,
    type_coerce,
)

from crm.db import db
from crm.directory import queries as directory
from crm.directory.models import Organisation, OrganisationKind, Role
from crm.events.models import Event, Registration
from crm.events.publics.kinds import BANDS, NO, NONE, YES, By, Public
from crm.governance import queries as governance
from crm.territories.models import Territory, TerritoryKind


def key(by: By) -> ColumnElement[str]:
    """The key of the public that a registration is of, from that side; NONE where nothing is known of it."""
    if by is By.MEMBER:
        return case((_was_member(), YES), else_=NO)
    found = _KEYS[by]().correlate(Registration).scalar_subquery()
    return func.coalesce(found, literal(NONE), type_=String)


def _kind() -> Select[Any]:
    return (
        select(OrganisationKind.slug)
        .join(Organisation, Organisation.kind_id == OrganisationKind.id)
        .where(Organisation.id == Registration.organisation_id)
    )


def _population() -> Select[Any]:
    band = case(
        (Territory.population.is_(None), None),
        *((Territory.population < above, str(edge)) for edge, above in pairwise(BANDS)),
        else_=str(BANDS[-1]),
    )
    return (
        select(band)
        .select_from(Organisation)
        .join(Territory, Territory.id == Organisation.territory_id)
        .where(Organisation.id == Registration.organisation_id)
    )


def _department() -> Select[Any]:
    return (
        select(directory.department_code())
        .select_from(Organisation)
        .outerjoin(Territory, Territory.id == Organisation.territory_id)
        .where(Organisation.id == Registration.organisation_id)
    )


def _category() -> Select[Any]:
    return select(type_coerce(Role.category, String)).where(Role.id == Registration.role_id)


_KEYS = {By.KIND: _kind, By.POPULATION: _population, By.DEPARTMENT: _department, By.CATEGORY: _category}


def _was_member() -> ColumnElement[bool]:
    """On the day the event began, in its own zone."""
    day = (
        select(func.date(Event.starts_wall, type_=Date))
        .where(Event.id == Registration.event_id)
        .correlate(Registration)
        .scalar_subquery()
    )
    return governance.is_member(Registration.organisation_id, day)  # type: ignore[arg-type]


def are(publics: Iterable[Public]) -> list[ColumnElement[bool]]:
    """What a registration of these publics must be: from every side one of those named from it."""
    return [or_(*(key(by) == wanted for wanted in keys)) for by, keys in _sides(publics).items()]


def are_not(publics: Iterable[Public]) -> list[ColumnElement[bool]]:
    """What it must be to be of none of them."""
    return [not_(key(by) == unwanted) for by, keys in _sides(publics).items() for unwanted in keys]


def _sides(publics: Iterable[Public]) -> dict[By, list[str]]:
    found: dict[By, list[str]] = {}
    for public in publics:
        found.setdefault(public.by, []).append(public.key)
    return found


def kinds() -> Sequence[OrganisationKind]:
    """All kinds of organisations, archived ones too, in their order."""
    return db.session.scalars(
        select(OrganisationKind).order_by(OrganisationKind.position, OrganisationKind.id)
    ).all()


def departments() -> dict[str, str]:
    """What departments and overseas collectivities are called, by code."""
    rows = select(Territory.code, Territory.name).where(
        Territory.kind.in_((TerritoryKind.DEPARTMENT, TerritoryKind.COLLECTIVITY))
    )
    return {code: name for code, name in db.session.execute(rows.order_by(Territory.code))}
