"""The demo's agenda: the year's events with invented registrations, and a few to come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.demo import afterwards, arrivals, facts, forms, waiting, webinar
from crm.demo.directory import Directory
from crm.directory import queries
from crm.directory.models import Person
from crm.events.models import (
    Answer,
    Attendance,
    Event,
    EventKind,
    Format,
    Invitation,
    Mode,
    Part,
    Registration,
    Seat,
    Visibility,
)
from crm.events.reminders import services as reminders
from crm.events.reminders.models import Readers
from crm.events.services import agenda, attendance, inviting, seats, visitors

PARTNERS = {
    "hosts": Part.HOST,
    "organisers": Part.ORGANISER,
    "partners": Part.PARTNER,
    "funders": Part.FUNDER,
}
CAPACITIES = {"Assises d'OpenDataFrance": 120, "Regards croisés": 60}
# Invented, but for the health webinar's, which is the report's own figure.
REGISTERED = {
    "Assises d'OpenDataFrance": 134,
    "Assemblée générale 2024": 86,
    "Les données en démocratie, dixième anniversaire": 143,
    "Regards croisés": 47,
    "Présentation de Diagnostic Mobilité": 62,
    "Colloque Le marché européen des données": 58,
    "Séance inaugurale du comité d'experts": 14,
}
# Of those registered: present, absent, excused; the rest stays unknown.
CAME = (0.58, 0.30, 0.05)


def load(made: Directory, *, chance: Random, by: str, at: datetime) -> dict[str, Event]:
    """The year's events, then those to come; by title."""
    kinds = {kind.slug: kind for kind in db.session.scalars(select(EventKind))}
    events: dict[str, Event] = {}
    for told in facts.year()["events"]:
        events[told["title"]] = _of_the_year(told, made, kinds, chance, by)
        db.session.commit()
    for event in _to_come(made, kinds, chance, by, at):
        events[event.title] = event
        db.session.commit()
    _tell_more(events, made, by, at)
    return events


def _tell_more(events: dict[str, Event], made: Directory, by: str, at: datetime) -> None:
    """What became of some: proxies, an evaluation, certificates; and what waits for somebody."""
    arrivals.assemble(events[arrivals.MEETING], by=by)
    health = events[webinar.TITLE]
    afterwards.keep_resources(health, at=health.ends_at)
    afterwards.evaluate(health, chance=Random(5))  # noqa: S311
    afterwards.certify(events[afterwards.CERTIFIED], signer="Claire Morvan", by=by)
    waiting.offer(events[waiting.WORKSHOP], at=at)
    meeting = events[waiting.MEETING]
    waiting.hold_for_speakers(meeting, made.people[:2], at=at)
    waiting.calendars_ask(meeting, at=at)
    db.session.commit()


def _of_the_year(
    told: dict[str, Any], made: Directory, kinds: dict[str, EventKind], chance: Random, by: str
) -> Event:
    starts, ends, whole_days = facts.walls(told)
    announced = clock.instant(starts, clock.PARIS) - timedelta(days=35)
    event = agenda.create(
        by=by,
        at=announced,
        title=told["title"],
        starts_wall=starts,
        ends_wall=ends,
        is_all_day=whole_days,
        kind_id=kinds[told["kind"]].id if told["kind"] in kinds else None,
        part=Part(told["role"]),
        format=Format(told["format"]),
        visibility=Visibility.MEMBERS if told.get("audience") == "members" else Visibility.PUBLIC,
        language=told.get("language", "fr") if told.get("language") == "en" else "fr",
        city=told.get("city", ""),
        venue=told.get("venue", ""),
        join_url="https://visio.example.org/" + told["kind"] if told["format"] != "onsite" else "",
        description=_description(told),
        capacity=CAPACITIES.get(told["title"]),
        partners=_partners(told, made),
    )
    agenda.publish(event, by=by, at=announced)
    wanted = told.get("registered") or REGISTERED.get(told["title"], 0)
    _fill(event, _public(event, made, wanted, chance), chance)
    agenda.close(event, by=by, at=event.starts_at)
    agenda.hold(event, by=by, at=event.ends_at)
    _mark(event, chance, by)
    return event


def _description(told: dict[str, Any]) -> str:
    lines = [
        told.get("session", ""),
        f"{told['edition']}ᵉ édition." if "edition" in told else "",
        f"Dans la série « {told['series']} »." if "series" in told else "",
        f"Résolutions : {', '.join(told['resolutions'])}." if "resolutions" in told else "",
        f"Ressources : {', '.join(told['resources'])}." if "resources" in told else "",
    ]
    return "".join(f"<p>{line}</p>" for line in lines if line)


def _partners(told: dict[str, Any], made: Directory) -> list[tuple[int, Part]]:
    return [(made.named[name].id, part) for key, part in PARTNERS.items() for name in told.get(key, [])]


