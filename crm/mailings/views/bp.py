"""The blueprint that all pages of mailings share."""

from zoneinfo import ZoneInfo

from flask import Blueprint

from crm import clock

bp = Blueprint("mailings", __name__, url_prefix="/mailings")


def office() -> ZoneInfo:
    """The zone in which the association's hours are given."""
    return clock.office()
