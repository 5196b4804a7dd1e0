"""The page of one record: its facts, the tabs that domains add, what is related to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import Select, select

from crm import clock
from crm.db import db
from crm.directory import messages, normal, queries, rows
from crm.directory.models import Organisation, Person, Role
from crm.directory.own import messages as own
from crm.directory.queries import family
from crm.directory.rows import PersonRow
from crm.mail.models import Objection
from crm.territories import messages as territories
from crm.web import records
from crm.web.pages import say
from crm.web.rights import allows

SHOWN = 200  # of an organisation's people and parts; its lists have them all


@dataclass(frozen=True)
class View:
    """One tab of the page: `content` is HTML from its domain, None for the page's own tab."""

    items: list[dict[str, Any]]
    content: Markup | None


def _view(kind: str, record: Any, own: str, number: int) -> View:
    """The tab that the address asks for, among those that domains registered and the page's own one."""
    registered = records.tabs(kind)
    address = {"organisations": "organisation_id", "people": "person_id"}[kind]
    # Who held which role on a day stands in the page's own tab.
    first = "own" if "on" in request.args or not registered else registered[0].key
    asked = request.args.get("tab") or first
    chosen = next((tab for tab in registered if tab.key == asked), None)
    items = [
        {
            "label": say(tab.label),
            "href": url_for(".show", **{address: record.id, "tab": tab.key}),
            "at": tab is chosen,
            "number": tab.number(record) if tab.number else None,
        }
        for tab in registered
    ]
    items.append(
        {
            "label": own,
            "href": url_for(".show", **{address: record.id, "tab": "own"}),
            "at": chosen is None,
            "number": number,
        }
    )
    return View(items, Markup(chosen.render(record)) if chosen else None)  # noqa: S704  (made by our templates)


def _boxes(kind: str, record: Any) -> list[Markup]:
    drawn = (box.render(record) for box in records.boxes(kind))
    return [Markup(html) for html in drawn if html.strip()]  # noqa: S704  (made by our templates)


def _marks(kind: str, record: Any) -> list[Markup]:
    drawn = (mark.render(record) for mark in records.marks(kind))
    return [Markup(html) for html in drawn if html.strip()]  # noqa: S704  (made by our templates)


def _dated(kind: str, record: Any, day: date | None) -> list[Markup]:
    """What other domains tell of the record as of that day; nothing without one."""
    return [Markup(html) for html in records.as_of(kind, record, day)] if day else []  # noqa: S704  (ours)


def _acts(kind: str, record: Any) -> list[dict[str, str]]:
    return [
        {"label": say(act.label), "icon": act.icon, "href": act.address(record)}
        for act in records.acts(kind)
        if allows(current_user.right, act.may)
    ]


def person(person: Person) -> ResponseReturnValue:
    today = clock.day(clock.now())
    roles = list(db.session.scalars(queries.roles_of(person)))
    current, past = _split(roles, today)
    asked_day = _asked_day()
    as_of = [role for role in roles if role.held_on(asked_day)] if asked_day else None
    view = _view("people", person, _("Roles"), len(current))
    main = queries.main_role(person, today)
    return render_template(
        "directory/person.html",
        person=person,
        own=own.facts(person),
        main=main,
        as_of=as_of,
        asked_day=asked_day,
        current=sorted(current, key=lambda role: role is not main),
        past=past,
        view=view,
        dated=_dated("people", person, asked_day) if view.content is None else [],
        boxes=_boxes("people", person),
        acts=_acts("people", person),
        refused=_objections(person),
        today=today,
        messages=messages,
        phone=normal.shown_phone,
    )


def organisation(organisation: Organisation) -> ResponseReturnValue:
    today = clock.day(clock.now())
    asked_day = _asked_day()
    roles = list(db.session.scalars(queries.roles_at(organisation).limit(SHOWN)))
    current, past = _split(roles, today)
    as_of = _as_of(queries.roles_at(organisation), asked_day)
    headcount = db.session.scalar(queries.headcount(organisation, today)) or 0
    view = _view("organisations", organisation, _("People"), headcount)
    people = person_rows([role.person for role in current], today)
    return render_template(
        "directory/organisation.html",
        organisation=organisation,
        own=own.facts(organisation),
        current=current,
        past=past,
        email={row.id: row.email for row in people},
        above=list(reversed(family.above(organisation.parent_id))),
        tree=family.tree(organisation),
        as_of=as_of,
        asked_day=asked_day,
        has_more=len(current) + len(past) == SHOWN,
        view=view,
        dated=_dated("organisations", organisation, asked_day) if view.content is None else [],
        boxes=_boxes("organisations", organisation),
        marks=_marks("organisations", organisation),
        acts=_acts("organisations", organisation),
        messages=messages,
        territories=territories,
        phone=normal.shown_phone,
    )


def _asked_day() -> date | None:
    """The day of `?on=2023-05-01`, as of which the roles are asked for."""
    try:
        day = date.fromisoformat(request.args.get("on", "")[:10])
    except ValueError:
        return None
    return day if 1 < day.year < 9999 else None


def _as_of(roles: Select[Role], day: date | None) -> list[Role] | None:
    """Who of them held a role on that day; None when no day is asked for."""
    if day is None:
        return None
    return list(db.session.scalars(roles.where(queries.held_on(day)).limit(SHOWN)))


def person_rows(people: Sequence[Person], today: date) -> list[PersonRow]:
    """The people with their main role and addresses."""
    keys = [person.id for person in people]
    found: Any = db.session.execute(select(*rows.PERSON_COLUMNS).where(Person.id.in_(keys))).all()
    return rows.people(db.session(), found, day=today, wants=("roles", "emails"))


def _split(roles: Sequence[Role], today: date) -> tuple[list[Role], list[Role]]:
    """The roles held today or yet to begin, and those that are over."""
    over = [role for role in roles if role.ends_on is not None and role.ends_on < today]
    return [role for role in roles if role not in over], over


def _objections(person: Person) -> dict[int, list[str]]:
    """The purposes that each of the person's addresses objects to."""
    keys = [read.address_id for read in person.addresses]
    told: dict[int, list[str]] = {}
    for objection in db.session.scalars(select(Objection).where(Objection.address_id.in_(keys))):
        told.setdefault(objection.address_id, []).append(objection.purpose)
    return told
