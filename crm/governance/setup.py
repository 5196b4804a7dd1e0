"""What governance puts on the pages of others, and what merges know of it."""

from typing import Any

from flask import Flask

from crm.directory.merging import rules
from crm.governance import bulk, conditions, erasing, keeping
from crm.governance.views import records as pages
from crm.text import N_
from crm.web import records


def install(app: Flask) -> None:
    records.tab("organisations", "membership", N_("Membership"), pages.of_organisation, pages.memberships)
    records.tab("people", "seats", N_("Bodies"), pages.of_person, pages.seats)
    records.mark("organisations", "member", pages.member_mark)
    records.dated("organisations", "governance", pages.organisation_on)
    records.dated("people", "governance", pages.person_on)
    conditions.register()
    bulk.install()
    keeping.install()
    erasing.install()
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
