"""What people find on their own page once an event is over, and what of it is taken away at their wish."""

from flask import url_for
from sqlalchemy import select, update

from crm import clock
from crm.db import db
from crm.events.evaluation import services as evaluations
from crm.events.models import EventState, Registration
from crm.events.own import holdings
from crm.events.platforms.models import Connected
from crm.events.resources import services as resources
from crm.text import N_


def install() -> None:
    holdings.page("evaluation", N_("What did you think of it?"), _evaluation)
    holdings.page("resources", N_("Replay and documents"), _resources)
    holdings.enter("evaluation", told=evaluations.told, forget=evaluations.forget)
    holdings.enter("resources", told=lambda registration, language: (), forget=resources.forget)
    holdings.enter("platforms", told=_connected, forget=_disconnect)


def _evaluation(registration: Registration) -> str:
    may = evaluations.may_answer(registration)
    return url_for("agenda.own_evaluation", token=registration.token) if may else ""


def _resources(registration: Registration) -> str:
    event = registration.event
    is_past = event.is_over(clock.now()) and event.state is not EventState.CANCELLED
    return url_for("agenda.own_resources", token=registration.token) if is_past else ""


def _connected(registration: Registration, language: str) -> list[tuple[str, str]]:
    """What a platform's file says of the person: name, address and organisation as shown there, minutes."""
    rows = select(Connected).where(Connected.registration_id == registration.id).order_by(Connected.id)
    label = "Connexion à la plateforme" if language == "fr" else "Connection to the platform"
    return [
        (label, ", ".join(filter(None, (one.name, one.email, one.organisation, f"{one.minutes} min"))))
        for one in db.session.scalars(rows)
    ]


def _disconnect(registration: Registration) -> None:
    db.session.execute(
        update(Connected)
        .where(Connected.registration_id == registration.id)
        .values(name="", email="", organisation="")
    )
