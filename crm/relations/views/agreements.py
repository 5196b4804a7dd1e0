"""Agreements: the list, the calendar of their days, and each of them with its files."""

from datetime import date, timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from wtforms import SelectChoice

from crm import clock
from crm.db import db
from crm.directory.models import Organisation, Person
from crm.errors import Changed, CrmError
from crm.relations import queries as log
from crm.relations.agreements import queries, services, words
from crm.relations.agreements.forms import AgreementFilterForm, AgreementForm, ChangedAgreementForm
from crm.relations.agreements.models import Agreement, AgreementState
from crm.relations.agreements.queries import Asked
from crm.relations.forms import key_of
from crm.relations.views import telling
from crm.relations.views.blueprint import bp
from crm.relations.views.follow_ups import today
from crm.text import N_
from crm.web import files, tables
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.pages import offer_undo, say
from crm.web.rights import May

ENDING = "ending"


def _asked() -> Asked:
    state = request.args.get("state", "")
    return Asked(
        state=state if state in (*AgreementState, ENDING) else "",
        owner_id=key_of(request.args.get("owner")),
        in_bin=request.args.get("bin") == "yes",
    )


def _filter_form(meant: Asked) -> AgreementFilterForm:
    form = AgreementFilterForm(data={"state": meant.state, "owner": str(meant.owner_id or "")})
    form.state.choices = [
        SelectChoice("", N_("All")),
        SelectChoice(ENDING, N_("Ending soon")),
        *(SelectChoice(state.value, label) for state, label in words.STATES.items()),
    ]
    accounts = db.session.scalars(log.accounts())
    form.owner.choices = [SelectChoice("", N_("All")), *(SelectChoice(str(a.id), a.name) for a in accounts)]
    return form


def _chips(form: AgreementFilterForm) -> list[dict[str, str]]:
    told = []
    for field in form:
        labels = {choice.value: choice.label for choice in field.choices}
        if field.data and field.data in labels:
            label = _("%(what)s: %(value)s", what=say(field.label.text), value=say(labels[field.data]))
            told.append({"label": label, "remove": tables.here(**{field.name: None})})
    return told


@bp.get("/agreements")
@needs(May.READ)
def agreements() -> ResponseReturnValue:
    meant, sort = _asked(), request.args.get("sort", "")
    rows = queries.agreements(meant, day=today())
    page = tables.page_of(db.session(), rows, queries.order(sort), cursor=request.args.get("cursor"))
    form = _filter_form(meant)
    return render_template(
        "relations/agreements/index.html",
        page=page,
        agreements=[row[0] for row in page.rows],
        sort=sort or "end",
        form=form,
        asked=meant,
        chips=_chips(form),
        words=words,
        today=today(),
    )


@bp.get("/agreements/calendar")
@bp.get("/agreements/calendar/<int:year>-<int:month>")
@needs(May.READ)
def agreement_calendar(year: int | None = None, month: int = 1) -> ResponseReturnValue:
    """The days of one month on which agreements begin, end, or must be given notice of."""
    day = today()
    first = date(year, month, 1) if year and 1900 < year < 2200 and 0 < month < 13 else day.replace(day=1)
    if year and (first.year, first.month) != (year, month):
        abort(404)
    after = (first + timedelta(days=32)).replace(day=1)
    found = queries.calendar(first, after - timedelta(days=1))
    monday = first - timedelta(days=first.weekday())
    weeks = []
    while monday < after:
        days = [monday + timedelta(days=number) for number in range(7)]
        weeks.append([(one, found.get(one, [])) for one in days])
        monday += timedelta(days=7)
    return render_template(
        "relations/agreements/calendar.html",
        weeks=weeks,
        first=first,
        before=(first - timedelta(days=1)).replace(day=1),
        after=after,
        count=sum(len(days) for days in found.values()),
        next=None if found else queries.next_day(after),
        words=words,
        today=day,
    )


