"""The page that says what would stay and what would go, and erases."""

from pathlib import Path
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from crm import clock, jobs
from crm.accounts import services as accounts
from crm.accounts.models import Account
from crm.db import db
from crm.directory.erasing import knowing, rules, services
from crm.directory.erasing.forms import ErasingForm
from crm.directory.erasing.knowing import Known
from crm.directory.keeping import name_of
from crm.directory.merging import following
from crm.directory.models import Person
from crm.directory.views.people import bp
from crm.errors import CrmError
from crm.text import N_, fold
from crm.web.access import needs
from crm.web.rights import May


class AnotherName(CrmError):
    text = N_("This is not the name that stands above. Type “%(name)s”.")
    field = "typed"


@bp.route("/<int:person_id>/erase", methods=["GET", "POST"])
@needs(May.ERASE)
def erase(person_id: int) -> ResponseReturnValue:
    """Erase the person for good, in one unit of work."""
    person = db.get_or_404(Person, person_id)
    if person.merged_into_id is not None:
        return redirect(url_for(".erase", person_id=following.kept(person).id))
    form = ErasingForm(request.form)
    if form.accepted():
        try:
            _erase(person, form)
        except CrmError as refusal:
            form.refuse(refusal)
            person = db.get_or_404(Person, person_id)
        else:
            flash(_("The person is erased for good."))
            return redirect(url_for(".index"))
    who = knowing.known(person)
    return render_template(
        "directory/erasing/erase.html",
        person=person,
        name=name_of(person),
        who=who,
        lines=services.foreseen(who),
        accounts=accounts_of(who),
        look_at=rules.to_look_at(who.people),
        form=form,
    ), form.status


def _erase(person: Person, form: Any) -> None:
    name = name_of(person)
    if fold(form.typed.data) != fold(name):
        raise AnotherName(name=name)
    accounts.confirm(current_user, form.present.data or "")
    home = Path(current_app.config["DATA_DIR"])
    services.erase(person, reason=form.reason.data or "", home=home, by=current_user, at=clock.now())
    accounts.tell_erased(current_user, at=clock.now())
    db.session.commit()
    jobs.wake("erased-people")


def accounts_of(who: Known) -> list[Account]:
    """Accounts that sign in with an address of theirs: what was done with them keeps its author."""
    emails = [address.email for address in who.addresses]
    return list(db.session.scalars(select(Account).where(Account.email.in_(emails))))
