"""Giving, changing and ending roles, from the person's page and from the organisation's."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.directory import queries, services
from crm.directory.forms import ChangedRoleForm, EndRoleForm, MemberForm, RoleForm, RoleOfKnownOrganisation
from crm.directory.models import Organisation, Person, Role
from crm.directory.services import succession
from crm.directory.views.organisations import bp as organisations
from crm.directory.views.people import bp as people
from crm.errors import Changed, CrmError
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.i18n import day
from crm.web.pages import offer_undo
from crm.web.rights import May


def _role(person_id: int, role_id: int) -> Role:
    """The role, looked up through its person."""
    return db.one_or_404(db.select(Role).where(Role.id == role_id, Role.person_id == person_id))


@people.route("/<int:person_id>/roles/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_role(person_id: int) -> ResponseReturnValue:
    person = db.get_or_404(Person, person_id)
    form = RoleForm(request.form)
    if form.accepted():
        try:
            organisation = services.organisation_chosen(
                form.organisation.data or "",
                typed=form.organisation_name.data or "",
                by=current_user,
                at=clock.now(),
            )
            _give(form, person, organisation)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("The role was added."))
            return redirect(url_for("people.show", person_id=person_id))
    person = db.get_or_404(Person, person_id)
    return render_template("directory/role_new.html", form=form, person=person), form.status


@organisations.route("/<int:organisation_id>/people/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_member(organisation_id: int) -> ResponseReturnValue:
    """Give somebody of the directory a role here; who is not there yet is added on a page of his own."""
    organisation = db.get_or_404(Organisation, organisation_id)
    form = MemberForm(request.form)
    if form.accepted():
        try:
            person = services.person_chosen(form.person.data or "", typed=form.person_name.data or "")
            _give(form, person, organisation)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("The role was added."))
            return redirect(url_for("organisations.show", organisation_id=organisation_id, tab="own"))
    organisation = db.get_or_404(Organisation, organisation_id)
    return render_template("directory/member_new.html", form=form, organisation=organisation), form.status


def _give(form: RoleOfKnownOrganisation, person: Person, organisation: Organisation | None) -> Role:
    if organisation is None:
        raise services.UnknownOrganisation(name="")
    return services.give_role(
        person=person,
        organisation=organisation,
        function=form.function.data or "",
        category=form.category.data,
        begins_on=form.begins_on.data,
        ends_on=form.ends_on.data,
        is_main=form.is_main.data,
        by=current_user,
        at=clock.now(),
    )


@people.route("/<int:person_id>/roles/<int:role_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit_role(person_id: int, role_id: int) -> ResponseReturnValue:
    role = _role(person_id, role_id)
    form = ChangedRoleForm(request.form, data=_shown(role))
    if form.accepted():
        try:
            _change(form, role)
        except CrmError as refusal:
            form.refuse(refusal)
            role = _role(person_id, role_id)
            if isinstance(refusal, Changed):
                form.meet(_shown(role))
        else:
            db.session.commit()
            flash(_("Saved."))
            return redirect(url_for("people.show", person_id=person_id))
    return render_template("directory/role_edit.html", form=form, role=role), form.status


def _shown(role: Role) -> dict[str, Any]:
    names = ("function", "category", "begins_on", "ends_on", "is_main", "version")
    return {name: getattr(role, name) for name in names}


def _change(form: ChangedRoleForm, role: Role) -> None:
    """Correct the role; or end it, and give the new one from that day on. Raises CrmError."""
    facts: dict[str, Any] = {
        "function": form.function.data or "",
        "category": form.category.data,
        "ends_on": form.ends_on.data,
        "is_main": form.is_main.data,
        "by": current_user,
        "at": clock.now(),
    }
    if form.nature.data == "change" and form.changes_on.data:
        succession.change_from(role, day=form.changes_on.data, version=form.version.number, **facts)
    else:
        services.change_role(role, begins_on=form.begins_on.data, version=form.version.number, **facts)


@people.route("/<int:person_id>/roles/<int:role_id>/end", methods=["GET", "POST"])
@needs(May.WRITE)
def end_role(person_id: int, role_id: int) -> ResponseReturnValue:
    role = _role(person_id, role_id)
    form = EndRoleForm(request.form, data={"ends_on": clock.day(clock.now())})
    if form.accepted():
        try:
            services.end_role(role, on=form.ends_on.data, by=current_user, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
            role = _role(person_id, role_id)
        else:
            db.session.commit()
            offer_undo(
                _("The role ends on %(day)s.", day=day(role.ends_on)),
                url_for("people.reopen_role", person_id=person_id, role_id=role_id),
            )
            return redirect(url_for("people.show", person_id=person_id))
    return render_template("directory/role_end.html", form=form, role=role), form.status


@people.post("/<int:person_id>/roles/<int:role_id>/reopen")
@needs(May.WRITE)
def reopen_role(person_id: int, role_id: int) -> ResponseReturnValue:
    role = _role(person_id, role_id)
    pressed()
    services.reopen_role(role, by=current_user, at=clock.now())
    db.session.commit()
    flash(_("The role goes on."))
    return redirect(url_for("people.show", person_id=person_id))


@people.post("/<int:person_id>/roles/<int:role_id>/main")
@needs(May.WRITE)
def make_main(person_id: int, role_id: int) -> ResponseReturnValue:
    """From now on the person speaks for this organisation."""
    role = _role(person_id, role_id)
    pressed()
    before = queries.main_role(role.person, clock.day(clock.now()))
    services.make_main(role, by=current_user, at=clock.now())
    db.session.commit()
    words = _("%(person)s now speaks for “%(name)s”.", person=role.person.name, name=role.organisation.name)
    if before is not None and before is not role:
        offer_undo(words, url_for("people.make_main", person_id=person_id, role_id=before.id))
    else:
        flash(words)
    return redirect(url_for("people.show", person_id=person_id))
