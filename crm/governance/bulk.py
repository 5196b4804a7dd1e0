"""Many people given a seat in a body at once, many organisations a membership: bulk acts of the directory."""

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    case,
    cast,
    delete,
    exists,
    insert,
    literal,
    null,
    select,
)

from crm import clock, history
from crm.db import db
from crm.directory import queries as directory
from crm.directory.bulk import kinds
from crm.directory.bulk.kinds import ORGANISATIONS, PEOPLE, Kind, Portion
from crm.directory.bulk.models import BulkRow
from crm.directory.filters import key_in
from crm.directory.models import Organisation, Person
from crm.errors import CrmError
from crm.governance import queries, words
from crm.governance.models import Body, College, Fee, Membership, Seat, last_day_of
from crm.governance.queries.periods import overlapping
from crm.text import N_


class NoBody(CrmError):
    text = N_("Choose a body of the list.")
    field = "what"


class NoPeriod(CrmError):
    text = N_("Choose a period of the list.")
    field = "what"


def _today() -> date:
    return clock.day(clock.now())


def _days(facts: dict[str, Any]) -> tuple[date, date | None]:
    return date.fromisoformat(facts["begins"]), date.fromisoformat(facts["ends"]) if facts["ends"] else None


def _remember(portion: Portion, model: Any, act: str, values: dict[str, list[Any]], *tests: Any) -> None:
    """Write into the history of each of these rows that it was made or removed: one statement."""
    table: Any = history.Change.__table__
    rows = select(
        literal(portion.at, table.c.at.type),
        literal(portion.by),
        literal(act),
        literal(f"{model.__tablename__}:") + cast(model.id, String),
        literal(values, table.c["values"].type),
    ).where(*tests)
    names = ["at", "actor", "act", "record", "values"]
    db.session.execute(insert(table).from_select(names, rows, include_defaults=False))


class AddToBody(Kind):
    """They sit from that day on, for a whole term where the body has one, for whom they stand that day."""

    key, of, label, icon = "seat", (PEOPLE,), N_("Add to a body…"), "award"
    asks = N_("Body")
    title, button = N_("Give a seat in “%(name)s”"), N_("Give them a seat")
    reasons = {"binned": N_("is in the bin"), "sits": N_("sits there already")}

    def offered(self, of: str) -> list[tuple[str, str]]:
        rows = queries.bodies_on(_today()).order_by(Body.sort, Body.id)
        return [(str(body.id), body.name) for body in db.session.scalars(rows)]

    def facts(self, of: str, asked: str) -> dict[str, Any]:
        body, first = db.session.get(Body, key_in(asked) or 0), _today()
        if body is None or body.binned_at is not None or not body.runs_on(first):
            raise NoBody
        last = last_day_of(first, body.term_years) if body.term_years else None
        if body.ends_on is not None:
            last = min(last or body.ends_on, body.ends_on)
        ends = last.isoformat() if last else ""
        return {"body": body.id, "name": body.name, "begins": first.isoformat(), "ends": ends}

    def why(self, of: str, facts: dict[str, Any]) -> ColumnElement[Any]:
        sits = exists().where(
            Seat.person_id == Person.id,
            Seat.body_id == facts["body"],
            Seat.binned_at.is_(None),
            overlapping(Seat, *_days(facts)),
        )
        return case((Person.binned_at.is_not(None), "binned"), (sits, "sits"), else_=null())

    def do(self, portion: Portion) -> None:
        facts, at = portion.facts, portion.act.created_at
        first, last = _days(facts)
        standing = directory.standing_for(first)
        rows = (
            select(
                literal(facts["body"]),
                Person.id,
                standing.c.organisation_id,
                literal(""),
                literal(first, Seat.begins_on.type),
                literal(last, Seat.ends_on.type),
                literal(at, Seat.created_at.type),
                literal(at, Seat.created_at.type),
                literal(1),
            )
            .outerjoin(standing, standing.c.person_id == Person.id)
            .where(Person.id.in_(portion.keys()))
        )
        names = ["body_id", "person_id", "organisation_id", "title", "begins_on", "ends_on"]
        names += ["created_at", "updated_at", "version"]
        db.session.execute(insert(Seat).from_select(names, rows, include_defaults=False))
        made = {"body_id": [None, facts["body"]], "begins_on": [None, facts["begins"]]}
        if facts["ends"]:
            made["ends_on"] = [None, facts["ends"]]
        _remember(portion, Seat, "made", made, *_untouched_seat(portion), Seat.person_id.in_(portion.keys()))

    def stands(self, portion: Portion) -> ColumnElement[bool]:
        return exists().where(*_untouched_seat(portion), Seat.person_id == BulkRow.record_id)

    def undo(self, portion: Portion) -> None:
        ours = (*_untouched_seat(portion), Seat.person_id.in_(portion.keys()))
        _remember(portion, Seat, "removed", {"body_id": [portion.facts["body"], None]}, *ours)
        db.session.execute(delete(Seat).where(*ours), execution_options={"synchronize_session": False})


