"""Quotes: noted with an exchange, listed where they may be printed, taken out as a file."""

from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock
from crm.db import db
from crm.directory.models import Person
from crm.errors import Changed, CrmError
from crm.relations import messages, queries, services
from crm.relations.forms import QuoteForm, key_of
from crm.relations.models import Consent, Interaction, Quote
from crm.relations.views import exchanges
from crm.relations.views.blueprint import bp, office
from crm.text import N_
from crm.web import exports, tables
from crm.web.access import needs
from crm.web.forms import TakingForm, pressed
from crm.web.pages import offer_undo, say
from crm.web.rights import May

COLUMNS = (
    exports.Column("words", N_("What was said"), lambda quoted: quoted.words),
    exports.Column("person", N_("Person"), lambda quoted: quoted.person.name),
    exports.Column("printed_as", N_("Function to print"), lambda quoted: quoted.printed_as),
    exports.Column("agreed_on", N_("Agreed on"), lambda quoted: quoted.agreed_on),
    exports.Column("agreed_how", N_("How"), lambda quoted: quoted.agreed_how),
    exports.Column("exchange", N_("Exchange"), lambda quoted: quoted.interaction.title),
    exports.Column(
        "said_on", N_("Said on"), lambda quoted: clock.day(quoted.interaction.happened_at, office())
    ),
)


@bp.get("/quotes")
@needs(May.READ)
def quotes() -> ResponseReturnValue:
    """`?state=quotable|ask|refused`: those that may be printed without."""
    return _quotes(TakingForm()), 200


def _quotes(taking: TakingForm) -> str:
    state = request.args.get("state", "")
    state = state if state in queries.QUOTE_STATES else "quotable"
    page = tables.page_of(
        db.session(),
        queries.quotes(state=state),
        queries.last_quoted_first(),
        cursor=request.args.get("cursor"),
    )
    return render_template(
        "relations/quotes.html",
        page=page,
        quotes=[row[0] for row in page.rows],
        state=state,
        numbers=queries.quotes_by_state(),
        taking=taking,
    )


@bp.post("/quotes/export")
@needs(May.EXPORT)
def export_quotes() -> ResponseReturnValue:
    """Those that may be printed, as a file for a spreadsheet."""
    form = TakingForm(request.form)
    # Not `accepted()`: the same file may be taken again from the same page.
    if not form.validate():
        return _quotes(form), 422
    found = list(db.session.scalars(queries.quotes(state="quotable").order_by(Quote.id.desc())))
    at = clock.now()
    exports.log(
        what="quotes",
        chosen="quotable",
        format=exports.CSV,
        rows=len(found),
        purpose=form.purpose.data or "",
        by=current_user.email,
        at=at,
    )
    chunks = b"".join(exports.csv_chunks(COLUMNS, [say(column.label) for column in COLUMNS], found))
    db.session.commit()
    name = f"{clock.day(at, office()).isoformat()}-{_('quotes')}.csv"
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(chunks, mimetype=exports.MEDIA_TYPES[exports.CSV], headers=headers)


@bp.route("/<int:interaction_id>/quotes/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_quote(interaction_id: int) -> ResponseReturnValue:
    exchange = exchanges.found(interaction_id)
    form = _form(exchange, {"agreement": Consent.NOT_ASKED.value, "printed_as": _first_function(exchange)})
    if form.accepted():
        try:
            services.quote(exchange, _said(form), by=current_user, at=clock.now(), zone=office())
        except CrmError as refusal:
            form.refuse(refusal)
            exchange = exchanges.found(interaction_id)
        else:
            db.session.commit()
            flash(_("The quote is kept with the exchange."))
            return redirect(url_for(".show", interaction_id=interaction_id))
    return render_template("relations/quote.html", form=form, exchange=exchange, quoted=None), form.status


@bp.route("/<int:interaction_id>/quotes/<int:quote_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def edit_quote(interaction_id: int, quote_id: int) -> ResponseReturnValue:
    exchange, quoted = _quoted(interaction_id, quote_id)
    form = _form(exchange, _shown(quoted), quoted)
    if form.accepted():
        asked = _said(form)
        try:
            services.change_quote(
                quoted,
                asked,
                version=key_of(form.version.data) or 0,
                by=current_user,
                at=clock.now(),
                zone=office(),
            )
        except CrmError as refusal:
            form.refuse(refusal)
            exchange, quoted = _quoted(interaction_id, quote_id)
            if isinstance(refusal, Changed):
                form.version.data = quoted.version
        else:
            again = asked.agreement is Consent.YES and quoted.agreement is not Consent.YES
            db.session.commit()
            flash(_("The words changed: ask again whether they may be printed.") if again else _("Saved."))
            return redirect(url_for(".show", interaction_id=interaction_id))
    return render_template("relations/quote.html", form=form, exchange=exchange, quoted=quoted), form.status


@bp.post("/<int:interaction_id>/quotes/<int:quote_id>/<any(bin, restore):act>")
@needs(May.WRITE)
def bin_quote(interaction_id: int, quote_id: int, act: str) -> ResponseReturnValue:
    pressed()
    _exchange, quoted = _quoted(interaction_id, quote_id)
    if act == "bin":
        services.bin_quote(quoted, by=current_user, at=clock.now())
        undo = url_for(".bin_quote", interaction_id=interaction_id, quote_id=quote_id, act="restore")
        offer_undo(_("The quote is in the bin."), undo)
    else:
        services.restore_quote(quoted, by=current_user)
        flash(_("The quote is back."))
    db.session.commit()
    return redirect(url_for(".show", interaction_id=interaction_id))


def _quoted(interaction_id: int, quote_id: int) -> tuple[Interaction, Quote]:
    exchange = exchanges.found(interaction_id)
    return exchange, next((one for one in exchange.quotes if one.id == quote_id), None) or abort(404)


def _form(exchange: Interaction, known: dict[str, Any], quoted: Quote | None = None) -> QuoteForm:
    form = QuoteForm(request.form, data=known)
    people = [took_part.person for took_part in exchange.people] + exchange.mentions
    if quoted is not None and quoted.person not in people:
        people.append(quoted.person)
    form.person.choices = [SelectChoice(person.id, person.name) for person in people]
    return form


def _first_function(exchange: Interaction) -> str:
    first = next(iter(exchange.people), None)
    return messages.stood_as(first) if first is not None else ""


def _shown(quoted: Quote) -> dict[str, Any]:
    return {
        "person": quoted.person_id,
        "words": quoted.words,
        "printed_as": quoted.printed_as,
        "agreement": quoted.agreement.value,
        "agreed_on": quoted.agreed_on,
        "agreed_how": quoted.agreed_how,
        "version": quoted.version,
    }


def _said(form: QuoteForm) -> services.Said:
    return services.Said(
        person=db.session.get_one(Person, form.person.data),
        words=form.words.data or "",
        printed_as=form.printed_as.data or "",
        agreement=Consent(form.agreement.data),
        agreed_on=form.agreed_on.data,
        agreed_how=form.agreed_how.data or "",
    )
