"""What somebody said and may be quoted with: only with a yes that says when and how it was given."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from crm import clock, history
from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import Person
from crm.errors import Changed, CrmError
from crm.relations.models import Consent, Interaction, Quote
from crm.relations.services.follow_ups import sign
from crm.text import N_, clean


class NoWords(CrmError):
    text = N_("Write down what was said.")
    field = "words"


class NotThere(CrmError):
    text = N_("%(name)s is not named in this exchange: add the person there first.")
    field = "person"


class AgreementWithoutDay(CrmError):
    text = N_("Say on which day the answer was given: without it nobody can show it later.")
    field = "agreed_on"


class AgreementInTheFuture(CrmError):
    text = N_("This day is still to come: enter the day of the answer.")
    field = "agreed_on"


class AgreementWithoutHow(CrmError):
    text = N_("Say how the agreement was given, such as “by mail” or “by phone”.")
    field = "agreed_how"


class NothingToPrint(CrmError):
    text = N_("Enter the function to print with the name.")
    field = "printed_as"


@dataclass(frozen=True, kw_only=True)
class Said:
    """Somebody's words, the function to print, and what the person answered, when and how."""

    person: Person
    words: str
    printed_as: str = ""
    agreement: Consent = Consent.NOT_ASKED
    agreed_on: date | None = None
    agreed_how: str = ""


def quote(
    exchange: Interaction, said: Said, *, by: Account, at: datetime, zone: ZoneInfo = clock.PARIS
) -> Quote:
    """Keep somebody's words with the exchange. Raises the refusals of this module."""
    sign(by)
    quoted = Quote(created_at=at)
    _tell(quoted, exchange, said, today=clock.day(at, zone))
    quoted.interaction = exchange
    db.session.add(quoted)
    db.session.flush()
    return quoted


def change_quote(
    quoted: Quote, said: Said, *, version: int, by: Account, at: datetime, zone: ZoneInfo = clock.PARIS
) -> None:
    """Say it anew; an agreement was given to the words of then, so other words need it again.

    Raises Changed and the refusals of this module.
    """
    sign(by)
    if quoted.version != version:
        raise Changed(who=history.last_actor(db.session(), quoted))
    _tell(quoted, quoted.interaction, said, today=clock.day(at, zone))
    history.save(db.session(), quoted)


def bin_quote(quoted: Quote, *, by: Account, at: datetime) -> None:
    sign(by)
    quoted.binned_at = quoted.binned_at or at


def restore_quote(quoted: Quote, *, by: Account) -> None:
    sign(by)
    quoted.binned_at = None


def _tell(quoted: Quote, exchange: Interaction, said: Said, *, today: date) -> None:
    words, printed_as, how = clean(said.words), clean(said.printed_as), clean(said.agreed_how)
    named = {took_part.person_id for took_part in exchange.people}
    named |= {person.id for person in exchange.mentions}
    if not words:
        raise NoWords
    if said.person.id not in named and said.person.id != quoted.person_id:
        raise NotThere(name=said.person.name)
    if said.agreement in (Consent.YES, Consent.NO, Consent.WITHDRAWN) and said.agreed_on is None:
        raise AgreementWithoutDay
    if said.agreed_on is not None and said.agreed_on > today:
        raise AgreementInTheFuture
    if said.agreement is Consent.YES and not how:
        raise AgreementWithoutHow
    if said.agreement is Consent.YES and not printed_as:
        raise NothingToPrint
    agreement, agreed_on = said.agreement, said.agreed_on
    if _was_agreed(quoted) and agreement is Consent.YES and agreed_on == quoted.agreed_on:
        other = (words, printed_as, said.person.id) != (quoted.words, quoted.printed_as, quoted.person_id)
        agreement, agreed_on = (Consent.NOT_ASKED, None) if other else (agreement, agreed_on)
    quoted.person, quoted.words, quoted.printed_as = said.person, words, printed_as
    quoted.agreement, quoted.agreed_on, quoted.agreed_how = agreement, agreed_on, how


def _was_agreed(quoted: Quote) -> bool:
    return quoted.id is not None and quoted.agreement is Consent.YES
