"""Mail to be filed: what waits for a person, what became of the rest, one's own secret address."""

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import ColumnElement
from wtforms import SelectChoice

from crm import clock
from crm.db import db
from crm.directory import services as directory
from crm.directory.models import Organisation, Person
from crm.errors import CrmError
from crm.relations import messages
from crm.relations import queries as log
from crm.relations.filing import queries, services, taking
from crm.relations.filing.queries import Match
from crm.relations.forms import FiledMailForm, key_of
from crm.relations.models import FiledMail, Filing, Interaction, InteractionKind
from crm.relations.views import telling
from crm.relations.views.blueprint import bp, office
from crm.web import tables
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.pages import offer_undo
from crm.web.rights import May, allows


@bp.get("/mails")
@needs(May.WRITE)
def mails() -> ResponseReturnValue:
    """`?state=waiting|filed|discarded|refused`: what waits without."""
    asked = request.args.get("state", "")
    state = Filing(asked) if asked in set(Filing) else Filing.WAITING
    page = tables.page_of(
        db.session(),
        queries.mails(_open(), state=state),
        queries.last_come_first(),
        cursor=request.args.get("cursor"),
    )
    return render_template(
        "relations/mails.html",
        page=page,
        mails=[row[0] for row in page.rows],
        state=state.value,
        waiting=queries.waiting_number(_open()),
        mine=_own_address(),
    )


def _open() -> ColumnElement[bool]:
    """What waits is its sender's own; whoever steers sees to it when a colleague is away."""
    return queries.open_to(current_user, sees_all=allows(current_user.right, May.STEER))


def _found(mail_id: int) -> FiledMail:
    return db.one_or_404(db.select(FiledMail).where(FiledMail.id == mail_id, _open()))


def _own_address() -> str:
    """The reader's secret address; "" before there is one."""
    known = queries.address_of(current_user)
    local, _at, domain = current_app.config["FILING_ADDRESS"].partition("@")
    return f"{local}+{known.token}@{domain}" if known is not None else ""


@bp.post("/mails/address")
@needs(May.WRITE)
def give_address() -> ResponseReturnValue:
    """Make my address, or make it anew when the former got about."""
    pressed()
    before = queries.address_of(current_user) is not None
    services.give_address(current_user, by=current_user, at=clock.now())
    db.session.commit()
    ready, anew = _("Your address is ready."), _("Your new address works at once; the former one no more.")
    flash(anew if before else ready)
    return redirect(url_for(".mails"))


@bp.route("/mails/<int:mail_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def mail(mail_id: int) -> ResponseReturnValue:
    found = _found(mail_id)
    matches = queries.matches(found, ours=taking.ours(current_app.config))
    form = FiledMailForm(request.form, data=_offered(found, matches))
    _fill(form, matches)
    if _wants_more(form):
        _fill(form, matches)
    elif form.accepted():
        try:
            exchange = _file(found, form, matches)
        except CrmError as refusal:
            form.refuse(refusal)
            found = _found(mail_id)
            matches = queries.matches(found, ours=taking.ours(current_app.config))
            _fill(form, matches)
        else:
            db.session.commit()
            flash(_("“%(title)s” is in the log.", title=exchange.title))
            return redirect(url_for(".show", interaction_id=exchange.id))
    return render_template("relations/mail.html", mail=found, form=form, matches=matches), form.status


def _offered(found: FiledMail, matches: list[Match]) -> dict[str, Any]:
    kind = queries.mail_kind()
    return {
        "kind": kind.id if kind else None,
        "people": [match.people[0].id for match in matches if len(match.people) == 1],
        "organisations": [one.id for match in matches for one in match.organisations],
        "version": found.version,
    }


def _fill(form: FiledMailForm, matches: list[Match]) -> None:
    """Whom the addresses may mean, and whoever was added by hand."""
    form.kind.choices = [
        SelectChoice(kind.id, messages.kind_name(kind)) for kind in db.session.scalars(log.kinds())
    ]
    people = {person.id: person for match in matches for person in match.people}
    people.update((person.id, person) for person in telling.rows(Person, form.people))
    form.people.choices = [SelectChoice(one.id, one.name) for one in people.values()]
    organisations = {one.id: one for match in matches for one in match.organisations}
    organisations.update((one.id, one) for one in telling.rows(Organisation, form.organisations))
    form.organisations.choices = [SelectChoice(one.id, one.name) for one in organisations.values()]
    form.newcomers.choices = [
        SelectChoice(match.email, f"{match.name} <{match.email}>" if match.name else match.email)
        for match in matches
        if not match.is_known
    ]


def _wants_more(form: FiledMailForm) -> bool:
    if request.method != "POST" or not form.more.data or not form["csrf_token"].validate(form):
        return False
    try:
        telling.add_typed(form)
    except CrmError as refusal:
        form.refuse(refusal)
    else:
        db.session.commit()
    return True


def _file(found: FiledMail, form: FiledMailForm, matches: list[Match]) -> Interaction:
    """Raises CrmError; nobody new is in the directory then."""
    telling.add_typed(form)
    return services.file(
        found,
        kind=db.session.get_one(InteractionKind, form.kind.data),
        people=[*telling.rows(Person, form.people), *_newcomers(form, matches)],
        organisations=telling.rows(Organisation, form.organisations),
        version=key_of(form.version.data) or 0,
        by=current_user,
        at=clock.now(),
        zone=office(),
    )


def _newcomers(form: FiledMailForm, matches: list[Match]) -> list[Person]:
    names = {match.email: match.name for match in matches}
    added = []
    for email in form.newcomers.data or []:
        given, family = services.name_parts(names.get(email, ""), email)
        added.append(
            directory.add_person(
                given_name=given,
                family_name=family,
                emails=[email],
                source=_("a mail that was filed"),
                by=current_user,
                at=clock.now(),
            )
        )
    return added


@bp.post("/mails/<int:mail_id>/<any(discard, wait):act>")
@needs(May.WRITE)
def put_aside(mail_id: int, act: str) -> ResponseReturnValue:
    pressed()
    found = _found(mail_id)
    try:
        if act == "discard":
            services.discard(found, by=current_user)
        else:
            services.take_back(found, by=current_user)
    except CrmError:
        db.session.rollback()
        flash(_("This mail is filed already."))
        return redirect(url_for(".mails"))
    db.session.commit()
    if act == "discard":
        undo = url_for(".put_aside", mail_id=mail_id, act="wait")
        offer_undo(_("“%(subject)s” is put aside.", subject=found.subject), undo)
        return redirect(url_for(".mails"))
    return redirect(url_for(".mail", mail_id=mail_id))
