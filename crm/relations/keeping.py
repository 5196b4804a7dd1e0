"""What the history and the bin say of exchanges and follow-ups."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, inspect
from sqlalchemy.orm import selectinload

from crm.keeping import kinds
from crm.keeping.kinds import Binned, Fact, Kind
from crm.relations import queries, services
from crm.relations.models import FollowUp, Interaction
from crm.relations.services.exchanges import refresh_last
from crm.text import N_, like
from crm.web.i18n import day


def install() -> None:
    kinds.enter(
        Kind(
            model=Interaction,
            one=N_("Exchange"),
            called=lambda exchange: str(exchange.title),
            address=lambda key: url_for("relations.show", interaction_id=key),
            facts={
                "kind_id": Fact(N_("Kind")),
                "title": Fact(N_("What it was about")),
                "happened_at": Fact(N_("When"), reverts=False),
                "is_all_day": Fact(N_("Whole day"), reverts=False),
                "organisations": Fact(N_("Organisations")),
                "people": Fact(N_("Who took part"), reverts=False),
                "mentions": Fact(N_("Also named")),
                "staff": Fact(N_("Of our own")),
                "body": Fact(N_("What was said"), text="rich"),
                "files": Fact(N_("Files"), reverts=False),
            },
            untold=frozenset({"created_by_id"}),
            parts=lambda key: (kinds.refs(FollowUp, FollowUp.interaction_id == key),),
            settle=_settle,
            bin=Binned(
                label=N_("Exchanges"),
                restore=services.restore,
                matches=_matches,
                detail=_detail,
                options=(selectinload(Interaction.organisations),),
            ),
        )
    )
    kinds.enter(
        Kind(
            model=FollowUp,
            one=N_("Follow-up"),
            called=lambda promised: str(promised.what),
            address=lambda key: url_for("relations.edit_promise", follow_up_id=key),
            facts={
                "what": Fact(N_("What is to be done")),
                "assigned_to_id": Fact(N_("Who does it")),
                "due_on": Fact(N_("By when")),
                "done_at": Fact(N_("Done"), reverts=False),
                "done_by_id": Fact(N_("Done by"), reverts=False),
                "organisation_id": Fact(N_("Organisation")),
                "person_id": Fact(N_("Person")),
                "repeat_every": Fact(N_("Repeats every"), reverts=False),
            },
            untold=frozenset(
                {"interaction_id", "follows_id", "reminded_for", "repeat_unit", "repeat_from", "repeat_until"}
            ),
        )
    )


def _matches(typed: str) -> Sequence[ColumnElement[bool]]:
    return [Interaction.title.ilike(like(word), escape="\\") for word in typed.split()]


def _detail(exchange: Interaction) -> str:
    names = ", ".join(organisation.name for organisation in exchange.organisations)
    return " · ".join(filter(None, (day(exchange.happened_at), names)))


def _settle(exchange: Any, names: frozenset[str], *, at: datetime) -> None:
    if not exchange.organisations and not exchange.people:
        raise services.WithNobody
    if "organisations" in names:
        untied = {organisation.id for organisation in inspect(exchange).attrs.organisations.history.deleted}
        refresh_last(queries.concerned(exchange) | untied)
