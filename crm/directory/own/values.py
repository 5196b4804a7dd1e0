"""A value as people type it, as the database keeps it, as history and files tell it."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from crm.directory.own.models import OwnField, OwnKind
from crm.errors import CrmError
from crm.text import N_, clean, fold

Value = str | float | date | bool

LONGEST = 500
_DIGITS = 15  # what a float keeps exactly
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M")
_YES = frozenset({"oui", "o", "yes", "y", "vrai", "true", "1", "x"})
_NO = frozenset({"non", "n", "no", "faux", "false", "0"})
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f']+")
_PARTED = re.compile(r"[+-]?[1-9]\d{0,2}([,.])\d{3}(\1\d{3})*")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")

COLUMNS = {
    OwnKind.TEXT: "text",
    OwnKind.NUMBER: "number",
    OwnKind.DATE: "day",
    OwnKind.CHOICE: "choice",
    OwnKind.YES_NO: "yes",
}


class NotANumber(CrmError):
    text = N_("“%(typed)s” is no number. Write it in figures, such as 1 234,5.")


class TooManyDigits(CrmError):
    text = N_("“%(typed)s” has more than 15 digits, which no spreadsheet keeps. Use a text field for it.")


class NotADay(CrmError):
    text = N_("“%(typed)s” is no date. Write it as 23/11/2026.")


class NotAChoice(CrmError):
    text = N_("“%(typed)s” is not in the list of “%(field)s”. It has: %(choices)s.")


class NotYesOrNo(CrmError):
    text = N_("“%(typed)s” is neither yes nor no. Write “oui” or “non”.")


class TextTooLong(CrmError):
    text = N_("This text has %(length)s characters. Keep it under 500.")


def read(field: OwnField, typed: str, language: str = "fr") -> Value | None:
    """What was typed or stands in a cell, as the field's kind of value; None for nothing.

    In French a single comma is the decimal sign; in English it may part thousands (1,234). Raises
    NotANumber, TooManyDigits, NotADay, NotAChoice, NotYesOrNo, TextTooLong.
    """
    text = clean(typed)
    if not text:
        return None
    match field.kind:
        case OwnKind.NUMBER:
            return number(text, language)
        case OwnKind.DATE:
            return day(text)
        case OwnKind.CHOICE:
            return _choice(field, text, language)
        case OwnKind.YES_NO:
            return yes(text)
        case _:
            if len(text) > LONGEST:
                raise TextTooLong(length=len(text))
            return text


def number(text: str, language: str = "fr") -> float:
    """The number as written in either language. Raises NotANumber, TooManyDigits."""
    bare = _SPACES.sub("", text).replace("\u2212", "-")
    if "," in bare and "." in bare:
        thousands = "," if bare.rfind(".") > bare.rfind(",") else "."
        bare = bare.replace(thousands, "")
    elif _PARTED.fullmatch(bare) and (language == "en" or bare.count(",") > 1 or bare.count(".") > 1):
        # One point is the decimal sign in both languages.
        bare = bare.replace(",", "") if bare.count(".") < 2 else bare.replace(".", "")
    bare = bare.replace(",", ".")
    if not (bare.isascii() and _NUMBER.fullmatch(bare)):
        raise NotANumber(typed=text[:60])
    if len(bare.lstrip("+-0").replace(".", "")) > _DIGITS:
        raise TooManyDigits(typed=text[:60])
    return float(bare) + 0.0  # no minus zero


def day(text: str) -> date:
    """The day, written as in ISO 8601 or as in France. Raises NotADay."""
    for form in _DAYS:
        try:
            found = datetime.strptime(text, form).date()  # noqa: DTZ007  (a day without hour or zone)
        except ValueError:
            continue
        if found.year >= 1000:
            return found
    raise NotADay(typed=text[:60])


def yes(text: str) -> bool:
    """Whether yes or no was meant, in either language. Raises NotYesOrNo."""
    word = fold(text)
    if word not in _YES | _NO:
        raise NotYesOrNo(typed=text[:60])
    return word in _YES


def _choice(field: OwnField, text: str, language: str) -> str:
    """The key of the choice that is meant by its key or by its name in either language."""
    if field.choice(text):
        return text
    for choice in field.choices:
        if fold(text) in (fold(choice["name_fr"]), fold(choice["name_en"])):
            return str(choice["key"])
    names = ", ".join(field.choice_name(c["key"], language) for c in field.choices if not c["is_archived"])
    raise NotAChoice(typed=text[:60], field=field.name(language), choices=names)


def columns(field: OwnField, value: Value) -> dict[str, Any]:
    """The value as the columns of its row."""
    row: dict[str, Any] = dict.fromkeys((*COLUMNS.values(), "folded"))
    row[COLUMNS[field.kind]] = value
    if field.kind == OwnKind.TEXT:
        row["folded"] = fold(str(value))[:LONGEST]
    return row


def value_in(held: Sequence[Any]) -> Value | None:
    """The one that is known among the columns `text`, `number`, `day`, `choice`, `yes`."""
    return next((value for value in held if value is not None), None)


def told(value: Value | None) -> Any:
    """The value as history keeps it."""
    return value.isoformat() if isinstance(value, date) else value


def untold(field: OwnField, kept: Any) -> Value | None:
    """The value that history, or an import, keeps in that form."""
    if kept is None:
        return None
    if field.kind == OwnKind.DATE:
        return date.fromisoformat(kept)
    return float(kept) if field.kind == OwnKind.NUMBER else kept
