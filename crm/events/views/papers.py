"""The papers of an event, chosen and taken as a PDF; that they were taken is written down."""

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.events.models import Event, Format, Seat
from crm.events.papers import words
from crm.events.papers.facts import participants
from crm.events.papers.forms import EVERYBODY, PaperForm
from crm.events.queries import attendance
from crm.events.views.agenda import bp, found
from crm.settings import queries as settings
from crm.text import slug
from crm.web import exports, pdf
from crm.web.access import needs
from crm.web.rights import May


@bp.route("/<int:event_id>/papers", methods=["GET", "POST"])
@needs(May.EXPORT)
def papers(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    online = event.format == Format.ONLINE
    usual = {"purpose": _("To have on the day of the event"), **({"who": EVERYBODY} if online else {})}
    form = PaperForm(request.form, data=usual)
    # Not `accepted()`: the same paper may be taken again and again.
    if request.method == "POST":
        if form.validate():
            return _paper(event, form)
        form.status = 422
    return (
        render_template(
            "events/papers.html",
            event=event,
            form=form,
            count=attendance.count(event, attendance.Chosen(seat=Seat.CONFIRMED)),
            back=url_for(".day", event_id=event_id),
        ),
        form.status,
    )


def _paper(event: Event, form: PaperForm) -> Response:
    at, paper = clock.now(), str(form.paper.data)
    rows = participants(event, form.mode)
    exports.log(
        what=f"events:{event.id}",
        chosen=f"paper={paper};who={form.who.data}",
        format="pdf",
        rows=len(rows),
        purpose=form.purpose.data or "",
        by=current_user.email,
        at=at,
    )
    db.session.commit()
    octets = words.made(
        paper, event, rows, blank=form.blank.data or 0, house=settings.association().name, at=at
    )
    return Response(octets, mimetype=pdf.MEDIA_TYPE, headers=named(event, paper))


def named(event: Event, paper: str) -> dict[str, str]:
    """The header by which a file is named for people: `2026-03-29-open-data-day-signing.pdf`."""
    name = f"{event.starts_wall:%Y-%m-%d}-{event.slug}-{slug(_(words.PAPERS[paper]))}.pdf"
    return {"Content-Disposition": f'attachment; filename="{name}"'}
