"""Kits as their makers see them: the list, the editor, and each step of a kit's life."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.directory import services as directory
from crm.errors import Changed, CrmError
from crm.kits import letters, messages, queries, services, words
from crm.kits.forms import FileForm, KitFilters, KitForm, LinkForm, SignatureForm
from crm.kits.models import Kit, KitState
from crm.kits.parliament import words as titles
from crm.kits.parliament.views import seat_called
from crm.mailings import services as mailings
from crm.text import N_
from crm.web import tables
from crm.web.access import needs
from crm.web.forms import pressed, said
from crm.web.rights import May

bp = Blueprint("kits", __name__, url_prefix="/kits")

STEPS = {
    "publish": (services.publish, N_("“%(kit)s” is published: anyone with its link can act.")),
    "close": (services.close, N_("“%(kit)s” is closed: its public page says so.")),
}
TOLD = (
    "title", "objective", "begins_on", "deadline", "call", "letter_subject", "letter_body", "letter_short",
    "amendment", "press_release", "language",
)  # fmt: skip


@bp.context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "letters": letters, "parliament": titles, "seat_called": seat_called}


def found(kit_id: int) -> Kit:
    return queries.whole(kit_id) or abort(404)


@bp.get("/")
@needs(May.READ)
def index() -> ResponseReturnValue:
    form = KitFilters(request.args)
    state = KitState(form.state.data) if form.state.data in list(KitState) else None
    page = tables.page_of(
        db.session(),
        queries.listed(state=state, words=form.q.data or ""),
        tables.Order(by=Kit.updated_at, key=Kit.id, descending=True),
        cursor=request.args.get("cursor"),
    )
    return render_template("kits/index.html", page=page, form=form, chosen=bool(state or form.q.data))


@bp.route("/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new() -> ResponseReturnValue:
    form = KitForm(request.form)
    if form.accepted():
        try:
            kit = services.create(_told(form), by=current_user, at=clock.now())
        except CrmError as refusal:
            _refuse(form, refusal)
        else:
            db.session.commit()
            flash(_("“%(kit)s” is saved as a draft.", kit=kit.title))
            _warn(kit)
            return redirect(url_for(".show", kit_id=kit.id))
    return render_template("kits/new.html", form=form), form.status


@bp.route("/<int:kit_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit(kit_id: int) -> ResponseReturnValue:
    kit = found(kit_id)
    form = KitForm(request.form, data=_shown(kit))
    if form.accepted():
        try:
            services.edit(
                kit, _told(form), version=int(form.version.data or 0), by=current_user, at=clock.now()
            )
        except CrmError as refusal:
            _refuse(form, refusal)
            if isinstance(refusal, Changed):
                form.meet(_shown(found(kit_id)))
        else:
            db.session.commit()
            flash(_("“%(kit)s” is saved.", kit=kit.title))
            _warn(kit)
            return redirect(url_for(".show", kit_id=kit.id))
    return render_template("kits/edit.html", form=form, kit=kit, proposal=_proposal(form)), form.status


def _shown(kit: Kit) -> dict[str, Any]:
    """The kit as the form shows it."""
    lead = {"lead": kit.lead.name, "lead_key": str(kit.lead_id)} if kit.lead else {"lead": "", "lead_key": ""}
    return {name: getattr(kit, name) for name in (*TOLD, "version")} | lead


def _told(form: KitForm) -> services.Told:
    """What was typed. Raises UnknownOrganisation."""
    lead = directory.organisation_chosen(
        form.lead_key.data or "" if form.lead.data else "",
        typed=form.lead.data or "",
        by=current_user,
        at=clock.now(),
    )
    facts: dict[str, Any] = {name: form[name].data or _NOTHING.get(name, "") for name in TOLD}
    return services.Told(lead=lead, **facts)


_NOTHING = {"begins_on": None, "deadline": None}


def _refuse(form: KitForm, refusal: CrmError) -> None:
    """Beside the field; the directory's own refusals name a field of another form."""
    form.refuse(refusal)
    if isinstance(refusal, directory.UnknownOrganisation):
        form.lead.errors, form.refusals = [*form.lead.errors, form.refusals.pop()], form.refusals


def _proposal(form: KitForm) -> str:
    """A short form to begin with, when the letter needs one and has none."""
    subject, body = form.letter_subject.data or "", form.letter_body.data or ""
    if form.letter_short.data or letters.fits(subject, body):
        return ""
    return letters.shortened(subject, body)


def _warn(kit: Kit) -> None:
    """Say what the letter still lacks, while it can be mended at leisure."""
    length = letters.length(kit.letter_subject, kit.for_link)
    if length > letters.MOST:
        flash(
            _(
                "The link with this letter has %(length)s characters; mail programs cut links after %(most)s."
                " Write a short form before publishing.",
                length=length,
                most=letters.MOST,
            ),
            "warning",
        )


@bp.get("/<int:kit_id>")
@needs(May.READ)
def show(kit_id: int) -> ResponseReturnValue:
    return page(found(kit_id))


def page(kit: Kit, **forms: Any) -> ResponseReturnValue:
    """The kit's page; a form that was refused comes back on it."""
    shown = {
        "link_form": LinkForm(),
        "file_form": FileForm(),
        "signature_form": SignatureForm(data={"signed_on": clock.day(clock.now())}),
        **forms,
    }
    refusal = services.missing(kit, today=clock.day(clock.now()))
    answer = render_template(
        "kits/show.html",
        kit=kit,
        public_url=messages.public_url(kit),
        missing=said(refusal) if refusal else "",
        length=letters.length(kit.letter_subject, kit.for_link),
        reached=queries.reached(kit),
        mailings=db.session.scalars(queries.mailings(kit)).all(),
        steps=_life(kit),
        **shown,
    )
    return answer, max((form.status for form in forms.values()), default=200)


def _life(kit: Kit) -> list[dict[str, Any]]:
    """The steps of a kit: written, published, mailed, closed; and which of them it has reached."""
    mailed = queries.reached(kit) > 0
    done = (True, kit.state is not KitState.DRAFT, mailed, kit.state is KitState.CLOSED)
    labels = (_("Written"), _("Published"), _("Mailed"), _("Closed"))
    at = max(place for place, reached in enumerate(done) if reached)
    return [
        {"label": label, "state": "now" if place == at else ("done" if reached else "next")}
        for place, (label, reached) in enumerate(zip(labels, done, strict=True))
    ]


@bp.post("/<int:kit_id>/<any(publish, close):step>")
@needs(May.WRITE)
def move(kit_id: int, step: str) -> ResponseReturnValue:
    pressed()
    kit = found(kit_id)
    act, sentence = STEPS[step]
    act(kit, by=current_user, at=clock.now())
    db.session.commit()
    flash(_(sentence, kit=kit.title))
    return redirect(url_for(".show", kit_id=kit.id))


@bp.post("/<int:kit_id>/mail")
@needs(May.SEND)
def mail(kit_id: int) -> ResponseReturnValue:
    """A mailing about the kit, with its text and its link; whom it goes to is chosen there."""
    pressed()
    kit = found(kit_id)
    if kit.state is not KitState.PUBLISHED:
        raise services.NotPublished(kit=kit.title)
    mailing = mailings.create(subject_ref=kit.ref, by=current_user, at=clock.now(), **messages.mailing(kit))
    db.session.commit()
    return redirect(url_for("mailings.show", mailing_id=mailing.id))
