"""Quotes: those that may be printed, those to ask for, those refused."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.directory.models import Person
from crm.relations.models import Consent, Interaction, Quote
from crm.web.tables import Order

QUOTE_STATES = {
    "quotable": (Consent.YES,),
    "ask": (Consent.NOT_ASKED, Consent.ASKED),
    "refused": (Consent.NO, Consent.WITHDRAWN),
}


def quotes(*, state: str) -> Select[Quote]:
    """Kept quotes of kept exchanges and people: `quotable`, to `ask` for, or `refused`."""
    return (
        select(Quote)
        .join(Interaction, Interaction.id == Quote.interaction_id)
        .join(Person, Person.id == Quote.person_id)
        .where(
            Quote.agreement.in_(QUOTE_STATES[state]),
            Quote.binned_at.is_(None),
            Interaction.binned_at.is_(None),
            Person.binned_at.is_(None),
        )
        .options(joinedload(Quote.person), joinedload(Quote.interaction))
    )


def quotes_by_state() -> dict[str, int]:
    """How many there are of each."""
    return {
        state: db.session.scalar(select(func.count()).select_from(quotes(state=state).subquery())) or 0
        for state in QUOTE_STATES
    }


def last_quoted_first() -> Order:
    return Order(by=Quote.id, key=Quote.id, descending=True)  # type: ignore[arg-type]