def _untouched_seat(portion: Portion) -> tuple[ColumnElement[bool], ...]:
    """The act's seat of a row, as the act wrote it."""
    return (
        Seat.body_id == portion.facts["body"],
        Seat.created_at == portion.act.created_at,
        Seat.version == 1,
        Seat.binned_at.is_(None),
    )


class RecordMembership(Kind):
    """A period for each of the organisations, its fee due; who has one in that time is left out."""

    key, of, label, icon = "membership", (ORGANISATIONS,), N_("Record a membership…"), "award"
    asks = N_("Period and college")
    title, button = N_("Record the membership “%(name)s”, its fee due"), N_("Record the memberships")
    reasons = {"binned": N_("is in the bin"), "member": N_("has a membership in that time already")}

    def offered(self, of: str) -> list[tuple[str, str]]:
        colleges = list(db.session.scalars(queries.colleges()))
        return [
            (f"{year}-{college.id if college else 0}", _named(year, college))
            for year in _years()
            for college in (None, *colleges)
        ]

    def facts(self, of: str, asked: str) -> dict[str, Any]:
        year, _dash, key = asked.partition("-")
        college = db.session.get(College, key_in(key) or 0)
        if year not in {str(one) for one in _years()} or (college is None and key != "0"):
            raise NoPeriod
        return {
            "name": _named(int(year), college),
            "college": college.id if college else None,
            "begins": f"{year}-01-01",
            "ends": f"{year}-12-31",
        }

    def why(self, of: str, facts: dict[str, Any]) -> ColumnElement[Any]:
        member = exists().where(
            Membership.organisation_id == Organisation.id,
            Membership.binned_at.is_(None),
            overlapping(Membership, *_days(facts)),
        )
        return case((Organisation.binned_at.is_not(None), "binned"), (member, "member"), else_=null())

    def do(self, portion: Portion) -> None:
        facts, at = portion.facts, portion.act.created_at
        first, last = _days(facts)
        rows = select(
            BulkRow.record_id,
            literal(facts["college"], Membership.college_id.type),
            literal(first, Membership.begins_on.type),
            literal(last, Membership.ends_on.type),
            literal(Fee.DUE, Membership.fee.type),
            literal(""),
            literal(at, Membership.created_at.type),
            literal(at, Membership.created_at.type),
            literal(1),
        ).where(*portion.of_portion)
        names = ["organisation_id", "college_id", "begins_on", "ends_on", "fee", "notes"]
        names += ["created_at", "updated_at", "version"]
        db.session.execute(insert(Membership).from_select(names, rows, include_defaults=False))
        made = {"begins_on": [None, facts["begins"]], "ends_on": [None, facts["ends"]], "fee": [None, "due"]}
        if facts["college"]:
            made["college_id"] = [None, facts["college"]]
        ours = (*_untouched_membership(portion), Membership.organisation_id.in_(portion.keys()))
        _remember(portion, Membership, "made", made, *ours)

    def stands(self, portion: Portion) -> ColumnElement[bool]:
        ours = _untouched_membership(portion)
        return exists().where(*ours, Membership.organisation_id == BulkRow.record_id)

    def undo(self, portion: Portion) -> None:
        ours = and_(*_untouched_membership(portion), Membership.organisation_id.in_(portion.keys()))
        _remember(portion, Membership, "removed", {"begins_on": [portion.facts["begins"], None]}, ours)
        gone = delete(Membership).where(ours)
        db.session.execute(gone, execution_options={"synchronize_session": False})


def _untouched_membership(portion: Portion) -> tuple[ColumnElement[bool], ...]:
    """The act's membership of a row, as the act wrote it."""
    return (
        Membership.created_at == portion.act.created_at,
        Membership.begins_on == date.fromisoformat(portion.facts["begins"]),
        Membership.version == 1,
        Membership.binned_at.is_(None),
    )


def _years() -> tuple[int, int, int]:
    """This year first, then the next and the last one."""
    year = _today().year
    return year, year + 1, year - 1


def _named(year: int, college: College | None) -> str:
    return f"{year} · {words.name_of(college)}" if college else str(year)


def install() -> None:
    kinds.register(AddToBody())
    kinds.register(RecordMembership())
