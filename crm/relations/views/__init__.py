"""The pages of relations."""

from crm.relations.views import (
    agreements,
    cold,
    exchanges,
    filing,
    follow_ups,
    lists,
    minutes,
    partnerships,
    quotes,
    sheet,
)
from crm.relations.views.blueprint import bp

__all__ = [
    "agreements",
    "bp",
    "cold",
    "exchanges",
    "filing",
    "follow_ups",
    "lists",
    "minutes",
    "partnerships",
    "quotes",
    "sheet",
]
