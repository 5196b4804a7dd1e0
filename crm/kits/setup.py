"""What kits add to the house: their history, and words for what a merge of two organisations moves."""

from flask import Flask

from crm.directory.merging import rules
from crm.kits import keeping
from crm.text import N_


def install(app: Flask) -> None:
    rules.call("cosignatories", N_("Co-signatures"))
    rules.call("kits.lead_id", N_("Kits"))
    keeping.install()
