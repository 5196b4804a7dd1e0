"""The answers to an event's questions, as something that is kept about a registration."""

from flask_babel import force_locale

from crm.events.models import Registration
from crm.events.own import holdings
from crm.events.questions import answering, messages, queries
from crm.web import files


def install() -> None:
    holdings.enter("answers", told=_told, forget=_forget)


def _told(registration: Registration, language: str) -> list[tuple[str, str]]:
    with force_locale(language):
        given = queries.answers_of(registration).values()
        return [(answers[0].asked(language), messages.shown(answers)) for answers in given if answers]


def _forget(registration: Registration) -> None:
    # Files first: should the work die between the two, the next look finds the rest.
    files.discard(*answering.forget([registration.id]))
