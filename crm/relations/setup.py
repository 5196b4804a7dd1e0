"""What the log puts on the pages of people and organisations."""

from flask import Flask

from crm.relations.views import lists
from crm.text import N_
from crm.web import records
from crm.web.rights import May


def install(app: Flask) -> None:
    for kind in ("organisations", "people"):
        records.tab(kind, "journal", N_("Log"), lists.timeline)
        records.act(kind, "log", N_("Log an exchange"), "messages", May.WRITE, lists.log_act)
    records.box("organisations", "to_do", lists.to_do)
