"""Whether the house stands: what `flask doctor` counts and finds, what `/health/ready` answers."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text, true

from crm import index
from crm.accounts.models import Account
from crm.db import db, is_sqlite
from crm.directory.models import Organisation, Person, Role
from crm.events.choices import TAKEN
from crm.events.models import Event, Format, Invitation, Mode, Registration
from crm.jobs import queries as jobs
from crm.kits.models import Cosignatory, Kit, KitResource
from crm.mail.models import Address, Channel, Delivery, DeliveryState
from crm.mail.provider.models import Release
from crm.mailings.models import Mailing
from crm.relations.models import FiledMailFile, FollowUp, Interaction, InteractionFile, Note
from crm.territories.models import Territory

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
UNCERTAIN_FOR = timedelta(hours=1)
RELEASED_FOR = timedelta(days=1)
WAITING_FOR = timedelta(minutes=15)
LEAST_SPACE = 200 * 1024 * 1024


@dataclass
class Report:
    """How much there is of everything, and what somebody should look at, a sentence each."""

    counts: dict[str, int] = field(default_factory=dict)
    deliveries: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        return {**self.counts, "deliveries": self.deliveries, "problems": self.problems}


def examine(*, folder: Path, at: datetime) -> Report:
    """Look at everything; `folder` is where the data lies."""
    problems = _schema()
    if problems:
        # Counting would stumble over what the schema lacks.
        return Report(problems=problems)
    report = Report(_counts(), _deliveries())
    checks: tuple[Callable[[], list[str]], ...] = (
        _orphans,
        lambda: index.problems(db.session()),
        _oversold,
        lambda: _uncertain(at),
        _channels,
        lambda: _releases(at),
        lambda: _worker(at),
        lambda: _files(folder / "files"),
        lambda: _space(folder),
    )
    for check in checks:
        report.problems += check()
    return report


def is_ready(folder: Path) -> dict[str, bool]:
    """Whether requests can be answered, by what they need."""
    try:
        db.session.execute(text("SELECT 1"))
        answers = True
    except Exception:
        db.session.rollback()
        return {"database": False, "schema": False, "space": not _space(folder)}
    return {"database": answers, "schema": not _schema(), "space": not _space(folder)}


def _schema() -> list[str]:
    """The database is where the newest migration leaves it."""
    from alembic.runtime.migration import MigrationContext

    at = set(MigrationContext.configure(db.session().connection()).get_current_heads())
    if at == _newest():
        return []
    told = ", ".join(sorted(at)) or "empty"
    wanted = ", ".join(sorted(_newest()))
    return [f"The database is at {told}, the program at {wanted}: run `flask db upgrade`."]


@cache
def _newest() -> frozenset[str]:
    from alembic.script import ScriptDirectory

    return frozenset(ScriptDirectory(str(MIGRATIONS)).get_heads())


def _counts() -> dict[str, int]:
    kept = {
        "people": select(func.count()).select_from(Person).where(Person.binned_at.is_(None)),
        "organisations": select(func.count())
        .select_from(Organisation)
        .where(Organisation.binned_at.is_(None)),
        "interactions": select(func.count()).select_from(Interaction).where(Interaction.binned_at.is_(None)),
    }
    whole = {
        "roles": Role,
        "territories": Territory,
        "follow_ups": FollowUp,
        "notes": Note,
        "events": Event,
        "invitations": Invitation,
        "registrations": Registration,
        "mailings": Mailing,
        "kits": Kit,
        "accounts": Account,
    }
    counts = {name: db.session.scalar(rows) or 0 for name, rows in kept.items()}
    for name, model in whole.items():
        counts[name] = db.session.scalar(select(func.count()).select_from(model)) or 0
    return counts


def _deliveries() -> dict[str, int]:
    rows = select(Delivery.state, func.count()).group_by(Delivery.state)
    found = {state: number for state, number in db.session.execute(rows)}
    return {state.value: found[state] for state in DeliveryState if state in found}


def _orphans() -> list[str]:
    """Rows that name a record that is not there; PostgreSQL holds this by itself."""
    if not is_sqlite(db.session()):
        return []
    found: dict[tuple[str, str], int] = {}
    for table, _rowid, parent, _key in db.session.execute(text("PRAGMA foreign_key_check")):
        found[table, parent] = found.get((table, parent), 0) + 1
    told = [
        f"{number} rows of {table} name {parent} that are not there."
        for (table, parent), number in sorted(found.items())
    ]
    intact = db.session.scalar(text("PRAGMA quick_check(1)"))
    return told if intact == "ok" else [*told, f"The database file is damaged: {intact}. Restore a backup."]


def _oversold() -> list[str]:
    """Events with more people than seats; the sides of one on site and online are counted apart."""
    is_hybrid = Event.format == Format.HYBRID
    sides = (
        ("", Event.capacity, ~is_hybrid, true()),
        (" on site", Event.capacity, is_hybrid, Registration.mode == Mode.ONSITE),
        (" online", Event.capacity_online, is_hybrid, Registration.mode == Mode.ONLINE),
    )
    told = []
    for side, capacity, such, there in sides:
        taken = (
            select(func.count())
            .select_from(Registration)
            .where(Registration.event_id == Event.id, Registration.seat.in_(TAKEN), there)
            .correlate(Event)
            .scalar_subquery()
        )
        rows = select(Event.id, Event.title, capacity.label("capacity"), taken.label("taken")).where(
            such, capacity.is_not(None), taken > capacity
        )
        told += [
            f"Event {row.id} ({row.title}) has {row.taken} seats{side} taken of {row.capacity}."
            for row in db.session.execute(rows.order_by(Event.id))
        ]
    return told


def _uncertain(at: datetime) -> list[str]:
    number = db.session.scalar(
        select(func.count()).where(
            Delivery.state == DeliveryState.UNCERTAIN, Delivery.ended_at < at - UNCERTAIN_FOR
        )
    )
    if not number:
        return []
    return [f"{number} messages are uncertain for more than an hour: say on their page what became of them."]


def _channels() -> list[str]:
    rows = select(Channel).where(Channel.needs_person.is_(True)).order_by(Channel.name)
    return [
        f"The mail provider {channel.name} refuses us, mend the cause: {channel.said or channel.reason}"
        + ("" if channel.noticed_at else " (No administrator was told by mail: set MAIL_NOTICE_SENDER.)")
        for channel in db.session.scalars(rows)
    ]


def _releases(at: datetime) -> list[str]:
    """Holds that were lifted a day ago, and that the provider still knows."""
    rows = select(Address.email, Release.said, Release.reason).join(Address, Address.id == Release.address_id)
    late = rows.where(Release.done_at.is_(None), Release.asked_at < at - RELEASED_FOR).order_by(Release.id)
    return [
        f"The mail provider was not told to write to {email} again: {said or reason or 'no worker did it'}"
        for email, said, reason in db.session.execute(late.limit(20))
    ]


def _worker(at: datetime) -> list[str]:
    """Mail that is due waits, and nobody is there to send it."""
    waiting = db.session.scalar(
        select(func.count()).where(
            Delivery.state == DeliveryState.QUEUED, Delivery.not_before < at - WAITING_FOR
        )
    )
    if not waiting or jobs.is_alive(at):
        return []
    seen = jobs.seen_at()
    since = f"was last seen at {seen:%Y-%m-%d %H:%M} UTC" if seen else "was never seen"
    return [f"{waiting} messages are due and the worker {since}: start `flask worker`."]


def _files(folder: Path) -> list[str]:
    """Files that records name and that cannot be read."""
    named = [
        *db.session.execute(select(InteractionFile.stored_as, InteractionFile.name)),
        *db.session.execute(select(FiledMailFile.stored_as, FiledMailFile.name)),
        *db.session.execute(
            select(KitResource.stored_as, KitResource.file_name).where(KitResource.stored_as.is_not(None))
        ),
        *db.session.execute(
            select(Cosignatory.logo, Organisation.name)
            .join(Organisation, Organisation.id == Cosignatory.organisation_id)
            .where(Cosignatory.logo.is_not(None))
        ),
    ]
    gone = [name for stored_as, name in named if not _reads(folder / str(stored_as))]
    if not gone:
        return []
    return [
        f"{len(gone)} attached files cannot be read, the first is “{gone[0]}”: restore them from a backup."
    ]


def _reads(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError:
        return False
    return True


def _space(folder: Path) -> list[str]:
    free = shutil.disk_usage(folder).free
    if free >= LEAST_SPACE:
        return []
    return [f"Only {free // 1024 // 1024} MB are free where the data lies: make room."]
