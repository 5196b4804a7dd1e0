"""What relations put on the pages of people and organisations; their composers and jobs."""

from flask import Flask

import crm.relations.agreements.messages  # (enter the composers of their mail)
import crm.relations.agreements.tasks
import crm.relations.cold.messages
import crm.relations.cold.tasks
import crm.relations.filing.tasks
import crm.relations.reminding
import crm.relations.tasks  # noqa: F401  (enters its jobs)
from crm.directory.merging import rules
from crm.relations import conditions, erasing, keeping, promised, services
from crm.relations.agreements import keeping as agreement_keeping
from crm.relations.agreements import queries as agreements
from crm.relations.partnerships import conditions as partnership_conditions
from crm.relations.partnerships import keeping as partnership_keeping
from crm.relations.services.exchanges import refresh_last
from crm.relations.views import agreements as agreement_pages
from crm.relations.views import lists, partnerships, sheet
from crm.settings import lists as settings
from crm.text import N_
from crm.web import records
from crm.web.rights import May


def install(app: Flask) -> None:
    conditions.register()
    partnership_conditions.register()
    for kind in ("organisations", "people"):
        records.tab(kind, "journal", N_("Log"), lists.timeline)
        records.box(kind, "to_do", lists.to_do)
        records.act(kind, "log", N_("Log an exchange"), "messages", May.WRITE, lists.log_act)
    records.tab("organisations", "agreements", N_("Agreements"), agreement_pages.tab, agreements.number_with)
    records.act(
        "organisations",
        "partnership",
        N_("Partnership"),
        "heart-handshake",
        May.WRITE,
        partnerships.follow_act,
    )
    records.act("organisations", "sheet", N_("Sheet for a meeting"), "printer", May.READ, sheet.sheet_act)
    records.mark("organisations", "stage", partnerships.mark)
    records.box("organisations", "partnership", partnerships.box)
    for kept in (erasing, keeping, agreement_keeping, partnership_keeping, promised):
        kept.install()
    rules.derived("last_exchanges", "organisations", refresh_last)
    for table, words in (
        ("interaction_people", N_("Exchanges")),
        ("interaction_organisations", N_("Exchanges")),
        ("interaction_people.organisation_id", N_("People met in exchanges")),
        ("follow_ups", N_("Follow-ups")),
        ("interaction_mentions", N_("Exchanges that mention")),
        ("quotes", N_("Quotes")),
        ("notes", N_("Lines of the log")),
        ("partnerships", N_("Partnership")),
        ("leaves", N_("Silences that are meant")),
        ("agreement_organisations", N_("Agreements")),
        ("agreement_signers", N_("Agreements signed")),
    ):
        rules.call(table, words)
    # Of two partnerships the one that is not in the bin stays.
    rules.weigh("partnerships", lambda row: row["binned_at"] is None)
    settings.AFTER["interaction_kinds"] = services.recount
