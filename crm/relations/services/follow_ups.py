"""What was promised: who does what, by when; put off, done, done again and again, and taken back."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from crm import clock, history
from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import Organisation, Person
from crm.errors import Changed
from crm.relations.models import Every, FollowUp, Interaction
from crm.relations.services.refusals import (
    AccountClosed,
    AlreadyDone,
    NothingToDo,
    RepeatsTooSeldom,
    RepeatsUntilBefore,
    RepeatsWithoutDay,
)
from crm.text import clean

SELDOMEST = {Every.WEEKS: 104, Every.MONTHS: 60}


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """How often a follow-up comes again, and after which day no more."""

    every: int
    unit: Every
    until: date | None = None


def promise(
    *,
    what: str,
    assigned_to: Account | None,
    due_on: date | None,
    interaction: Interaction | None = None,
    organisation: Organisation | None = None,
    person: Person | None = None,
    repeat: Repeat | None = None,
    by: Account | str,
    at: datetime,
) -> FollowUp:
    """Note what is to be done. Raises NothingToDo, AccountClosed, and what `Repeat` may not be.

    Without an organisation of its own it is about the first one of the exchange.
    """
    sign(by)
    if organisation is None and interaction is not None:
        organisation = next(iter(interaction.organisations), None) or next(
            (took_part.organisation for took_part in interaction.people if took_part.organisation), None
        )
    promised = FollowUp(interaction=interaction, organisation=organisation, person=person, created_at=at)
    _tell(promised, what, assigned_to, due_on)
    _repeat(promised, repeat)
    db.session.add(promised)
    db.session.flush()
    return promised


def change_promise(
    promised: FollowUp,
    *,
    what: str,
    assigned_to: Account | None,
    due_on: date | None,
    repeat: Repeat | None = None,
    version: int,
    by: Account | str,
) -> None:
    """Say it anew. Raises Changed and what `promise` raises."""
    sign(by)
    if promised.version != version:
        raise Changed(who=history.last_actor(db.session(), promised))
    _tell(promised, what, assigned_to, due_on)
    _repeat(promised, repeat)
    history.save(db.session(), promised)


def put_off(promised: FollowUp, *, to: date | None, by: Account | str) -> None:
    """Do it on another day; a series goes on from its own days. Raises AlreadyDone, Changed."""
    sign(by)
    if promised.done_at is not None:
        raise AlreadyDone(what=promised.what)
    if to is None and promised.repeat_every:
        raise RepeatsWithoutDay
    promised.due_on = to
    history.save(db.session(), promised)


def done(promised: FollowUp, *, by: Account, at: datetime, zone: ZoneInfo = clock.PARIS) -> FollowUp | None:
    """It is done; give back the next one of a series that goes on. Saying so twice changes nothing.

    Raises Changed when somebody else said something of it in the same instant.
    """
    sign(by)
    if promised.done_at is not None:
        return None
    promised.done_at, promised.done_by_id = at, by.id
    history.save(db.session(), promised)
    return _go_on(promised, at=at, zone=zone)


def not_done(promised: FollowUp, *, by: Account | str) -> None:
    """It is still to be done after all; the next one that it made goes, unless somebody touched it."""
    sign(by)
    made = db.session.scalar(select(FollowUp).where(FollowUp.follows_id == promised.id))
    if made is not None and promised.done_at is not None and made.version == 1 and made.done_at is None:
        db.session.delete(made)
    promised.done_at = promised.done_by_id = None


def next_day(first: date, *, every: int, unit: Every, after: date) -> date:
    """The first day of the series later than `after`.

    Months count from the first day: one that began on the 31st falls on the last of shorter months.
    """
    if unit is Every.WEEKS:
        steps = max(1, (after - first).days // (7 * every) + 1)
        return first + timedelta(weeks=steps * every)
    months = (after.year - first.year) * 12 + after.month - first.month
    steps = max(1, months // every)
    while (day := _months_on(first, steps * every)) <= after:
        steps += 1
    return day


def _months_on(day: date, months: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def _go_on(promised: FollowUp, *, at: datetime, zone: ZoneInfo) -> FollowUp | None:
    """The next of the series, after today and after the day it was due; none when the series is over."""
    if not promised.repeat_every or not promised.repeat_unit or not promised.repeat_from:
        return None
    if db.session.scalar(select(FollowUp.id).where(FollowUp.follows_id == promised.id)) is not None:
        return None
    after = max(promised.due_on or promised.repeat_from, clock.day(at, zone))
    try:
        day = next_day(
            promised.repeat_from, every=promised.repeat_every, unit=promised.repeat_unit, after=after
        )
    except (OverflowError, ValueError):
        return None  # The calendar ends before the series does.
    if promised.repeat_until is not None and day > promised.repeat_until:
        return None
    doer = promised.assigned_to
    made = FollowUp(
        interaction=promised.interaction,
        organisation=promised.organisation,
        person=promised.person,
        what=promised.what,
        assigned_to=doer if doer is not None and doer.is_open else None,
        due_on=day,
        repeat_every=promised.repeat_every,
        repeat_unit=promised.repeat_unit,
        repeat_from=promised.repeat_from,
        repeat_until=promised.repeat_until,
        follows_id=promised.id,
        created_at=at,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _tell(promised: FollowUp, what: str, assigned_to: Account | None, due_on: date | None) -> None:
    what = clean(what)
    if not what:
        raise NothingToDo
    if assigned_to is not None and not assigned_to.is_open and assigned_to.id != promised.assigned_to_id:
        raise _closed(assigned_to)
    if (assigned_to.id if assigned_to else None) != promised.assigned_to_id:
        # Whoever does it now was not reminded yet.
        promised.reminded_for = None
    promised.what, promised.assigned_to, promised.due_on = what, assigned_to, due_on


def _repeat(promised: FollowUp, repeat: Repeat | None) -> None:
    known = (promised.repeat_every, promised.repeat_unit, promised.repeat_until)
    if repeat is None:
        promised.repeat_every = promised.repeat_unit = promised.repeat_until = promised.repeat_from = None
        return
    if promised.due_on is None:
        raise RepeatsWithoutDay
    if not 1 <= repeat.every <= SELDOMEST[repeat.unit]:
        raise RepeatsTooSeldom
    if repeat.until is not None and repeat.until < promised.due_on:
        raise RepeatsUntilBefore
    if known[:2] != (repeat.every, repeat.unit) or db.inspect(promised).attrs.due_on.history.has_changes():
        promised.repeat_from = promised.due_on
    promised.repeat_every, promised.repeat_unit, promised.repeat_until = (
        repeat.every,
        repeat.unit,
        repeat.until,
    )


def _closed(account: Account) -> AccountClosed:
    refusal = AccountClosed(name=account.name)
    refusal.field = "follow_up_who"
    return refusal


def sign(by: Account | str) -> None:
    """Put the author's name under all that this unit of work will write."""
    history.act_as(db.session(), by.email if isinstance(by, Account) else by)
