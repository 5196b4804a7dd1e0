"""How acts on many records are said."""

from flask_babel import gettext as _

from crm.directory.bulk import kinds
from crm.directory.bulk.models import BulkAct


def title(act: BulkAct) -> str:
    """What was done, as its page and the history of each record call it."""
    kind = kinds.called(act.act)
    return _(kind.title) % act.facts if kind else act.act
