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
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.directory import messages, normal, queries, rows
from crm.directory.models import Organisation, Person, Role
from crm.directory.own import messages as own
from crm.directory.rows import PersonRow
from crm.mail.models import Objection, Purpose
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
    asked = request.args.get("tab") or (registered[0].key if registered else "own")
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
    view = _view("people", person, _("Roles"), len(current))
    main = queries.main_role(person, today)
    return render_template(
        "directory/person.html",
        person=person,
        own=own.facts(person),
        main=main,
        current=sorted(current, key=lambda role: role is not main),
        past=past,
        view=view,
        boxes=_boxes("people", person),
        acts=_acts("people", person),
        refused=_objections(person),
        today=today,
        messages=messages,
        phone=normal.shown_phone,
    )


def organisation(organisation: Organisation) -> ResponseReturnValue:
    today = clock.day(clock.now())
    roles = db.session.scalars(queries.roles_at(organisation).limit(SHOWN))
    current, past = _split(list(roles), today)
    headcount = db.session.scalar(queries.headcount(organisation, today)) or 0
    view = _view("organisations", organisation, _("People"), headcount)
    children = list(db.session.scalars(queries.children(organisation).limit(SHOWN)))
    people = person_rows([role.person for role in current], today)
    return render_template(
        "directory/organisation.html",
        organisation=organisation,
        own=own.facts(organisation),
        current=current,
        past=past,
        email={row.id: row.email for row in people},
        children=children[:8],
        has_more=len(current) + len(past) == SHOWN,
        has_more_children=len(children) > 8,
        view=view,
        boxes=_boxes("organisations", organisation),
        marks=_marks("organisations", organisation),
        acts=_acts("organisations", organisation),
        messages=messages,
        territories=territories,
        phone=normal.shown_phone,
    )


def person_rows(people: Sequence[Person], today: date) -> list[PersonRow]:
    """The people with their main role and addresses."""
    keys = [person.id for person in people]
    found: Any = db.session.execute(select(*rows.PERSON_COLUMNS).where(Person.id.in_(keys))).all()
    return rows.people(db.session(), found, day=today, wants=("roles", "emails"))


def _split(roles: Sequence[Role], today: date) -> tuple[list[Role], list[Role]]:
    """The roles held today or yet to begin, and those that are over."""
    over = [role for role in roles if role.ends_on is not None and role.ends_on < today]
    return [role for role in roles if role not in over], over


def _objections(person: Person) -> dict[int, list[Purpose]]:
    """The purposes that each of the person's addresses objects to."""
    keys = [read.address_id for read in person.addresses]
    told: dict[int, list[Purpose]] = {}
    for objection in db.session.scalars(select(Objection).where(Objection.address_id.in_(keys))):
        told.setdefault(objection.address_id, []).append(objection.purpose)
    return told
