"""What one decides about a silence: leave it for a while, plan the next word; who wants the list by mail."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from crm import history
from crm.accounts.models import Account
from crm.db import count_up_to, db
from crm.directory.models import Organisation
from crm.errors import CrmError
from crm.mail import addresses
from crm.mail import services as outbox
from crm.mail.models import Purpose
from crm.relations.cold import queries
from crm.relations.cold.models import Leave, MondayMail, Whose
from crm.text import N_
from crm.web.rights import May, allows

A_MONTH = timedelta(days=30)
MOST = 30  # lines of one mail


class NotEveryones(CrmError):
    text = N_("Only those who steer see everyone’s list: choose your own.")
    field = "whose"


def leave(organisation: Organisation, *, today: date, by: Account, at: datetime) -> Leave:
    """Leave the organisation alone for a month; asked twice on the same day, it is the same leave."""
    history.act_as(db.session(), by.email)
    until = today + A_MONTH
    known = db.session.scalar(
        select(Leave).where(
            Leave.organisation_id == organisation.id, Leave.until >= until, Leave.ended_at.is_(None)
        )
    )
    if known is not None:
        return known
    left = Leave(organisation_id=organisation.id, until=until, by_id=by.id, at=at)
    db.session.add(left)
    db.session.flush()
    return left


def take_back(organisation: Organisation, *, by: Account, at: datetime) -> None:
    """It is not left alone after all: every leave that still runs ends now."""
    history.act_as(db.session(), by.email)
    for left in db.session.scalars(
        select(Leave).where(Leave.organisation_id == organisation.id, Leave.ended_at.is_(None))
    ):
        left.ended_at = at
    db.session.flush()


def wish(account: Account, whose: Whose | None, *, at: datetime) -> None:
    """Whether the account wants the list by mail on Mondays, and whose; None for not at all.

    Raises NotEveryones.
    """
    if whose is Whose.ALL and not allows(account.right, May.STEER):
        raise NotEveryones
    history.act_as(db.session(), account.email)
    known = db.session.scalar(select(MondayMail).where(MondayMail.account_id == account.id))
    if known is None and whose is not None:
        db.session.add(MondayMail(account_id=account.id, whose=whose, since=at))
    elif known is not None and whose is None:
        db.session.delete(known)
    elif known is not None and whose is not None:
        known.whose = whose
    db.session.flush()


def queue_list(wish_id: int, *, today: date, at: datetime) -> None:
    """Put the account's list of that Monday into the outbox; asked for twice, it is one message.

    What stands on it is decided now and kept with the message. Everyone's list is for those who
    steer: somebody who no longer does gets his own.
    """
    wish = db.session.get_one(MondayMail, wish_id)
    account = wish.account
    everyones = wish.whose is Whose.ALL and allows(account.right, May.STEER)
    rows = queries.part(
        queries.cold(at=at, scope=queries.usual_scope(), account_id=None if everyones else account.id),
        queries.Part.OPEN,
        today=today,
    )
    number = count_up_to(db.session(), rows)
    order = rows.selected_columns["late"].desc()
    found = db.session.execute(rows.order_by(order, Organisation.id).limit(MOST)).all()
    kept = [
        [row.id, row.late, row.rhythm, row.interaction_id, row.last.isoformat() if row.last else None]
        for row in found
    ]
    outbox.queue(
        kind="monday-list",
        subject_id=account.id,
        sequence=queries.monday(today),
        address=addresses.find_or_add(account.email),
        purpose=Purpose.SERVICE,
        language=account.language,
        facts={"rows": kept, "number": number, "whose": Whose.ALL if everyones else Whose.MINE},
        at=at,
    )
