"""What kits add to the house: their history, and words for what a merge of two organisations moves."""

from flask import Flask

import crm.kits.acting.messages  # (enters its composers)
import crm.kits.acting.models  # (their tables enter themselves)
import crm.kits.amending.models
import crm.kits.signing.messages
import crm.kits.signing.models
import crm.kits.tasks  # noqa: F401  (enters its job)
from crm.kits import erasing, keeping, merging, messages
from crm.mailings import own_links


def install(app: Flask) -> None:
    merging.install()
    keeping.install()
    erasing.install()
    own_links.kinds["kits"] = own_links.OwnLink(public=messages.public_address, own=messages.own_address)
