"""What was promised: who does what, by when; done, and taken back."""

from datetime import date, datetime

from sqlalchemy.orm.exc import StaleDataError

from crm import history
from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import Organisation
from crm.errors import Changed
from crm.relations.models import FollowUp, Interaction
from crm.relations.services.refusals import AccountClosed, NothingToDo
from crm.text import clean


def promise(
    *,
    what: str,
    assigned_to: Account | None,
    due_on: date | None,
    interaction: Interaction | None = None,
    organisation: Organisation | None = None,
    by: Account | str,
    at: datetime,
) -> FollowUp:
    """Note what is to be done. Raises NothingToDo, AccountClosed.

    Without an organisation of its own it is about the first one of the exchange.
    """
    sign(by)
    if organisation is None and interaction is not None:
        organisation = next(iter(interaction.organisations), None) or next(
            (took_part.organisation for took_part in interaction.people if took_part.organisation), None
        )
    promised = FollowUp(interaction=interaction, organisation=organisation, created_at=at)
    _tell(promised, what, assigned_to, due_on)
    db.session.add(promised)
    db.session.flush()
    return promised


def change_promise(
    promised: FollowUp,
    *,
    what: str,
    assigned_to: Account | None,
    due_on: date | None,
    version: int,
    by: Account | str,
) -> None:
    """Say it anew. Raises NothingToDo, AccountClosed, Changed."""
    sign(by)
    if promised.version != version:
        raise Changed(who=history.last_actor(db.session(), promised))
    _tell(promised, what, assigned_to, due_on)
    try:
        db.session.flush()
    except StaleDataError:
        db.session.rollback()
        raise Changed(who=history.last_actor(db.session(), promised)) from None


def done(promised: FollowUp, *, by: Account, at: datetime) -> None:
    """It is done; saying so twice changes nothing."""
    sign(by)
    if promised.done_at is None:
        promised.done_at, promised.done_by_id = at, by.id


def not_done(promised: FollowUp, *, by: Account | str) -> None:
    """It is still to be done after all."""
    sign(by)
    promised.done_at = promised.done_by_id = None


def _tell(promised: FollowUp, what: str, assigned_to: Account | None, due_on: date | None) -> None:
    what = clean(what)
    if not what:
        raise NothingToDo
    if assigned_to is not None and not assigned_to.is_open and assigned_to.id != promised.assigned_to_id:
        raise _closed(assigned_to)
    promised.what, promised.assigned_to, promised.due_on = what, assigned_to, due_on


def _closed(account: Account) -> AccountClosed:
    refusal = AccountClosed(name=account.name)
    refusal.field = "follow_up_who"
    return refusal


def sign(by: Account | str) -> None:
    """Put the author's name under all that this unit of work will write."""
    history.act_as(db.session(), by.email if isinstance(by, Account) else by)
