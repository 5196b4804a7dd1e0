"""Loading the demo: the real year 2024 of an association, with invented people."""

from datetime import datetime
from random import Random

import structlog
from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import history
from crm.accounts import services as accounts
from crm.accounts.models import Account
from crm.db import db
from crm.demo import (
    agenda,
    crowd,
    directory,
    duplicates,
    exchanges,
    facts,
    governance,
    mobilisation,
    own_fields,
    parliament,
    partners,
    passing,
    programmes,
    views,
)
from crm.demo.accounts import PEOPLE as TEAM
from crm.demo.accounts import password
from crm.directory.models import Organisation, Person
from crm.settings import services as settings
from crm.settings.models import Association
from crm.territories import services as territories

PEOPLE = 2000

log = structlog.get_logger()


def is_empty(session: Session) -> bool:
    """Whether nobody has begun to use this database."""
    return not any(
        session.scalar(select(func.count()).select_from(select(model.id).limit(1).subquery()))
        for model in (Account, Person, Organisation)
    )


def load(*, people: int, seed: int, at: datetime) -> None:
    """Fill an empty database, step by step, through the same rules as the pages; commits each step.

    The same `seed` draws the same people. `at` is the present instant (UTC).
    """
    history.act_as(db.session(), "demo")
    chance = Random(seed)  # noqa: S311  (invented people need no secret)
    territories.load(db.session(), at=at)
    _describe_association()
    team = _team(at)
    db.session.commit()
    made = directory.load(people_wanted=min(people, PEOPLE), chance=chance, team=team[1:3], at=at)
    db.session.commit()
    log.info("demo directory", people=len(made.people), organisations=len(made.named))
    exchanges.load(made, chance=chance, team=team[1:3], at=at)
    partners.load(made, team=team[1:3], at=at)
    passing.load(made, by=team[1], at=at)
    db.session.commit()
    events = agenda.load(made, chance=chance, by=team[2].email, at=at)
    db.session.commit()
    programmes.prepare(events, made.people, chance=Random(seed), by=team[2].email, at=at)  # noqa: S311
    db.session.commit()
    log.info("demo agenda", events=len(events))
    mobilisation.load(made, by=team[2], at=at)
    # A chance of its own, so that what else is drawn stays the same.
    parliament.load(chance=Random(seed))  # noqa: S311
    mobilisation.act(by=team[2], chance=Random(seed), at=at)  # noqa: S311
    own_fields.load(made, chance=Random(seed), at=at)  # noqa: S311
    governance.load(made, chance=Random(seed), at=at)  # noqa: S311
    views.load(by=team[1], at=at)
    db.session.commit()
    duplicates.load(made, at=at)
    db.session.commit()
    if people > PEOPLE:
        crowd.load(first=PEOPLE + 1, last=people, chance=chance, at=at)
        log.info("demo crowd", people=people)


def _describe_association() -> None:
    told = facts.year()["association"]
    settings.set_up(name=told["name"])
    association: Association = settings.describe(
        zone=told["timezone"],
        siret=told["siret"],
        contact_email="contact@example.org",
        name=told["name"],
        street=told["seat"]["street"],
        postcode=told["seat"]["postcode"],
        city=told["seat"]["city"],
        website=told["website"],
    )
    association.is_demo = True


def _team(at: datetime) -> list[Account]:
    key = current_app.config["SECRET_KEY"]
    team = [
        accounts.create(email=email, name=name, right=right, password=password(key, email), at=at)
        for right, email, name in TEAM
    ]
    db.session.flush()
    return team
