"""Languages: French first, English complete; dates and numbers in the language's own form."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from babel.units import format_unit
from flask import Flask, request, session
from flask_babel import Babel, format_date, format_datetime, get_locale, get_translations
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from crm import clock

LANGUAGES = ("fr", "en")
CATALOGUES = (
    "web", "keeping", "settings", "accounts", "territories", "mail", "directory",
    "relations", "governance", "events", "mailings", "kits", "search", "reports",
)  # fmt: skip

babel = Babel()


def install(app: Flask) -> None:
    folder = f"{app.root_path}/translations"
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", ";".join([folder] * len(CATALOGUES)))
    app.config.setdefault("BABEL_DOMAIN", ";".join(CATALOGUES))
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "fr")
    babel.init_app(app, locale_selector=language, timezone_selector=lambda: clock.office().key)
    app.jinja_env.filters.update(day=day, moment=moment, hour=hour, number=number, size=size)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=words, ngettext=lambda one, many, count: get_translations().ungettext(one, many, count),
        newstyle=True,
    )  # fmt: skip
    app.jinja_env.globals.update(gettext=_said, _=_said)


@pass_eval_context
def _said(context: EvalContext, sentence: str, /, **facts: Any) -> str:
    """The templates' `_`: Jinja's own, but a sentence without facts is put together once, not each time."""
    locale = get_locale()
    language = locale.language if locale else ""
    if not context.autoescape:
        return _words(language, sentence) % facts
    return _marked(language, sentence) % facts if facts else _whole(language, sentence)


@lru_cache(maxsize=16_384)
def _marked(language: str, sentence: str) -> Markup:
    return Markup(_words(language, sentence))  # noqa: S704  (written by us)


@lru_cache(maxsize=16_384)
def _whole(language: str, sentence: str) -> Markup:
    return _marked(language, sentence) % {}


def words(sentence: str) -> str:
    """The sentence in the reader's language, facts not yet filled in. A page asks for hundreds."""
    locale = get_locale()
    return _words(locale.language if locale else "", sentence)


@lru_cache(maxsize=16_384)
def _words(language: str, sentence: str) -> str:
    return str(get_translations().ugettext(sentence)) if language else sentence


def language() -> str:
    """The reader's language: asked for in the address, the account's, the session's, the browser's."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        # Kept in the reader's own cookie, so that the next page speaks the same language.
        if session.get("language") != asked:
            session["language"] = asked
        return str(asked)
    if current_user.is_authenticated:
        return str(current_user.language)
    kept = session.get("language")
    return kept if kept in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "fr")


def _english() -> bool:
    return str(get_locale()) == "en"


def _local(value: datetime, zone: str | None) -> datetime:
    """The wall time to show; naive walls are taken as they are."""
    if value.tzinfo is None:
        return value
    return value.astimezone(ZoneInfo(zone) if zone else clock.office()).replace(tzinfo=None)


def day(value: date | datetime | None, zone: str | None = None) -> str:
    """A day in numbers: 23/11/2026."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = _local(value, zone).date()
    # What `dd/MM/yyyy` gives; a list has a day in each row.
    return format_date(value, "d MMM yyyy") if _english() else f"{value:%d/%m/%Y}"


def hour(value: datetime | None, zone: str | None = None) -> str:
    """An hour of the day: 14 h 30, 2:30 pm in English as 14:30."""
    if value is None:
        return ""
    wall = _local(value, zone)
    return f"{wall:%H:%M}" if _english() else f"{wall.hour}\u202fh\u202f{wall:%M}"


def moment(value: datetime | None, zone: str | None = None) -> str:
    """A day and hour in words: lundi 23 novembre 2026 à 14 h 30."""
    if value is None:
        return ""
    wall = _local(value, zone)
    words = format_datetime(wall, "EEEE d MMMM yyyy", rebase=False)
    return f"{words}, {hour(wall)}" if _english() else f"{words} à {hour(wall)}"


def size(octets: int) -> str:
    """The size of a file: 182 ko, 1,4 Mo; 182 kB, 1.4 MB."""
    amount, unit = (octets / 1e6, "megabyte") if octets >= 1e6 else (octets / 1e3, "kilobyte")
    amount = round(amount, 1) if amount < 10 else round(amount)
    return format_unit(amount, unit, length="short", locale=str(get_locale() or "fr"))


def number(value: float | int | None) -> str:
    """1 234,5 in French (narrow no-break spaces), 1,234.5 in English."""
    return "" if value is None else _number(value, str(get_locale() or "fr"))


@lru_cache(maxsize=16_384)
def _number(value: float | int, locale: str) -> str:
    return format_decimal(value, locale=locale)
