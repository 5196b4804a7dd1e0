"""Where each relation stands: the board by stage, the list, the totals."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.directory import queries as directory
from crm.directory.filters import Filter
from crm.directory.models import Organisation
from crm.relations.agreements import queries as agreements
from crm.relations.agreements.models import Agreement
from crm.relations.cold import queries as cold
from crm.relations.models import FollowUp, Interaction, LastExchange
from crm.relations.partnerships.models import Partnership, PartnershipMove, PartnershipStage
from crm.relations.queries.promises import due
from crm.web.tables import Order

SHOWN = 50  # cards of one stage on the board; its list has them all


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which partnerships are meant. `still` is for how many days neither move nor exchange."""

    owner_id: int | None = None
    nobody: bool = False
    kind: str = ""
    territory: str = ""
    stage: str = ""
    still: int | None = None
    in_bin: bool = False

    def __bool__(self) -> bool:
        return self != Asked()


@dataclass
class Card:
    """A partnership as pages show it; `late` is by how many days it went cold, negative when it did not."""

    partnership: Partnership
    last: datetime | None
    late: int | None
    next_step: FollowUp | None = None
    agreements: list[Agreement] = field(default_factory=list)

    @property
    def is_cold(self) -> bool:
        return self.late is not None and self.late > 0


@dataclass
class Column:
    stage: PartnershipStage
    number: int
    cards: list[Card]


def stages(*, keep: int | None = None) -> Select[PartnershipStage]:
    """The stages in their order; an archived one when it is still someone's."""
    return (
        select(PartnershipStage)
        .where(or_(PartnershipStage.is_archived.is_(False), PartnershipStage.id == keep))
        .order_by(PartnershipStage.position, PartnershipStage.id)
    )


def partnerships(asked: Asked, *, at: datetime, today: date) -> Select[Any]:
    """Rows of `id` and what lists sort by, in no order."""
    late = cold.days_since(cold.since(), at) - func.coalesce(cold.rhythm(), 1_000_000)
    rows: Any = (
        select(
            Partnership.id,
            Partnership.organisation_id,
            Partnership.stage_id,
            late.label("late"),
            LastExchange.at.label("last"),
        )
        .join(Organisation, Organisation.id == Partnership.organisation_id)
        .join(PartnershipStage, PartnershipStage.id == Partnership.stage_id)
        .outerjoin(LastExchange, LastExchange.organisation_id == Partnership.organisation_id)
        .where(Organisation.binned_at.is_(None))
    )
    found: Select[Any] = rows.where(*_conditions(asked, at, today))
    return found


def _conditions(asked: Asked, at: datetime, today: date) -> list[Any]:
    kept = Partnership.binned_at.is_not(None) if asked.in_bin else Partnership.binned_at.is_(None)
    found: list[Any] = [kept]
    if asked.owner_id:
        found.append(Partnership.owner_id == asked.owner_id)
    elif asked.nobody:
        found.append(Partnership.owner_id.is_(None))
    if asked.stage:
        found.append(PartnershipStage.slug == asked.stage)
    if asked.kind or asked.territory:
        meant = Filter(kinds=(asked.kind,) if asked.kind else (), territory=asked.territory)
        ids = directory.organisations(meant, day=today).order_by(None).with_only_columns(Organisation.id)
        found.append(Organisation.id.in_(ids))
    if asked.still:
        before = at - timedelta(days=asked.still)
        found.append(Partnership.moved_at < before)
        found.append(or_(LastExchange.at.is_(None), LastExchange.at < before))
    return found


def order(sort: str, rows: Select[Any]) -> Order:
    """The order that a list's address asks for; by name when it asks for none that is known."""
    name, falling = sort.lstrip("-"), sort.startswith("-")
    by: Any = {
        "stage": PartnershipStage.position,
        "moved": Partnership.moved_at,
        "late": rows.selected_columns["late"],
        "last": func.coalesce(LastExchange.at, Partnership.created_at),
    }.get(name, Organisation.sort)
    return Order(by=by, key=Partnership.id, descending=falling)  # type: ignore[arg-type]


