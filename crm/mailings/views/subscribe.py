"""`/subscribe/<slug>`: subscribing without an account; nothing holds before the mailbox confirms it."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from crm import clock, jobs
from crm.db import db
from crm.errors import CrmError
from crm.mail.words import language, purpose_names
from crm.mailings.subscribing import services
from crm.mailings.subscribing.forms import SubscribeForm
from crm.mailings.subscribing.models import SubscriptionForm
from crm.web import links, networks, robots
from crm.web.access import public
from crm.web.errors import page as error_page
from crm.web.forms import leads_to, pressed, said
from crm.web.robots import Crowded, Door, Robot, ShownTooLongAgo, Trap

bp = Blueprint("subscribe", __name__, url_prefix="/subscribe")

TRAP = Trap("subscription-form")
NETWORKS = Door("subscriptions", most_per_network=20)
ADDRESSES = Door("subscriptions-address", most_per_network=4)  # each is one mail to that address


@bp.route("/<slug>", methods=["GET", "POST"])
@public
def show(slug: str) -> ResponseReturnValue:
    subject, at = _found(slug), clock.now()
    if not services.takes(subject):
        return error_page(410, said(services.FormClosed()))
    form, names = SubscribeForm(request.form), purpose_names()
    among = services.offered(subject)
    form.wanted.choices = [SelectChoice(one.key, names[one.key]) for one in among]
    if request.method == "GET":
        form.opened.data = TRAP.stamp(subject.id, at=at)
    elif form.accepted():
        thanks = leads_to(url_for(".thanks", slug=slug))
        try:
            _check(subject, form)
            services.ask(subject, _told(subject, form), at=at)
        except Robot:
            db.session.commit()
            return redirect(thanks)
        except CrmError as refusal:
            db.session.rollback()
            subject = _found(slug)
            _refuse(subject, form, refusal)
        else:
            db.session.commit()
            jobs.wake()
            return redirect(thanks)
    return _page(subject, form), form.status


def _found(slug: str) -> SubscriptionForm:
    return services.by_slug(slug) or abort(404)


def _spoken(subject: SubscriptionForm) -> str:
    """The reader's language where the form has it, else the one it has."""
    spoken = language()
    return spoken if spoken in subject.languages else subject.languages[0]


def _check(subject: SubscriptionForm, form: SubscribeForm) -> None:
    """Raises Robot, TooQuick, ShownTooLongAgo, Crowded."""
    at = clock.now()
    TRAP.check(subject.id, unseen=form.website.data or "", stamp=form.opened.data or "", at=at)
    NETWORKS.count(network=networks.here(), at=at)
    ADDRESSES.count(network=robots.mailbox(form.email.data or ""), at=at)


def _refuse(subject: SubscriptionForm, form: SubscribeForm, refusal: CrmError) -> None:
    form.refuse(refusal)
    if isinstance(refusal, ShownTooLongAgo):
        form.opened.data = TRAP.stamp(subject.id, at=clock.now())
    form.status = 429 if isinstance(refusal, Crowded) else form.status


def _told(subject: SubscriptionForm, form: SubscribeForm) -> services.Asked:
    return services.Asked(
        email=form.email.data or "",
        given_name=form.given_name.data or "",
        family_name=form.family_name.data or "",
        wanted=form.wanted.data or [],
        language=_spoken(subject),
    )


def _page(subject: SubscriptionForm, form: SubscribeForm) -> str:
    return render_template(
        "mailings/subscribing/public.html",
        subject=subject,
        form=form,
        among=services.offered(subject),
        spoken=_spoken(subject),
    )


@bp.get("/<slug>/thanks")
@public
def thanks(slug: str) -> ResponseReturnValue:
    """The same for a known address, an unknown one and a robot's."""
    subject = _found(slug)
    return render_template("mailings/subscribing/thanks.html", subject=subject, spoken=_spoken(subject))


@bp.get("/<slug>/confirm/<token>")
@public
def confirm(slug: str, token: str) -> ResponseReturnValue:
    """What was asked for, to be read again: opening the link confirms nothing."""
    subject = _found(slug)
    try:
        subscription = services.by_link(subject, token)
    except links.BadLink as refusal:
        return error_page(410, said(refusal))
    if subscription is None:
        return error_page(410, said(links.BadLink()))
    names = purpose_names()
    return render_template(
        "mailings/subscribing/confirm.html",
        subject=subject,
        subscription=subscription,
        wanted=[names[key] for key in subscription.texts],
        is_open=services.takes(subject),
        spoken=_spoken(subject),
        token=token,
    )


@bp.post("/<slug>/confirm/<token>")
@public
def confirmed(slug: str, token: str) -> ResponseReturnValue:
    pressed()
    try:
        subscription = services.by_link(_found(slug), token)
        if subscription is None:
            raise links.BadLink
        services.confirm(subscription, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        return error_page(410, said(refusal))
    db.session.commit()
    return redirect(url_for(".confirm", slug=slug, token=token))
