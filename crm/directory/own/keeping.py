"""What the history of a record says of its own fields."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from markupsafe import escape

from crm.directory.own import messages, queries, services, values
from crm.directory.own.models import PREFIX, OwnField, OwnKind
from crm.keeping.kinds import Fact
from crm.keeping.services import ValueGone
from crm.text import N_


class OwnFields:
    """The own fields of one kind of record, as the history names them: `own-<key>`."""

    def __init__(self, of: str) -> None:
        self.of = of

    def _field(self, name: str) -> OwnField | None:
        """The field of that name; None when it is none, or lies in the bin."""
        return queries.with_key(self.of, name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None

    def fact(self, name: str) -> Fact | None:
        field = self._field(name)
        if field is None:
            return None
        said: dict[Any, str] | None = None
        if field.kind == OwnKind.CHOICE:
            language = messages.language()
            said = {choice["key"]: field.choice_name(choice["key"], language) for choice in field.choices}
        elif field.kind == OwnKind.YES_NO:
            said = {True: N_("yes"), False: N_("no")}
        return Fact(escape(messages.name(field)), said)

    def held(self, record: Any, name: str) -> Any:
        """What stands there now, as the history tells it."""
        field = self._field(name)
        return values.told(queries.values_of(record).get(field.id)) if field is not None else None

    def put(self, record: Any, told: Mapping[str, Any], *, by: str, at: datetime) -> None:
        """Write down what the history tells. Raises ValueGone for a choice that is no more."""
        wanted = {}
        for name, value in told.items():
            field = self._field(name)
            if field is None:
                raise ValueGone
            keys = {choice["key"] for choice in field.choices}
            if field.kind == OwnKind.CHOICE and value is not None and value not in keys:
                raise ValueGone
            wanted[field] = values.untold(field, value)
        services.put(record, wanted, by=by, at=at)
