"""What lies in a territory."""

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from crm.db import db
from crm.directory.models import Organisation
from crm.territories.models import Territory, TerritoryKind

# How postcodes begin where that is not the department's code: Corsica shares 20.
POSTAL = {"2A": ("200", "201"), "2B": ("202", "206")}
OVERSEAS = ("97", "98")


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
    seated = [
        Organisation.postcode.startswith(start) for code in departments for start in POSTAL.get(code, (code,))
    ]
    return or_(own, and_(Organisation.territory_id.is_(None), Organisation.country == "FR", or_(*seated)))


def department_code() -> ColumnElement[str | None]:
    """The code of the department or overseas collectivity that an organisation lies in, for a statement
    that joins its territory from outside; NULL when it lies in none. The same rule as `lies_in`."""
    two, three = func.substr(Organisation.postcode, 1, 2), func.substr(Organisation.postcode, 1, 3)
    seat = case(
        *((three.in_(starts), code) for code, starts in POSTAL.items()),
        (two.in_(OVERSEAS), three),
        else_=two,
    )
    seated = and_(
        Organisation.territory_id.is_(None), Organisation.country == "FR", Organisation.postcode != ""
    )
    return case((Organisation.territory_id.is_not(None), Territory.department_code), (seated, seat))


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
