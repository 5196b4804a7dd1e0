"""The pages of relations."""

from crm.relations.views import (
    agreements,
    cold,
    exchanges,
    follow_ups,
    lists,
    minutes,
    partnerships,
    quotes,
)
from crm.relations.views.blueprint import bp

__all__ = [
    "agreements",
    "bp",
    "cold",
    "exchanges",
    "follow_ups",
    "lists",
    "minutes",
    "partnerships",
    "quotes",
]
