"""The names in platforms' files are forgotten by themselves."""

from crm import clock
from crm.db import db
from crm.events.platforms import services
from crm.jobs import every_minute, job


@job("platforms")
@every_minute
def forget() -> None:
    if services.forget(clock.now()):
        db.session.commit()
