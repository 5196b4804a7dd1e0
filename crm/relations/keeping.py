"""What the history and the bin say of exchanges and follow-ups."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, inspect
from sqlalchemy.orm import selectinload

from crm.directory.models import Organisation
from crm.directory.services import RoleEndsBeforeItBegins
from crm.errors import CrmError
from crm.keeping import kinds
from crm.keeping.kinds import Binned, Fact, Kind
from crm.relations import queries, services
from crm.relations.agreements import services as agreement_rules
from crm.relations.agreements import words as agreement_words
from crm.relations.agreements.models import Agreement
from crm.relations.models import FollowUp, Interaction
from crm.relations.partnerships import services as partnership_rules
from crm.relations.partnerships.models import Partnership
from crm.relations.services.exchanges import refresh_last
from crm.text import N_, fold, like
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
    kinds.enter(_partnerships())
    kinds.enter(_agreements())


def _partnerships() -> Kind:
    return Kind(
        model=Partnership,
        one=N_("Partnership"),
        called=lambda partnership: str(partnership.organisation.name),
        address=lambda key: url_for("relations.partnership", partnership_id=key),
        facts={
            "organisation_id": Fact(N_("Organisation"), reverts=False),
            "stage_id": Fact(N_("Stage"), reverts=False),
            "owner_id": Fact(N_("Followed by")),
            "rhythm_days": Fact(N_("Longest silence, in days")),
            "aim": Fact(N_("Aim"), text="long"),
        },
        untold=frozenset({"moved_at"}),
        bin=Binned(
            label=N_("Partnerships"),
            restore=partnership_rules.restore,
            matches=lambda typed: [
                Partnership.organisation.has(Organisation.search.like(like(word), escape="\\"))
                for word in fold(typed).split()
            ],
            detail=lambda partnership: partnership.aim,
            in_the_way=lambda partnership: _organisation_in_bin(partnership.organisation),
            options=(selectinload(Partnership.organisation),),
        ),
    )


def _agreements() -> Kind:
    return Kind(
        model=Agreement,
        one=N_("Agreement"),
        called=lambda agreement: str(agreement.title),
        address=lambda key: url_for("relations.agreement", agreement_id=key),
        facts={
            "title": Fact(N_("Title")),
            "state": Fact(N_("State"), agreement_words.STATES, reverts=False),
            "organisations": Fact(N_("Organisations")),
            "owner_id": Fact(N_("Followed by")),
            "our_signatory": Fact(N_("Signed for us by")),
            "signed_on": Fact(N_("Signed on"), reverts=False),
            "signers": Fact(N_("Signed by"), reverts=False),
            "begins_on": Fact(N_("First day")),
            "ends_on": Fact(N_("Last day")),
            "terminated_on": Fact(N_("Terminated on"), reverts=False),
            "notice_days": Fact(N_("Notice, in days")),
            "renewal_months": Fact(N_("Goes on for, in months")),
            "notes": Fact(N_("Notes"), text="long"),
            "files": Fact(N_("Files"), reverts=False),
        },
        settle=_settle_agreement,
        bin=Binned(
            label=N_("Agreements"),
            restore=agreement_rules.restore,
            matches=lambda typed: [Agreement.title.ilike(like(word), escape="\\") for word in typed.split()],
            detail=lambda agreement: ", ".join(one.name for one in agreement.organisations),
            options=(selectinload(Agreement.organisations),),
        ),
    )


def _settle_agreement(agreement: Any, names: frozenset[str], *, at: datetime) -> None:
    if agreement.begins_on and agreement.ends_on and agreement.ends_on < agreement.begins_on:
        raise RoleEndsBeforeItBegins


class OrganisationInBin(CrmError):
    text = N_("“%(name)s” lies in the bin: take the organisation out first.")


def _organisation_in_bin(organisation: Organisation) -> CrmError | None:
    return OrganisationInBin(name=organisation.name) if organisation.binned_at is not None else None


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
