"""What a kit brought about, and the same as a file."""

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.kits.acting import results, words
from crm.kits.amending import queries as amending
from crm.kits.amending import words as amending_words
from crm.kits.models import Kit
from crm.kits.views.making import bp, found
from crm.territories import drawing
from crm.web import exports
from crm.web.access import needs
from crm.web.forms import TakingForm
from crm.web.rights import May

BY = {"group": "group", "department": "department", "committee": "committee"}


@bp.get("/<int:kit_id>/results")
@needs(May.READ)
def results_of(kit_id: int) -> ResponseReturnValue:
    return _page(found(kit_id), TakingForm()), 200


def _page(kit: Kit, taking: TakingForm) -> str:
    what = BY.get(request.args.get("by", ""), "group")
    told = results.of(kit)
    sums = told.by(what)
    return render_template(
        "kits/results.html",
        kit=kit,
        taking=taking,
        told=told,
        what=what,
        sums=sums,
        places={one.code: one for one in sums} if what == "department" else {},
        map=drawing.france(),
        steps=results.STEPS,
        acting=words,
        amendments=amending.versions(kit),
        amending=amending_words,
        ways=list(BY),
    )


@bp.post("/<int:kit_id>/results/export")
@needs(May.EXPORT)
def results_export(kit_id: int) -> ResponseReturnValue:
    kit, form = found(kit_id), TakingForm(request.form)
    if not form.accepted():
        return _page(kit, form), form.status
    rows = results.of(kit).rows
    exports.log(
        what=f"kits:{kit.id}",
        chosen="",
        format=exports.CSV,
        rows=len(rows),
        purpose=form.purpose.data or "",
        by=current_user.email,
        at=(at := clock.now()),
    )
    labels = [_(column.label) for column in results.COLUMNS]
    content = b"".join(exports.csv_chunks(results.COLUMNS, labels, rows))
    db.session.commit()
    name = f"{clock.day(at):%Y-%m-%d}-{kit.slug}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=exports.MEDIA_TYPES[exports.CSV], headers=headers)
