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
from crm.relations.filing import services as filing
from crm.relations.filing.reading import Read
from crm.relations.models import Consent, Every, Interaction, InteractionKind, Minutes
from crm.relations.services import Promised, Repeat, Told

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
MINUTES = (
    (
        "meeting",
        "Réunion de travail",
        "Working meeting",
        "<h2>Présents</h2><div><br></div><h2>Points</h2><ul><li></li></ul><h2>Décisions</h2><ul><li></li></ul>",
        "<h2>Present</h2><div><br></div><h2>Points</h2><ul><li></li></ul><h2>Decisions</h2><ul><li></li></ul>",
    ),
    (
        "interview",
        "Retour d’expérience",
        "Lessons learned",
        "<h2>Contexte</h2><div><br></div><h2>Ce qui a marché</h2><div><br></div><h2>À refaire autrement</h2>",
        "<h2>Context</h2><div><br></div><h2>What worked</h2><div><br></div><h2>What to do otherwise</h2>",
    ),
)
QUOTES = (
    ("Ouvrir nos données nous a d’abord servi à nous-mêmes.", Consent.YES),
    ("Nous manquons de temps plus que de moyens.", Consent.ASKED),
    ("Le portail a changé nos réunions du lundi.", Consent.NOT_ASKED),
)
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
    _second_day(made, kinds, team, at)


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


def _second_day(
    made: Directory, kinds: dict[str, InteractionKind], team: list[Account], at: datetime
) -> None:
    """Quotes, one of them quotable; a promise that comes again; templates of minutes; a mail that waits."""
    by, today = team[0], clock.day(at)
    for slug, name_fr, name_en, body_fr, body_en in MINUTES:
        services.write_minutes(
            Minutes(), kind=kinds[slug], name_fr=name_fr, name_en=name_en, body_fr=body_fr, body_en=body_en,
            by=by,
        )  # fmt: skip
    met = (
        select(Interaction)
        .where(Interaction.people.any())
        .order_by(Interaction.happened_at.desc(), Interaction.id)
    )
    agreed = {"agreed_on": today, "agreed_how": "par courriel"}
    for exchange, (words, agreement) in zip(
        db.session.scalars(met.limit(len(QUOTES))).all(), QUOTES, strict=False
    ):
        took_part = exchange.people[0]
        said = services.Said(
            person=took_part.person,
            words=words,
            printed_as=took_part.role.function
            if took_part.role and took_part.role.function
            else "Directrice",
            agreement=agreement,
            **(agreed if agreement is Consent.YES else {}),  # type: ignore[arg-type]
        )
        services.quote(exchange, said, by=by, at=at)
    partner = next(iter(made.named.values()))
    services.promise(
        what="Faire le point sur les actions communes",
        assigned_to=by,
        due_on=today + timedelta(days=5),
        organisation=partner,
        repeat=Repeat(every=3, unit=Every.MONTHS),
        by=by,
        at=at,
    )
    _mail(by, at)


def _mail(by: Account, at: datetime) -> None:
    filing.give_address(by, by=by, at=at)
    told = Read(
        message_id="demo@example.org",
        sender=by.email,
        subject="Re: Visite du portail de données",
        sent_at=at - timedelta(hours=3),
        body="<div>Merci pour votre accueil. Je vous envoie le guide cette semaine.</div>",
        tail="<div>Nous serions heureux de vous montrer notre portail.</div>",
        named=[{"email": "accueil@portail-invente.example", "name": "Dominique Vernois"}],
    )
    waiting = filing.take(told, key=filing.key_of(by, told.message_id, b""), account=by, size=4_200, at=at)
    waiting.reason = filing.NOBODY_KNOWN


def _people_of(organisation: Organisation) -> list[Person]:
    held = select(Person).join(Role).where(Role.organisation_id == organisation.id).order_by(Person.id)
    return list(db.session.scalars(held))
