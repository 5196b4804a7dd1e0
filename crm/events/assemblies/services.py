"""Calling an assembly, drawing up the list of its voters, and saying who is there, represented or excused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from crm.db import db
from crm.directory.models import Organisation, Person
from crm.errors import CrmError
from crm.events.assemblies import queries
from crm.events.assemblies.models import Assembly, Electorate, Turnout, Voter
from crm.events.models import Event, EventState
from crm.events.services.seats import EventCancelled
from crm.governance.queries import members_on
from crm.text import N_


class NotAFraction(CrmError):
    text = N_("Enter the quorum as a part of the voters, such as 1/2 or 1/3, or leave it at none.")
    field = "quorum"


class ToOneself(CrmError):
    text = N_("%(voter)s cannot hold its own proxy. Choose another voter.")
    field = "holder"


class HolderIsAway(CrmError):
    text = N_("%(voter)s is excused or represented: a proxy goes to a voter who comes.")
    field = "holder"


class TooManyProxies(CrmError):
    text = N_("%(voter)s holds %(most)s proxies already, the most that one voter may hold.")
    field = "holder"


class HoldsProxies(CrmError):
    text = N_("%(voter)s holds proxies of others: give those to somebody else first.")


class UnknownHolder(CrmError):
    text = N_("Choose among the voters the one who holds the proxy.")
    field = "holder"


class NotAVoter(CrmError):
    text = N_("This voter belongs to another assembly.")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What the statutes say: who votes, how many must be there, and how many proxies one may hold."""

    electorate: Electorate
    numerator: int = 1
    denominator: int = 2
    is_more_than: bool = False
    counts_proxies: bool = True
    most_proxies: int = 2


def call(event: Event, rule: Rule, *, by: str, at: datetime) -> Assembly:
    """Make the event an assembly under that rule, or change its rule; the list of voters is drawn up.

    Raises EventCancelled, NotAFraction.
    """
    if event.state == EventState.CANCELLED:
        raise EventCancelled(event=event.title)
    if not 0 <= rule.numerator <= rule.denominator or rule.denominator < 1 or rule.most_proxies < 0:
        raise NotAFraction
    assembly = queries.of(event)
    was = assembly.electorate if assembly is not None else None
    if assembly is None:
        assembly = Assembly(event=event, made_at=at, made_by=by)
        db.session.add(assembly)
    assembly.electorate = rule.electorate
    assembly.numerator, assembly.denominator = rule.numerator, rule.denominator
    assembly.is_more_than, assembly.counts_proxies = rule.is_more_than, rule.counts_proxies
    assembly.most_proxies = rule.most_proxies
    db.session.flush()
    if was is not None and was is not rule.electorate and not queries.has_marks(assembly):
        db.session.execute(delete(Voter).where(Voter.assembly_id == assembly.id))
    draw_up(assembly)
    return assembly


def draw_up(assembly: Assembly) -> int:
    """Add to the list whoever may vote and is not on it yet; say how many. Nobody is taken off by this."""
    event, electorate = assembly.event, assembly.electorate
    model: Any = Person if electorate is Electorate.PEOPLE else Organisation
    column = Voter.person_id if model is Person else Voter.organisation_id
    if electorate is Electorate.MEMBERS:
        entitled = members_on(event.starts_wall.date())
    else:
        entitled = queries.registered(event, electorate)
    known = select(column).where(Voter.assembly_id == assembly.id, column.is_not(None))
    rows = db.session.scalars(
        select(model)
        .where(model.id.in_(entitled), model.id.not_in(known), model.binned_at.is_(None))
        .order_by(model.sort, model.id)
    ).all()
    for one in rows:
        voter = Voter(assembly=assembly, name=one.name, sort=one.sort, turnout=Turnout.EXPECTED)
        if model is Person:
            voter.person = one
        else:
            voter.organisation = one
        db.session.add(voter)
    db.session.flush()
    return len(rows)


def strike(voter: Voter) -> None:
    """Take somebody off the list who may not vote. Raises HoldsProxies."""
    if queries.held_by(voter):
        raise HoldsProxies(voter=voter.name)
    db.session.delete(voter)
    db.session.flush()


def say(voter: Voter, turnout: Turnout, *, by: str, at: datetime) -> None:
    """Say that the voter is present, excused, or expected; a proxy it gave is given back.

    Raises HoldsProxies when a voter with proxies is excused.
    """
    if turnout is Turnout.EXCUSED and queries.held_by(voter):
        raise HoldsProxies(voter=voter.name)
    voter.turnout, voter.proxy_to = turnout, None
    voter.proxy_name = voter.proxy_stored_as = voter.proxy_media_type = None
    voter.marked_at, voter.marked_by = at, by
    db.session.flush()


def represent(voter: Voter, holder: Voter, *, by: str, at: datetime) -> None:
    """The voter gives its proxy to another voter of the assembly.

    Raises NotAVoter, ToOneself, HolderIsAway, HoldsProxies, TooManyProxies.
    """
    assembly = voter.assembly
    if holder.assembly_id != assembly.id:
        raise NotAVoter
    # Held until the unit of work ends, so that two proxies cannot both be the last that one may hold.
    db.session.refresh(assembly, with_for_update=True)
    if holder.id == voter.id:
        raise ToOneself(voter=voter.name)
    if holder.turnout in (Turnout.REPRESENTED, Turnout.EXCUSED):
        raise HolderIsAway(voter=holder.name)
    if queries.held_by(voter):
        raise HoldsProxies(voter=voter.name)
    if voter.proxy_to_id != holder.id and queries.held_by(holder) >= assembly.most_proxies:
        raise TooManyProxies(voter=holder.name, most=assembly.most_proxies)
    voter.turnout, voter.proxy_to = Turnout.REPRESENTED, holder
    voter.marked_at, voter.marked_by = at, by
    db.session.flush()


def keep_proxy(voter: Voter, *, name: str, stored_as: str, media_type: str) -> None:
    """Keep the written proxy, a file as `crm.web.files` stored it."""
    voter.proxy_name, voter.proxy_stored_as, voter.proxy_media_type = name, stored_as, media_type
    db.session.flush()