def _public(event: Event, made: Directory, wanted: int, chance: Random) -> list[Person]:
    """Who registers: for the health webinar the report's shares, elsewhere whoever is known."""
    if event.title == webinar.TITLE:
        # A chance of its own, so that what else is drawn stays the same.
        return webinar.public(made, chance=Random(wanted), at=event.starts_at)  # noqa: S311
    return chance.sample(made.people, min(wanted, len(made.people)))


def _fill(event: Event, people: Sequence[Person], chance: Random) -> None:
    """Register them one after the other, in the weeks before."""
    opens = event.starts_at - timedelta(days=30)
    step = timedelta(days=29) / max(1, len(people))
    for place, person in enumerate(people):
        mode = chance.choice((Mode.ONSITE, Mode.ONLINE)) if event.format is Format.HYBRID else None
        _register(event, person, mode, opens + place * step)
        if place % 100 == 99:
            db.session.commit()


def _mark(event: Event, chance: Random, by: str) -> None:
    keys = list(
        db.session.scalars(
            select(Registration.id)
            .where(Registration.event_id == event.id, Registration.seat == Seat.CONFIRMED)
            .order_by(Registration.id)
        )
    )
    chance.shuffle(keys)
    begin = 0
    for share, state in zip(CAME, (Attendance.PRESENT, Attendance.ABSENT, Attendance.EXCUSED), strict=True):
        some = keys[begin : begin + round(len(keys) * share)]
        begin += len(some)
        if some and state is Attendance.PRESENT and event.title in arrivals.SCANNED:
            arrivals.let_in(event, some)
        elif some:
            attendance.mark(event, some, state, by=by, at=event.ends_at)


@dataclass(frozen=True)
class Plan:
    """An invented event to come: in how many days, who is asked (a filter of people), who registered."""

    title: str
    kind: str
    format: Format
    in_days: int
    hour: time
    capacity: int | None = None
    registered: int = 0
    offer_hours: int | None = None
    asked: str = ""
    asks: bool = False


PLANS = (
    Plan("Publier ses données essentielles sans s'épuiser", "webinar", Format.ONLINE, 16, time(11), None, 64),
    Plan(waiting.WORKSHOP, "round_table", Format.ONSITE, 30, time(14), 25, 31, offer_hours=48, asks=True),
    Plan(
        waiting.MEETING,
        "conference",
        Format.HYBRID,
        58,
        time(9, 30),
        180,
        asked="category=elected",
    ),
    Plan("Forum des partenaires", "conference", Format.ONSITE, 90, time(9, 30)),
)


def _to_come(
    made: Directory, kinds: dict[str, EventKind], chance: Random, by: str, at: datetime
) -> Iterator[Event]:
    """Invented events of the next weeks, so that the demo has something to prepare."""
    for plan in PLANS:
        starts = datetime.combine(clock.day(at) + timedelta(days=plan.in_days), plan.hour)
        event = agenda.create(
            by=by,
            at=at,
            title=plan.title,
            starts_wall=starts,
            ends_wall=starts + timedelta(hours=2),
            kind_id=kinds[plan.kind].id if plan.kind in kinds else None,
            format=plan.format,
            city="" if plan.format is Format.ONLINE else "Paris",
            venue=""
            if plan.format is Format.ONLINE
            else "Philanthro-Lab, 13-15 rue de la Bûcherie, 75005 Paris",
            join_url="" if plan.format is Format.ONSITE else "https://visio.example.org/rencontre",
            description="<p>Un rendez-vous inventé pour la démonstration.</p>",
            capacity=plan.capacity,
            offer_hours=plan.offer_hours,
        )
        if plan.registered or plan.asked:
            agenda.publish(event, by=by, at=at)
            reminders.add(event, readers=Readers.REGISTERED, days=1, hour=time(9), by=by, at=at)
            reminders.add(event, readers=Readers.REGISTERED, minutes=60, by=by, at=at)
        for person in chance.sample(made.people, min(plan.registered, len(made.people))):
            _register(event, person, None, at)
        if plan.asks:
            forms.ask(event, by=by, at=at)
        if plan.asked:
            _invite(event, plan.asked, chance, by, at)
        yield event


def _invite(event: Event, asked: str, chance: Random, by: str, at: datetime) -> None:
    """Invite the people of a filter; some of them have answered."""
    inviting.invite(event, queries.people_filtered(asked, day=clock.day(at)), by=by, at=at)
    invitations = list(
        db.session.scalars(select(Invitation).where(Invitation.event_id == event.id).order_by(Invitation.id))
    )
    for invitation in chance.sample(invitations, len(invitations) // 4):
        said = chance.choice((Answer.ACCEPTED, Answer.ACCEPTED, Answer.DECLINED))
        mode = chance.choice((Mode.ONSITE, Mode.ONLINE)) if said is Answer.ACCEPTED else None
        inviting.answer(invitation, said, mode=mode, at=at)


def _register(event: Event, person: Person, mode: Mode | None, at: datetime) -> None:
    seats.register(
        event,
        person,
        mode=mode,
        address=person.addresses[0].address if person.addresses else None,
        standing=visitors.main_standing(person, clock.day(at)),
        language=person.language,
        source="page",
        at=at,
    )
