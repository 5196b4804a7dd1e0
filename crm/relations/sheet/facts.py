"""What stands on the sheet: who they are, what we did together, what is promised, whom we know there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from crm import clock
from crm.db import db
from crm.directory import queries as directory
from crm.directory.models import Organisation, Person, PersonAddress, Role
from crm.relations import queries
from crm.relations.agreements.models import Agreement
from crm.relations.models import FollowUp, Interaction
from crm.relations.partnerships.models import Partnership
from crm.relations.queries import Chosen

MOST_EXCHANGES = 5
MOST_PEOPLE = 30


@dataclass(frozen=True)
class Sheet:
    """All that the sheet of one organisation tells on one day."""

    organisation: Organisation
    day: date
    partnership: Partnership | None = None
    agreements: Sequence[Agreement] = ()
    exchanges: Sequence[Interaction] = ()
    promises: Sequence[FollowUp] = ()
    roles: Sequence[Role] = field(default=())


def sheet_of(organisation: Organisation, *, day: date, zone: ZoneInfo = clock.PARIS) -> Sheet:
    """The organisation as one should know it when going to meet it on that day."""
    partnership = db.session.scalar(
        select(Partnership)
        .where(Partnership.organisation_id == organisation.id, Partnership.binned_at.is_(None))
        .options(joinedload(Partnership.stage), joinedload(Partnership.owner))
    )
    agreements = db.session.scalars(
        select(Agreement)
        .where(Agreement.organisations.any(Organisation.id == organisation.id), Agreement.binned_at.is_(None))
        .order_by(Agreement.ends_on.desc().nulls_first(), Agreement.id)
        .limit(10)
    )
    rows = queries.exchanges(Chosen(organisation_id=organisation.id), zone=zone)
    keys = list(
        db.session.scalars(
            rows.order_by(Interaction.happened_at.desc(), Interaction.id.desc()).limit(MOST_EXCHANGES)
        )
    )
    told = queries.told(keys)
    open_ones = queries.follow_ups(state="open", today=day, organisation_id=organisation.id)
    roles = (
        directory.roles_on(day)
        .where(Role.organisation_id == organisation.id)
        .join(Role.person)
        .where(Person.binned_at.is_(None))
        .options(
            joinedload(Role.person).options(
                selectinload(Person.phones), selectinload(Person.addresses).joinedload(PersonAddress.address)
            )
        )
        .order_by(Role.is_main.desc(), Person.sort, Role.id)
        .limit(MOST_PEOPLE)
    )
    return Sheet(
        organisation=organisation,
        day=day,
        partnership=partnership,
        agreements=list(agreements),
        exchanges=[told[key] for key in keys],
        promises=list(db.session.scalars(open_ones.order_by(queries.due(), FollowUp.id).limit(20))),
        roles=list(db.session.scalars(roles)),
    )
