"""Holding robots back at the registration form, without asking anything of people.

A field that people do not see, a signed stamp that says when the form was shown, and how often one
network or one address may register in an hour.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from flask import session
from sqlalchemy import and_, bindparam, case, delete, func, insert, or_, select, text

from crm.db import db, is_sqlite
from crm.errors import CrmError
from crm.events.forms import RegistrationForm
from crm.events.models import Event
from crm.events.series.models import Series
from crm.text import N_
from crm.web import links
from crm.web.models import Hit
from crm.web.robots import mailbox

QUICKEST = timedelta(seconds=1)
OLDEST = timedelta(hours=24)
WINDOW = timedelta(hours=1)
MOST_PER_NETWORK = 150
MOST_PER_ADDRESS = 5
MOST_PER_ADDRESS_ANYWHERE = 12  # over all events: each registration is a mail to that address
MOST_PER_EVENT = 3_000
MOST_TRIES = 20  # addresses that are on no closed list, from one network
SWEPT_EACH = 20  # so many registrations, what is over is forgotten


class Robot(CrmError):
    """A field that nobody sees was filled in: the sender is told that all went well."""


class TooQuick(CrmError):
    text = N_("That was very quick: check what you typed, then send the form again.")


class ShownTooLongAgo(CrmError):
    text = N_("This page was open for too long. Check what you typed, then send the form again.")


class TooMany(CrmError):
    text = N_("Too many registrations came from here within an hour. Try again later, or write to us.")


Registrable = Event | Series
SEEN = "form_seen"


def _door(subject: Registrable) -> str:
    return f"{subject.__tablename__}:{subject.id}"


def stamp(subject: Registrable) -> str:
    """When the form of that event or series was shown, signed.

    The reader's cookie keeps when the first one was: whoever comes back sends what was typed before.
    """
    session.setdefault(SEEN, datetime.now(UTC).timestamp())
    return links.sign("registration-form", [_door(subject), datetime.now(UTC).timestamp()])


def check(
    event: Registrable, form: RegistrationForm, *, others: Sequence[str] = (), network: str, at: datetime
) -> None:
    """Let the form pass, and count it, and each of the `others` whose addresses it names.

    Raises Robot, TooQuick, ShownTooLongAgo, TooMany.
    """
    if form.website.data:
        raise Robot
    _check_stamp(event, form, at)
    for email in (form.email.data or "", *others):
        _count(event, network, email, at)


# Said before anything of a closed list is looked at.
HELD_BACK = (TooQuick, ShownTooLongAgo, TooMany)


def check_tries(subject: Registrable, *, network: str, at: datetime) -> None:
    """Raises TooMany when this network was refused too often where a closed list is."""
    tried = (Hit.door == f"list:{_door(subject)}", Hit.network == network, Hit.at > at - WINDOW)
    if (db.session.scalar(select(func.count()).select_from(Hit).where(*tried)) or 0) >= MOST_TRIES:
        raise TooMany


def count_try(subject: Registrable, *, network: str, at: datetime) -> None:
    """Remember a refusal where a closed list is, and nothing else of what was begun: commits.

    A closed list is not to be found out by trying one address after another.
    """
    db.session.rollback()
    db.session.add(Hit(door=f"list:{_door(subject)}", network=network, at=at))
    db.session.commit()


def _check_stamp(event: Registrable, form: RegistrationForm, at: datetime) -> None:
    sent = str(form.shown.data or "")
    try:
        door, shown = links.read("registration-form", sent)
    except (links.BadLink, TypeError, ValueError):
        door, shown = None, 0.0
    age = at - datetime.fromtimestamp(shown, UTC)
    if door != _door(event) or age > OLDEST:
        form.shown.data = stamp(event)
        raise ShownTooLongAgo
    if age < QUICKEST and at.timestamp() - session.get(SEEN, at.timestamp()) < QUICKEST.total_seconds():
        raise TooQuick


_HERE = Hit.door == bindparam("door")
_MAILBOX = Hit.network == bindparam("address")
_COUNTED = (
    and_(_HERE, Hit.network == bindparam("network")),
    and_(_HERE, _MAILBOX),
    _MAILBOX,
    and_(_HERE, Hit.network.not_like("address:%")),
)
# Built once: it is asked for with each registration.
_NUMBERS = select(*(func.count(case((condition, 1))) for condition in _COUNTED)).where(
    Hit.at > bindparam("since", type_=Hit.at.type), or_(_HERE, _MAILBOX)
)
# Where a statement has a way to go, the same one notes the try that it does not count yet.
_NUMBERS_NOTED = _NUMBERS.add_cte(
    *(
        insert(Hit)
        .values(door=bindparam("door"), network=bindparam(name), at=bindparam("at", type_=Hit.at.type))
        .cte(f"noted_{name}")
        for name in ("network", "address")
    )
)
# Both rows by one statement, which SQLAlchemy would put together anew each time.
_HITS = text(
    "INSERT INTO hits (door, network, at) VALUES (:door, :network, :at), (:door, :address, :at)"
).bindparams(bindparam("at", type_=Hit.at.type))


def _count(event: Registrable, network: str, email: str, at: datetime) -> None:
    whose = {"door": _door(event), "network": network, "address": mailbox(email)}
    asked, noted, connection = {**whose, "since": at - WINDOW}, {**whose, "at": at}, db.session.connection()
    if is_sqlite(db.session()):
        counted = connection.execute(_NUMBERS, asked).one()
        connection.execute(_HITS, noted)
    else:
        counted = connection.execute(_NUMBERS_NOTED, asked | noted).one()
    limits = (MOST_PER_NETWORK, MOST_PER_ADDRESS, MOST_PER_ADDRESS_ANYWHERE, MOST_PER_EVENT)
    if any(number >= most for number, most in zip(counted, limits, strict=True)):
        # Whoever refuses takes back what was begun, this too.
        raise TooMany
    if counted[-1] % SWEPT_EACH == 0:
        db.session.execute(delete(Hit).where(Hit.at < at - WINDOW))
