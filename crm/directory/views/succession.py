"""When a person has left: who takes over, and what becomes of what was promised."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock, jobs
from crm.accounts.models import Account
from crm.db import db
from crm.directory import messages, promised, queries, services
from crm.directory.filters import key_in
from crm.directory.forms import SuccessionForm
from crm.directory.models import Organisation, Person, Role
from crm.directory.services import succession
from crm.directory.views.organisations import bp
from crm.errors import CrmError
from crm.text import N_
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May


def box(organisation: Organisation) -> str:
    """The question on the organisation's page; nothing when nobody left."""
    if organisation.binned_at is not None:
        return ""
    ended = succession.departed(organisation, clock.day(clock.now()))
    if not ended:
        return ""
    return render_template("directory/succession_box.html", organisation=organisation, ended=ended)


def _role(organisation_id: int, role_id: int) -> Role:
    found = db.select(Role).where(Role.id == role_id, Role.organisation_id == organisation_id)
    role: Role = db.one_or_404(found.where(Role.ends_on.is_not(None)))
    return role


@bp.route("/<int:organisation_id>/succession/<int:role_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def succeed(organisation_id: int, role_id: int) -> ResponseReturnValue:
    """Choose the successor or add one, and hand over what was promised."""
    role = _role(organisation_id, role_id)
    form = SuccessionForm(request.form, data=_offered(role))
    accounts = db.session.scalars(queries.followers())
    form.account.choices = [
        SelectChoice("", N_("Leave it with whoever has it")),
        *(SelectChoice(str(account.id), account.name) for account in accounts),
    ]
    if form.accepted():
        try:
            new = _succeed(form, role)
        except CrmError as refusal:
            form.refuse(refusal)
            role = _role(organisation_id, role_id)
        else:
            db.session.commit()
            jobs.wake()
            flash(_("%(person)s takes over from %(other)s.", person=new.person.name, other=role.person.name))
            return redirect(url_for(".show", organisation_id=organisation_id, tab="own"))
    told = [(source, source.open(role)) for source in promised.sources()]
    return render_template(
        "directory/succession.html",
        form=form,
        role=role,
        messages=messages,
        told=[(source, lines) for source, lines in told if lines],
        ticked=set(request.form.getlist("promised")) if request.method == "POST" else None,
    ), form.status


def _offered(role: Role) -> dict[str, Any]:
    first = role.ends_on + timedelta(days=1) if role.ends_on else None
    return {"function": role.function, "category": role.category, "begins_on": first}


def _succeed(form: SuccessionForm, role: Role) -> Role:
    """Raises CrmError; nothing is kept then."""
    now = clock.now()
    by = current_user._get_current_object()
    new = succession.succeed(
        role,
        person=_person(form, by, now),
        function=form.function.data or "",
        category=form.category.data,
        begins_on=form.begins_on.data,
        by=by,
        at=now,
    )
    key = key_in(str(form.account.data or ""))
    account = db.session.get(Account, key) if key else None
    promised.hand_over(role, request.form.getlist("promised"), to=new, account=account, by=by, at=now)
    return new


def _person(form: SuccessionForm, by: Account, now: Any) -> Person:
    """The person who was chosen, else a new one of the typed names."""
    if form.person.data or form.person_name.data:
        return services.person_chosen(form.person.data or "", typed=form.person_name.data or "")
    return services.add_person(
        given_name=form.given_name.data or "",
        family_name=form.family_name.data or "",
        emails=[form.email.data or ""],
        source=_("Typed by %(name)s", name=by.name),
        by=by,
        at=now,
    )


@bp.post("/<int:organisation_id>/succession/<int:role_id>/<any(nobody, later):answer>")
@needs(May.WRITE)
def answer_succession(organisation_id: int, role_id: int, answer: str) -> ResponseReturnValue:
    """Nobody takes over; or nobody knows yet, and the question comes back."""
    role = _role(organisation_id, role_id)
    pressed()
    if answer == "nobody":
        succession.nobody(role, by=current_user)
        words = _("Nobody takes over from %(person)s.", person=role.person.name)
    else:
        succession.later(role, by=current_user, day=clock.day(clock.now()))
        words = _("The question comes back in a month.")
    db.session.commit()
    flash(words)
    return redirect(url_for(".show", organisation_id=organisation_id))
