"""The forms of own fields: those that define them, and what they add to the form of a record."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from markupsafe import escape
from wtforms import DateField, Field, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from crm.directory.models import Organisation, Person
from crm.directory.own import messages, queries, services
from crm.directory.own.models import PREFIX, OwnField, OwnKind
from crm.directory.own.values import LONGEST, Value
from crm.text import N_
from crm.web.forms import NamesForm, PageForm, stripped

BESIDE = {"beside": True}
AnyForm = TypeVar("AnyForm", bound=PageForm)


class NewFieldForm(NamesForm):
    kind = SelectField(
        N_("What it holds"),
        choices=[SelectChoice(kind.value, label) for kind, label in messages.KINDS.items()],
        coerce=OwnKind,
        default=OwnKind.TEXT,
        description=N_("This cannot be changed later: values would be lost."),
    )
    choices = TextAreaField(
        N_("Choices"),
        [Length(max=20_000)],
        description=N_("For a choice from a list: one a line, in French. English names can be added later."),
        render_kw={"rows": 4},
    )


def with_fields(
    form: type[AnyForm], fields: Sequence[OwnField], shown: Mapping[str, Any] | None = None
) -> type[AnyForm]:
    """The form with a field for each own field. A choice no longer offered stays where it is `shown`."""
    held = (shown or {}).get
    added = {name: _field(field, held(name)) for field in fields if (name := f"{PREFIX}{field.key}")}
    return type(form.__name__, (form,), added) if added else form


def _field(field: OwnField, held: Any) -> Field:
    # What people named is shown as it is.
    label: Any = escape(messages.name(field))
    match field.kind:
        case OwnKind.NUMBER:
            return StringField(
                label, [Length(max=60)], filters=[stripped], render_kw={**BESIDE, "inputmode": "decimal"}
            )
        case OwnKind.DATE:
            return DateField(label, [Optional()], render_kw=BESIDE)
        case OwnKind.CHOICE:
            offered = [
                SelectChoice(choice["key"], escape(field.choice_name(choice["key"], messages.language())))
                for choice in field.choices
                if not choice["is_archived"] or choice["key"] == held
            ]
            return SelectField(label, choices=[SelectChoice("", N_("Not given")), *offered], render_kw=BESIDE)
        case OwnKind.YES_NO:
            offered = [
                SelectChoice("", N_("Not given")),
                SelectChoice("yes", N_("yes")),
                SelectChoice("no", N_("no")),
            ]
            return SelectField(label, choices=offered, render_kw=BESIDE)
        case _:
            too_long = Length(max=LONGEST, message=N_("Keep this under 500 characters"))
            return StringField(label, [too_long], filters=[stripped])


def shown(record: Person | Organisation) -> dict[str, Any]:
    """What stands in the fields that are asked for, as the record's form shows it."""
    fields, held = queries.asked(record.__tablename__), queries.values_of(record)
    return {f"{PREFIX}{field.key}": messages.typed(field, held.get(field.id)) for field in fields}


def wanted(form: PageForm, fields: Sequence[OwnField]) -> dict[OwnField, Value | None]:
    """What was typed into the own fields of a record's form. Raises what `values.read` raises."""
    typed = {
        name: "" if form[name].data is None else str(form[name].data)
        for field in fields
        if (name := f"{PREFIX}{field.key}") in form
    }
    return services.read_typed(fields, typed, language=messages.language())
