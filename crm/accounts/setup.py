"""Flask-Login on server-side sign-ins."""

from datetime import UTC, datetime, timedelta

from flask import Flask, Response, current_app, g, request, session
from flask_login import LoginManager

from crm import clock
from crm.accounts import messages as messages  # entered as composers of the outbox
from crm.accounts import sign_ins
from crm.accounts import tasks as tasks  # entered as jobs
from crm.accounts.models import Account

STAMP_EVERY = 60  # seconds


def install(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None
    manager.user_loader(_resumed)
    app.after_request(_stamp)


def _resumed(token: str) -> Account | None:
    """The account behind the browser's token; Flask-Login asks once per request."""
    at = clock.now()
    sign_in = sign_ins.resumed(
        token,
        at=at,
        idle=timedelta(hours=current_app.config["SIGN_IN_IDLE_HOURS"]),
        longest=timedelta(days=current_app.config["SIGN_IN_DAYS"]),
        seen=_seen(),
    )
    if sign_in is None:
        return None
    if request.method == "POST":
        sign_ins.note_use(sign_in, at=at)
    g.sign_in = sign_in
    sign_in.account.sign_in_token = token
    return sign_in.account


def _seen() -> datetime | None:
    """When this browser was last answered, as its signed cookie says."""
    stamp = session.get("seen")
    return datetime.fromtimestamp(stamp, UTC) if isinstance(stamp, int) else None


def _stamp(response: Response) -> Response:
    """Tell the browser when it was last answered: how long it was idle is not written to the database."""
    now = int(clock.now().timestamp())
    if "sign_in" in g and "_user_id" in session and now - session.get("seen", 0) >= STAMP_EVERY:
        session["seen"] = now
    return response
