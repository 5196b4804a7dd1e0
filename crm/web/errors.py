"""What a reader sees when something went wrong: one page, one sentence, one way on."""

import structlog
from flask import Flask, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError

from crm.db import db
from crm.errors import CrmError
from crm.web import again
from crm.web.forms import AlreadySent, said

log = structlog.get_logger()


def install(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CrmError, _refused)
    app.register_error_handler(AlreadySent, _already_sent)
    app.register_error_handler(IntegrityError, _raced)
    app.register_error_handler(StaleDataError, _raced)
    for away in (OperationalError, InterfaceError, TimeoutError):
        app.register_error_handler(away, _busy)
    app.register_error_handler(Exception, _broken)


def page(status: int, sentence: str) -> ResponseReturnValue:
    return render_template("errors/error.html", status=status, sentence=sentence, back=_came_from()), status


def _came_from() -> str | None:
    """The page of ours whose button was pressed, to go back to."""
    own = request.method == "POST" and (request.referrer or "").startswith(request.host_url)
    return (
        "/" + request.referrer.removeprefix(request.host_url).lstrip("/\\")
        if own and request.referrer
        else None
    )


def _sentence(status: int) -> str:
    return {
        400: _("This page was sent in a way we cannot read. Go back, reload the page and try again."),
        401: _("Sign in to see this page."),
        403: _("Your account may not do this. Ask an administrator if you need it."),
        404: _(
            "There is nothing at this address. It may have been moved to the bin, or the link is cut short."
        ),
        405: _("This address does not take that kind of request. Go back and use the page's own button."),
        409: _("Someone changed this at the same moment. Reload the page and try again."),
        410: _("What stood here was erased, as was asked. Nothing of it is kept, and nothing is left to do."),
        413: _("This file is too large. Send a smaller one, or split it."),
        422: _("Some of what was sent cannot be used. Go back and check it."),
        429: _("Too many tries in a short time. Wait a few minutes and try again."),
        503: _("The service is busy. Nothing was changed: try again in a moment."),
    }.get(status, _("This request could not be answered."))


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    if isinstance(error, SecurityError):
        # The host was made up: no page, whose links would repeat it.
        return Response("400 Bad Request", status=400, mimetype="text/plain")
    status = error.code or 500
    if status == 500:
        return _broken(error)
    if request.accept_mimetypes.best == "application/json":
        return {"error": _sentence(status)}, status
    return page(status, _sentence(status))


def _refused(refusal: CrmError) -> ResponseReturnValue:
    db.session.rollback()
    return page(422, said(refusal))


def _already_sent(again: AlreadySent) -> ResponseReturnValue:
    db.session.rollback()
    return redirect(again.location or url_for("home.index"))


def _route() -> str:
    """The route that was asked for, without what stood in it: tokens of links are in no log."""
    return request.url_rule.rule if request.url_rule is not None else ""


def _raced(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    log.warning("lost a race", path=_route(), error=type(error).__name__)
    return again.page(409, back=_came_from())


def _busy(error: Exception) -> ResponseReturnValue:
    """The database is away, or so busy that no connection to it was free in time."""
    db.session.rollback()
    log.error("database unavailable", path=_route(), error=str(getattr(error, "orig", error)))
    return again.page(503, back=_came_from())


def _broken(error: Exception) -> ResponseReturnValue:
    """The unexpected: logged with its stack; the page asks nothing of the database."""
    try:
        db.session.rollback()
    finally:
        log.exception("request failed", path=_route(), method=request.method, exc_info=error)
    return Response(render_static_500(), status=500, mimetype="text/html")


def render_static_500() -> str:
    from flask import current_app

    source = current_app.jinja_env.loader.get_source(current_app.jinja_env, "errors/500.html")  # type: ignore[union-attr]
    return source[0]
