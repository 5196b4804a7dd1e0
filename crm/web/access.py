"""Who may open which page: each route declares one right or is public, and one hook holds it."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.exceptions import Unauthorized

from crm import history
from crm.db import db, reads_only
from crm.web.rights import May, allows

View = TypeVar("View", bound=Callable[..., Any])
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def needs(may: May) -> Callable[[View], View]:
    """The route is for signed-in accounts that may do this."""

    def declare(view: View) -> View:
        view.__access__ = may  # type: ignore[attr-defined]
        return view

    return declare


def public(view: View) -> View:
    """The route is for anyone."""
    view.__access__ = None  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """The route is one's own affair: any account, whatever it may do."""
    view.__access__ = "signed in"  # type: ignore[attr-defined]
    return view


def one_click(view: View) -> View:
    """The route takes POSTs from machines: no cookie, no CSRF token (listed by a test)."""
    view.__one_click__ = True  # type: ignore[attr-defined]
    return view


def declared(app: Flask, endpoint: str) -> May | str | None:
    """What the endpoint asks for. Raises RuntimeError when it declares nothing."""
    if endpoint == "static":
        return None
    view = app.view_functions[endpoint]
    if not hasattr(view, "__access__"):
        raise RuntimeError(f"the route {endpoint} says neither @needs, @signed_in nor @public")
    access: May | str | None = view.__access__
    return access


def may(name: str) -> bool:
    """For templates: may the reader of this page do that?"""
    return current_user.is_authenticated and allows(current_user.right, May(name))


def install(app: Flask) -> None:
    """Hold every request to what its route declares; refuse to start when a route declares nothing."""
    for rule in app.url_map.iter_rules():
        declared(app, rule.endpoint)
    app.before_request(_hold)
    app.teardown_request(lambda _error: reads_only(False))
    # A global too, so that components may ask.
    app.jinja_env.globals["may"] = may


def _hold() -> Response | None:
    reads_only(request.method in SAFE)
    if request.endpoint is None or request.endpoint == "static":
        return None
    asked = declared(current_app, request.endpoint)  # type: ignore[arg-type]
    if _is_foreign(current_app.view_functions[request.endpoint]):
        abort(403)
    if current_user.is_authenticated:
        history.act_as(db.session(), current_user.email)
    elif asked is not None:
        return _to_sign_in()
    else:
        history.act_as(db.session(), "public")
    if isinstance(asked, May) and not allows(current_user.right, asked):
        abort(403)
    g.asked = asked
    if _holds_nul():
        # No field means it, and PostgreSQL's text cannot hold it.
        abort(400)
    return None


def _holds_nul() -> bool:
    """Whether a NUL stands anywhere in the address or in what was typed, each repeated field included."""
    fields = (*request.args.listvalues(), *request.form.listvalues())
    return any("\0" in value for values in ([request.path], *fields) for value in values)


def _is_foreign(view: Any) -> bool:
    """Whether another site's page makes the browser send this (OWASP, CSRF: what the browser itself says).

    `Origin: null` tells nothing: browsers send it from our own pages that give no referrer.
    """
    if request.method in SAFE or getattr(view, "__one_click__", False):
        return False
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    own = (request.host_url.rstrip("/"), current_app.config["BASE_URL"], "null")
    return request.headers.get("Origin", "null") not in own


def _to_sign_in() -> Response:
    """Send the reader to sign in and back; a fragment or a file asked for by a script is told so."""
    here = request.full_path.rstrip("?") if request.method in SAFE else url_for("home.index")
    door = url_for("accounts.sign_in", next=here)
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": door})
    if request.accept_mimetypes.best == "application/json":
        raise Unauthorized
    return redirect(door)  # type: ignore[return-value]


def own_path(target: str | None) -> str | None:
    """The address when it is a path of this site that a sign-in may lead back to, else None."""
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return None
    if any(ord(c) < 33 or c in "\\" for c in target):
        return None
    return target
