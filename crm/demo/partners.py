"""The demo's partners: at which stage, followed by whom, with which agreements; some of them going cold.

The partners are the year's; stages, rhythms and agreements are invented.
"""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.demo.directory import Directory
from crm.directory.models import Organisation, Person, Role
from crm.relations import services as log
from crm.relations.agreements import services as agreements
from crm.relations.agreements.models import AgreementState
from crm.relations.models import InteractionKind
from crm.relations.partnerships import services
from crm.relations.partnerships.models import PartnershipStage

# Partner, the stages it came through, days since the last word (None: only what the year's log has),
# what was said then and promised, its own rhythm.
PARTNERS: tuple[tuple[str, tuple[str, ...], int | None, str, str, int | None], ...] = (
    ("Banque des Territoires", ("to_meet",), None, "", "", None),
    ("Mégalis Bretagne", ("to_meet",), 20, "Premier contact avec la direction", "", None),
    ("DINUM", ("to_meet", "in_discussion"), 9, "Suites du rapport Data et territoires", "", None),
    ("FNCCR", ("to_meet", "in_discussion"), 74, "Groupe commun sur les données de réseaux",
     "Envoyer la note de cadrage", None),
    ("Agence ORE", ("to_meet", "in_discussion"), 95, "Mutualisation des données d’énergie",
     "Relire le projet d’article", None),
    ("Open Data Charter", ("to_meet", "in_discussion"), 33, "Appliquer la charte localement", "", None),
    ("Départements de France", ("in_discussion", "drafted"), 41, "Relecture du projet de convention",
     "Renvoyer la version annotée", None),
    ("La MedNum", ("in_discussion", "drafted", "signed"), 27, "Bilan d’étape de la convention", "", None),
    ("ANCT", ("in_discussion", "drafted", "signed"), 12, "Comité de suivi de la convention", "", 60),
    ("Philanthro-Lab", ("in_discussion", "signed"), 55, "Occupation des bureaux", "", None),
    ("Ekitia", ("signed", "active"), 18, "Programme commun du printemps", "", None),
    ("ADEME", ("signed", "active"), 118, "Bilan du défi", "Proposer une nouvelle édition", 90),
    ("Datactivist", ("active",), 64, "Série de webinaires", "", None),
    ("Bertelsmann Stiftung", ("in_discussion", "dormant"), None, "", "", None),
)  # fmt: skip
AIMS = {
    "ANCT": "Faire connaître l’ouverture des données dans les territoires accompagnés.",
    "Agence ORE": "Partager les données d’énergie utiles aux collectivités.",
    "Départements de France": "Proposer aux départements une offre de données et de culture de la donnée.",
}


def load(made: Directory, *, team: list[Account], at: datetime) -> None:
    """Open them as they came to their stages, log the last word of each, write the agreements."""
    stages = {stage.slug: stage for stage in db.session.scalars(select(PartnershipStage))}
    kinds = {kind.slug: kind for kind in db.session.scalars(select(InteractionKind))}
    today = clock.day(at)
    for number, (name, path, ago, title, promised, rhythm) in enumerate(PARTNERS):
        owner, organisation = team[number % len(team)], made.named[name]
        opened = at - timedelta(days=320 - 11 * number)
        partnership = services.open_with(
            organisation,
            stage=stages[path[0]],
            owner=owner,
            rhythm_days=rhythm,
            aim=AIMS.get(name, ""),
            by=owner,
            at=opened,
        )
        for step, slug in enumerate(path[1:], 1):
            services.move(
                partnership,
                stages[slug],
                version=partnership.version,
                by=owner,
                at=opened + timedelta(days=60 * step),
            )
        if ago is not None:
            _last_word(organisation, title, promised, kinds["meeting"], owner, today - timedelta(days=ago))
    _agreements(made, team, at)


def _last_word(
    organisation: Organisation, title: str, promised: str, kind: InteractionKind, by: Account, on: date
) -> None:
    step = log.Promised(what=promised, assigned_to=by, due_on=on + timedelta(days=30)) if promised else None
    log.log(
        log.Told(
            kind=kind,
            title=title,
            day=on,
            hour=time(10, 30),
            organisations=[organisation],
            people=_people_of(organisation)[:2],
            staff=[by],
        ),
        follow_up=step,
        by=by,
        at=clock.instant(datetime.combine(on, time(18)), clock.PARIS),
    )


def _agreements(made: Directory, team: list[Account], at: datetime) -> None:
    today = clock.day(at)
    for told in (
        agreements.Told(
            title="Convention d’occupation des bureaux",
            organisations=[made.named["Philanthro-Lab"]],
            state=AgreementState.SIGNED,
            signers=_people_of(made.named["Philanthro-Lab"])[:1],
            our_signatory="La présidente",
            owner=team[0],
            signed_on=today - timedelta(days=660),
            begins_on=today - timedelta(days=655),
            ends_on=today + timedelta(days=75),
            notice_days=60,
        ),
        agreements.Told(
            title="Convention pluriannuelle données et territoires",
            organisations=[made.named["ANCT"], made.named["DINUM"]],
            state=AgreementState.SIGNED,
            signers=_people_of(made.named["ANCT"])[:1],
            our_signatory="La présidente",
            owner=team[0],
            signed_on=today - timedelta(days=120),
            begins_on=today - timedelta(days=110),
            ends_on=today + timedelta(days=620),
            notice_days=90,
            renewal_months=12,
        ),
        agreements.Told(
            title="Convention de partenariat avec les départements",
            organisations=[made.named["Départements de France"]],
            owner=team[-1],
            notice_days=90,
        ),
    ):
        agreements.write(told, today=today, by=team[0], at=at)


def _people_of(organisation: Organisation) -> list[Person]:
    held = select(Person).join(Role).where(Role.organisation_id == organisation.id).order_by(Person.id)
    return list(db.session.scalars(held))
