"""What kits add to the house: their history, and words for what a merge of two organisations moves."""

from flask import Flask

from crm.directory.merging import rules
from crm.kits import keeping, messages
from crm.kits.acting import models  # noqa: F401  (their tables enter themselves)
from crm.mailings import own_links
from crm.text import N_


def install(app: Flask) -> None:
    rules.call("cosignatories", N_("Co-signatures"))
    rules.call("kits.lead_id", N_("Kits"))
    rules.call("kit_readers", N_("Acts on kits"))
    keeping.install()
    own_links.kinds["kits"] = own_links.OwnLink(public=messages.public_address, own=messages.own_address)
