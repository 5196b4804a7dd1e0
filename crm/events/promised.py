"""Events to come to which somebody who left was invited or has a seat: the successor is invited instead."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import exists, or_, select

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.directory import promised
from crm.directory.models import Person, Role
from crm.directory.promised import Promise
from crm.errors import CrmError
from crm.events.models import Answer, Event, EventState, Invitation, Registration, Seat
from crm.events.queries.audience import Excluded
from crm.events.services import inviting
from crm.text import N_
from crm.web.i18n import day

MOST = 30


def install() -> None:
    promised.enter(
        promised.Source(
            key="events",
            label=N_("Events to come"),
            offer=N_("The successor is invited to what is ticked; a seat already taken stays taken."),
            open=_open,
            hand_over=_hand_over,
        )
    )


def _of(role: Role) -> Any:
    """Events to come to which the person was asked in this role or registered for this organisation."""
    asked = exists().where(
        Invitation.event_id == Event.id,
        Invitation.person_id == role.person_id,
        Invitation.role_id == role.id,
        Invitation.answer != Answer.DECLINED,
        Invitation.uninvited_at.is_(None),
    )
    seated = exists().where(
        Registration.event_id == Event.id,
        Registration.person_id == role.person_id,
        Registration.organisation_id == role.organisation_id,
        Registration.seat != Seat.WITHDRAWN,
    )
    return select(Event).where(
        or_(Event.starts_at > clock.now(), Event.state == EventState.POSTPONED),
        Event.state != EventState.CANCELLED,
        or_(asked, seated),
    )


def _open(role: Role) -> Sequence[Promise]:
    seats = select(Registration.event_id).where(
        Registration.person_id == role.person_id, Registration.seat != Seat.WITHDRAWN
    )
    seated = set(db.session.scalars(seats))
    rows = db.session.scalars(_of(role).order_by(Event.starts_at, Event.id).limit(MOST))
    return [
        Promise(
            one.id,
            " · ".join(
                (one.title, day(one.starts_wall), _("registered") if one.id in seated else _("invited"))
            ),
            url_for("events.show", event_id=one.id),
        )
        for one in rows
    ]


def _hand_over(
    role: Role,
    keys: Sequence[int],
    *,
    to: Role | None,
    account: Account | None,
    by: Account,
    at: datetime,
) -> None:
    if to is None:
        return
    for event in list(db.session.scalars(_of(role).where(Event.id.in_(keys)))):
        try:
            inviting.invite(
                event,
                select(Person).where(Person.id == to.person_id),
                asking=(Excluded.IN_VAIN, Excluded.SHARED),
                by=by.email,
                at=at,
            )
        except CrmError:
            # Without an address, or invited already: the page of the event says so.
            continue
