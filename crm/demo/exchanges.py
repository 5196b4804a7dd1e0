"""The demo's log: the year's dealings that were no event, and invented ones of the last weeks."""

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.demo import facts
from crm.demo.directory import Directory
from crm.directory.models import Organisation, Person, Role
from crm.relations import services
from crm.relations.models import InteractionKind
from crm.relations.services import Promised, Told

NAMED_OTHERWISE = {
    "CNIG": "Conseil national de l'information géolocalisée",
    "Région Provence-Alpes-Côte d'Azur": "Provence-Alpes-Côte d'Azur",
}
KINDS = {"office": "note"}
# What the report says in few words, in the page's language.
ABOUT = {
    "axes of cooperation on public data after the report Data et territoires": (
        "Axes de coopération sur les données publiques après le rapport Data et territoires"
    ),
    "roadmap 2023-2025 of connected and sustainable territories": (
        "Feuille de route 2023-2025 des territoires connectés et durables"
    ),
    "commissions of the year": "Commissions de l’année",
    "perspectives of collaboration": "Perspectives de collaboration",
    "sharing good practice": "Partage de bonnes pratiques",
    "data offer and literacy": "Offre de données et culture de la donnée",
    "open data and mobility": "Open data et mobilité",
    "automated publication of public data": "Publication automatisée des données publiques",
    "applying the charter locally": "Appliquer la charte localement",
    "new premises": "Nouveaux locaux",
}
NEXT = {
    "to follow in 2025": "Suivre en 2025",
    "an agreement in 2025": "Préparer une convention en 2025",
    "raise local authorities' awareness in 2025": "Sensibiliser les collectivités en 2025",
}
RECENT = (
    ("call", "Point d’étape sur la publication des données", "Renvoyer le guide des licences"),
    ("meeting", "Préparation de la rencontre annuelle", "Proposer deux dates pour la visite"),
    ("video", "Retour d’expérience sur le portail", None),
    ("email", "Demande d’intervention en webinaire", "Confirmer l’intervenant"),
    ("visit", "Visite du service des données", None),
    ("call", "Nouvelle interlocutrice au numérique", "Mettre la fiche à jour"),
)


def load(made: Directory, *, chance: Random, team: list[Account], at: datetime) -> None:
    """Log them in the order they happened."""
    kinds = {kind.slug: kind for kind in db.session.scalars(select(InteractionKind))}
    for number, told in enumerate(facts.year()["interactions"]):
        for meeting in range(told.get("count", 1)):
            _of_the_year(told, number, meeting, made, kinds, team)
    _recent(made, kinds, chance, team, at)


def _of_the_year(
    told: dict[str, Any],
    number: int,
    meeting: int,
    made: Directory,
    kinds: dict[str, InteractionKind],
    team: list[Account],
) -> None:
    name = told["organisation"]
    organisation = made.named[NAMED_OTHERWISE.get(name, name)]
    # The report dates few of them: the others stand on invented days of the autumn.
    on = (
        date.fromisoformat(told["on"])
        if "on" in told
        else date(2024, 9, 10) + timedelta(days=9 * number + 21 * meeting)
    )
    by = team[number % len(team)]
    follow_up = NEXT.get(told.get("next", ""))
    services.log(
        Told(
            kind=kinds[KINDS.get(told["kind"], told["kind"])],
            title=ABOUT[told["about"]],
            day=on,
            organisations=[organisation],
            people=_people_of(organisation)[:1],
            staff=[by],
        ),
        follow_up=Promised(what=follow_up, assigned_to=by, due_on=on + timedelta(days=120))
        if follow_up
        else None,
        by=by,
        at=clock.instant(datetime.combine(on, time(18)), clock.PARIS),
    )


def _recent(
    made: Directory,
    kinds: dict[str, InteractionKind],
    chance: Random,
    team: list[Account],
    at: datetime,
) -> None:
    known = list({organisation.id: organisation for organisation in made.named.values()}.values())
    today = clock.day(at)
    for weeks in range(20, 0, -1):
        kind, title, promised = RECENT[weeks % len(RECENT)]
        organisation = chance.choice(known[:90])
        by = team[weeks % len(team)]
        on = today - timedelta(days=7 * weeks - 4)
        services.log(
            Told(
                kind=kinds[kind],
                title=title,
                day=on,
                hour=time(10 + weeks % 7, 30),
                organisations=[organisation],
                people=chance.sample(_people_of(organisation), 1) if _people_of(organisation) else [],
                staff=[by],
            ),
            follow_up=Promised(what=promised, assigned_to=by, due_on=on + timedelta(days=21))
            if promised and weeks < 9
            else None,
            by=by,
            at=min(at, clock.instant(datetime.combine(on, time(19)), clock.PARIS)),
        )


def _people_of(organisation: Organisation) -> list[Person]:
    held = select(Person).join(Role).where(Role.organisation_id == organisation.id).order_by(Person.id)
    return list(db.session.scalars(held))
