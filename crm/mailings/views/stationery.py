"""The pages of templates and signatures."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.errors import Changed, CrmError
from crm.mailings import services as mailings
from crm.mailings.models import Mailing
from crm.mailings.stationery import queries, services
from crm.mailings.stationery.forms import NameForm, SignatureForm, TemplateForm
from crm.mailings.stationery.models import Signature, Template
from crm.mailings.views.bp import bp
from crm.mailings.views.editing import facts_of_the_editor
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.pages import archived
from crm.web.rights import May

TEXTS = ("name", "subject_fr", "body_fr", "subject_en", "body_en", "version")


def _me() -> Any:
    return current_user._get_current_object()


@bp.get("/templates")
@needs(May.READ)
def templates() -> ResponseReturnValue:
    """The texts to begin a mailing with."""
    return render_template(
        "mailings/templates.html",
        templates=db.session.scalars(queries.templates()).all(),
        archived=db.session.scalars(queries.templates(archived=True)).all(),
    )


@bp.route("/templates/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_template() -> ResponseReturnValue:
    return _write_template(Template())


@bp.route("/templates/<int:mailing_template_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def edit_template(mailing_template_id: int) -> ResponseReturnValue:
    return _write_template(db.get_or_404(Template, mailing_template_id))


def _write_template(template: Template) -> ResponseReturnValue:
    form = TemplateForm(request.form, obj=template)
    if form.accepted():
        typed = {name: form[name].data or "" for name in TEXTS if name != "version"}
        try:
            services.write_template(template, **typed, version=form.version.data, by=_me(), at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
            if isinstance(refusal, Changed):
                kept = db.get_or_404(Template, template.id)
                form.meet({name: getattr(kept, name) for name in TEXTS})
        else:
            db.session.commit()
            flash(_("“%(name)s” is saved.", name=template.name))
            return redirect(url_for(".templates"))
    page = render_template(
        "mailings/template_edit.html", form=form, template=template, **facts_of_the_editor(form)
    )
    return page, form.status


@bp.post("/templates/<int:mailing_template_id>/use")
@needs(May.WRITE)
def use_template(mailing_template_id: int) -> ResponseReturnValue:
    """A new draft with the words of the template."""
    pressed()
    template = db.get_or_404(Template, mailing_template_id)
    draft = mailings.begin(template, by=_me(), at=clock.now())
    db.session.commit()
    flash(_("A new draft has the words of “%(name)s”.", name=template.name))
    return redirect(url_for(".edit", mailing_id=draft.id))


@bp.post("/templates/<int:mailing_template_id>/<any(archive, back):act>")
@needs(May.WRITE)
def archive_template(mailing_template_id: int, act: str) -> ResponseReturnValue:
    pressed()
    template = db.get_or_404(Template, mailing_template_id)
    template.is_archived = act == "archive"
    undo = url_for(".archive_template", mailing_template_id=mailing_template_id, act="back")
    return archived(template, template.name, undo=undo, then=url_for(".templates"))


@bp.route("/<int:mailing_id>/template", methods=["GET", "POST"])
@needs(May.WRITE)
def as_template(mailing_id: int) -> ResponseReturnValue:
    """Keep the mailing's words as a template."""
    mailing = db.get_or_404(Mailing, mailing_id)
    form = NameForm(request.form, data={"name": mailing.subject[:80]})
    if form.accepted():
        try:
            template = services.template_of(mailing, name=form.name.data or "", by=_me(), at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(name)s” is among the templates.", name=template.name))
            return redirect(url_for(".templates"))
    return render_template("mailings/as_template.html", form=form, mailing=mailing), form.status


@bp.get("/signatures")
@needs(May.READ)
def signatures() -> ResponseReturnValue:
    return render_template(
        "mailings/signatures.html",
        signatures=db.session.scalars(queries.signatures()).all(),
        archived=db.session.scalars(queries.signatures(archived=True)).all(),
    )


@bp.route("/signatures/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_signature() -> ResponseReturnValue:
    return _write_signature(Signature())


@bp.route("/signatures/<int:mail_signature_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def edit_signature(mail_signature_id: int) -> ResponseReturnValue:
    return _write_signature(db.get_or_404(Signature, mail_signature_id))


def _write_signature(signature: Signature) -> ResponseReturnValue:
    form = SignatureForm(request.form, data=_shown(signature))
    if form.accepted():
        try:
            services.write_signature(
                signature,
                name=form.name.data or "",
                account=_me() if form.whose.data == "mine" else None,
                body_fr=form.body_fr.data or "",
                body_en=form.body_en.data or "",
                version=form.version.data,
                by=_me(),
            )
        except CrmError as refusal:
            form.refuse(refusal)
            if isinstance(refusal, Changed):
                form.meet(_shown(db.get_or_404(Signature, signature.id)))
        else:
            db.session.commit()
            flash(_("“%(name)s” is saved.", name=signature.name))
            return redirect(url_for(".signatures"))
    return render_template("mailings/signature_edit.html", form=form, signature=signature), form.status


def _shown(signature: Signature) -> dict[str, Any]:
    if signature.id is None:
        return {}
    texts = ("name", "body_fr", "body_en", "version")
    whose = "mine" if signature.account_id else "shared"
    return {"whose": whose, **{name: getattr(signature, name) for name in texts}}


@bp.post("/signatures/<int:mail_signature_id>/<any(archive, back):act>")
@needs(May.WRITE)
def archive_signature(mail_signature_id: int, act: str) -> ResponseReturnValue:
    pressed()
    signature = db.get_or_404(Signature, mail_signature_id)
    services.archive_signature(signature, archived=act == "archive", by=_me())
    undo = url_for(".archive_signature", mail_signature_id=mail_signature_id, act="back")
    return archived(signature, signature.name, undo=undo, then=url_for(".signatures"))
