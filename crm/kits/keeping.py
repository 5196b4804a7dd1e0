"""What the history says of mobilisation kits."""

from datetime import datetime
from typing import Any

from flask import url_for

from crm.keeping import kinds
from crm.keeping.kinds import Fact, Kind
from crm.kits import services, words
from crm.kits.models import Kit
from crm.kits.signing import words as signing
from crm.text import N_


def install() -> None:
    kinds.enter(
        Kind(
            model=Kit,
            one=N_("Kit"),
            called=lambda kit: str(kit.title),
            address=lambda key: url_for("kits.show", kit_id=key),
            facts={
                "title": Fact(N_("Title")),
                "state": Fact(N_("State"), words.STATES, reverts=False),
                "objective": Fact(N_("Objective")),
                "lead_id": Fact(N_("Lead organisation")),
                "begins_on": Fact(N_("Begins on")),
                "deadline": Fact(N_("Deadline")),
                "language": Fact(N_("Language of the kit"), {"fr": N_("French"), "en": N_("English")}),
                "call": Fact(N_("Call"), text="rich"),
                "letter_subject": Fact(N_("Subject of the model letter")),
                "letter_body": Fact(N_("Text of the model letter"), text="long"),
                "letter_short": Fact(N_("Short form for the link"), text="long"),
                "amendment": Fact(N_("Proposed amendment"), text="long"),
                "press_release": Fact(N_("Joint press release"), text="rich"),
                "takes_signatures": Fact(N_("Signatures by the public form"), reverts=False),
                "signatory_order": Fact(N_("Order of the signatories"), signing.ORDERS, reverts=False),
                "published_at": Fact(N_("Published"), reverts=False),
                "resources": Fact(N_("Resources"), reverts=False),
                "cosignatories": Fact(N_("Co-signatories"), reverts=False),
            },
            untold=frozenset({"slug"}),
            settle=_settle,
        )
    )


def _settle(kit: Any, names: frozenset[str], *, at: datetime) -> None:
    services.settle(kit)
