"""Two people editing the same record: what each of them changed, put together field by field.

A form of a record carries, beside the version, a short digest of each value that it was shown with.
With the record as it is now that makes a three-way comparison: what only one of the two changed is
taken from that one; where both did, the page shows both and asks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import blake2b
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape
from wtforms import BooleanField, Field, FieldList, FileField, Form, PasswordField, SubmitField

from crm.web import i18n
from crm.web.differences import marked
from crm.web.richtext import plain, sanitise

VERSIONS = ("version", "seen")
PLUMBING = frozenset({"csrf_token", "form_key", *VERSIONS})
THEIRS, YOURS = "theirs", "yours"
NOTHING: Any = object()
_BLOCK = re.compile(r"</?(?:p|div|br|pre)\s*/?>|\s+|&nbsp;|\xa0")


@dataclass(frozen=True)
class Conflict:
    """One field that both changed: its name and label, and the two values as a reader sees them."""

    name: str
    label: str
    theirs: Markup
    yours: Markup


def version_field(form: Form) -> Field | None:
    """The field that holds the version which the page was shown with; None on a form without one."""
    return next((form[name] for name in VERSIONS if name in form), None)


def compared(form: Form) -> list[Field]:
    """The fields whose values make up the record; keys behind a name follow that name."""
    follow = set(companions(form).values())
    kinds = (FileField, PasswordField, SubmitField)
    return [
        field for field in form if field.short_name not in PLUMBING | follow and not isinstance(field, kinds)
    ]


def companions(form: Form) -> dict[str, str]:
    """Which hidden key goes with which name that proposes."""
    known: dict[str, str] = getattr(form, "keys_of", {})
    return known


def digests(form: Form) -> str:
    """What the form holds, a few signs for each field: enough to see later which ones were changed."""
    return " ".join(f"{field.short_name}:{digest(field)}" for field in compared(form))


def read(sent: str) -> dict[str, str]:
    """The digests that a page sent back, by field; none when they cannot be read."""
    pairs = (part.partition(":") for part in sent[:20_000].split())
    return {name: digest for name, _colon, digest in pairs}


def as_it_is(field: Field, shown: Mapping[str, Any]) -> Field:
    """The field as the record has it now."""
    # Not by copy.copy: a field made outside a form is only a promise of one.
    now: Field = object.__new__(type(field))
    now.__dict__.update(field.__dict__)
    put(now, shown.get(field.short_name, NOTHING))
    return now


def put(field: Field, value: Any) -> None:
    """Give the field that value, as when its page is first shown."""
    field.raw_data = None
    if value is NOTHING:
        field.process(None)
    else:
        field.process(None, value)
    if hasattr(field, "_value") and (text := field._value()):
        # As if it had been typed: what asks for an input looks there.
        field.raw_data = [str(text)]


def digest(field: Field) -> str:
    return blake2b(repr(_canonical(field)).encode(), digest_size=6).hexdigest()


def same(one: Field, other: Field) -> bool:
    return _canonical(one) == _canonical(other)


def was(field: Field, before: str | None) -> bool:
    """Whether the field holds what the page was shown with."""
    return before == digest(field)


def _canonical(field: Field) -> Any:
    """The value as it counts: not how a browser or the rich text's editor writes it."""
    if isinstance(field, FieldList):
        lines = [[_canonical(part) for part in entry.form] for entry in field if _is_filled(entry)]
        return sorted(lines, key=repr)
    value = field.data
    if isinstance(field, BooleanField):
        return bool(value)
    if isinstance(value, list | tuple):
        return sorted(str(one) for one in value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    text = "" if value is None else str(value)
    if _is_rich(field):
        return _BLOCK.sub(" ", str(sanitise(text))).split()
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _is_rich(field: Field) -> bool:
    return bool((field.render_kw or {}).get("rich"))


def _is_filled(entry: Any) -> bool:
    """Whether the first field of a line holds anything: empty lines are offered and mean nothing."""
    return bool(next(iter(entry.form)).data)


def between(theirs: Field, yours: Field, labels: Mapping[str, str]) -> Conflict:
    """The two values of a field, with the words marked in which they differ."""
    shown = [_shown(field, labels) for field in (theirs, yours)]
    left, right = marked(shown[0], shown[1]) if all(shown) else (escape(shown[0]), escape(shown[1]))
    return Conflict(yours.short_name, yours.label.text, left, right)


def _shown(field: Field, labels: Mapping[str, str]) -> str:
    if isinstance(field, FieldList):
        lines = (entry.form for entry in field if _is_filled(entry))
        return "\n".join(" · ".join(filter(None, (_shown(part, labels) for part in line))) for line in lines)
    value = field.data
    if getattr(field.widget, "input_type", None) == "hidden":
        return ""
    if isinstance(field, BooleanField):
        return _("yes") if value else _("no")
    if hasattr(field, "iter_choices"):
        return _chosen(field, labels)
    if isinstance(value, datetime):
        return f"{i18n.day(value)} {i18n.hour(value)}"
    if isinstance(value, date):
        return i18n.day(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return plain(value) if _is_rich(field) else str(value if value is not None else "")


def _chosen(field: Any, labels: Mapping[str, str]) -> str:
    """The labels of what is chosen; of a record that is not offered, what `labels` says of its key."""
    called = {str(choice.value): str(choice.label) for choice in field.iter_choices()}
    values = field.data if isinstance(field.data, list | tuple) else [field.data]
    keys = ["" if value is None else str(getattr(value, "value", value)) for value in values]
    known = (labels.get(key) or called.get(key, key) for key in keys if key or key in called)
    return ", ".join(i18n.words(one) if one else "" for one in known)
