"""What own fields add to views, imports and merges."""

from crm.directory import conditions
from crm.directory.importing import extra
from crm.directory.merging import rules
from crm.directory.own import asking, bringing
from crm.text import N_


def install() -> None:
    conditions.register_source(asking.SOURCE, asking.conditions)
    extra.register(bringing.SOURCE)
    for table in ("person_values", "organisation_values"):
        rules.call(table, N_("Own fields"))
