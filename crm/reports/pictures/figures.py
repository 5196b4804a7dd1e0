"""The figures of the relations page: exchanges by month, relations by stage, whom we met this year."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select

from crm.db import db
from crm.directory.models import Organisation, OrganisationKind
from crm.relations.models import Interaction, InteractionKind, interaction_organisations
from crm.relations.partnerships.models import Partnership, PartnershipStage


@dataclass(frozen=True)
class ByMonth:
    """Exchanges of one kind in each month of a year, January first."""

    kind: InteractionKind
    numbers: list[int]

    @property
    def total(self) -> int:
        return sum(self.numbers)


@dataclass(frozen=True)
class Covered:
    """How many organisations of a kind there are, and with how many something was exchanged."""

    kind: OrganisationKind | None
    met: int
    number: int

    @property
    def share(self) -> float:
        return self.met / self.number


def starts(year: int, zone: ZoneInfo) -> list[datetime]:
    """When the months of that year begin in the zone, and when the year ends: thirteen instants."""
    days = [date(year, month, 1) for month in range(1, 13)] + [date(year + 1, 1, 1)]
    return [datetime.combine(day, time.min, zone).astimezone(UTC) for day in days]


def years(zone: ZoneInfo, *, today: date) -> list[int]:
    """The years that have exchanges, and this one, latest first."""
    first, last = db.session.execute(
        select(func.min(Interaction.happened_at), func.max(Interaction.happened_at)).where(
            Interaction.binned_at.is_(None)
        )
    ).one()
    if first is None:
        return [today.year]
    reach = range(first.astimezone(zone).year, max(last.astimezone(zone).year, today.year) + 1)
    return sorted(reach, reverse=True)


def latest_year(zone: ZoneInfo, *, today: date) -> int:
    """This year, or the last one in which something was exchanged when this one has nothing yet."""
    year = today.year
    last = db.session.scalar(
        select(func.max(Interaction.happened_at)).where(
            Interaction.binned_at.is_(None), Interaction.happened_at < starts(year, zone)[-1]
        )
    )
    return year if last is None else last.astimezone(zone).year


def by_month(year: int, zone: ZoneInfo) -> list[ByMonth]:
    """Exchanges of the year by kind and month; kinds without any are left out."""
    edges = starts(year, zone)
    month = case(*((Interaction.happened_at < edge, place) for place, edge in enumerate(edges[1:])), else_=11)
    rows = db.session.execute(
        select(Interaction.kind_id, month.label("month"), func.count())
        .where(
            Interaction.binned_at.is_(None),
            Interaction.happened_at >= edges[0],
            Interaction.happened_at < edges[-1],
        )
        .group_by(Interaction.kind_id, "month")
    )
    counted: dict[int, list[int]] = {}
    for kind_id, place, number in rows:
        counted.setdefault(kind_id, [0] * 12)[place] = number
    kinds = db.session.scalars(
        select(InteractionKind).order_by(InteractionKind.position, InteractionKind.id)
    ).all()
    return [ByMonth(kind, counted[kind.id]) for kind in kinds if kind.id in counted]


def by_stage() -> list[tuple[PartnershipStage, int]]:
    """How many partnerships stand at each stage now, in the stages' order; archived empty ones left out."""
    number = func.count(Organisation.id)
    rows = db.session.execute(
        select(PartnershipStage, number)
        .outerjoin(
            Partnership,
            (Partnership.stage_id == PartnershipStage.id) & Partnership.binned_at.is_(None),
        )
        .outerjoin(
            Organisation,
            (Organisation.id == Partnership.organisation_id) & Organisation.binned_at.is_(None),
        )
        .group_by(PartnershipStage.id)
        .order_by(PartnershipStage.position, PartnershipStage.id)
    )
    return [(stage, count) for stage, count in rows if count or not stage.is_archived]


def coverage(year: int, zone: ZoneInfo) -> list[Covered]:
    """For each kind of organisation, how many there are and with how many there was an exchange of substance
    in the year. The largest share first."""
    edges = starts(year, zone)
    met = (
        select(interaction_organisations.c.organisation_id)
        .join(Interaction, Interaction.id == interaction_organisations.c.interaction_id)
        .join(InteractionKind, InteractionKind.id == Interaction.kind_id)
        .where(
            Interaction.binned_at.is_(None),
            InteractionKind.counts.is_(True),
            Interaction.happened_at >= edges[0],
            Interaction.happened_at < edges[-1],
        )
        .distinct()
        .subquery("met")
    )
    rows = db.session.execute(
        select(OrganisationKind, func.count(met.c.organisation_id), func.count(Organisation.id))
        .select_from(Organisation)
        .outerjoin(OrganisationKind, OrganisationKind.id == Organisation.kind_id)
        .outerjoin(met, met.c.organisation_id == Organisation.id)
        .where(Organisation.binned_at.is_(None))
        .group_by(OrganisationKind.id)
    )
    found = [Covered(kind, reached, number) for kind, reached, number in rows]
    return sorted(found, key=lambda one: (-one.share, -one.number, one.kind.id if one.kind else 0))
