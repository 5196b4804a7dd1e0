"""Writing the amendment in versions, and following each of them through parliament."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from crm import clock, history
from crm.accounts.models import Account
from crm.db import db
from crm.errors import CrmError
from crm.kits.amending import queries
from crm.kits.amending.models import AmendmentRelay, KitAmendment, Outcome
from crm.kits.models import Kit
from crm.kits.parliament.models import Parliamentarian
from crm.kits.services import Author, NotALink
from crm.text import N_, clean


class AlreadyRelayed(CrmError):
    text = N_("This version is relayed already and stays as it is: write a new version.")


class RelaysAlready(CrmError):
    text = N_("%(name)s relays this version already.")
    field = "name"


class OutcomeWithoutDay(CrmError):
    text = N_("Enter the outcome together with its day.")
    field = "outcome_on"


class OutcomeBeforeTabling(CrmError):
    text = N_("The outcome comes before the tabling, or lies in the future. Enter another day.")
    field = "outcome_on"


@dataclass(frozen=True)
class Told:
    """What a version says."""

    provision: str
    text_reference: str = ""
    article: str = ""
    reasons: str = ""


@dataclass(frozen=True)
class Way:
    """How far a relayed version has come."""

    tabled_on: date | None = None
    tabled_number: str = ""
    link: str = ""
    outcome: Outcome | None = None
    outcome_on: date | None = None


def write(kit: Kit, told: Told, *, by: Author, at: datetime) -> KitAmendment:
    """A new version; the earlier ones stay."""
    _sign(by)
    number = max((known.number for known in queries.versions(kit)), default=0) + 1
    version = KitAmendment(kit_id=kit.id, number=number, written_at=at, written_by=_called(by))
    _tell(version, told)
    db.session.add(version)
    db.session.flush()
    return version


def change(version: KitAmendment, told: Told, *, by: Author, at: datetime) -> None:
    """Correct a version that nobody relays yet. Raises AlreadyRelayed."""
    _sign(by)
    if version.relays:
        raise AlreadyRelayed
    _tell(version, told)
    version.written_at, version.written_by = at, _called(by)


def _tell(version: KitAmendment, told: Told) -> None:
    version.text_reference, version.article = clean(told.text_reference), clean(told.article)
    version.provision = told.provision.replace("\r\n", "\n").strip()
    version.reasons = told.reasons.replace("\r\n", "\n").strip()


def relay(version: KitAmendment, one: Parliamentarian, *, by: Author) -> AmendmentRelay:
    """The parliamentarian takes this version up. Raises RelaysAlready."""
    _sign(by)
    if any(known.parliamentarian_id == one.id for known in version.relays):
        raise RelaysAlready(name=one.name)
    taken_up = AmendmentRelay(parliamentarian=one)
    version.relays.append(taken_up)
    db.session.flush()
    return taken_up


def follow(taken_up: AmendmentRelay, way: Way, *, by: Author, at: datetime) -> None:
    """Tabled under that number, and with that outcome. Raises NotALink, OutcomeWithoutDay,
    OutcomeBeforeTabling."""
    _sign(by)
    parts = urlsplit(way.link)
    if way.link and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise NotALink(url=way.link)
    if (way.outcome is None) != (way.outcome_on is None):
        raise OutcomeWithoutDay
    today = clock.day(at)
    if way.outcome_on and (way.outcome_on > today or (way.tabled_on and way.outcome_on < way.tabled_on)):
        raise OutcomeBeforeTabling
    taken_up.tabled_on, taken_up.tabled_number, taken_up.link = (
        way.tabled_on,
        clean(way.tabled_number),
        way.link,
    )
    taken_up.outcome, taken_up.outcome_on = way.outcome, way.outcome_on


def drop(taken_up: AmendmentRelay, *, by: Author) -> None:
    """The parliamentarian does not relay it after all."""
    _sign(by)
    taken_up.amendment.relays.remove(taken_up)


def _called(by: Author) -> str:
    return by.email if isinstance(by, Account) else by


def _sign(by: Author) -> None:
    history.act_as(db.session(), _called(by))
