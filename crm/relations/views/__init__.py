"""The pages of the log."""

from crm.relations.views import exchanges, follow_ups, lists
from crm.relations.views.blueprint import bp

__all__ = ["bp", "exchanges", "follow_ups", "lists"]
