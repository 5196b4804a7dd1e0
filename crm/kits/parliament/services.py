"""Taking official files in: what they would change, whether that can be believed, and changing it.

Nobody is deleted: whoever is not in a new roster has left. A seat of a deputy is held by one person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select

from crm import clock
from crm.db import db, one_of
from crm.errors import CrmError
from crm.kits.parliament import reading
from crm.kits.parliament.models import Chamber, CommuneSeat, LoadState, Parliamentarian, RosterLoad
from crm.kits.parliament.reading.told import OPEN_LICENCE, TWICE
from crm.text import N_, fold
from crm.writing import insert_many

TOLD = (
    "civility", "given_name", "family_name", "seat", "group", "group_name", "committee", "email", "website",
    "began_on",
)  # fmt: skip
MOST_LEAVE = 0.1  # of a chamber, by one file


class TooManyLeave(CrmError):
    text = N_(
        "%(left)s of %(sitting)s members of the %(chamber)s are not in the file: it seems to be incomplete "
        "or of another legislature. If it is right, say so and take it in all the same."
    )


class OlderLegislature(CrmError):
    text = N_(
        "The file is of legislature %(legislature)s; the roster is of legislature %(known)s already. "
        "Fetch the file of those now in office."
    )


class AlreadyTaken(CrmError):
    text = N_("These files were taken in already.")


@dataclass
class Plan:
    """What one roster, or the places of INSEE, would change; `members` are the whole chamber as told."""

    chamber: Chamber | None
    told: list[reading.Told]
    members: dict[str, reading.Member] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    sitting: int = 0

    @property
    def faults(self) -> list[reading.Fault]:
        return [fault for one in self.told for fault in one.faults]

    @property
    def legislature(self) -> int | None:
        return max((one.legislature for one in self.told if one.legislature), default=None)

    @property
    def counts(self) -> dict[str, int]:
        places = sum(len(one.places) for one in self.told)
        return {
            "read": sum(one.read for one in self.told),
            "created": len(self.created),
            "updated": len(self.changed),
            "unchanged": len(self.unchanged),
            "left": len(self.left),
            "refused": len(self.faults),
            "places": places,
        }


def plans(told: Sequence[reading.Told]) -> list[Plan]:
    """What the files change, a plan for each chamber and one for the places; nothing is written."""
    found = []
    for chamber in Chamber:
        if of_chamber := [one for one in told if one.chamber is chamber]:
            found.append(_roster(chamber, of_chamber))
    if places := [one for one in told if one.chamber is None]:
        found.append(_places(places))
    return found


def _roster(chamber: Chamber, told: list[reading.Told]) -> Plan:
    plan = Plan(chamber, told)
    for one in told:
        seen: set[str] = set()
        for member in one.members:
            if member.key in seen:
                one.fault(member.key, TWICE, name=f"{member.given_name} {member.family_name}")
                continue
            seen.add(member.key)
            known = plan.members.get(member.key)
            plan.members[member.key] = member if known is None else known.with_more(member)
    for record in db.session.scalars(select(Parliamentarian).where(Parliamentarian.chamber == chamber)):
        if record.is_invented:
            continue
        plan.sitting += record.is_sitting
        if record.source_key in plan.members:
            changes = _changes(record, plan.members[record.source_key]) or not record.is_sitting
            (plan.changed if changes else plan.unchanged).append(record.source_key)
        elif record.is_sitting:
            plan.left.append(record.source_key)
    known_keys = {*plan.changed, *plan.unchanged}
    plan.created = [key for key in plan.members if key not in known_keys]
    return plan


def _changes(record: Parliamentarian, member: reading.Member) -> dict[str, Any]:
    """What the file says otherwise; what it does not tell stays as it is."""
    told = {name: getattr(member, name) for name in TOLD}
    return {
        name: value for name, value in told.items() if value is not None and value != getattr(record, name)
    }


def _places(told: list[reading.Told]) -> Plan:
    plan = Plan(None, told)
    known: dict[str, set[tuple[str, bool]]] = {}
    for row in db.session.execute(
        select(CommuneSeat.commune, CommuneSeat.constituency, CommuneSeat.is_partial)
    ):
        known.setdefault(row[0], set()).add((row[1], row[2]))
    for commune, seats in _by_commune(told).items():
        if commune not in known:
            plan.created.append(commune)
        else:
            (plan.unchanged if known[commune] == seats else plan.changed).append(commune)
    return plan


def _by_commune(told: Iterable[reading.Told]) -> dict[str, set[tuple[str, bool]]]:
    found: dict[str, set[tuple[str, bool]]] = {}
    for one in told:
        for place in one.places:
            found.setdefault(place.commune, set()).add((place.constituency, place.is_partial))
    return found


def check(plan: Plan) -> CrmError | None:
    """Why the plan should not be followed without a person's word; None when nothing speaks against it."""
    if plan.chamber is None:
        return None
    latest = db.session.scalar(
        select(RosterLoad.legislature)
        .where(RosterLoad.chamber == plan.chamber, RosterLoad.state == LoadState.TAKEN)
        .where(RosterLoad.legislature.is_not(None))
        .order_by(RosterLoad.legislature.desc())
        .limit(1)
    )
    if latest is not None and plan.legislature is not None and plan.legislature < latest:
        return OlderLegislature(legislature=plan.legislature, known=latest)
    if len(plan.left) > MOST_LEAVE * plan.sitting:
        return TooManyLeave(left=len(plan.left), sitting=plan.sitting, chamber=CALLED[plan.chamber])
    return None


