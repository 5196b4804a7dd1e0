"""What views can ask of participation: who was invited, answered, registered, came or did not."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, func, not_, select

from crm import clock
from crm.db import db
from crm.directory import conditions
from crm.directory.conditions import (
    EVENTS,
    Asked,
    Choice,
    Condition,
    NotUnderstood,
    Operator,
    Part,
    Said,
    Takes,
)
from crm.directory.conditions.kinds import between
from crm.directory.models import Organisation, Person
from crm.events.models import (
    Answer,
    Attendance,
    Event,
    EventKind,
    EventPartner,
    Invitation,
    Registration,
    Seat,
)
from crm.events.models import Part as Played
from crm.events.resources.models import ReplayRequest
from crm.text import N_

ANY = "any"
_KIND = "kind-"


def events(in_english: bool) -> list[Choice]:
    """Any event, any of a kind, or one of the five hundred latest."""
    language = "en" if in_english else "fr"
    kinds = select(EventKind).order_by(EventKind.position, EventKind.id)
    rows = select(Event.id, Event.title, Event.starts_at).order_by(Event.starts_at.desc()).limit(500)
    return [
        Choice(ANY, N_("any event")),
        *(
            Choice(f"{_KIND}{kind.id}", kind.name(language), is_data=True, heading=N_("Any event of a kind"))
            for kind in db.session.scalars(kinds)
        ),
        *(
            Choice(str(key), f"{title} ({clock.day(starts):%d/%m/%Y})", is_data=True, heading=N_("One event"))
            for key, title, starts in db.session.execute(rows)
        ),
    ]


def event_named(text: str, in_english: bool) -> str | Said | None:
    if text == ANY:
        return Said(N_("an event"))
    kind = text.startswith(_KIND)
    number = text.removeprefix(_KIND)
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        return None
    if kind:
        found = db.session.get(EventKind, int(number))
        if found is None:
            return None
        return Said(N_("an event of the kind “%(kind)s”"), {"kind": found.name("en" if in_english else "fr")})
    event = db.session.get(Event, int(number))
    return Said(N_("“%(event)s”"), {"event": event.title}) if event else None


_EVENT = Part("event", N_("Event"), Takes.CHOICE, choices=events, named=event_named)
_SINCE = Part("since", N_("Held since"), Takes.DATE, N_("since %(value)s"), is_required=False)
_UNTIL = Part("until", N_("Held until"), Takes.DATE, N_("until %(value)s"), is_required=False)
_TIMES = Part(
    "times", N_("At least so many times"), Takes.NUMBER, N_("at least %(value)s times"), False, least=1
)  # fmt: skip
_ONCE = (_EVENT, _SINCE, _UNTIL)
_OFTEN = (*_ONCE, _TIMES)


def _of_event(asked: Asked, event_id: Any) -> list[ColumnElement[bool]]:
    """That the row is about one of the events meant."""
    wanted: str = asked.values["event"]
    since: date | None = asked.values.get("since")
    until: date | None = asked.values.get("until")
    if wanted != ANY and not wanted.startswith(_KIND):
        tests = [event_id == int(wanted)]
        return (
            tests if since is None and until is None else [*tests, event_id.in_(_events(None, since, until))]
        )
    if wanted == ANY and since is None and until is None:
        return []
    return [event_id.in_(_events(None if wanted == ANY else int(wanted.removeprefix(_KIND)), since, until))]


def _events(kind_id: int | None, since: date | None, until: date | None) -> Any:
    rows = select(Event.id)
    if kind_id is not None:
        rows = rows.where(Event.kind_id == kind_id)
    if since is not None or until is not None:
        rows = rows.where(between(Event.starts_at, since, until, is_instant=True))
    return rows


def _found(asked: Asked, owner: Any, record: Any, event_id: Any, *tests: ColumnElement[bool]) -> Any:
    """That the record owns a row, or as many as were asked for."""
    times = asked.values.get("times", 1)
    if times != int(times):
        raise NotUnderstood(what=N_("At least so many times"))
    wanted: str = asked.values["event"]
    is_one = wanted != ANY and not wanted.startswith(_KIND)
    if times <= 1 and (asked.operator == "no" or not is_one):
        # Many fit, so that the list soon has its page: each record is looked up by itself.
        about = _of_event(asked, event_id) if is_one else _of_some(asked, event_id)
        return exists().where(owner == record, *tests, *about).correlate(record.class_)
    # Those of one event are few, and found first.
    rows = select(owner).where(owner.is_not(None), *tests, *_of_event(asked, event_id))
    if times > 1:
        # Of an organisation several people may have come: an event counts once.
        rows = rows.group_by(owner).having(func.count(func.distinct(event_id)) >= int(times))
    return record.in_(rows)


def _of_some(asked: Asked, event_id: Any) -> list[ColumnElement[bool]]:
    """The same for a row that is looked up by its record, whose event is looked at next."""
    wanted: str = asked.values["event"]
    since, until = asked.values.get("since"), asked.values.get("until")
    if wanted == ANY and since is None and until is None:
        return []
    # The sum keeps the database from going through all events for each record.
    tests: list[ColumnElement[bool]] = [Event.id == event_id + 0]
    if wanted != ANY:
        tests.append(Event.kind_id == int(wanted.removeprefix(_KIND)))
    if since is not None or until is not None:
        tests.append(between(Event.starts_at, since, until, is_instant=True))
    return tests


def _invited(asked: Asked) -> ColumnElement[bool]:
    answers = {"accepted": Answer.ACCEPTED, "declined": Answer.DECLINED, "no_answer": Answer.NONE}
    answer = answers.get(asked.operator)
    stands = Invitation.uninvited_at.is_(None)
    tests = (stands,) if answer is None else (stands, Invitation.answer == answer)
    found: ColumnElement[bool] = _found(asked, Invitation.person_id, Person.id, Invitation.event_id, *tests)
    return not_(found) if asked.operator == "no" else found


_SEATS = {
    "yes": Registration.seat != Seat.WITHDRAWN,
    "no": Registration.seat != Seat.WITHDRAWN,
    "waiting": Registration.seat == Seat.WAITING,
    "withdrew": Registration.seat == Seat.WITHDRAWN,
}
_WAS = {
    "yes": Attendance.PRESENT,
    "no": Attendance.PRESENT,
    "absent": Attendance.ABSENT,
    "excused": Attendance.EXCUSED,
}


def _registered(owner: Any, record: Any) -> conditions.Where:
    def where(asked: Asked) -> ColumnElement[bool]:
        found: ColumnElement[bool] = _found(
            asked, owner, record, Registration.event_id, _SEATS[asked.operator]
        )
        return not_(found) if asked.operator == "no" else found

    return where


def _came(owner: Any, record: Any) -> conditions.Where:
    def where(asked: Asked) -> ColumnElement[bool]:
        test = Registration.attendance == _WAS[asked.operator]
        found: ColumnElement[bool] = _found(asked, owner, record, Registration.event_id, test)
        return not_(found) if asked.operator == "no" else found

    return where


INVITED = Condition(
    "events.invited",
    N_("Invitation"),
    EVENTS,
    (
        Operator("yes", N_("has been invited"), N_("who were invited to %(event)s"), _OFTEN),
        Operator("no", N_("was not invited"), N_("who were not invited to %(event)s"), _ONCE),
        Operator("accepted", N_("said yes"), N_("who said yes to %(event)s"), _OFTEN),
        Operator("declined", N_("said no"), N_("who said no to %(event)s"), _OFTEN),
        Operator("no_answer", N_("has not answered"), N_("who have not answered about %(event)s"), _OFTEN),
    ),
    people=_invited,
)
REGISTERED = Condition(
    "events.registered",
    N_("Registration"),
    EVENTS,
    (
        Operator("yes", N_("registered"), N_("who registered for %(event)s"), _OFTEN),
        Operator("no", N_("did not register"), N_("who did not register for %(event)s"), _ONCE),
        Operator("waiting", N_("is on the waiting list"), N_("who wait for a seat at %(event)s"), _OFTEN),
        Operator("withdrew", N_("has withdrawn"), N_("who withdrew from %(event)s"), _OFTEN),
    ),
    people=_registered(Registration.person_id, Person.id),
    organisations=_registered(Registration.organisation_id, Organisation.id),
)
CAME = Condition(
    "events.came",
    N_("Attendance"),
    EVENTS,
    (
        Operator("yes", N_("came"), N_("who came to %(event)s"), _OFTEN),
        Operator("no", N_("did not come, invited or not"), N_("who did not come to %(event)s"), _ONCE),
        Operator("absent", N_("had a seat and did not come"), N_("who were absent from %(event)s"), _OFTEN),
        Operator("excused", N_("was excused"), N_("who were excused from %(event)s"), _OFTEN),
    ),
    people=_came(Registration.person_id, Person.id),
    organisations=_came(Registration.organisation_id, Organisation.id),
)  # fmt: skip


def _asked_for_replay(asked: Asked) -> ColumnElement[bool]:
    found: ColumnElement[bool] = _found(asked, ReplayRequest.person_id, Person.id, ReplayRequest.event_id)
    return not_(found) if asked.operator == "no" else found


REPLAY = Condition(
    "events.replay",
    N_("Replay"),
    EVENTS,
    (
        Operator("yes", N_("asked for it"), N_("who asked for the replay of %(event)s"), _OFTEN),
        Operator("no", N_("did not ask for it"), N_("who did not ask for the replay of %(event)s"), _ONCE),
    ),
    people=_asked_for_replay,
)


def parts(in_english: bool) -> list[Choice]:
    return [Choice(part, label) for part, label in _PLAYED.items()]


_PLAYED = {
    Played.CO_ORGANISER: N_("co-organiser"),
    Played.PARTNER: N_("partner"),
    Played.SPEAKER: N_("speaker"),
    Played.HOST: N_("host"),
    Played.FUNDER: N_("funder"),
}


def _partner(asked: Asked) -> ColumnElement[bool]:
    tests = _of_event(asked, EventPartner.event_id)
    if "part" in asked.values:
        tests.append(EventPartner.part == Played(asked.values["part"]))
    found = exists().where(EventPartner.organisation_id == Organisation.id, *tests).correlate(Organisation)
    return not_(found) if asked.operator == "no" else found


_AS = Part("part", N_("As"), Takes.CHOICE, N_("as %(value)s"), is_required=False, choices=parts)
PARTNER = Condition(
    "events.partner",
    N_("Part in an event"),
    EVENTS,
    (
        Operator("yes", N_("had a part"), N_("who had a part in %(event)s"), (*_ONCE, _AS)),
        Operator("no", N_("had no part"), N_("who had no part in %(event)s"), (*_ONCE, _AS)),
    ),
    organisations=_partner,
)


def register() -> None:
    conditions.register(CAME, REPLAY, REGISTERED, INVITED, PARTNER)
