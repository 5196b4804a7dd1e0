"""What the directory adds to the house: conditions of its facts, history and bin of its records, scans,
acts on many of them, and what own fields add to views, imports and merges."""

from flask import Flask

import crm.directory.bulk.acts
import crm.directory.bulk.tasks  # noqa: F401  (enters its job)
from crm.directory import keeping
from crm.directory.conditions import own
from crm.directory.erasing import own as erasing
from crm.directory.erasing import tasks as erasing_tasks  # noqa: F401  (the job enters itself)
from crm.directory.merging import tasks  # noqa: F401  (the job enters itself)
from crm.directory.merging.views import box
from crm.directory.models import Person
from crm.directory.own import setup as own_fields
from crm.directory.views import succession
from crm.keeping import views
from crm.text import N_
from crm.web import records
from crm.web.i18n import words


def install(app: Flask) -> None:
    own.register()
    own_fields.install()
    keeping.install()
    erasing.install()
    Person.called_erased = lambda: words(N_("Erased person"))
    records.box("organisations", "succession", succession.box)
    for kind in ("organisations", "people"):
        records.tab(kind, "history", N_("History"), views.of_record, is_last=True)
        records.box(kind, "merges", box)
