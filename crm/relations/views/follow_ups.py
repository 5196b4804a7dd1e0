"""What was promised: the list, saying that it is done, saying it anew."""

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock
from crm.db import db
from crm.errors import Changed, CrmError
from crm.relations import queries, services
from crm.relations.forms import FollowUpForm, key_of
from crm.relations.models import FollowUp
from crm.relations.views import telling
from crm.relations.views.blueprint import bp, office
from crm.text import N_
from crm.web import tables
from crm.web.access import needs, own_path
from crm.web.forms import pressed
from crm.web.pages import offer_undo
from crm.web.rights import May

STATES = ("open", "late", "done")


def today() -> date:
    return clock.day(clock.now(), office())


def new_form(promised: FollowUp | None = None) -> FollowUpForm:
    """The form of a new follow-up, mine until somebody else is chosen; or of one that is on the list."""
    if promised is None:
        form = FollowUpForm(request.form, data={"who": current_user.id})
    else:
        form = FollowUpForm(request.form, data=_shown(promised))
    kept = [promised.assigned_to_id] if promised and promised.assigned_to_id else []
    doers = db.session.scalars(queries.accounts(keep=kept))
    form.who.choices = [
        SelectChoice("", N_("Nobody yet")),
        *(SelectChoice(account.id, account.name) for account in doers),
    ]
    return form


def _shown(promised: FollowUp) -> dict[str, Any]:
    return {
        "what": promised.what,
        "who": promised.assigned_to_id,
        "due": promised.due_on,
        "version": promised.version,
    }


def refuse(form: FollowUpForm, refusal: CrmError) -> None:
    """The rules name the fields of the larger form."""
    refusal.field = {"follow_up": "what", "follow_up_who": "who", "follow_up_due": "due"}.get(
        refusal.field or "", refusal.field
    )
    form.refuse(refusal)


@bp.get("/follow-ups")
@needs(May.READ)
def promises() -> ResponseReturnValue:
    """`?state=open|late|done`, `?who=all`; mine and open without."""
    state = request.args.get("state", "open")
    state = state if state in STATES else "open"
    everyone = request.args.get("who") == "all"
    rows = queries.follow_ups(state=state, today=today(), account_id=None if everyone else current_user.id)
    order = queries.done_last_first() if state == "done" else queries.soonest_first()
    page = tables.page_of(db.session(), rows, order, cursor=request.args.get("cursor"))
    return render_template(
        "relations/follow_ups.html",
        page=page,
        promises=[row[0] for row in page.rows],
        state=state,
        everyone=everyone,
        today=today(),
    )


@bp.post("/follow-ups/<int:follow_up_id>/done")
@needs(May.WRITE)
def done(follow_up_id: int) -> ResponseReturnValue:
    pressed()
    promised = db.get_or_404(FollowUp, follow_up_id)
    services.done(promised, by=current_user, at=clock.now())
    what = promised.what
    db.session.commit()
    offer_undo(_("Done: %(what)s", what=what), url_for(".reopen", follow_up_id=follow_up_id, back=_back()))
    return redirect(_back())


@bp.post("/follow-ups/<int:follow_up_id>/reopen")
@needs(May.WRITE)
def reopen(follow_up_id: int) -> ResponseReturnValue:
    pressed()
    promised = db.get_or_404(FollowUp, follow_up_id)
    services.not_done(promised, by=current_user)
    flash(_("Still to do: %(what)s", what=promised.what))
    db.session.commit()
    return redirect(_back())


def _back() -> str:
    return own_path(request.args.get("back")) or url_for("relations.promises")


@bp.route("/follow-ups/<int:follow_up_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit_promise(follow_up_id: int) -> ResponseReturnValue:
    promised = db.get_or_404(FollowUp, follow_up_id)
    form = new_form(promised)
    if form.accepted():
        try:
            services.change_promise(
                promised,
                what=form.what.data or "",
                assigned_to=telling.account(form.who.data),
                due_on=form.due.data,
                version=key_of(form.version.data) or 0,
                by=current_user,
            )
        except CrmError as refusal:
            refuse(form, refusal)
            promised = db.get_or_404(FollowUp, follow_up_id)
            if isinstance(refusal, Changed):
                form.meet(_shown(promised))
        else:
            db.session.commit()
            flash(_("Saved."))
            return redirect(_back())
    return render_template(
        "relations/follow_up_edit.html", form=form, promised=promised, back=_back()
    ), form.status
