"""What the history and the bin say of agreements, and what a change that is set back must not break."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement
from sqlalchemy.orm import selectinload

from crm import clock
from crm.keeping import kinds
from crm.keeping.kinds import Binned, Fact, Kind
from crm.relations.agreements import services
from crm.relations.agreements.models import Agreement
from crm.relations.agreements.words import STATES
from crm.text import N_, like


def install() -> None:
    kinds.enter(
        Kind(
            model=Agreement,
            one=N_("Agreement"),
            called=lambda agreement: str(agreement.title),
            address=lambda key: url_for("relations.agreement", agreement_id=key),
            facts={
                "title": Fact(N_("Title")),
                "organisations": Fact(N_("With whom")),
                "state": Fact(N_("State"), {state.value: label for state, label in STATES.items()}),
                "signed_on": Fact(N_("Day of signature")),
                "begins_on": Fact(N_("Takes effect on")),
                "ends_on": Fact(N_("Ends on")),
                "terminated_on": Fact(N_("Terminated on"), reverts=False),
                "notice_days": Fact(N_("Notice before the end, in days")),
                "renewal_months": Fact(N_("Tacit renewal, in months")),
                "signers": Fact(N_("Signed for the partner by"), reverts=False),
                "our_signatory": Fact(N_("Signed for us by")),
                "owner_id": Fact(N_("Who watches over it")),
                "notes": Fact(N_("Notes"), text="long"),
                "files": Fact(N_("Files"), reverts=False),
            },
            settle=_settle,
            bin=Binned(
                label=N_("Agreements"),
                restore=services.restore,
                matches=_matches,
                detail=lambda agreement: ", ".join(one.name for one in agreement.organisations),
                options=(selectinload(Agreement.organisations),),
            ),
        )
    )


def _matches(typed: str) -> Sequence[ColumnElement[bool]]:
    return [Agreement.title.ilike(like(word), escape="\\") for word in typed.split()]


def _settle(agreement: Any, names: frozenset[str], *, at: datetime) -> None:
    services.check(agreement, clock.day(at))
