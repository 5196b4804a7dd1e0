"""Writing a mailing: its words, its audience, its look to each reader."""

import re
from datetime import timedelta
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import select
from wtforms import SelectChoice

from crm import clock, history, jobs
from crm.accounts.models import Account
from crm.db import db
from crm.directory.filters import YES
from crm.directory.models import Person
from crm.directory.views import lists
from crm.errors import Changed, CrmError
from crm.mail import queries as outbox
from crm.mail.framing import framed
from crm.mail.models import Purpose
from crm.mail.words import purpose_names
from crm.mailings import checks, messages, queries, services, words
from crm.mailings.approvals import services as approvals
from crm.mailings.fields import FIELDS
from crm.mailings.forms import AutosaveForm, MailingForm, TrialForm
from crm.mailings.models import Mailing, MailingState
from crm.mailings.stationery import queries as stationery
from crm.mailings.views.bp import bp
from crm.mailings.views.editing import facts_of_the_editor, menus
from crm.web import i18n, keys
from crm.web.access import may, needs
from crm.web.forms import ActForm, said
from crm.web.pages import say
from crm.web.rights import May
from crm.web.tables import Order, page_of

# What one person saves within that time is one change in the history.
SITTING = timedelta(minutes=30)
BUTTON_EXAMPLES = ("[[bouton S’inscrire | https://example.org]]", "[[button Register | https://example.org]]")


@bp.get("/")
@needs(May.READ)
def index() -> ResponseReturnValue:
    """The mailings, newest first, with where their messages stand."""
    asked = request.args.get("state", "")
    state = MailingState(asked) if asked in list(MailingState) else None
    order = Order(by=Mailing.id, key=Mailing.id, descending=True)  # type: ignore[arg-type]
    page = page_of(db.session(), queries.listed(state), order, cursor=request.args.get("cursor"))
    sent = outbox.counts_of(row[0].dispatch_id for row in page.rows if row[0].dispatch_id)
    return render_template(
        "mailings/index.html",
        page=page,
        sent=sent,
        states=words.STATES,
        tabs_of=words.TABS,
        chosen=state,
        to_approve=approvals.waiting(),
        purposes=purpose_names(),
    )


@bp.route("/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new() -> ResponseReturnValue:
    """A draft for the people of the filter in the address, for `everyone=yes`, or for nobody yet."""
    asked = {
        "purpose": Purpose.NEWSLETTER.value,
        "audience": lists.read_filter().querystring(),
        "everyone": YES if request.args.get("everyone") == YES else "",
    }
    form = MailingForm(request.form, data=asked)
    if form.accepted():
        try:
            mailing = services.create(
                audience=_audience(form),
                by=_me(),
                at=clock.now(),
                **_texts(form),
            )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("The draft is kept."))
            return redirect(url_for(".show", mailing_id=mailing.id))
    return _editor(form, None)


