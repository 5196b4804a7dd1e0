"""The blueprint that all pages of mailings share."""

from zoneinfo import ZoneInfo

from flask import Blueprint

from crm import clock
from crm.settings import queries as settings

bp = Blueprint("mailings", __name__, url_prefix="/mailings")


def office() -> ZoneInfo:
    """The zone in which the association's hours are given."""
    return clock.zone(settings.association().zone)
