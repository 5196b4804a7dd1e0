"""What the directory adds to the house: conditions of its facts, the history and the bin of its records."""

from flask import Flask

from crm.directory import keeping
from crm.directory.conditions import own
from crm.keeping import views
from crm.text import N_
from crm.web import records


def install(app: Flask) -> None:
    own.register()
    keeping.install()
    for kind in ("organisations", "people"):
        records.tab(kind, "history", N_("History"), views.of_record, is_last=True)
