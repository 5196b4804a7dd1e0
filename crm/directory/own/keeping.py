"""What the history of a record says of its own fields."""

from typing import Any

from markupsafe import escape

from crm.directory.own import messages, queries
from crm.directory.own.models import PREFIX, OwnKind
from crm.keeping.kinds import Fact
from crm.text import N_


def fact(of: str, name: str) -> Fact | None:
    """The field of that name in the history; None when it is none, or lies in the bin."""
    field = queries.with_key(of, name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
    if field is None:
        return None
    values: dict[Any, str] | None = None
    if field.kind == OwnKind.CHOICE:
        language = messages.language()
        values = {choice["key"]: field.choice_name(choice["key"], language) for choice in field.choices}
    elif field.kind == OwnKind.YES_NO:
        values = {True: N_("yes"), False: N_("no")}
    return Fact(escape(messages.name(field)), values, reverts=False)
