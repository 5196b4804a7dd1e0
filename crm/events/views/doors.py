"""The day of an event: what is needed on it, and the links that open its doors to helpers."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.events import days
from crm.events.checkin import queries, services, words
from crm.events.checkin.forms import DoorForm
from crm.events.checkin.models import Door
from crm.events.models import Event
from crm.events.queries import agenda as events
from crm.events.views.agenda import bp, found
from crm.events.views.door import quorum
from crm.web import i18n, links
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May


@bp.route("/<int:event_id>/day", methods=["GET", "POST"])
@needs(May.WRITE)
def day(event_id: int) -> ResponseReturnValue:
    """What is needed on the day; here links are made for helpers, and seen."""
    event = found(event_id)
    form = DoorForm(request.form)
    form.day_number.choices = [
        SelectChoice(str(number), i18n.day(one)) for number, one in enumerate(days.days(event), start=1)
    ]
    if form.accepted():
        try:
            door = services.open_door(
                event,
                name=form.name.data or "",
                day_number=form.day_number.data,
                by=current_user.email,
                at=clock.now(),
            )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("The link for “%(door)s” is ready: give it to whoever will stand there.", door=door.name))
            return redirect(url_for(".day", event_id=event_id))
    return render_template("events/day.html", event=event, form=form, **_shown_of(event)), form.status


def _shown_of(event: Event) -> dict[str, Any]:
    made = queries.doors(event)
    return {
        "figures": events.figures(event),
        "doors": [
            {
                "door": door,
                "url": links.absolute("door.show", token=door.token),
                "opens": queries.hours(door)[0],
                "is_over": queries.hours(door)[1] <= clock.now(),
            }
            for door in made
        ],
        "made_by": words.names(door.made_by for door in made),
        "quorum": quorum(event),
        "is_of_several_days": len(days.days(event)) > 1,
    }


@bp.post("/<int:event_id>/doors/<int:door_id>/revoke")
@needs(May.WRITE)
def revoke_door(event_id: int, door_id: int) -> ResponseReturnValue:
    door = db.get_or_404(Door, door_id)
    if door.event_id != event_id:
        abort(404)
    pressed()
    services.revoke(door, by=current_user.email, at=clock.now())
    db.session.commit()
    flash(_("The link for “%(door)s” opens nothing any more.", door=door.name))
    return redirect(url_for(".day", event_id=event_id))