def found(agreement_id: int) -> Agreement:
    return queries.whole(agreement_id) or abort(404)


@bp.get("/agreements/<int:agreement_id>")
@needs(May.READ)
def agreement(agreement_id: int) -> ResponseReturnValue:
    return render_template(
        "relations/agreements/show.html", agreement=found(agreement_id), words=words, today=today()
    )


def _fill(form: AgreementForm, one: Agreement | None = None) -> None:
    """The lists to choose from; whatever was chosen before stays among them."""
    chosen = _rows(Organisation, form.organisations)
    form.organisations.choices = [SelectChoice(o.id, o.name) for o in chosen]
    people = {person.id: person for person in _rows(Person, form.signers)}
    around = log.familiar([o.id for o in chosen], day=today()) if chosen else []
    people.update((person.id, person) for person in around)
    form.signers.choices = [SelectChoice(person.id, person.name) for person in people.values()]
    kept = [one.owner_id] if one and one.owner_id else []
    accounts = db.session.scalars(log.accounts(keep=kept))
    form.owner.choices = [SelectChoice("", N_("Nobody yet")), *(SelectChoice(a.id, a.name) for a in accounts)]
    if isinstance(form, ChangedAgreementForm):
        form.keep_files.choices = [SelectChoice(file.id, file.name) for file in one.files] if one else []


def _rows(model: Any, field: Any) -> list[Any]:
    keys = [key for key in field.data or [] if key_of(key)]
    return list(db.session.scalars(select(model).where(model.id.in_(keys)).order_by(model.sort, model.id)))


def _add_typed(form: AgreementForm) -> None:
    """Put what stands in the two fields that propose among what is chosen. Raises CrmError."""
    telling.add_typed(form, people=form.signers)


def _wants_more(form: AgreementForm, one: Agreement | None = None) -> bool:
    """Whether only another organisation or person is to be put on the form, which is not sent yet."""
    if request.method != "POST" or not form.more.data or not form["csrf_token"].validate(form):
        return False
    try:
        _add_typed(form)
    except CrmError as refusal:
        form.refuse(refusal)
    else:
        db.session.commit()
    _fill(form, one)
    return True


def _told(form: AgreementForm) -> services.Told:
    _add_typed(form)
    return services.Told(
        title=form.title.data or "",
        organisations=_rows(Organisation, form.organisations),
        state=AgreementState(form.state.data),
        signers=_rows(Person, form.signers),
        our_signatory=form.our_signatory.data or "",
        owner=telling.account(form.owner.data),
        signed_on=form.signed_on.data,
        begins_on=form.begins_on.data,
        ends_on=form.ends_on.data,
        notice_days=form.notice_days.data or 0,
        renewal_months=form.renewal_months.data,
        notes=form.notes.data or "",
    )