def board(asked: Asked, *, at: datetime, today: date) -> list[Column]:
    """The columns of the board with their totals; in each the coldest cards first."""
    rows = partnerships(asked, at=at, today=today).subquery()
    place = func.row_number().over(partition_by=rows.c.stage_id, order_by=(rows.c.late.desc(), rows.c.id))
    numbered = select(rows, place.label("place")).subquery()
    found = db.session.execute(
        select(numbered).where(numbered.c.place <= SHOWN).order_by(numbered.c.place)
    ).all()
    totals: dict[int, int] = dict(
        db.session.execute(select(rows.c.stage_id, func.count()).group_by(rows.c.stage_id)).all()
    )
    made = {card.partnership.id: card for card in cards(found, today=today)}
    shown = select(PartnershipStage).where(
        or_(PartnershipStage.is_archived.is_(False), PartnershipStage.id.in_(list(totals)))
    )
    if asked.stage:
        shown = shown.where(PartnershipStage.slug == asked.stage)
    ordered = shown.order_by(PartnershipStage.position, PartnershipStage.id)
    return [
        Column(stage, totals.get(stage.id, 0), [made[row.id] for row in found if row.stage_id == stage.id])
        for stage in db.session.scalars(ordered)
    ]


def cards(rows: Sequence[Any], *, today: date) -> list[Card]:
    """The partnerships of these rows with their next step and their agreements, in the same order."""
    keys = [row.id for row in rows]
    found = {
        one.id: one
        for one in db.session.scalars(
            select(Partnership)
            .where(Partnership.id.in_(keys))
            .options(
                joinedload(Partnership.stage),
                joinedload(Partnership.owner),
                joinedload(Partnership.organisation).joinedload(Organisation.kind),
            )
        )
    }
    organisations = [one.organisation_id for one in found.values()]
    steps = next_steps(organisations)
    signed = agreements.of_organisations(organisations)
    return [
        Card(
            found[row.id],
            row.last,
            row.late,
            steps.get(found[row.id].organisation_id),
            signed.get(found[row.id].organisation_id, []),
        )
        for row in rows
    ]


def next_steps(keys: Sequence[int]) -> dict[int, FollowUp]:
    """What is to be done next for each organisation."""
    place = func.row_number().over(partition_by=FollowUp.organisation_id, order_by=(due(), FollowUp.id))
    numbered = (
        select(FollowUp.id, place.label("place"))
        .outerjoin(Interaction, Interaction.id == FollowUp.interaction_id)
        .where(
            FollowUp.organisation_id.in_(keys), FollowUp.done_at.is_(None), Interaction.binned_at.is_(None)
        )
        .subquery()
    )
    rows = select(FollowUp).join(numbered, numbered.c.id == FollowUp.id).where(numbered.c.place == 1)
    return {int(one.organisation_id or 0): one for one in db.session.scalars(rows)}


def of_organisation(organisation_id: int) -> Partnership | None:
    """The partnership with the organisation that is not in the bin."""
    return db.session.scalar(
        select(Partnership)
        .where(Partnership.organisation_id == organisation_id, Partnership.binned_at.is_(None))
        .options(joinedload(Partnership.stage), joinedload(Partnership.owner))
    )


def card_of(partnership: Partnership, *, at: datetime, today: date) -> Card:
    rows = partnerships(Asked(in_bin=partnership.binned_at is not None), at=at, today=today)
    found = db.session.execute(rows.where(Partnership.id == partnership.id)).all()
    return cards(found, today=today)[0] if found else Card(partnership, None, None)


def moves(partnership: Partnership) -> list[PartnershipMove]:
    """What moved when, the latest first."""
    rows = (
        select(PartnershipMove)
        .where(PartnershipMove.partnership_id == partnership.id)
        .options(
            joinedload(PartnershipMove.from_stage),
            joinedload(PartnershipMove.to_stage),
            joinedload(PartnershipMove.by),
        )
        .order_by(PartnershipMove.id.desc())
    )
    return list(db.session.scalars(rows))
