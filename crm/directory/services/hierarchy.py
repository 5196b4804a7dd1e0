"""Which organisation is part of which: never in a circle, not even when two people make one at once."""

from sqlalchemy import text

from crm.db import db, is_sqlite
from crm.directory.models import Organisation
from crm.directory.queries import family
from crm.directory.services.refusals import ParentCycle

# Any number, as long as nothing else locks by it.
_HIERARCHY = 7_301_968


def check_place(organisation: Organisation, parent_id: int | None) -> None:
    """Refuse to put the organisation under one that is itself part of it. Raises ParentCycle with the chain.

    Until the unit of work ends nobody else changes the hierarchy: two people could otherwise each make
    one half of a circle. (On SQLite the write lock that the unit took when it began does the same.)
    """
    if parent_id is None or organisation.id is None:
        return
    if not is_sqlite(db.session()):
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _HIERARCHY})
    chain = family.above(parent_id)
    keys = [row.id for row in chain]
    if organisation.id in keys:
        names = [row.name for row in chain[: keys.index(organisation.id) + 1]]
        raise ParentCycle(parent=names[0], name=organisation.name, chain=" › ".join(names))
