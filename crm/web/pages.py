"""What every template may call: words, relative time, the hidden fields of a button; the offer to undo."""

import secrets
from datetime import date, datetime
from functools import cache
from typing import Any, Protocol

from flask import Flask, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta, get_locale, gettext
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from wtforms import Field

from crm import clock
from crm.db import db
from crm.web.forms import ActForm
from crm.web.i18n import number, words


class Archived(Protocol):
    """What is offered for choice until it is archived."""

    @property
    def is_archived(self) -> Any: ...


_ACT_FIELDS = Markup(
    '<input type="hidden" name="csrf_token" value="%s"><input type="hidden" name="form_key" value="%s">'
)


def install(app: Flask) -> None:
    app.jinja_env.globals.update(say=say, get_locale=get_locale, act_fields=act_fields, static_at=static_at)
    app.jinja_env.globals["ngettext"] = _counted(app)
    app.jinja_env.filters.update(ago=ago, iso=iso, say=say)
    app.jinja_env.tests["hidden_field"] = is_hidden


def _counted(app: Flask) -> Any:
    """The templates' `ngettext`, whose number is written in the reader's own form: 2 000, 2,000."""
    plain: Any = app.jinja_env.globals["ngettext"]

    @pass_context
    def ngettext(context: Context, one: str, many: str, count: int, /, **facts: Any) -> str:
        facts.setdefault("num", number(count))
        words: str = plain(context, one, many, count, **facts)
        return words

    return ngettext


def say(text: object) -> str:
    """The words of a label or a message in the reader's language; what has no translation stays as it is.

    Markup is in the reader's words already: what people typed is not looked up.
    """
    if isinstance(text, Markup):
        return text
    return words(str(text)) if text else ""


def static_at(name: str) -> str:
    """The address of a static file; made once, for a page names some of them dozens of times."""
    return _static_at(name, request.script_root)


@cache
def _static_at(name: str, root: str) -> str:
    return url_for("static", filename=name)


def is_hidden(field: Field) -> bool:
    """Whether the form field is not seen (`{% if field is hidden_field %}`)."""
    return getattr(field.widget, "input_type", None) == "hidden"


def act_fields() -> Markup:
    """The hidden fields of a form of one button, for the components that post without a form of their own."""
    if "act_token" not in g:
        g.act_token = ActForm()["csrf_token"].current_token
    return _ACT_FIELDS % (g.act_token, secrets.token_urlsafe(16))


def offer_undo(text: str, address: str) -> None:
    """Say what was done, with a button that posts to `address` to take it back."""
    flash({"text": text, "undo": address}, "undo")  # type: ignore[arg-type]


def archived(record: Archived, name: str, *, undo: str, then: str) -> ResponseReturnValue:
    """Keep that the record was archived or brought back: say the first, with a button to take it back.

    `undo` is where that button posts to, `then` where it goes on.
    """
    db.session.commit()
    if record.is_archived:
        offer_undo(gettext("“%(name)s” is offered no more.", name=name), undo)
    return redirect(then)


def ago(value: datetime | date | None) -> str:
    """How long ago (or in how long): il y a 12 jours, dans 3 heures."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return format_timedelta(value - clock.now(), add_direction=True, threshold=1.5)
    today = clock.now().date()
    return (
        format_timedelta(value - today, granularity="day", add_direction=True)
        if value != today
        else gettext("today")
    )


def iso(value: datetime | date | None) -> str:
    """The machine's form for `<time datetime>`."""
    return "" if value is None else value.isoformat()
