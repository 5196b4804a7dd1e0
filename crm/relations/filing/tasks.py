"""Looking into the box once a minute."""

from flask import current_app

from crm import clock
from crm.db import db
from crm.jobs import every_minute, job
from crm.jobs.queue import stopping
from crm.relations.filing import services, taking
from crm.web import files


@job("filing")
@every_minute
def file_mail() -> None:
    """Take in the mail that came to be filed, and let go what was put aside long ago."""
    taking.take_all(current_app.config, at=clock.now(), stopping=stopping.is_set)
    gone = services.forget(at=clock.now())
    db.session.commit()
    files.discard(*gone)
