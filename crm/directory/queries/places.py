"""What lies in a territory."""

from sqlalchemy import ColumnElement, and_, or_, select

from crm.db import db
from crm.directory.models import Organisation
from crm.territories.models import Territory, TerritoryKind


def territory_named(name: str) -> Territory | None:
    """The territory of that key, or of that kind and official code (`department:49`)."""
    kind, colon, code = name.partition(":")
    if not colon:
        return db.session.get(Territory, int(name))
    wanted = select(Territory).where(Territory.kind == kind, Territory.code == code.upper())
    return db.session.scalars(wanted).first() if kind in list(TerritoryKind) else None


def lies_in(territory: Territory) -> ColumnElement[bool]:
    """The organisation stands for the territory or for one inside it; or, standing for none, has its
    seat there by the department that its postcode names."""
    inside = _inside(territory)
    own = Organisation.territory_id.in_(select(Territory.id).where(inside))
    departments = list(
        db.session.scalars(
            select(Territory.code).where(
                Territory.kind.in_((TerritoryKind.DEPARTMENT, TerritoryKind.COLLECTIVITY)), inside
            )
        )
    )
    if not departments or territory.kind is TerritoryKind.EPCI:
        return own
    seated = [Organisation.postcode.like(f"{_postal(code)}%") for code in departments]
    return or_(own, and_(Organisation.territory_id.is_(None), Organisation.country == "FR", or_(*seated)))


def _inside(territory: Territory) -> ColumnElement[bool]:
    code = territory.code
    match territory.kind:
        case TerritoryKind.REGION:
            return Territory.region_code == code
        case TerritoryKind.DEPARTMENT | TerritoryKind.COLLECTIVITY:
            return Territory.department_code == code
        case TerritoryKind.EPCI:
            return or_(Territory.epci_code == code, Territory.ept_code == code, Territory.id == territory.id)
        case _:
            return Territory.id == territory.id


def _postal(department: str) -> str:
    """How the postcodes of a department begin: `2A` and `2B` share 20."""
    return "20" if department in ("2A", "2B") else department
