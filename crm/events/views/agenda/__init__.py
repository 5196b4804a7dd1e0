"""The agenda of the association: its list, its months, and each event from draft to held."""

from crm.events.views.agenda import editing, event, lists
from crm.events.views.agenda.blueprint import bp, found, language, office, one_of
from crm.events.views.agenda.editing import say_which_hour
from crm.events.views.agenda.lists import chips

__all__ = [
    "bp",
    "chips",
    "editing",
    "event",
    "found",
    "language",
    "lists",
    "office",
    "one_of",
    "say_which_hour",
]
