"""What stays of the past events of the demo: a replay, answers to an evaluation, certificates; invented."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from crm.db import db
from crm.events.certificates import services as certificates
from crm.events.evaluation import services as evaluation
from crm.events.evaluation.models import Kind
from crm.events.models import Attendance, Event, Registration
from crm.events.resources import services as resources
from crm.events.resources.models import ResourceKind

CERTIFIED = "Regards croisés"
ANSWERS = 40
ADDRESS = "https://ressources.example.org/"
RESOURCES = (
    (ResourceKind.REPLAY, "Le webinaire en vidéo", "replay", True),
    (ResourceKind.SUMMARY, "La synthèse en deux pages", "synthese", True),
    (ResourceKind.FAQ, "Les questions posées, avec leurs réponses", "faq", False),
)
FORMATS = ("Une heure", "Une demi-journée", "Plusieurs séances courtes")
QUESTIONS = (
    evaluation.Wanted("Ce webinaire vous a-t-il été utile ?", Kind.RATING, is_required=True),
    evaluation.Wanted("Le recommanderiez-vous à un collègue ?", Kind.YES_NO),
    evaluation.Wanted("Quel format préférez-vous ?", Kind.CHOICE, FORMATS),
    evaluation.Wanted("Que faut-il améliorer ?", Kind.TEXT),
)
WISHES = (
    "Davantage de temps pour les questions.",
    "Un exemple de jeu de données à rejouer chez soi.",
    "Le support envoyé avant la séance.",
)


def keep_resources(event: Event, *, at: datetime) -> None:
    for kind, title, page, is_public in RESOURCES:
        resources.add(event, kind=kind, title=title, url=ADDRESS + page, is_public=is_public, at=at)


def evaluate(event: Event, *, chance: Random) -> None:
    """Some of those who came answer, without their name; it is closed a month later."""
    at = event.ends_at + timedelta(days=1)
    asked = evaluation.write(
        event, is_anonymous=True, introduction="Deux minutes, sans votre nom.", questions=QUESTIONS
    )
    evaluation.open_up(asked, at=at)
    db.session.flush()
    useful, recommended, preferred, wish = (question.id for question in asked.questions)
    came = select(Registration).where(
        Registration.event_id == event.id, Registration.attendance == Attendance.PRESENT
    )
    for registration in db.session.scalars(came.order_by(Registration.id).limit(ANSWERS)).all():
        said = {
            useful: str(chance.choice((3, 4, 4, 5, 5))),
            recommended: chance.choice((evaluation.YES, evaluation.YES, evaluation.YES, evaluation.NO)),
            preferred: chance.choice(FORMATS),
            wish: chance.choice(WISHES) if chance.random() < 0.2 else "",
        }
        evaluation.answer(registration, said, at=at)
    evaluation.close(asked, at=at + timedelta(days=30))


def certify(event: Event, *, signer: str, by: str) -> None:
    """Say what the event certifies; the first who was there has fetched the certificate."""
    at = event.ends_at + timedelta(days=2)
    certificates.agree(
        event, minutes=180, signer_name=signer, signer_function="Déléguée générale", by=by, at=at
    )
    came = select(Registration).where(
        Registration.event_id == event.id, Registration.attendance == Attendance.PRESENT
    )
    first = db.session.scalars(came.order_by(Registration.id).limit(1)).first()
    if first is not None:
        certificates.issue(first, by="public", at=at)
