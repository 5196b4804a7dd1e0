"""Large acts as a job: woken when one is asked for, and looked for every minute."""

from crm import clock
from crm.db import db
from crm.directory.bulk import services
from crm.directory.bulk.models import BulkAct
from crm.directory.services.records import sign
from crm.jobs import every_minute, job
from crm.jobs.queue import stopping


@job("bulk")
@every_minute
def pending() -> None:
    """Do everything that was asked for."""
    while not stopping.is_set() and (key := services.next_asked(db.session(), at=clock.now())) is not None:
        db.session.rollback()
        do(key)
    db.session.rollback()


def do(key: int) -> None:
    """Do what was asked of this act, unless somebody else does. Commits after each portion."""
    if not services.claim(db.session(), key, at=clock.now()):
        return
    db.session.commit()
    act = db.session.get_one(BulkAct, key)
    sign(act.undone_by or act.created_by)
    services.carry_on(act, at=clock.now(), between=_between)
    db.session.commit()


def _between() -> bool:
    db.session.commit()
    return not stopping.is_set()