CALLED = {Chamber.ASSEMBLY: "Assemblée nationale", Chamber.SENATE: "Sénat"}


def note(plan: Plan, *, stored_as: str, by: str, at: datetime) -> RosterLoad:
    """Write down what was found in the files, before anything of it is taken in."""
    load = RosterLoad(
        stored_as=stored_as,
        chamber=plan.chamber,
        files=[one.file for one in plan.told],
        source=", ".join(dict.fromkeys(one.source for one in plan.told)),
        licence=OPEN_LICENCE,
        dated_on=max((one.dated_on for one in plan.told if one.dated_on), default=None),
        legislature=plan.legislature,
        counts=plan.counts,
        faults=[[fault.file, fault.where, fault.reason, fault.facts] for fault in plan.faults[:500]],
        at=at,
        by=by,
    )
    db.session.add(load)
    db.session.flush()
    return load


def take(plan: Plan, load: RosterLoad, *, is_forced: bool = False, by: str, at: datetime) -> None:
    """Make the roster, or the places, what the files say.

    Raises AlreadyTaken; TooManyLeave and OlderLegislature unless `is_forced`.
    """
    if load.state is LoadState.TAKEN:
        raise AlreadyTaken
    refusal = None if is_forced else check(plan)
    if refusal is not None:
        raise refusal
    if plan.chamber is None:
        _take_places(plan)
    else:
        _take_roster(plan, load, clock.day(at))
    load.state, load.counts, load.at, load.by = LoadState.TAKEN, plan.counts, at, by
    db.session.flush()


def _take_roster(plan: Plan, load: RosterLoad, today: date) -> None:
    known = {
        record.source_key: record
        for record in db.session.scalars(
            select(Parliamentarian).where(Parliamentarian.chamber == plan.chamber)
        )
    }
    for record in known.values():
        # The invented ones make room for the real; whoever is not told of has left.
        if record.is_sitting and (record.is_invented or record.source_key not in plan.members):
            record.left_on = today
    for key, member in plan.members.items():
        record = known.get(key) or Parliamentarian(chamber=plan.chamber, source_key=key)
        for name, value in _changes(record, member).items():
            setattr(record, name, value)
        record.left_on, record.load = None, load
        settle(record)
        db.session.add(record)


def settle(record: Parliamentarian) -> None:
    """Put right what follows from the names."""
    record.sort = fold(f"{record.family_name} {record.given_name}")
    told = (record.given_name, record.family_name, record.group, record.group_name, record.seat)
    record.search = fold(" ".join(word or "" for word in told))


def _take_places(plan: Plan) -> None:
    told = _by_commune(plan.told)
    touched = [*plan.created, *plan.changed]
    for start in range(0, len(touched), 1_000):
        some = touched[start : start + 1_000]
        db.session.execute(delete(CommuneSeat).where(one_of(CommuneSeat.commune, some)))
        rows: list[dict[str, Any]] = [
            {"commune": commune, "constituency": constituency, "is_partial": is_partial}
            for commune in some
            for constituency, is_partial in sorted(told[commune])
        ]
        insert_many(db.session(), CommuneSeat.__table__, rows)  # type: ignore[arg-type]


def names(keys: Iterable[str], chamber: Chamber) -> Mapping[str, str]:
    """What those with these keys are called."""
    rows = select(Parliamentarian.source_key, Parliamentarian.given_name, Parliamentarian.family_name).where(
        Parliamentarian.chamber == chamber, one_of(Parliamentarian.source_key, list(keys))
    )
    return {key: f"{given} {family}" for key, given, family in db.session.execute(rows)}
