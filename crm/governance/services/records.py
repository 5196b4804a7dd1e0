"""What holds for bodies, seats and memberships alike: versions, the bin, days in their order."""

from datetime import datetime
from typing import Any

from crm import history
from crm.db import db
from crm.directory.services.records import Author, sign
from crm.errors import Changed
from crm.governance.models import Period
from crm.governance.services.refusals import EndsBeforeItBegins


def check_version(record: Any, version: int | None) -> None:
    """Refuse to save over what somebody else saved since. Raises Changed."""
    if version is not None and record.version != version:
        raise Changed(who=history.last_actor(db.session(), record))


def check_days(record: Period) -> None:
    """Raises EndsBeforeItBegins."""
    if record.begins_on and record.ends_on and record.ends_on < record.begins_on:
        raise EndsBeforeItBegins


def save(record: Any) -> None:
    """Write the record now. Raises Changed when another process did so in between."""
    db.session.add(record)
    history.save(db.session(), record)


def bin_record(record: Any, *, by: Author, at: datetime) -> None:
    """Put it into the bin; doing so twice changes nothing."""
    sign(by)
    if record.binned_at is None:
        record.binned_at = record.updated_at = at
        save(record)


def restore_record(record: Any, *, by: Author, at: datetime) -> None:
    """Take it out of the bin as it was."""
    sign(by)
    if record.binned_at is not None:
        record.binned_at, record.updated_at = None, at
        save(record)
