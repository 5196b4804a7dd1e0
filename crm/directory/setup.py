"""What the directory adds to the house: conditions of its facts, history and bin of its records, scans."""

from flask import Flask

from crm.directory import keeping
from crm.directory.conditions import own
from crm.directory.merging import tasks  # noqa: F401  (the job enters itself)
from crm.directory.merging.views import box
from crm.keeping import views
from crm.text import N_
from crm.web import records


def install(app: Flask) -> None:
    own.register()
    keeping.install()
    for kind in ("organisations", "people"):
        records.tab(kind, "history", N_("History"), views.of_record, is_last=True)
        records.box(kind, "merges", box)
