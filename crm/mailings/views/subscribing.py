"""Subscription forms as staff make them, and who subscribed there."""

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import escape
from wtforms import SelectChoice

from crm import clock
from crm.db import db
from crm.directory.filters import key_in
from crm.errors import Changed, CrmError
from crm.mail import purposes
from crm.mail.words import language, purpose_names
from crm.mailings.subscribing import services
from crm.mailings.subscribing.forms import SubscriptionFormForm
from crm.mailings.subscribing.models import Subscription, SubscriptionForm
from crm.mailings.views.bp import bp
from crm.text import N_
from crm.web.access import needs
from crm.web.rights import May
from crm.web.tables import Order, page_of

TEXTS = ("title_fr", "text_fr", "title_en", "text_en")


@bp.get("/forms")
@needs(May.READ)
def forms() -> ResponseReturnValue:
    """All forms, with how many people subscribed on each."""
    return render_template(
        "mailings/subscribing/index.html", rows=services.forms(), purposes=purpose_names(), spoken=language()
    )


@bp.route("/forms/new", methods=["GET", "POST"])
@needs(May.SEND)
def new_form() -> ResponseReturnValue:
    form = _form({"is_open": True})
    if form.accepted():
        try:
            account = current_user._get_current_object()
            made = services.create(_told(form), by=account, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("The form is ready: give its address to whoever may subscribe."))
            return redirect(url_for(".form", form_id=made.id))
    return render_template("mailings/subscribing/edit.html", form=form, subject=None), form.status


@bp.get("/forms/<int:form_id>")
@needs(May.READ)
def form(form_id: int) -> ResponseReturnValue:
    """One form: its address, and who subscribed."""
    subject = db.get_or_404(SubscriptionForm, form_id)
    order = Order(by=Subscription.id, key=Subscription.id, descending=True)  # type: ignore[arg-type]
    rows = services.subscribed(subject)
    return render_template(
        "mailings/subscribing/show.html",
        subject=subject,
        page=page_of(db.session(), rows, order, cursor=request.args.get("cursor")),
        address=f"{current_app.config['BASE_URL']}{url_for('subscribe.show', slug=subject.slug)}",
        purposes=purpose_names(),
        takes=services.takes(subject),
        spoken=language(),
    )


@bp.route("/forms/<int:form_id>/edit", methods=["GET", "POST"])
@needs(May.SEND)
def edit_form(form_id: int) -> ResponseReturnValue:
    subject = db.get_or_404(SubscriptionForm, form_id)
    form = _form(_shown(subject))
    if form.accepted():
        try:
            services.change(subject, _told(form), seen=form.version.data)
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
            if isinstance(refusal, Changed):
                form.meet(_shown(db.get_or_404(SubscriptionForm, form_id)))
        else:
            db.session.commit()
            flash(_("“%(name)s” is saved.", name=subject.title(language())))
            return redirect(url_for(".form", form_id=subject.id))
    subject = db.get_or_404(SubscriptionForm, form_id)
    return render_template("mailings/subscribing/edit.html", form=form, subject=subject), form.status


def _form(shown: dict[str, Any]) -> SubscriptionFormForm:
    form = SubscriptionFormForm(request.form, data=shown)
    names = purpose_names()
    form.purposes.choices = [SelectChoice(one.key, names[one.key]) for one in purposes.offered()]
    form.tag_id.choices = [
        SelectChoice("", N_("No tag")),
        *(SelectChoice(str(tag.id), escape(tag.name)) for tag in services.tags()),
    ]
    return form


def _shown(subject: SubscriptionForm) -> dict[str, Any]:
    return {
        **{name: getattr(subject, name) for name in TEXTS},
        "purposes": subject.purposes,
        "tag_id": str(subject.tag_id or ""),
        "is_open": subject.is_open,
        "version": subject.version,
    }


def _told(form: SubscriptionFormForm) -> services.Told:
    return services.Told(
        title_fr=form.title_fr.data or "",
        title_en=form.title_en.data or "",
        text_fr=form.text_fr.data or "",
        text_en=form.text_en.data or "",
        purposes=form.purposes.data or [],
        tag_id=key_in(form.tag_id.data or ""),
        is_open=bool(form.is_open.data),
    )
