"""The rules of agreements: written down, changed, put into the bin; their end announced once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError

from crm import history
from crm.accounts.models import Account
from crm.db import db
from crm.directory import queries as directory
from crm.directory.models import Organisation, Person, Role
from crm.errors import Changed, CrmError
from crm.mail import addresses
from crm.mail import services as outbox
from crm.mail.models import Purpose
from crm.relations.agreements.models import (
    Agreement,
    AgreementFile,
    AgreementReminder,
    AgreementSigner,
    AgreementState,
)
from crm.relations.models import FollowUp
from crm.relations.services.follow_ups import promise
from crm.text import N_, clean
from crm.web.files import Kept


class WithNoPartner(CrmError):
    text = N_("Say with whom: choose at least one organisation.")
    field = "organisation_name"


class EndsBeforeItBegins(CrmError):
    text = N_("The agreement ends before it begins: check the two days.")
    field = "ends_on"


class SignedInTheFuture(CrmError):
    text = N_("This day is still to come: leave it empty until the agreement is signed.")
    field = "signed_on"


class UnsignedYet(CrmError):
    text = N_("Say on which day it was signed.")
    field = "signed_on"


class NothingToRenew(CrmError):
    text = N_("An agreement that renews itself needs a last day.")
    field = "ends_on"


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is told of an agreement."""

    title: str
    organisations: Sequence[Organisation]
    state: AgreementState = AgreementState.DRAFT
    signers: Sequence[Person] = ()
    our_signatory: str = ""
    owner: Account | None = None
    signed_on: date | None = None
    begins_on: date | None = None
    ends_on: date | None = None
    notice_days: int = 0
    renewal_months: int | None = None
    notes: str = ""


def write(told: Told, *, files: Sequence[Kept] = (), today: date, by: Account, at: datetime) -> Agreement:
    """Write an agreement down. Who signed keeps the role of that day.

    Raises WithNoPartner, EndsBeforeItBegins, SignedInTheFuture, UnsignedYet, NothingToRenew.
    """
    history.act_as(db.session(), by.email)
    agreement = Agreement(created_at=at)
    _tell(agreement, told, today, at)
    _attach(agreement, files)
    db.session.add(agreement)
    db.session.flush()
    return agreement


def change(
    agreement: Agreement,
    told: Told,
    *,
    files: Sequence[Kept] = (),
    dropped: Iterable[AgreementFile] = (),
    version: int,
    today: date,
    by: Account,
    at: datetime,
) -> list[str]:
    """Tell it anew; give back the random names of the files that were dropped, to be discarded.

    Raises Changed and what `write` raises.
    """
    history.act_as(db.session(), by.email)
    if agreement.version != version:
        raise Changed(who=history.last_actor(db.session(), agreement))
    _tell(agreement, told, today, at)
    _attach(agreement, files)
    gone = [file for file in dropped if file in agreement.files]
    for file in gone:
        agreement.files.remove(file)
    history.save(db.session(), agreement)
    return [file.stored_as for file in gone]


def bin(agreement: Agreement, *, by: Account, at: datetime) -> None:
    """Put it into the bin; doing so twice changes nothing."""
    history.act_as(db.session(), by.email)
    if agreement.binned_at is None:
        agreement.binned_at = agreement.updated_at = at
        db.session.flush()


def restore(agreement: Agreement, *, by: Account, at: datetime) -> None:
    """Take it out of the bin as it was."""
    history.act_as(db.session(), by.email)
    if agreement.binned_at is not None:
        agreement.binned_at, agreement.updated_at = None, at
        db.session.flush()


def announce(agreement: Agreement, *, what: str, day: date, at: datetime) -> FollowUp | None:
    """Say once that the coming end is near: a follow-up for the owner, and a mail when there is one.

    None when that end was announced already, also by another worker at the same moment. `what` is
    what the follow-up says.
    """
    end = agreement.end_on(day)
    if end is None:
        return None
    reminder = AgreementReminder(agreement_id=agreement.id, ends_on=end, at=at)
    try:
        with db.session.begin_nested():
            db.session.add(reminder)
            db.session.flush()
    except IntegrityError:
        return None
    owner = agreement.owner if agreement.owner and agreement.owner.is_open else None
    first = next(iter(agreement.organisations), None)
    step = promise(
        what=what,
        organisation=first,
        assigned_to=owner,
        due_on=max(agreement.decide_by(day) or end, day),
        by="agreements",
        at=at,
    )
    reminder.follow_up_id = step.id
    if owner is not None:
        outbox.queue(
            kind="agreement-ending",
            subject_id=reminder.id,
            address=addresses.find_or_add(owner.email),
            purpose=Purpose.SERVICE,
            language=owner.language,
            at=at,
        )
    return step


def _tell(agreement: Agreement, told: Told, today: date, at: datetime) -> None:
    check(told, today)
    agreement.title, agreement.state = clean(told.title), told.state
    agreement.organisations = list(dict.fromkeys(told.organisations))
    agreement.owner, agreement.our_signatory = told.owner, clean(told.our_signatory)
    day_moved = agreement.signed_on != told.signed_on
    agreement.signed_on, agreement.begins_on = told.signed_on, told.begins_on
    agreement.ends_on, agreement.notice_days = told.ends_on, told.notice_days
    agreement.renewal_months, agreement.notes = told.renewal_months, clean(told.notes)
    if told.state is not AgreementState.TERMINATED:
        agreement.terminated_on = None
    elif agreement.terminated_on is None:
        agreement.terminated_on = today
    agreement.updated_at = at
    _sign(agreement, told, told.signed_on or today, day_moved)


def check(told: Told | Agreement, today: date) -> None:
    """Refuse what cannot be: no partner, days in the wrong order, signed without a day or ahead of it."""
    if not told.organisations:
        raise WithNoPartner
    if told.begins_on and told.ends_on and told.ends_on < told.begins_on:
        raise EndsBeforeItBegins
    if told.signed_on and told.signed_on > today:
        raise SignedInTheFuture
    if told.state is AgreementState.SIGNED and told.signed_on is None:
        raise UnsignedYet
    if told.renewal_months and told.ends_on is None:
        raise NothingToRenew


def _sign(agreement: Agreement, told: Told, day: date, day_moved: bool) -> None:
    """Freeze for each who signs the role of that day; those who were there keep theirs."""
    known = {} if day_moved else {signer.person_id: signer for signer in agreement.signers}
    here = {organisation.id for organisation in told.organisations}
    signers = []
    for person in dict.fromkeys(told.signers):
        signer = known.get(person.id) or AgreementSigner(person=person, person_id=person.id)
        if person.id not in known:
            signer.role = _role(person, day, here)
            signer.organisation_id = signer.role.organisation_id if signer.role else None
        signers.append(signer)
    agreement.signers = signers


def _role(person: Person, day: date, here: set[int]) -> Role | None:
    """The role at one of the partners, else the main one that day."""
    held = list(
        db.session.scalars(
            directory.roles_on(day).where(Role.person_id == person.id).order_by(*directory.main_first(Role))
        )
    )
    return next((role for role in held if role.organisation_id in here), next(iter(held), None))


def _attach(agreement: Agreement, files: Sequence[Kept]) -> None:
    for file in files:
        agreement.files.append(
            AgreementFile(
                name=file.name, media_type=file.media_type, size=file.size, stored_as=file.stored_as
            )
        )
