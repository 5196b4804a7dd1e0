"""What kits add to the house: their history, and words for what a merge of two organisations moves."""

from flask import Flask

import crm.kits.acting.messages  # (enters its composers)
import crm.kits.acting.models  # (their tables enter themselves)
import crm.kits.amending.models
import crm.kits.signing.messages
import crm.kits.signing.models
import crm.kits.tasks  # noqa: F401  (enters its job)
from crm.directory.merging import rules
from crm.kits import erasing, keeping, messages
from crm.mailings import own_links
from crm.text import N_


def install(app: Flask) -> None:
    rules.call("cosignatories", N_("Co-signatures"))
    # Of two signatures the one that was not withdrawn stays.
    rules.weigh("cosignatories", lambda row: row["withdrawn_on"] is None)
    rules.call("kit_signings", N_("Requests to sign"))
    rules.call("kit_signing_invitations", N_("Invitations to sign"))
    rules.call("kits.lead_id", N_("Kits"))
    rules.call("kit_readers", N_("Acts on kits"))
    keeping.install()
    erasing.install()
    own_links.kinds["kits"] = own_links.OwnLink(public=messages.public_address, own=messages.own_address)
