"""What the log puts on the pages of people and organisations."""

from flask import Flask

from crm.directory.merging import rules
from crm.relations.services.exchanges import refresh_last
from crm.relations.views import lists
from crm.text import N_
from crm.web import records
from crm.web.rights import May


def install(app: Flask) -> None:
    for kind in ("organisations", "people"):
        records.tab(kind, "journal", N_("Log"), lists.timeline)
        records.act(kind, "log", N_("Log an exchange"), "messages", May.WRITE, lists.log_act)
    records.box("organisations", "to_do", lists.to_do)
    rules.derived("last_exchanges", "organisations", refresh_last)
    for table, words in (
        ("interaction_people", N_("Exchanges")),
        ("interaction_organisations", N_("Exchanges")),
        ("interaction_people.organisation_id", N_("People met in exchanges")),
        ("follow_ups", N_("Follow-ups")),
        ("notes", N_("Lines of the log")),
    ):
        rules.call(table, words)
