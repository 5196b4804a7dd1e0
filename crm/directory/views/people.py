"""The pages of people."""

from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.accounts import services as accounts
from crm.db import db
from crm.directory import lists, messages, normal, queries, services
from crm.directory.erasing import queries as erased
from crm.directory.filters import key_in
from crm.directory.forms import NewPersonForm, PersonForm, lines, names
from crm.directory.merging import warning
from crm.directory.merging.views import pairs as duplicates
from crm.directory.models import Organisation, Person
from crm.directory.own import forms as own_forms
from crm.directory.own import queries as own
from crm.directory.own import services as own_services
from crm.directory.rows import PersonRow
from crm.directory.services import erasing
from crm.directory.views import lists as pages
from crm.directory.views import show as record_page
from crm.errors import Changed, CrmError
from crm.mail.models import Address
from crm.mail.senders import folder
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.pages import offer_undo
from crm.web.rights import May

bp = Blueprint("people", __name__, url_prefix="/people")


@bp.post("/addresses/<int:address_id>/erase")
@needs(May.ERASE)
def erase_address(address_id: int) -> ResponseReturnValue:
    """Its owner wants to be forgotten: nobody reads it here any more, and nothing tells what it was."""
    pressed()
    accounts.confirm(current_user, request.form.get("present", ""))
    address = db.get_or_404(Address, address_id)
    gone = erasing.erase_address(address, by=current_user, at=clock.now())
    db.session.commit()
    folder.discard(Path(current_app.config["DATA_DIR"]) / "outbox", gone)
    flash(_("The address is erased."))
    return redirect(url_for("preferences.wishes_of", address_id=address_id))


@bp.get("/")
@needs(May.READ)
def index() -> ResponseReturnValue:
    return pages.index(lists.PEOPLE)


@bp.route("/export", methods=["GET", "POST"])
@needs(May.EXPORT)
def export() -> ResponseReturnValue:
    return pages.export(lists.PEOPLE)


@bp.post("/selected")
@needs(May.WRITE)
def selected() -> ResponseReturnValue:
    return pages.selected(lists.PEOPLE)


@bp.get("/suggest")
@needs(May.READ)
def suggest() -> Response:
    """`?q=` part of a name, or of an address when it holds an @."""
    today = clock.day(clock.now())
    found = queries.suggest_people(request.args.get("q", ""))
    rows = {row.id: row for row in record_page.person_rows(found, today)}
    return jsonify(
        [
            {
                "value": person.id,
                "label": person.name or rows[person.id].email,
                "detail": _detail(rows[person.id]),
            }
            for person in found
        ]
    )


def _detail(row: PersonRow) -> str:
    return " · ".join(fact for fact in (row.function, row.organisation, row.email) if fact)


@bp.before_request
def hold_erased() -> None:
    """Whoever was erased for good has a page that says so, and no other."""
    key = (request.view_args or {}).get("person_id")
    if key is not None and request.endpoint != "people.show":
        person = db.session.get(Person, key)
        if person is not None and person.erased_at is not None:
            abort(410)


@bp.get("/<int:person_id>")
@needs(May.READ)
def show(person_id: int) -> ResponseReturnValue:
    if (erasure := erased.of_person(person_id)) is not None:
        return render_template("directory/erasing/erased.html", erasure=erasure), 410
    return record_page.person(db.get_or_404(Person, person_id))


@bp.route("/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new() -> ResponseReturnValue:
    organisation = db.session.get(Organisation, key_in(request.args.get("organisation", "")) or 0)
    known = {"organisation": organisation.id, "organisation_name": organisation.name} if organisation else {}
    asked = own.asked(own.PEOPLE)
    form = own_forms.with_fields(NewPersonForm, asked)(
        request.form, data={**known, "family_name": request.args.get("name", "")}
    )
    likely: list[dict[str, Any]] = []
    if form.accepted():
        try:
            likely = duplicates.people_alike(request.form)
            person = _add(form)
            if likely and not request.form.get("anyway"):
                raise warning.PersonLooksKnown
            own_services.put(person, own_forms.wanted(form, asked), by=current_user, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("%(person)s is in the directory.", person=person.name or _("This person")))
            return redirect(url_for(".show", person_id=person.id))
    return render_template("directory/person_new.html", form=form, likely=likely), form.status


def _add(form: NewPersonForm) -> Person:
    """The person and, when an organisation was given, the role there."""
    now, by = clock.now(), current_user
    person = services.add_person(**_facts(form), source=_("Typed by %(name)s", name=by.name), by=by, at=now)
    organisation = services.organisation_chosen(
        form.organisation.data or "", typed=form.organisation_name.data or "", by=by, at=now
    )
    if organisation is not None:
        services.give_role(
            person=person,
            organisation=organisation,
            function=form.function.data or "",
            category=form.category.data,
            by=by,
            at=now,
        )
    return person


def _facts(form: PersonForm) -> dict[str, Any]:
    return {
        "given_name": form.given_name.data or "",
        "family_name": form.family_name.data or "",
        "civility": form.civility.data,
        "language": form.language.data,
        "emails": [form.email.data or "", *lines(form.other_emails.data)],
        "phones": lines(form.phone.data),
        "tags": names(form.tags.data),
        "notes": form.notes.data or "",
    }


@bp.route("/<int:person_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit(person_id: int) -> ResponseReturnValue:
    person = db.get_or_404(Person, person_id)
    asked, shown = own.asked(own.PEOPLE), _shown(person)
    form = own_forms.with_fields(PersonForm, asked, shown)(request.form, data=shown)
    if form.accepted():
        try:
            services.change_person(
                person, version=form.version.number, **_facts(form), by=current_user, at=clock.now()
            )
            own_services.put(person, own_forms.wanted(form, asked), by=current_user, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
            person = db.get_or_404(Person, person_id)
            if isinstance(refusal, Changed):
                form.meet(_shown(person))
        else:
            db.session.commit()
            flash(_("Saved."))
            return redirect(url_for(".show", person_id=person.id))
    return render_template(
        "directory/person_edit.html", form=form, person=person, messages=messages
    ), form.status


def _shown(person: Person) -> dict[str, object]:
    """The record as the form shows it."""
    emails = [read.address.email for read in person.addresses]
    return {
        "civility": person.civility,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "language": person.language,
        "email": emails[0] if emails else "",
        "other_emails": "\n".join(emails[1:]),
        "phone": "\n".join(normal.shown_phone(phone.number) for phone in person.phones),
        "tags": ", ".join(tag.name for tag in person.tags),
        "notes": person.notes,
        "version": person.version,
        **own_forms.shown(person),
    }


@bp.post("/<int:person_id>/bin")
@needs(May.WRITE)
def bin(person_id: int) -> ResponseReturnValue:
    person = db.get_or_404(Person, person_id)
    pressed()
    services.bin_record(person, by=current_user, at=clock.now())
    db.session.commit()
    offer_undo(_("%(person)s is in the bin.", person=person.name), url_for(".restore", person_id=person.id))
    return redirect(url_for(".index"))


@bp.post("/<int:person_id>/restore")
@needs(May.WRITE)
def restore(person_id: int) -> ResponseReturnValue:
    person = db.get_or_404(Person, person_id)
    pressed()
    services.restore_record(person, by=current_user, at=clock.now())
    db.session.commit()
    flash(_("%(person)s is back from the bin.", person=person.name))
    return redirect(url_for(".show", person_id=person.id))
