"""What fields offer: typed letters and what they may mean, kinds, tags, followers, neighbours."""

from datetime import date
from functools import cache

from sqlalchemy import CompoundSelect, Select, String, case, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import selectinload

from crm.accounts.models import Account
from crm.db import db
from crm.directory import normal
from crm.directory.filters import Filter
from crm.directory.models import Organisation, OrganisationKind, Person, Tag
from crm.directory.queries.listed import organisations, people


def suggest_organisations(text: str, *, limit: int = 8) -> list[Organisation]:
    """Kept organisations that the typed words may mean: the acronym or whole name first, then beginnings."""
    words = normal.asked(text)
    if len("".join(words)) < 2:
        return []
    typed = " ".join(words)
    rank = case(
        (or_(Organisation.sort == typed, func.lower(Organisation.acronym) == text.strip().lower()), 0),
        (Organisation.sort.startswith(typed, autoescape=True), 1),
        else_=2,
    )
    found = (
        organisations(Filter(q=text), day=date.min)
        .options(selectinload(Organisation.kind), selectinload(Organisation.territory))
        .order_by(rank, Organisation.sort, Organisation.id)
        .limit(limit)
    )
    return list(db.session.scalars(found))


def suggest_people(text: str, *, limit: int = 8) -> list[Person]:
    """Kept people that the typed words may mean, in name order."""
    if "@" not in text and len("".join(normal.asked(text))) < 2:
        return []
    found = people(Filter(q=text), day=date.min).order_by(Person.sort, Person.id).limit(limit)
    return list(db.session.scalars(found))


def of_territories(keys: list[int]) -> dict[int, Organisation]:
    """The organisations that stand for those territories, by the territory's key; binned ones too."""
    found = db.session.scalars(select(Organisation).where(Organisation.territory_id.in_(keys)))
    return {organisation.territory_id: organisation for organisation in found if organisation.territory_id}


# Choices and neighbours


def kinds() -> Select[OrganisationKind]:
    """The kinds that new organisations may have, in the association's order."""
    return (
        select(OrganisationKind)
        .where(OrganisationKind.is_archived.is_(False))
        .order_by(OrganisationKind.position, OrganisationKind.id)
    )


def kind_with(slug: str) -> OrganisationKind | None:
    return db.session.scalars(select(OrganisationKind).where(OrganisationKind.slug == slug)).first()


def tags() -> Select[Tag]:
    return select(Tag).order_by(func.lower(Tag.name), Tag.id)


def children(organisation: Organisation) -> Select[Organisation]:
    return (
        select(Organisation)
        .where(Organisation.parent_id == organisation.id, Organisation.binned_at.is_(None))
        .order_by(Organisation.sort, Organisation.id)
    )


def followers() -> Select[Account]:
    """The open accounts, which may follow organisations, by name."""
    return select(Account).where(Account.is_open.is_(True)).order_by(func.lower(Account.name), Account.id)


@cache
def filter_choices(*, in_english: bool) -> CompoundSelect[str, str, str, int]:
    """What the bar over a list offers, in one query: `kind`, `tag` or `follower`, then value and name."""
    name = OrganisationKind.name_en if in_english else OrganisationKind.name_fr
    offered = (
        (kinds(), literal("kind"), OrganisationKind.slug, name, OrganisationKind.position),
        (tags(), literal("tag"), Tag.name, Tag.name, literal(0)),
        (followers(), literal("follower"), cast(Account.id, String), Account.name, literal(0)),
    )
    parts = [
        rows.order_by(None).with_only_columns(
            group.label("part"), value.label("value"), shown.label("name"), place.label("place")
        )
        for rows, group, value, shown, place in offered
    ]
    return union_all(*parts).order_by("part", "place", "name", "value")  # type: ignore[return-value]
