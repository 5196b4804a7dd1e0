"""The end of an agreement is announced by itself, once."""

from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from flask_babel import force_locale, gettext

from crm import clock, jobs
from crm.db import db
from crm.history import act_as
from crm.jobs import every_minute, job
from crm.relations.agreements import queries, services
from crm.relations.agreements.models import Agreement
from crm.web import i18n

log = structlog.get_logger()


@job("agreements")
@every_minute
def announce_ends() -> None:
    """A follow-up, and a mail to whoever watches over it, a month before notice must be given."""
    if announce(at=clock.now(), zone=clock.office()):
        jobs.wake()


def announce(*, at: datetime, zone: ZoneInfo) -> int:
    """Announce each end that is near and was not announced yet; how many."""
    day, number = clock.day(at, zone), 0
    for key in [agreement.id for agreement in queries.unannounced(day)]:
        agreement = db.session.get_one(Agreement, key)
        act_as(db.session(), "agreements")
        with force_locale(agreement.owner.language if agreement.owner else "fr"):
            what = gettext(
                "Decide what comes after “%(title)s”, which ends on %(day)s",
                title=agreement.title,
                day=i18n.day(agreement.end_on(day)),
            )
        if services.announce(agreement, what=what, day=day, at=at) is not None:
            number += 1
        db.session.commit()
    return number
