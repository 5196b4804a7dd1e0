"""One exchange: logged, shown, changed, put into the bin; its files and what was promised in it."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock
from crm.db import db
from crm.directory.models import Organisation, Person
from crm.errors import Changed, CrmError
from crm.relations import queries, services
from crm.relations.forms import ChangedExchangeForm, ExchangeForm, FollowUpForm, key_of
from crm.relations.models import Interaction
from crm.relations.views import follow_ups, telling
from crm.relations.views.blueprint import bp
from crm.web import files
from crm.web.access import needs, own_path
from crm.web.forms import pressed
from crm.web.pages import offer_undo
from crm.web.rights import May


def new_form(organisation: Organisation | None, person: Person | None) -> ExchangeForm:
    """The form of a new exchange with them, filled in as far as it can be."""
    form = ExchangeForm(
        None if request.method == "GET" else request.form,
        data=telling.offered(
            [organisation] if organisation else [],
            [person] if person else [],
        ),
    )
    telling.fill_choices(form)
    return form


@bp.route("/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new() -> ResponseReturnValue:
    """`?organisation=` or `?person=` names whose page one comes from; `?back=` where one goes back to."""
    organisation, person = telling.asked(Organisation, "organisation"), telling.asked(Person, "person")
    form = new_form(organisation, person)
    if _wants_more(form):
        return _page(form)
    if form.accepted():
        try:
            exchange = _log(form)
        except CrmError as refusal:
            _refuse(form, refusal)
        else:
            db.session.commit()
            flash(_("“%(title)s” is in the log.", title=exchange.title))
            return redirect(own_path(request.args.get("back")) or _back(organisation, person, exchange))
    return _page(form)


def _page(form: ExchangeForm) -> ResponseReturnValue:
    return render_template("relations/new.html", form=form), form.status


def _wants_more(form: ExchangeForm) -> bool:
    """Whether only another record or a template is to be put on the form, which is not sent yet."""
    asked = form.more.data or form.fill.data
    if request.method != "POST" or not asked or not form["csrf_token"].validate(form):
        return False
    if form.fill.data:
        telling.fill_from_template(form)
    try:
        telling.add_typed(form)
    except CrmError as refusal:
        form.refuse(refusal)
    else:
        # An authority chosen from the reference has just come into the directory.
        db.session.commit()
    telling.fill_choices(form)
    return True


def _log(form: ExchangeForm) -> Interaction:
    """Raises CrmError; no file is kept then."""
    telling.add_typed(form)
    kept = files.keep_all(request.files.getlist("files"))
    try:
        return services.log(
            telling.told(form),
            follow_up=telling.promised(form),
            files=kept,
            by=current_user,
            at=clock.now(),
        )
    except Exception:
        files.discard(*(file.stored_as for file in kept))
        raise


def _refuse(form: ExchangeForm, refusal: CrmError, exchange: Interaction | None = None) -> None:
    form.refuse(refusal)
    telling.fill_choices(form, exchange)


def _back(organisation: Organisation | None, person: Person | None, exchange: Interaction) -> str:
    if organisation is not None:
        return url_for("organisations.show", organisation_id=organisation.id, tab="journal")
    if person is not None:
        return url_for("people.show", person_id=person.id, tab="journal")
    return url_for(".show", interaction_id=exchange.id)


def found(interaction_id: int) -> Interaction:
    """The exchange with all that is told of it; 404 when there is none."""
    return queries.told([interaction_id]).get(interaction_id) or abort(404)


@bp.get("/<int:interaction_id>")
@needs(May.READ)
def show(interaction_id: int) -> ResponseReturnValue:
    exchange = found(interaction_id)
    return _exchange_page(exchange, follow_ups.new_form()), 200


def _exchange_page(exchange: Interaction, form: FollowUpForm) -> str:
    return render_template(
        "relations/show.html",
        exchange=exchange,
        form=form,
        today=follow_ups.today(),
        changes=queries.changes_of(exchange),
    )


@bp.route("/<int:interaction_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit(interaction_id: int) -> ResponseReturnValue:
    exchange = found(interaction_id)
    form = ChangedExchangeForm(request.form, data=telling.recorded(exchange))
    _fill(form, exchange)
    if _wants_more(form):
        _fill(form, exchange)
    elif form.accepted():
        try:
            gone = _change(form, exchange)
        except CrmError as refusal:
            form.refuse(refusal)
            exchange = found(interaction_id)
            if isinstance(refusal, Changed):
                telling.meet(form, exchange)
            _fill(form, exchange)
        else:
            db.session.commit()
            files.discard(*gone)
            flash(_("Saved."))
            return redirect(url_for(".show", interaction_id=interaction_id))
    return render_template("relations/edit.html", form=form, exchange=exchange), form.status


def _fill(form: ChangedExchangeForm, exchange: Interaction) -> None:
    telling.fill_choices(form, exchange)
    form.keep_files.choices = [SelectChoice(file.id, file.name) for file in exchange.files]


def _change(form: ChangedExchangeForm, exchange: Interaction) -> list[str]:
    telling.add_typed(form)
    kept = files.keep_all(request.files.getlist("files"))
    try:
        return services.change(
            exchange,
            telling.told(form),
            files=kept,
            dropped=[file for file in exchange.files if file.id not in (form.keep_files.data or [])],
            version=key_of(form.version.data) or 0,
            by=current_user,
            at=clock.now(),
        )
    except Exception:
        files.discard(*(file.stored_as for file in kept))
        raise


@bp.post("/<int:interaction_id>/bin")
@needs(May.WRITE)
def bin(interaction_id: int) -> ResponseReturnValue:
    pressed()
    exchange = found(interaction_id)
    services.bin(exchange, by=current_user, at=clock.now())
    first = next(iter(exchange.organisations), None)
    db.session.commit()
    offer_undo(
        _("“%(title)s” is in the bin.", title=exchange.title),
        url_for(".restore", interaction_id=interaction_id),
    )
    if first is not None:
        return redirect(url_for("organisations.show", organisation_id=first.id, tab="journal"))
    return redirect(url_for(".index"))


@bp.post("/<int:interaction_id>/restore")
@needs(May.WRITE)
def restore(interaction_id: int) -> ResponseReturnValue:
    pressed()
    exchange = found(interaction_id)
    services.restore(exchange, by=current_user, at=clock.now())
    db.session.commit()
    flash(_("“%(title)s” is back in the log.", title=exchange.title))
    return redirect(url_for(".show", interaction_id=interaction_id))


@bp.get("/<int:interaction_id>/files/<int:file_id>")
@needs(May.READ)
def file(interaction_id: int, file_id: int) -> ResponseReturnValue:
    kept = next((file for file in found(interaction_id).files if file.id == file_id), None)
    if kept is None:
        abort(404)
    return files.answer(stored_as=kept.stored_as, name=kept.name, media_type=kept.media_type)


@bp.post("/<int:interaction_id>/follow-ups")
@needs(May.WRITE)
def promise(interaction_id: int) -> ResponseReturnValue:
    """One more thing that was promised in this exchange."""
    exchange = found(interaction_id)
    form = follow_ups.new_form()
    if form.accepted():
        try:
            services.promise(
                what=form.what.data or "",
                assigned_to=telling.account(form.who.data),
                due_on=form.due.data,
                interaction=exchange,
                repeat=follow_ups.repeat_of(form),
                by=current_user,
                at=clock.now(),
            )
        except CrmError as refusal:
            follow_ups.refuse(form, refusal)
        else:
            db.session.commit()
            flash(_("The follow-up is on the list."))
            return redirect(url_for(".show", interaction_id=interaction_id))
    exchange = found(interaction_id)
    return _exchange_page(exchange, form), form.status
