"""What was promised: the list, who has how much, one follow-up; done, put off, said anew."""

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import Organisation, Person
from crm.errors import Changed, CrmError
from crm.relations import messages, queries, services
from crm.relations.forms import FollowUpForm, NewFollowUpForm, key_of
from crm.relations.models import Every, FollowUp
from crm.relations.services import Repeat
from crm.relations.views import telling
from crm.relations.views.blueprint import bp, office
from crm.text import N_
from crm.web import tables
from crm.web.access import needs, own_path
from crm.web.forms import pressed, said
from crm.web.pages import offer_undo
from crm.web.rights import May

STATES = ("open", "late", "done")
PUT_OFF = (1, 7, 14, 30)


def today() -> date:
    return clock.day(clock.now(), office())


def new_form(promised: FollowUp | None = None) -> FollowUpForm:
    """The form of a new follow-up, mine until somebody else is chosen; or of one that is on the list."""
    form = FollowUpForm(request.form, data=_shown(promised))
    fill_doers(form, promised)
    return form


def _shown(promised: FollowUp | None) -> dict[str, Any]:
    if promised is None:
        return {"who": current_user.id}
    return {
        "what": promised.what,
        "who": promised.assigned_to_id,
        "due": promised.due_on,
        "every": promised.repeat_every,
        "unit": promised.repeat_unit or Every.MONTHS,
        "until": promised.repeat_until,
        "version": promised.version,
    }


def fill_doers(form: FollowUpForm, promised: FollowUp | None = None) -> None:
    kept = [promised.assigned_to_id] if promised and promised.assigned_to_id else []
    doers = db.session.scalars(queries.accounts(keep=kept))
    form.who.choices = [
        SelectChoice("", N_("Nobody yet")),
        *(SelectChoice(account.id, account.name) for account in doers),
    ]


def repeat_of(form: FollowUpForm) -> Repeat | None:
    """How often it comes again; None for once."""
    if not form.every.data:
        return None
    return Repeat(every=form.every.data, unit=Every(form.unit.data), until=form.until.data)


def refuse(form: FollowUpForm, refusal: CrmError) -> None:
    """The rules name the fields of the larger form."""
    refusal.field = {"follow_up": "what", "follow_up_who": "who", "follow_up_due": "due"}.get(
        refusal.field or "", refusal.field
    )
    form.refuse(refusal)


@bp.get("/follow-ups")
@needs(May.READ)
def promises() -> ResponseReturnValue:
    """`?state=open|late|done`, `?who=all|nobody|<account>`; mine and open without."""
    state = request.args.get("state", "open")
    state = state if state in STATES else "open"
    who, account_id = _asked_for()
    rows = queries.follow_ups(state=state, today=today(), account_id=account_id)
    order = queries.done_last_first() if state == "done" else queries.soonest_first()
    page = tables.page_of(db.session(), rows, order, cursor=request.args.get("cursor"))
    return render_template(
        "relations/follow_ups.html",
        page=page,
        promises=[row[0] for row in page.rows],
        state=state,
        who=who,
        doer=db.session.get(Account, account_id) if who.isdigit() and account_id else None,
        today=today(),
    )


def _asked_for() -> tuple[str, int | None]:
    """Whose follow-ups the address asks for: the word, and the account (None: everyone's, 0: nobody's)."""
    who = request.args.get("who", "")
    if who == "all":
        return who, None
    if who == "nobody":
        return who, 0
    if (key := key_of(who)) is not None and key != current_user.id:
        return str(key), key
    return "", current_user.id


@bp.get("/follow-ups/people")
@needs(May.READ)
def loads() -> ResponseReturnValue:
    """Who has how much to do, and how much of it is late."""
    return render_template("relations/loads.html", loads=queries.loads(today=today()), today=today())


@bp.route("/follow-ups/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_promise() -> ResponseReturnValue:
    """A follow-up of no exchange; `?organisation=` or `?person=` names what it is about."""
    organisation, person = telling.asked(Organisation, "organisation"), telling.asked(Person, "person")
    form = NewFollowUpForm(request.form, data=_about(organisation, person))
    fill_doers(form)
    if form.accepted():
        try:
            promised = _plan(form)
        except CrmError as refusal:
            refuse(form, refusal)
            fill_doers(form)
        else:
            db.session.commit()
            flash(_("The follow-up is on the list."))
            return redirect(own_path(request.args.get("back")) or _record_page(promised))
    return render_template("relations/follow_up_new.html", form=form), form.status


def _about(organisation: Organisation | None, person: Person | None) -> dict[str, Any]:
    return {
        "who": current_user.id,
        "organisation": organisation.id if organisation else "",
        "organisation_name": organisation.name if organisation else "",
        "person": person.id if person else "",
        "person_name": person.name if person else "",
    }


def _plan(form: NewFollowUpForm) -> FollowUp:
    """Raises CrmError."""
    return services.promise(
        what=form.what.data or "",
        assigned_to=telling.account(form.who.data),
        due_on=form.due.data,
        organisation=telling.typed_organisation(form),
        person=telling.typed_person(form),
        repeat=repeat_of(form),
        by=current_user,
        at=clock.now(),
    )


def _record_page(promised: FollowUp) -> str:
    if promised.organisation_id is not None:
        return url_for("organisations.show", organisation_id=promised.organisation_id)
    if promised.person_id is not None:
        return url_for("people.show", person_id=promised.person_id)
    return url_for(".follow_up", follow_up_id=promised.id)


@bp.get("/follow-ups/<int:follow_up_id>")
@needs(May.READ)
def follow_up(follow_up_id: int) -> ResponseReturnValue:
    """Where the mail of the day leads."""
    promised = db.get_or_404(FollowUp, follow_up_id)
    return render_template(
        "relations/follow_up.html",
        promised=promised,
        today=today(),
        later=[(days, today() + timedelta(days=days)) for days in PUT_OFF],
        after=queries.came_after(promised),
        changes=queries.changes_of(promised),
    )


@bp.post("/follow-ups/<int:follow_up_id>/done")
@needs(May.WRITE)
def done(follow_up_id: int) -> ResponseReturnValue:
    pressed()
    promised = db.get_or_404(FollowUp, follow_up_id)
    what = promised.what
    try:
        following = services.done(promised, by=current_user, at=clock.now(), zone=office())
    except CrmError as refusal:
        flash(said(refusal))
        return redirect(_back())
    words = _("Done: %(what)s", what=what)
    if following is not None and following.due_on:
        words = _(
            "Done: %(what)s. The next one is for %(day)s.", what=what, day=messages.day(following.due_on)
        )
    db.session.commit()
    offer_undo(words, url_for(".reopen", follow_up_id=follow_up_id, back=_back()))
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


@bp.post("/follow-ups/<int:follow_up_id>/put-off")
@needs(May.WRITE)
def put_off(follow_up_id: int) -> ResponseReturnValue:
    """`?to=` is the day it is put off to; nothing for no day at all."""
    pressed()
    promised = db.get_or_404(FollowUp, follow_up_id)
    before, what = promised.due_on, promised.what
    to = telling.day_in(request.args.get("to"))
    try:
        services.put_off(promised, to=to, by=current_user)
    except CrmError as refusal:
        flash(said(refusal))
        return redirect(_back())
    db.session.commit()
    undo = url_for(".put_off", follow_up_id=follow_up_id, to=before or "", back=_back())
    words = _("“%(what)s” is for %(day)s.", what=what, day=messages.day(to)) if to else _("Without a day.")
    offer_undo(words, undo)
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
                repeat=repeat_of(form),
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