@bp.route("/<int:mailing_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit(mailing_id: int) -> ResponseReturnValue:
    mailing = db.get_or_404(Mailing, mailing_id)
    if request.method == "GET" and mailing.state is not MailingState.DRAFT:
        # What was typed meanwhile is refused below, and not lost.
        return redirect(url_for(".show", mailing_id=mailing.id))
    form = MailingForm(request.form, data=_shown(mailing))
    if form.accepted():
        try:
            _write(mailing, form, seen=form.version.data)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(mailing)s” is saved.", mailing=mailing.subject or _("Untitled")))
            return redirect(url_for(".show", mailing_id=mailing.id))
    return _editor(form, mailing)


def _write(mailing: Mailing, form: MailingForm, *, seen: int | None) -> None:
    """Keep what was typed. Raises what `services.write` raises; after Changed the form shows both.

    A colleague who changed nothing of what is typed here, but whom it goes to, is no reason to refuse.
    """
    try:
        services.write(mailing, seen=seen, at=clock.now(), **_texts(form))
    except Changed:
        form.meet(_shown(mailing))
        if form.conflicts or form.taken:
            raise
        services.write(mailing, seen=form.version.data, at=clock.now(), **_texts(form))


def _editor(form: MailingForm, mailing: Mailing | None) -> ResponseReturnValue:
    page = render_template(
        "mailings/edit.html",
        form=form,
        mailing=mailing,
        templates=mailing is None and db.session.scalar(stationery.templates().limit(1)) is not None,
        **facts_of_the_editor(form),
    )
    return page, form.status


@bp.post("/draft")
@needs(May.WRITE)
def keep_new_draft() -> ResponseReturnValue:
    """The first time that a new draft saves itself; the answer says where it goes on."""
    form = AutosaveForm(request.form)
    if not form.accepted():
        return _not_kept(form)
    try:
        mailing = services.create(audience=_audience(form), by=_me(), at=clock.now(), **_texts(form))
    except CrmError as refusal:
        return _refused(refusal)
    db.session.commit()
    return _kept(mailing)


@bp.post("/<int:mailing_id>/draft")
@needs(May.WRITE)
def keep_draft(mailing_id: int) -> ResponseReturnValue:
    """The draft saves itself while one writes: what was typed, and the version it was typed into."""
    mailing = db.get_or_404(Mailing, mailing_id)
    form = AutosaveForm(request.form, data=_shown(mailing))
    if not form.accepted():
        return _not_kept(form)
    try:
        _write(mailing, form, seen=form.version.data or 0)
    except CrmError as refusal:
        return _refused(refusal)
    history.join_last(db.session(), mailing, within=SITTING)
    db.session.commit()
    return _kept(mailing)


def _kept(mailing: Mailing) -> ResponseReturnValue:
    now = MailingForm(data=_shown(mailing))
    return jsonify(
        version=mailing.version,
        shown=now.shown_with,
        said=_("Saved at %(hour)s", hour=i18n.hour(mailing.updated_at)),
        edit=url_for(".edit", mailing_id=mailing.id),
        autosave=url_for(".keep_draft", mailing_id=mailing.id),
    )


def _not_kept(form: AutosaveForm) -> ResponseReturnValue:
    faults = [said for field in form for said in field.errors] or form.refusals
    return jsonify(said=_("Not saved: %(why)s", why=" ".join(say(fault) for fault in faults))), 422


def _refused(refusal: CrmError) -> ResponseReturnValue:
    """The words stay on the page: a person presses the button to put both together, or mends them."""
    db.session.rollback()
    if isinstance(refusal, Changed):
        who = refusal.facts["who"]
        return jsonify(
            said=_("Not saved: %(who)s changed it meanwhile. Press “Save the draft” to see both.", who=who)
        ), 409
    return jsonify(said=_("Not saved: %(why)s", why=said(refusal))), 422


@bp.get("/blocks")
@needs(May.READ)
def how_blocks() -> ResponseReturnValue:
    """How each block is written by hand, where no menu can put it in."""
    return render_template("mailings/blocks.html", menus=menus(), fields=FIELDS, button=BUTTON_EXAMPLES)


def _me() -> Any:
    return current_user._get_current_object()


def _shown(mailing: Mailing) -> dict[str, Any]:
    texts = ("subject_fr", "body_fr", "subject_en", "body_en", "version")
    return {"purpose": mailing.purpose, "audience": "", **{name: getattr(mailing, name) for name in texts}}


def _audience(form: MailingForm) -> str | None:
    """The filter that the page was opened with; None when it named neither people nor everyone."""
    filtered = lists.own_filter(form.audience.data or "").querystring()
    return filtered or ("" if form.everyone.data == YES else None)


def _texts(form: MailingForm) -> services.Texts:
    return {
        "purpose": form.purpose.data or "",
        "subject_fr": form.subject_fr.data or "",
        "body_fr": form.body_fr.data or "",
        "subject_en": form.subject_en.data or "",
        "body_en": form.body_en.data or "",
    }


@bp.get("/<int:mailing_id>/without/<any(given_name, family_name, function, organisation):gap>")
@needs(May.READ)
def without(mailing_id: int, gap: str) -> ResponseReturnValue:
    """The readers of whom a merge field says nothing."""
    mailing = db.get_or_404(Mailing, mailing_id)
    rows = checks.people_without(mailing, gap, day=clock.day(clock.now()))
    order = Order(by=Person.sort, key=Person.id)  # type: ignore[arg-type]
    page = page_of(db.session(), rows, order, cursor=request.args.get("cursor"))
    label = next(field.label for field in FIELDS if field.key == gap)
    return render_template("mailings/without.html", mailing=mailing, page=page, label=label)


@bp.get("/<int:mailing_id>/preview")
@needs(May.READ)
def preview(mailing_id: int) -> ResponseReturnValue:
    """The mailing as one person of the audience will read it, with the way to the next one."""
    mailing = db.get_or_404(Mailing, mailing_id)
    seen = _seen(mailing)
    return render_template(
        "mailings/preview.html",
        to_mend=seen.pop("to_mend"),
        mailing=mailing,
        written=messages.written(mailing, seen["reader"], seen["language"]),
        trial=_trial(seen["reader"].person_id or None, seen["language"]),
        is_narrow=request.args.get("width") == "phone",
        **seen,
    )


@bp.get("/<int:mailing_id>/preview/html")
@needs(May.READ)
def preview_html(mailing_id: int) -> ResponseReturnValue:
    """The message alone, for a frame without scripts."""
    mailing = db.get_or_404(Mailing, mailing_id)
    seen = _seen(mailing)
    return framed(messages.written(mailing, seen["reader"], seen["language"]).html)


def _seen(mailing: Mailing) -> dict[str, Any]:
    """Whom the preview is for (`?person=`, the first by default), in which language, who is beside."""
    day, to_mend = clock.day(clock.now()), ""
    try:
        here = queries.around(mailing, keys.asked("person") or 0, day=day)
    except CrmError as refusal:
        # A part of the audience is gone: its words can be read all the same, beside what is to be mended.
        here, to_mend = None, said(refusal)
    written = mailing.languages or ["fr"]
    asked = request.args.get("text_in", "")
    language = asked if asked in written else (here.language if here else written[0])
    if here is None:
        nobody = messages.nobody(language)
        return {"reader": nobody, "language": language, "before": None, "after": None, "to_mend": to_mend}
    reader = queries.readers([here.person_id], day=day)[here.person_id]
    beside = {"before": here.before, "after": here.after}
    return {"reader": reader, "language": language, **beside, "to_mend": to_mend}


def _trial(person_id: int | None = None, language: str = "") -> TrialForm:
    form = TrialForm(request.form, data={"person": person_id, "text_in": language})
    accounts = db.session.scalars(select(Account).where(Account.is_open).order_by(Account.name, Account.id))
    form.colleagues.choices = [SelectChoice(account.email, account.name) for account in accounts]
    return form


@bp.post("/<int:mailing_id>/test")
@needs(May.WRITE)
def test(mailing_id: int) -> ResponseReturnValue:
    """Send it to oneself or to those named, as the person in the preview would read it.

    Addresses of others are for those who may send.
    """
    mailing = db.get_or_404(Mailing, mailing_id)
    form = _trial()
    if not form.accepted():
        abort(422)
    typed = re.split(r"[\s,;]+", form.others.data or "")
    others = [address for address in typed if address]
    if others and not may("send"):
        abort(403)
    to = [*(form.colleagues.data or []), *others] or [current_user.email]
    written = mailing.languages or ["fr"]
    language = form.text_in.data if form.text_in.data in written else written[0]
    number = services.test(mailing, to=to, person_id=form.person.data, language=language, at=clock.now())
    db.session.commit()
    jobs.wake()
    if number == 1:
        flash(_("A test is on its way to %(email)s.", email=to[0]))
    else:
        flash(ngettext("%(num)s test is on its way.", "%(num)s tests are on their way.", number))
    return redirect(url_for(".preview", mailing_id=mailing.id, person=form.person.data, text_in=language))


@bp.post("/<int:mailing_id>/copy")
@needs(May.WRITE)
def copy(mailing_id: int) -> ResponseReturnValue:
    """A new draft with the same words and audience."""
    mailing = db.get_or_404(Mailing, mailing_id)
    if not ActForm(request.form).accepted():
        abort(422)
    again = services.copy(mailing, by=_me(), at=clock.now())
    db.session.commit()
    flash(_("This is a copy: change what is needed, then send it."))
    return redirect(url_for(".edit", mailing_id=again.id))
