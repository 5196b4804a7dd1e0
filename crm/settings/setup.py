"""What the settings add to the house: the name that mail is signed with, the zone of its days."""

from zoneinfo import ZoneInfo

from flask import Flask, current_app, has_app_context

from crm import clock
from crm.mail import tasks
from crm.settings import queries


def install(app: Flask) -> None:
    tasks.called[:] = [lambda: queries.association().name]
    clock.told[:] = [_zone]


def _zone() -> ZoneInfo:
    """The zone the association chose on its page; the one of the settings file until then."""
    if not has_app_context():
        return clock.PARIS
    return ZoneInfo(queries.zone() or current_app.config["ZONE"])
