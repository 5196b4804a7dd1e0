"""The demo's registration form: what one event to come asks, and what some people answered."""

from datetime import datetime
from random import Random

from sqlalchemy import select

from crm.db import db
from crm.events.models import Event, Registration
from crm.events.questions import answering, services
from crm.events.questions.models import YES, Asks, Question
from crm.events.questions.services import Wanted

NOTES = ("Des délibérations numérisées", "Une convention locale", "Un jeu de données à ouvrir")


def ask(event: Event, *, by: str, at: datetime) -> None:
    """Questions of each usual kind, answered by two people of three."""
    questions = [services.add(event, wanted, by=by) for wanted in _wanted()]
    chance = Random(7)  # noqa: S311  (an invented choice)
    rows = select(Registration).where(Registration.event_id == event.id).order_by(Registration.id)
    for registration in db.session.scalars(rows).all():
        if chance.random() < 0.66:
            said = _said(questions, chance)
            answering.give(registration, said, language=registration.language, by="public", at=at)


def _wanted() -> list[Wanted]:
    meals = [("", "Végétarien", "Vegetarian"), ("", "Poisson", "Fish"), ("", "Autre", "Another")]
    groups = [("", "Rédiger le schéma", "Writing"), ("", "Outiller les secrétaires", "Tools")]
    meal = Wanted(
        kind=Asks.CHOICE, title_fr="Quel repas prendrez-vous ?", title_en="Which meal will you have?",
        choices=meals, purpose="Commander les repas", is_required=True,
    )  # fmt: skip
    other = Wanted(
        kind=Asks.TEXT, title_fr="Lequel ?", title_en="Which one?", purpose="Commander les repas",
        depends_on="quel-repas-prendrez-vous", depends_values=["autre"], is_required=True, keep_days=7,
    )  # fmt: skip
    workshop = Wanted(
        kind=Asks.CHOICES, title_fr="Les ateliers qui vous intéressent", title_en="Workshops you would like",
        help_fr="Deux se tiennent en même temps.", help_en="Two are held at the same time.",
        choices=[*groups, ("", "Publier et réutiliser", "Publishing and reuse")],
        purpose="Composer les ateliers", keep_days=90,
    )  # fmt: skip
    brings = Wanted(
        kind=Asks.LONG_TEXT, title_fr="Ce que vous apportez", title_en="What you bring with you",
        purpose="Préparer les échanges", keep_days=90,
    )  # fmt: skip
    photo = Wanted(
        kind=Asks.CONSENT, title_fr="J’accepte d’apparaître sur les photographies du site.",
        title_en="I agree that photographs of me be published on the website.",
        purpose="Illustrer le compte rendu", keep_days=365,
    )  # fmt: skip
    return [meal, other, workshop, brings, photo]


def _said(questions: list[Question], chance: Random) -> dict[Question, answering.Said | None]:
    meal, other, workshop, brings, photo = questions
    chosen = chance.choice(("vegetarien", "vegetarien", "poisson", "autre"))
    groups = [choice["key"] for choice in workshop.choices]
    return {
        meal: (chosen,),
        other: "Un repas froid" if chosen == "autre" else None,
        workshop: tuple(chance.sample(groups, chance.choice((1, 2)))),
        brings: chance.choice(NOTES) if chance.random() < 0.5 else None,
        photo: YES if chance.random() < 0.7 else None,
    }
