"""What the settings add to the house: the name that mail is signed with, the zone of its days."""

from zoneinfo import ZoneInfo

from flask import Flask, current_app, has_app_context

from crm import clock
from crm.mail import look, tasks
from crm.mail.look import Look
from crm.settings import queries


def install(app: Flask) -> None:
    tasks.called[:] = [lambda: queries.association().name]
    clock.told[:] = [_zone]
    look.told[:] = [_look]


def _look() -> Look:
    known = queries.association()
    logo = f"{current_app.config['BASE_URL']}/mailings/pictures/{known.logo}" if known.logo else ""
    return Look(known.colour or look.USUAL, logo, known.logo_width, known.logo_height)


def _zone() -> ZoneInfo:
    """The zone the association chose on its page; the one of the settings file until then."""
    if not has_app_context():
        return clock.PARIS
    return ZoneInfo(queries.zone() or current_app.config["ZONE"])
