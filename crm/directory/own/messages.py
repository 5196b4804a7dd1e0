"""How own fields are said: their kinds, their names, what stands in them."""

from datetime import date
from typing import Any

from babel.numbers import format_decimal
from flask import has_request_context
from flask_babel import get_locale
from flask_babel import gettext as _

from crm.directory.models import Organisation, Person
from crm.directory.own import queries
from crm.directory.own.models import OwnField, OwnKind
from crm.directory.own.queries import ORGANISATIONS, PEOPLE
from crm.directory.own.values import Value
from crm.text import N_
from crm.web import i18n

KINDS = {
    OwnKind.TEXT: N_("Text"),
    OwnKind.NUMBER: N_("Number"),
    OwnKind.DATE: N_("Date"),
    OwnKind.CHOICE: N_("Choice from a list"),
    OwnKind.YES_NO: N_("Yes or no"),
}
COLUMNS = {PEOPLE: N_("Person: %(field)s"), ORGANISATIONS: N_("Organisation: %(field)s")}
RECORDS = {PEOPLE: N_("People"), ORGANISATIONS: N_("Organisations")}


def language() -> str:
    """The reader's language; French where there is no reader: in a job."""
    try:
        return "en" if str(get_locale()) == "en" else "fr"
    except RuntimeError:
        return "fr"


def kind(value: OwnKind) -> str:
    return i18n.words(KINDS[value])


def name(field: OwnField) -> str:
    return field.name(language())


def column(field: OwnField) -> str:
    """How an import calls the field among those of other records."""
    called = COLUMNS[field.of]
    return (i18n.words(called) if has_request_context() else called) % {"field": name(field)}


def shown(field: OwnField, value: Value | None) -> str:
    """The value in the reader's own form, all digits kept."""
    if value is None:
        return ""
    match field.kind:
        case OwnKind.NUMBER:
            return str(format_decimal(str(value), locale=language(), decimal_quantization=False))
        case OwnKind.DATE:
            return i18n.day(value) if isinstance(value, date) else str(value)
        case OwnKind.CHOICE:
            return field.choice_name(str(value), language())
        case OwnKind.YES_NO:
            return str(_("yes") if value else _("no"))
        case _:
            return str(value)


def facts(record: Person | Organisation) -> list[tuple[str, str]]:
    """What is known of the record, in the fields' order: each field's name and what stands in it."""
    held = queries.values_of(record)
    if not held:
        return []
    fields = queries.listed(record.__tablename__)
    return [(name(field), shown(field, held[field.id])) for field in fields if field.id in held]


def typed(field: OwnField, value: Value | None) -> Any:
    """The value as a form's field takes it."""
    if value is None:
        return None if field.kind == OwnKind.DATE else ""
    if field.kind == OwnKind.DATE:
        return value
    if field.kind == OwnKind.YES_NO:
        return "yes" if value else "no"
    return str(value) if field.kind == OwnKind.CHOICE else shown(field, value)


def in_file(field: OwnField, value: Value | None) -> Any:
    """The value as a cell: numbers and days stay what they are; `values.read` takes it back."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if field.kind in (OwnKind.CHOICE, OwnKind.YES_NO):
        return shown(field, value)
    return value
