"""What is being prepared in the demo: a programme with its speakers, a series, a template; all invented."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from crm.directory.models import Person
from crm.events.copying import services as copying
from crm.events.models import Answer, Event
from crm.events.programme import queries, services
from crm.events.programme.models import Does
from crm.events.series import rules
from crm.events.series import services as series

FORUM = "Forum des partenaires"
# Minutes from the start, how long, title, room, how many speak.
SESSIONS = (
    (0, 20, "Accueil et ouverture", "Grande salle", 1),
    (20, 60, "Table ronde : ce que les partenaires attendent de la donnée locale", "Grande salle", 3),
    (80, 40, "Atelier : une convention qui tient", "Salle 2", 2),
)


def prepare(
    events: Mapping[str, Event], people: Sequence[Person], *, chance: Random, by: str, at: datetime
) -> None:
    """Fill the programme of the forum, keep it as a template, and repeat it twice as a series."""
    forum = events[FORUM]
    reached = [person for person in people if person.addresses]
    for minutes, lasts, title, room, voices in SESSIONS:
        starts = forum.starts_wall + timedelta(minutes=minutes)
        told = services.Told(
            title=title, room=room, starts_wall=starts, ends_wall=starts + timedelta(minutes=lasts)
        )
        spoken = [services.Voice(person) for person in chance.sample(reached, voices)]
        if voices > 1:
            spoken[-1] = services.Voice(spoken[-1].person, Does.MODERATES)
        services.add(forum, told, spoken, at=at)
    for speaker, answer in zip(queries.speakers(forum), (Answer.ACCEPTED, Answer.DECLINED), strict=False):
        services.note_answer(speaker, answer, at=at)
    copying.keep(
        forum, copying.without_people(), name="Forum d’une demi-journée", note="Trois séances", at=at
    )
    editions = series.create(title="Les forums des partenaires", at=at)
    rule = rules.Rule(unit=rules.Unit.MONTHS, every=6, times=2)
    series.repeat(forum, editions, rules.following(forum.starts_wall, rule), by=by, at=at)
