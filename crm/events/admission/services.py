"""Who may pass: the hours of registration, the closed list, the secret links."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, insert, literal, or_, select

from crm import clock, history
from crm.db import db
from crm.errors import Changed, CrmError
from crm.events.admission.models import ListedAddress, PrivateLink
from crm.events.models import Event, Invitation, Registration, Seat, Visibility
from crm.mail import addresses
from crm.mail.models import Address
from crm.text import N_, clean

MOST_LISTED = 20_000


class OpensLater(CrmError):
    text = N_("Registration for “%(event)s” opens on %(moment)s (%(zone)s). Come back then.")


class Ended(CrmError):
    text = N_("Registration for “%(event)s” ended on %(moment)s (%(zone)s).")


class ByInvitation(CrmError):
    text = N_("“%(event)s” is by invitation: use the link in the invitation you received.")


class NotListed(CrmError):
    text = N_(
        "“%(event)s” is reserved for people on a list, and this address is not on it. Use the address at "
        "which you were told of the event, or write to us."
    )
    field = "email"


class SomeNotListed(CrmError):
    """It names nobody: which of several addresses is on the list is nothing to find out."""

    text = N_(
        "“%(event)s” is reserved for people on a list, and not all of these addresses are on it: nobody was "
        "registered. Use the addresses at which you were told of the event, or write to us."
    )


class LinkRevoked(CrmError):
    text = N_(
        "This link no longer opens registration for “%(event)s”. Ask whoever gave it to you for another."
    )


class ClosesBeforeItOpens(CrmError):
    text = N_("Registration ends before it opens: enter an end that comes after the beginning.")
    field = "closes"


class ClosesAfterTheEvent(CrmError):
    text = N_("Registration ends after the event itself: enter an end before the event is over.")
    field = "closes"


class SkippedOpening(clock.SkippedHour):
    field = "opens"


class SkippedClosing(clock.SkippedHour):
    field = "closes"


class NoAddress(CrmError):
    text = N_(
        "Line %(line)s, “%(typed)s”, is neither an e-mail address nor a domain such as @ville.example.org."
    )
    field = "listed"


class TooManyListed(CrmError):
    text = N_("A closed list holds 20,000 addresses at most.")
    field = "listed"


class NamelessLink(CrmError):
    text = N_("Say for whom the link is.")
    field = "name"


# Passing


def check(event: Event, email: str, *, link: PrivateLink | None = None, at: datetime) -> None:
    """Raise the reason why whoever comes by the public page, or by a secret link, may not register.

    Raises what `check_door` raises, and NotListed.
    """
    check_door(event, link=link, at=at)
    if link is None:
        check_listed(event, [email])


def check_listed(event: Event, emails: Sequence[str]) -> None:
    """Raises NotListed for one address, SomeNotListed where several come together."""
    if event.is_list_closed and not all([is_listed(event, email) for email in emails]):
        raise (NotListed if len(emails) == 1 else SomeNotListed)(event=event.title)


def check_person(event: Event, email: str, *, at: datetime) -> None:
    """The reasons that hold for somebody who comes with a registration made before, as that of a series.

    Raises Ended, ByInvitation, NotListed.
    """
    check_end(event, at)
    if event.visibility == Visibility.INVITATION:
        raise ByInvitation(event=event.title)
    check_listed(event, [email])


def check_door(event: Event, *, link: PrivateLink | None = None, at: datetime) -> None:
    """The reasons that hold for anybody. Raises OpensLater, Ended, LinkRevoked, ByInvitation."""
    check_hours(event, at)
    if link is not None:
        check_link(link, event)
    elif event.visibility == Visibility.INVITATION:
        raise ByInvitation(event=event.title)


def check_hours(event: Event, at: datetime) -> None:
    """Raises OpensLater, Ended."""
    if event.opens_at is not None and event.opens_wall is not None and at < event.opens_at:
        raise OpensLater(event=event.title, moment=f"{event.opens_wall:%d/%m/%Y %H:%M}", zone=event.zone)
    check_end(event, at)


def check_end(event: Event, at: datetime) -> None:
    """Raises Ended: the last moment counts for whoever answers an invitation too."""
    if event.closes_at is not None and event.closes_wall is not None and event.closes_at <= at:
        raise Ended(event=event.title, moment=f"{event.closes_wall:%d/%m/%Y %H:%M}", zone=event.zone)


def check_link(link: PrivateLink, event: Event) -> None:
    """Raises LinkRevoked."""
    if link.event_id != event.id or link.revoked_at is not None:
        raise LinkRevoked(event=event.title)


def is_listed(event: Event, email: str) -> bool:
    """Whether the address is on the closed list, or somebody was invited at it."""
    try:
        typed = addresses.normalise(email)
    except addresses.BadAddress:
        return False
    domain = "@" + typed.rpartition("@")[2]
    listed = exists().where(ListedAddress.event_id == event.id, ListedAddress.email.in_((typed, domain)))
    invited = exists().where(
        Invitation.event_id == event.id,
        Invitation.uninvited_at.is_(None),
        Invitation.address_id == Address.id,
        Address.email == typed,
    )
    return bool(db.session.scalar(select(or_(listed, invited))))


# Setting it up


def set_up(
    event: Event,
    *,
    opens_wall: datetime | None,
    closes_wall: datetime | None,
    needs_approval: bool,
    is_list_closed: bool,
    takes_groups: bool,
    seen: int | None = None,
    by: str,
    at: datetime,
) -> None:
    """Say who may register from when to when; walls are naive, in the event's zone.

    Raises Changed, SkippedHour, ClosesBeforeItOpens, ClosesAfterTheEvent.
    """
    db.session.refresh(event, with_for_update={"of": Event})
    if seen is not None and event.version != seen:
        raise Changed(who=history.last_actor(db.session(), event))
    event.opens_wall, event.closes_wall = opens_wall, closes_wall
    event.needs_approval, event.is_list_closed = needs_approval, is_list_closed
    event.takes_groups = takes_groups
    reckon(event)
    if event.closes_at is not None:
        if event.opens_at is not None and event.closes_at <= event.opens_at:
            raise ClosesBeforeItOpens
        if event.closes_at > event.ends_at:
            raise ClosesAfterTheEvent
    if db.session.is_modified(event):
        event.updated_at = at
    db.session.flush()


def reckon(event: Event) -> None:
    """Compute the instants of opening and closing from their walls, in the event's zone.

    Raises SkippedHour.
    """
    zone = clock.zone(event.zone)
    try:
        event.opens_at = clock.instant(event.opens_wall, zone) if event.opens_wall else None
    except clock.SkippedHour as skipped:
        raise SkippedOpening(**skipped.facts) from None
    try:
        event.closes_at = clock.instant(event.closes_wall, zone) if event.closes_wall else None
    except clock.SkippedHour as skipped:
        raise SkippedClosing(**skipped.facts) from None


def write_list(event: Event, lines: Iterable[str], *, by: str, at: datetime) -> int:
    """Make these the closed list: addresses, or `@` and a domain; say how many there are.

    Raises NoAddress, which names the first bad line, and TooManyListed.
    """
    history.act_as(db.session(), by)
    wanted: dict[str, None] = {}
    for number, line in enumerate(lines, 1):
        typed = clean(line).strip(" ,;<>").lower()
        if typed:
            wanted[_entry(typed, number)] = None
    if len(wanted) > MOST_LISTED:
        raise TooManyListed
    db.session.execute(delete(ListedAddress).where(ListedAddress.event_id == event.id))
    db.session.add_all(ListedAddress(event_id=event.id, email=email) for email in wanted)
    db.session.add(
        history.Change(
            at=at,
            actor=by,
            act="changed",
            record=history.named(event),
            values={"listed": [None, len(wanted)]},
        )
    )
    db.session.flush()
    return len(wanted)


def copy_list(source_id: int, event: Event) -> None:
    """Give an event that has no list yet the list of another one."""
    db.session.flush()
    theirs = select(literal(event.id), ListedAddress.email).where(ListedAddress.event_id == source_id)
    db.session.execute(insert(ListedAddress).from_select(["event_id", "email"], theirs))


def _entry(typed: str, number: int) -> str:
    # A domain is checked as an address of it would be.
    bare = f"x{typed}" if typed.startswith("@") else typed
    try:
        found = addresses.normalise(bare)
    except CrmError:
        raise NoAddress(line=number, typed=typed[:80]) from None
    return found.removeprefix("x") if typed.startswith("@") else found


def listed(event: Event) -> list[str]:
    return list(
        db.session.scalars(
            select(ListedAddress.email)
            .where(ListedAddress.event_id == event.id)
            .order_by(ListedAddress.email)
        )
    )


def number_listed(event: Event) -> int:
    rows = select(func.count()).select_from(ListedAddress).where(ListedAddress.event_id == event.id)
    return db.session.scalar(rows) or 0


# Links


def open_link(event: Event, name: str, *, by: str, at: datetime) -> PrivateLink:
    """One more secret link, for whoever `name` says. Raises NamelessLink."""
    called = clean(name)
    if not called:
        raise NamelessLink
    link = PrivateLink(
        event_id=event.id, token=secrets.token_urlsafe(32), name=called[:200], created_at=at, created_by=by
    )
    history.act_as(db.session(), by)
    db.session.add(link)
    db.session.flush()
    return link


def revoke(link: PrivateLink, *, by: str, at: datetime) -> None:
    """From now on the link opens nothing; who came by it stays registered."""
    history.act_as(db.session(), by)
    link.revoked_at = link.revoked_at or at


def links(event: Event) -> list[PrivateLink]:
    return list(
        db.session.scalars(
            select(PrivateLink)
            .where(PrivateLink.event_id == event.id)
            .order_by(PrivateLink.revoked_at.is_not(None), PrivateLink.id)
        )
    )


def uses(event: Event) -> dict[int, int]:
    """By link, how many people registered by it and are still registered."""
    rows = (
        select(Registration.private_link_id, func.count())
        .where(
            Registration.event_id == event.id,
            Registration.private_link_id.is_not(None),
            Registration.seat != Seat.WITHDRAWN,
        )
        .group_by(Registration.private_link_id)
    )
    return {key: count for key, count in db.session.execute(rows) if key is not None}


def by_token(token: str) -> PrivateLink | None:
    return db.session.scalar(select(PrivateLink).where(PrivateLink.token == token))
