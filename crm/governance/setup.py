"""What governance puts on the pages of others, and what merges know of it."""

from typing import Any

from flask import Flask

from crm.directory.merging import rules
from crm.text import N_


def install(app: Flask) -> None:
    _merging()


def _merging() -> None:
    """Of two rows that tell the same, what is not in the bin stays, then what says more."""
    rules.alike("memberships", _days, lambda one, other: True)
    rules.weigh("memberships", lambda row: (row["binned_at"] is None, row["fee"] != "due"))
    rules.alike("seats", lambda row: (row["body_id"], *_days(row)), lambda one, other: True)
    rules.weigh("seats", lambda row: (row["binned_at"] is None, row["function_id"] is not None))
    rules.call("memberships", N_("Memberships"))
    rules.call("seats", N_("Seats in bodies"))
    rules.call("seats.organisation_id", N_("Seats in which it is represented"))


def _days(row: rules.Row) -> tuple[Any, Any]:
    return row["begins_on"], row["ends_on"]
