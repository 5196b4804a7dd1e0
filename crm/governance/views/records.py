"""What stands of governance on the pages of people and organisations."""

from collections.abc import Sequence
from datetime import date

from flask import render_template
from flask_babel import gettext as _
from sqlalchemy import func, select

from crm.db import db
from crm.directory.models import Organisation, Person
from crm.governance import queries, words
from crm.governance.models import Membership, Seat
from crm.governance.views.blueprint import asked_day, today


def of_organisation(organisation: Organisation) -> str:
    """Its memberships and who represents it where; with `?on=` those of that day."""
    asked = asked_day()
    day = asked or today()
    memberships: Sequence[Membership] = db.session.scalars(queries.memberships_of(organisation)).all()
    seats = db.session.scalars(queries.seats_for(organisation)).all()
    return render_template(
        "governance/of_organisation.html",
        organisation=organisation,
        memberships=[one for one in memberships if one.runs_on(day)] if asked else memberships,
        **_split(seats, day, asked),
    )


def of_person(person: Person) -> str:
    """The seats the person has and had; with `?on=` those of that day."""
    asked = asked_day()
    seats = db.session.scalars(queries.seats_of(person)).all()
    return render_template(
        "governance/of_person.html", person=person, **_split(seats, asked or today(), asked)
    )


def _split(seats: Sequence[Seat], day: date, asked: date | None) -> dict[str, object]:
    """Seats of the day (today those to come too), and those that are over."""
    past = [seat for seat in seats if words.is_past(seat, day)]
    current = [seat for seat in seats if (seat.runs_on(day) if asked else seat not in past)]
    return {
        "seats": current,
        "past": [] if asked else past,
        "day": day,
        "asked_day": asked,
        "words": words,
    }


def organisation_on(organisation: Organisation, day: date) -> str:
    """Whether it was a member on that day, and who represented it."""
    memberships = db.session.scalars(queries.memberships_of(organisation)).all()
    return render_template(
        "governance/as_of.html",
        memberships=[one for one in memberships if one.runs_on(day)],
        seats=queries.represented_on([organisation.id], day).get(organisation.id, []),
        day=day,
        asked_day=day,
        words=words,
    )


def person_on(person: Person, day: date) -> str:
    """Where the person sat on that day."""
    seats = [seat for seat in db.session.scalars(queries.seats_of(person)) if seat.runs_on(day)]
    return render_template(
        "governance/as_of.html", memberships=None, seats=seats, day=day, asked_day=day, words=words
    )


def member_mark(organisation: Organisation) -> str:
    """That it is a member today."""
    is_one = db.session.scalar(select(queries.is_member(organisation.id, today())))
    return render_template("governance/mark.html", word=_("Member")) if is_one else ""


def memberships(organisation: Organisation) -> int:
    """How many memberships the organisation has or had."""
    rows = queries.memberships_of(organisation).order_by(None).with_only_columns(Membership.id)
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def seats(person: Person) -> int:
    """How many seats the person has today."""
    rows = queries.seats_of(person).where(queries.running(Seat, today())).order_by(None)
    return (
        db.session.scalar(select(func.count()).select_from(rows.with_only_columns(Seat.id).subquery())) or 0
    )
