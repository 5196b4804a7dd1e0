"""What stays after an event: added by the house, opened by anybody or by those who registered."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.events.models import Event
from crm.events.queries import attendance
from crm.events.resources import services, words
from crm.events.resources.forms import ResourceForm
from crm.events.resources.models import Resource, ResourceKind
from crm.events.resources.services import KeptFile
from crm.events.views import after
from crm.events.views.agenda import bp, found
from crm.events.views.public import bp as public_bp
from crm.events.views.public import public_event, speak
from crm.web import files, links
from crm.web.access import needs, public
from crm.web.errors import page as error_page
from crm.web.forms import ActForm, pressed, said
from crm.web.rights import May


@bp.post("/<int:event_id>/resources")
@needs(May.WRITE)
def add_resource(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    form = ResourceForm(request.form)
    if form.accepted():
        try:
            added = _added(event, form)
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(resource)s” is kept.", resource=added.title))
            return redirect(url_for(".after", event_id=event_id))
    return after.page(found(event_id), form), form.status


def _added(event: Event, form: ResourceForm) -> Resource:
    """Raises CrmError; no file is kept then."""
    kept = files.keep_all(request.files.getlist("file"))
    try:
        return services.add(
            event,
            kind=ResourceKind(form.kind.data),
            title=form.title.data or "",
            url=form.url.data or "",
            file=KeptFile(kept[0].media_type, kept[0].size, kept[0].stored_as) if kept else None,
            is_public=bool(form.is_public.data),
            at=clock.now(),
        )
    except Exception:
        files.discard(*(file.stored_as for file in kept))
        raise


def _resource(event: Event, key: int) -> Resource:
    return services.resource(event, key) or abort(404)


@bp.get("/<int:event_id>/resources/<int:resource_id>")
@needs(May.READ)
def resource(event_id: int, resource_id: int) -> ResponseReturnValue:
    return _file(_resource(found(event_id), resource_id))


def _file(one: Resource | None) -> ResponseReturnValue:
    if one is None or one.stored_as is None:
        abort(404)
    name = files.with_ending(one.title, one.media_type)
    return files.answer(stored_as=one.stored_as, name=name, media_type=one.media_type)


@bp.post("/<int:event_id>/resources/<int:resource_id>/<any(publish, hide, remove):act>")
@needs(May.WRITE)
def settle_resource(event_id: int, resource_id: int, act: str) -> ResponseReturnValue:
    one = _resource(found(event_id), resource_id)
    pressed()
    title, stored_as = one.title, one.stored_as
    if act == "remove":
        db.session.delete(one)
        words_ = _("“%(resource)s” is deleted.", resource=title)
    else:
        one.is_public = act == "publish"
        words_ = (
            _("“%(resource)s” is for anybody.", resource=title)
            if one.is_public
            else _("“%(resource)s” is for those who registered.", resource=title)
        )
    db.session.commit()
    if act == "remove" and stored_as:
        files.discard(stored_as)
    flash(words_)
    return redirect(url_for(".after", event_id=event_id))


# By anybody, and by those who registered


@public_bp.get("/e/<slug>/resources/<name>")
@public
def public_resource(slug: str, name: str) -> ResponseReturnValue:
    return _file(services.named(public_event(slug), name, to_registered=False, at=clock.now()))


@public_bp.route("/r/<token>/resources", methods=["GET", "POST"])
@public
def own_resources(token: str) -> ResponseReturnValue:
    """The replay and the documents; or a button that asks to be told of them."""
    one = attendance.by_token(token)
    if one is None:
        return error_page(404, said(links.BadLink()))
    speak(one.language)
    if ActForm(request.form).accepted():
        services.ask(one, at=clock.now())
        db.session.commit()
        return redirect(url_for(".own_resources", token=token))
    if request.method == "POST":
        abort(400)
    return render_template(
        "events/own_resources.html",
        event=one.event,
        registration=one,
        resources=services.shown(one.event, to_registered=True, at=clock.now()),
        kinds=words.KINDS,
        has_asked=services.has_asked(one),
        can_ask=one.person_id is not None,
    )


@public_bp.get("/r/<token>/resources/<name>")
@public
def own_resource(token: str, name: str) -> ResponseReturnValue:
    one = attendance.by_token(token)
    if one is None:
        abort(404)
    return _file(services.named(one.event, name, to_registered=True, at=clock.now()))
