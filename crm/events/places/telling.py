"""What staff read after an act that gave seats on."""

from flask import flash
from flask_babel import gettext as _
from flask_babel import ngettext

from crm.events.models import Registration, Seat


def tell_who_moved_up(moved_up: list[Registration]) -> None:
    """By name when they are few."""
    if len(moved_up) > 5:
        count = len(moved_up)
        flash(
            ngettext(
                "%(num)s person moves up from the waiting list and is told by mail.",
                "%(num)s people move up from the waiting list and are told by mail.",
                count,
            )
        )
        return
    for one in moved_up:
        name = f"{one.given_name} {one.family_name}".strip()
        if one.seat == Seat.OFFERED:
            flash(_("%(name)s is offered the place by mail.", name=name))
        else:
            flash(_("%(name)s moves up from the waiting list and is told by mail.", name=name))
