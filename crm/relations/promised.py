"""Follow-ups that stay open when a person leaves: who takes care of them, and whom they are about then."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import or_

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.directory import promised
from crm.directory.models import Role
from crm.directory.promised import Promise
from crm.relations import queries
from crm.relations.models import FollowUp
from crm.text import N_
from crm.web.i18n import day

MOST = 30


def install() -> None:
    promised.enter(
        promised.Source(
            key="follow_ups",
            label=N_("Follow-ups that are open"),
            offer=N_("What is ticked goes to the person chosen below and is then about the successor."),
            open=_open,
            hand_over=_hand_over,
        )
    )


def _of(role: Role) -> Any:
    """Those of the organisation that are about this person or about nobody in particular."""
    about = or_(FollowUp.person_id.is_(None), FollowUp.person_id == role.person_id)
    today = clock.day(clock.now())
    rows = queries.follow_ups(state="open", today=today, organisation_id=role.organisation_id)
    return rows.where(about)


def _open(role: Role) -> Sequence[Promise]:
    rows = db.session.scalars(_of(role).order_by(queries.due(), FollowUp.id).limit(MOST))
    return [
        Promise(one.id, _said(one), url_for("relations.edit_promise", follow_up_id=one.id)) for one in rows
    ]


def _said(one: FollowUp) -> str:
    facts = (
        one.what,
        one.assigned_to.name if one.assigned_to else "",
        _("until %(day)s", day=day(one.due_on)) if one.due_on else "",
    )
    return " · ".join(filter(None, facts))


def _hand_over(
    role: Role,
    keys: Sequence[int],
    *,
    to: Role | None,
    account: Account | None,
    by: Account,
    at: datetime,
) -> None:
    for one in db.session.scalars(_of(role).where(FollowUp.id.in_(keys))):
        if account is not None:
            one.assigned_to = account
        if to is not None and one.person_id == role.person_id:
            one.person_id = to.person_id
    db.session.flush()
