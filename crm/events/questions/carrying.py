"""The questions of an event as plain JSON, to be asked by another: by its copy, its template, its series."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crm.events.models import Event
from crm.events.questions import queries, sets
from crm.events.questions.models import Asks, Question

_FACTS = (
    "key", "title_fr", "title_en", "help_fr", "help_en", "is_required", "depends_on", "depends_values",
    "purpose", "keep_days",
)  # fmt: skip


def take(event: Event) -> list[dict[str, Any]]:
    """What the form asks; nothing of the answers."""
    return [
        {
            **{name: getattr(question, name) for name in _FACTS},
            "kind": question.kind.value,
            "choices": [dict(choice) for choice in question.offered],
        }
        for question in queries.asked(event)
    ]


def give(event: Event, taken: Sequence[dict[str, Any]], *, at: datetime, by: str = "system") -> None:
    """Ask these questions there, after those that are asked already. Raises TooManyQuestions."""
    told = [
        Question(**{name: held[name] for name in _FACTS}, kind=Asks(held["kind"]), choices=held["choices"])
        for held in taken
    ]
    sets.copy(told, event, by=by)
