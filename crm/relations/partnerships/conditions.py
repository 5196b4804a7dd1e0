"""What views can ask of partnerships, of relations going cold, and of agreements.

Of people it is asked of the organisations for which they hold a role that day.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, not_, select

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.directory import conditions
from crm.directory.conditions import Asked, Choice, Condition, Gone, Operator, Part, Takes, Where
from crm.directory.models import Organisation, Person, Role
from crm.directory.queries import held_on
from crm.relations.agreements import queries as agreements
from crm.relations.agreements.models import Agreement, AgreementState, agreement_organisations
from crm.relations.agreements.words import STATES
from crm.relations.cold import queries as cold
from crm.relations.partnerships.models import Partnership, PartnershipStage
from crm.text import N_

PARTNERSHIPS = N_("Partnerships")
ENDING = "ending"

# The organisations that are meant, by key, and whether they are those or all others.
Meant = Callable[[Asked], tuple[Select[Any], bool]]


def _stages(english: bool) -> Sequence[Choice]:
    rows = select(PartnershipStage).order_by(PartnershipStage.position, PartnershipStage.id)
    names = "en" if english else "fr"
    return [Choice(stage.slug, stage.name(names), is_data=True) for stage in db.session.scalars(rows)]


def _owners(english: bool) -> Sequence[Choice]:
    rows = select(Account).order_by(func.lower(Account.name), Account.id)
    return [Choice(str(account.id), account.name, is_data=True) for account in db.session.scalars(rows)]


def _states(english: bool) -> Sequence[Choice]:
    known = [Choice(state.value, label) for state, label in STATES.items()]
    return [*known, Choice(ENDING, N_("Ending soon"))]


def _open(*tests: ColumnElement[bool]) -> Select[Any]:
    return select(Partnership.organisation_id).where(Partnership.binned_at.is_(None), *tests)


def _stage(asked: Asked) -> tuple[Select[Any], bool]:
    if asked.operator in ("partner", "stranger"):
        return _open(), asked.operator == "partner"
    stage = select(PartnershipStage.id).where(PartnershipStage.slug == asked.values["value"])
    key = db.session.scalar(stage)
    if key is None:
        raise Gone(what=asked.values["value"])
    return _open(Partnership.stage_id == key), True


def _owner(asked: Asked) -> tuple[Select[Any], bool]:
    if asked.operator == "nobody":
        return _open(Partnership.owner_id.is_(None)), True
    value = str(asked.values["value"])
    if not value.isdecimal():
        raise Gone(what=value)
    return _open(Partnership.owner_id == int(value)), True


def _cold(asked: Asked) -> tuple[Select[Any], bool]:
    rows = cold.cold(at=clock.now())
    return rows.with_only_columns(Organisation.id, maintain_column_froms=True), asked.operator == "yes"


def _agreement(asked: Asked) -> tuple[Select[Any], bool]:
    link = agreement_organisations.c
    kept = (
        select(link.organisation_id)
        .join(Agreement, Agreement.id == link.agreement_id)
        .where(Agreement.binned_at.is_(None))
    )
    if asked.operator == "none":
        return kept, False
    value = asked.values["value"]
    if value == ENDING:
        return kept.where(Agreement.id.in_([one.id for one in agreements.ending(asked.day)])), True
    if value not in list(AgreementState):
        raise Gone(what=value)
    return kept.where(agreements.in_state(AgreementState(value), asked.day)), True


def _of_organisations(meant: Meant) -> Where:
    def where(asked: Asked) -> ColumnElement[bool]:
        rows, those = meant(asked)
        found = Organisation.id.in_(rows)
        return found if those else not_(found)

    return where


def _of_people(meant: Meant) -> Where:
    def where(asked: Asked) -> ColumnElement[bool]:
        rows, those = meant(asked)
        there = select(Role.person_id).where(Role.organisation_id.in_(rows), held_on(asked.day))
        found = Person.id.in_(there)
        return found if those else not_(found)

    return where


def _condition(key: str, label: str, meant: Meant, *operators: Operator) -> Condition:
    return Condition(
        f"relations.{key}",
        label,
        conditions.group(PARTNERSHIPS),
        operators,
        people=_of_people(meant),
        organisations=_of_organisations(meant),
    )


def _part(label: str, choices: Any) -> Part:
    return Part("value", label, Takes.CHOICE, choices=choices)


def register() -> None:
    conditions.register(
        _condition(
            "partnership",
            N_("Partnership"),
            _stage,
            Operator(
                "is",
                N_("is at the stage"),
                N_("who are partners at “%(value)s”"),
                (_part(N_("Stage"), _stages),),
            ),
            Operator("partner", N_("is open"), N_("who are partners")),
            Operator("stranger", N_("is not open"), N_("who are no partners")),
        ),
        _condition(
            "partnership_owner",
            N_("Who follows the partnership"),
            _owner,
            Operator(
                "is",
                N_("is"),
                N_("whose partnership is followed by %(value)s"),
                (_part(N_("Account"), _owners),),
            ),
            Operator("nobody", N_("is nobody"), N_("whose partnership is followed by nobody")),
        ),
        _condition(
            "cold",
            N_("Going cold"),
            _cold,
            Operator("yes", N_("yes"), N_("who are going cold")),
            Operator("no", N_("no"), N_("who are not going cold")),
        ),
        _condition(
            "agreement",
            N_("Agreement"),
            _agreement,
            Operator(
                "is",
                N_("is in the state"),
                N_("who have an agreement: %(value)s"),
                (_part(N_("State"), _states),),
            ),
            Operator("none", N_("is not there"), N_("who have no agreement")),
        ),
    )
