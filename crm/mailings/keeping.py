"""What the history says of mailings. Only a draft is set back: what has left was read."""

from datetime import datetime
from typing import Any

from flask import url_for

from crm.keeping import kinds
from crm.keeping.kinds import Fact, Kind
from crm.mail.words import PURPOSES
from crm.mailings import services, words
from crm.mailings.models import Mailing
from crm.text import N_
from crm.web import i18n


def install() -> None:
    kinds.enter(
        Kind(
            model=Mailing,
            one=N_("Mailing"),
            called=lambda mailing: mailing.subject or i18n.words(N_("Untitled")),
            address=lambda key: url_for("mailings.show", mailing_id=key),
            facts={
                "state": Fact(
                    N_("State"), {state: name for state, (name, _tone) in words.STATES.items()}, reverts=False
                ),
                "purpose": Fact(N_("Purpose"), PURPOSES),
                "subject_fr": Fact(N_("Subject in French")),
                "body_fr": Fact(N_("Text in French"), text="rich"),
                "subject_en": Fact(N_("Subject in English")),
                "body_en": Fact(N_("Text in English"), text="rich"),
                "audience": Fact(N_("Audience"), reverts=False),
                "leaves_at": Fact(N_("Leaves"), reverts=False),
                "left_at": Fact(N_("Left"), reverts=False),
            },
            untold=frozenset({"subject_ref", "dispatch_id", "created_by_id"}),
            settle=_settle,
        )
    )


def _settle(mailing: Any, names: frozenset[str], *, at: datetime) -> None:
    services.check_is_draft(mailing)