@bp.route("/agreements/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_agreement() -> ResponseReturnValue:
    """`?organisation=` names the partner whose page one comes from."""
    key = key_of(request.args.get("organisation"))
    form = AgreementForm(
        None if request.method == "GET" else request.form,
        data={"organisations": [key] if key else [], "owner": current_user.id, "notice_days": 90},
    )
    _fill(form)
    if not _wants_more(form) and form.accepted():
        try:
            one = _write(form)
        except CrmError as refusal:
            form.refuse(refusal)
            _fill(form)
        else:
            db.session.commit()
            flash(_("“%(title)s” is among the agreements.", title=one.title))
            return redirect(url_for(".agreement", agreement_id=one.id))
    return render_template("relations/agreements/new.html", form=form), form.status


def _write(form: AgreementForm) -> Agreement:
    """Raises CrmError; no file is kept then."""
    told = _told(form)
    kept = files.keep_all(request.files.getlist("files"))
    try:
        return services.write(told, files=kept, today=today(), by=current_user, at=clock.now())
    except Exception:
        files.discard(*(file.stored_as for file in kept))
        raise


@bp.route("/agreements/<int:agreement_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit_agreement(agreement_id: int) -> ResponseReturnValue:
    one = found(agreement_id)
    form = ChangedAgreementForm(request.form, data=_recorded(one))
    _fill(form, one)
    if not _wants_more(form, one) and form.accepted():
        try:
            gone = _change(form, one)
        except CrmError as refusal:
            form.refuse(refusal)
            one = found(agreement_id)
            _fill(form, one)
            if isinstance(refusal, Changed):
                form.meet(_recorded(one), _labels(one))
            _fill(form, one)
        else:
            db.session.commit()
            files.discard(*gone)
            flash(_("Saved."))
            return redirect(url_for(".agreement", agreement_id=agreement_id))
    return render_template("relations/agreements/edit.html", form=form, agreement=one), form.status


def _recorded(one: Agreement) -> dict[str, Any]:
    """What is written down, as the form shows it."""
    return {
        **{
            name: getattr(one, name)
            for name in (
                "title", "signed_on", "begins_on", "ends_on", "notice_days", "renewal_months",
                "our_signatory", "notes", "version",
            )
        },
        "state": one.state.value,
        "owner": one.owner_id,
        "organisations": [organisation.id for organisation in one.organisations],
        "signers": [signer.person_id for signer in one.signers],
        "keep_files": [file.id for file in one.files],
    }  # fmt: skip


def _labels(one: Agreement) -> dict[str, dict[str, str]]:
    """What the agreement names and the form may not offer, by field and key."""
    return {
        "organisations": {str(organisation.id): organisation.name for organisation in one.organisations},
        "signers": {str(signer.person_id): signer.person.name for signer in one.signers},
        "keep_files": {str(file.id): file.name for file in one.files},
    }


def _change(form: ChangedAgreementForm, one: Agreement) -> list[str]:
    told = _told(form)
    kept = files.keep_all(request.files.getlist("files"))
    try:
        return services.change(
            one,
            told,
            files=kept,
            dropped=[file for file in one.files if file.id not in (form.keep_files.data or [])],
            version=key_of(form.version.data) or 0,
            today=today(),
            by=current_user,
            at=clock.now(),
        )
    except Exception:
        files.discard(*(file.stored_as for file in kept))
        raise


@bp.post("/agreements/<int:agreement_id>/bin")
@needs(May.WRITE)
def bin_agreement(agreement_id: int) -> ResponseReturnValue:
    pressed()
    one = found(agreement_id)
    services.bin(one, by=current_user, at=clock.now())
    title = one.title
    db.session.commit()
    offer_undo(
        _("“%(title)s” is in the bin.", title=title),
        url_for(".restore_agreement", agreement_id=agreement_id),
    )
    return redirect(url_for(".agreements"))


@bp.post("/agreements/<int:agreement_id>/restore")
@needs(May.WRITE)
def restore_agreement(agreement_id: int) -> ResponseReturnValue:
    pressed()
    one = found(agreement_id)
    services.restore(one, by=current_user, at=clock.now())
    db.session.commit()
    flash(_("“%(title)s” is back among the agreements.", title=one.title))
    return redirect(url_for(".agreement", agreement_id=agreement_id))


@bp.get("/agreements/<int:agreement_id>/files/<int:file_id>")
@needs(May.READ)
def agreement_file(agreement_id: int, file_id: int) -> ResponseReturnValue:
    kept = next((file for file in found(agreement_id).files if file.id == file_id), None)
    if kept is None:
        abort(404)
    return files.answer(stored_as=kept.stored_as, name=kept.name, media_type=kept.media_type)


def tab(organisation: Organisation) -> str:
    """The agreements with the organisation, as a tab of its page."""
    return render_template(
        "relations/agreements/tab.html",
        organisation=organisation,
        agreements=queries.of_organisations([organisation.id]).get(organisation.id, []),
        words=words,
        today=today(),
    )
