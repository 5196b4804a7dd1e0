"""What views can ask of exchanges and promises."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select

from crm.directory import conditions
from crm.directory.conditions import EXCHANGES, Asked, Condition, Operator, Part, Takes
from crm.directory.conditions.kinds import DAYS, between, days_asked
from crm.directory.models import Organisation, Person, Role
from crm.directory.queries import held_on
from crm.relations.models import (
    FollowUp,
    Interaction,
    InteractionKind,
    InteractionPerson,
    LastExchange,
    interaction_organisations,
)
from crm.text import N_

_DAY = Part("value", N_("Day"), Takes.DATE)


def _operators(who: dict[str, str]) -> tuple[Operator, ...]:
    return (
        Operator("last", N_("is in the last days"), who["last"], (DAYS,)),
        Operator("older", N_("is longer ago than, or never"), who["older"], (DAYS,)),
        Operator("since", N_("is on or after"), who["since"], (_DAY,)),
        Operator("before", N_("is before"), who["before"], (_DAY,)),
        Operator("any", N_("has taken place"), who["any"]),
        Operator("never", N_("has never taken place"), who["never"]),
    )


def _last_of_organisation(asked: Asked, organisation: Any) -> ColumnElement[bool]:
    """By the latest exchange of each, of which there is one row."""

    def when(*tests: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(LastExchange.organisation_id == organisation, *tests)

    match asked.operator:
        case "any":
            return when()
        case "never":
            return not_(when())
        case "older":
            # Also those never spoken to: nothing was exchanged with them for that long.
            first, last = days_asked(Asked("last", asked.values, asked.day))
            return not_(when(between(LastExchange.at, first, None, is_instant=True)))
        case _:
            first, last = days_asked(asked)
            return when(between(LastExchange.at, first, last, is_instant=True))


def _organisation(asked: Asked) -> ColumnElement[bool]:
    return _last_of_organisation(asked, Organisation.id)


def _took_part(*tests: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        exists()
        .where(
            InteractionPerson.person_id == Person.id,
            Interaction.id == InteractionPerson.interaction_id,
            Interaction.binned_at.is_(None),
            InteractionKind.id == Interaction.kind_id,
            InteractionKind.counts.is_(True),
            *tests,
        )
        .correlate(Person)
    )


def _person(asked: Asked) -> ColumnElement[bool]:
    """By the latest exchange of substance in which the person took part."""
    match asked.operator:
        case "any":
            return _took_part()
        case "never":
            return not_(_took_part())
        case "older":
            first, _last = days_asked(Asked("last", asked.values, asked.day))
            return not_(_took_part(between(Interaction.happened_at, first, None, is_instant=True)))
        case "before":
            later = between(Interaction.happened_at, asked.values["value"], None, is_instant=True)
            return and_(_took_part(), not_(_took_part(later)))
        case _:
            first, last = days_asked(asked)
            return _took_part(between(Interaction.happened_at, first, last, is_instant=True))


def _person_s_organisation(asked: Asked) -> ColumnElement[bool]:
    """By the latest exchange with an organisation for which the person holds a role today."""
    return (
        exists()
        .where(
            Role.person_id == Person.id,
            held_on(asked.day),
            _last_of_organisation(asked, Role.organisation_id),
        )
        .correlate(Person)
    )


def _promised(asked: Asked) -> ColumnElement[bool]:
    """Something promised to the organisation that is not done, said of it or of one of its exchanges."""
    tests: list[ColumnElement[bool]] = [FollowUp.done_at.is_(None)]
    if asked.operator == "late":
        tests += [FollowUp.due_on.is_not(None), FollowUp.due_on < asked.day]
    named = select(interaction_organisations.c.interaction_id).where(
        interaction_organisations.c.organisation_id == Organisation.id
    )
    about = or_(
        FollowUp.organisation_id == Organisation.id,
        and_(FollowUp.organisation_id.is_(None), FollowUp.interaction_id.in_(named.correlate(Organisation))),
    )
    found = exists().where(about, *tests).correlate(Organisation)
    return not_(found) if asked.operator == "no" else found


EXCHANGED = Condition(
    "relations.exchange",
    N_("Last exchange"),
    EXCHANGES,
    _operators(
        {
            "last": N_("with an exchange in the last %(days)s days"),
            "older": N_("without an exchange for %(days)s days"),
            "since": N_("whose last exchange is on or after %(value)s"),
            "before": N_("whose last exchange is before %(value)s"),
            "any": N_("with an exchange"),
            "never": N_("without any exchange"),
        }
    ),
    people=_person,
    organisations=_organisation,
)
OF_ORGANISATION = Condition(
    "relations.organisation_exchange",
    N_("Last exchange with the organisation"),
    EXCHANGES,
    _operators(
        {
            "last": N_("with an organisation that had an exchange in the last %(days)s days"),
            "older": N_("with an organisation that had no exchange for %(days)s days"),
            "since": N_("with an organisation whose last exchange is on or after %(value)s"),
            "before": N_("with an organisation whose last exchange is before %(value)s"),
            "any": N_("with an organisation that had an exchange"),
            "never": N_("with an organisation that never had an exchange"),
        }
    ),
    people=_person_s_organisation,
)
PROMISED = Condition(
    "relations.promised",
    N_("Something promised"),
    EXCHANGES,
    (
        Operator("yes", N_("is to do"), N_("to whom something is promised")),
        Operator("late", N_("is late"), N_("to whom something promised is late")),
        Operator("no", N_("is not there"), N_("to whom nothing is promised")),
    ),
    organisations=_promised,
)


def register() -> None:
    conditions.register(EXCHANGED, OF_ORGANISATION, PROMISED)
