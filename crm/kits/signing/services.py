"""The rules of signing: asking, confirming, deciding, inviting, ordering, and giving out the list."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from crm import clock, history
from crm.accounts.models import Account
from crm.db import db
from crm.directory import normal
from crm.directory import queries as directory
from crm.directory import services as records
from crm.directory.models import Organisation
from crm.errors import CrmError
from crm.kits import logos
from crm.kits import services as kits
from crm.kits.logos import Logo
from crm.kits.models import Cosignatory, Kit, KitState, SignatoryOrder
from crm.kits.services import Author
from crm.kits.signing import queries
from crm.kits.signing.models import KitRelease, Signing, SigningInvitation, SigningState
from crm.mail import addresses
from crm.mail import services as outbox
from crm.mail.models import Delivery, Purpose
from crm.text import N_, clean, fold

CONFIRM, INVITE, DECIDED = "kit-signing-confirm", "kit-signing-invitation", "kit-signing-decided"
SOURCE = N_("Signature of a kit")
MOST_INVITED = 500
UNCONFIRMED_KEPT = timedelta(days=7)
_RNA = re.compile(r"W\d[0-9A-Z]\d\d{6}")


class SigningOver(CrmError):
    text = N_("This kit takes no more signatures.")


class BadNumber(CrmError):
    text = N_(
        "“%(number)s” is neither a SIREN of nine digits nor an RNA that begins with W: one sign is wrong."
    )
    field = "number"


class Decided(CrmError):
    text = N_("This request was decided already, by %(by)s.")


class NotConfirmed(CrmError):
    text = N_("Whoever asked has not confirmed the address yet.")


class ReasonMissing(CrmError):
    text = N_("Say why: the reason is mailed to whoever asked.")
    field = "reason"


class NobodyToInvite(CrmError):
    text = N_("Nobody is left to invite: they have signed, were invited, or have no address of their own.")


class NothingToRelease(CrmError):
    text = N_("Write the joint press release first, then give it out with its signatories.")


class ReleasedLater(CrmError):
    text = N_("The day of the press release lies in the future: the list is kept as it is today or was.")
    field = "released_on"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody typed into the public form; `number` is a SIREN, an RNA or nothing."""

    name: str
    number: str
    given_name: str
    family_name: str
    function: str
    email: str
    is_public: bool
    wants_mail: bool
    language: str
    invited: Organisation | None = None
    logo: Logo | None = None


def is_open(kit: Kit, *, day: date) -> bool:
    return kit.takes_signatures and kit.state is KitState.PUBLISHED and not kit.is_over(day)


def numbers(typed: str) -> tuple[str, str]:
    """SIREN and RNA, one of them or both empty. Raises BadNumber."""
    bare = re.sub(r"[\s.\-\u00a0\u202f]", "", typed).upper()
    if not bare:
        return "", ""
    if _RNA.fullmatch(bare):
        return "", bare
    try:
        return normal.siren(bare) or "", ""
    except normal.BadSiren:
        raise BadNumber(number=typed[:40]) from None


def ask(kit: Kit, told: Asked, *, at: datetime) -> Signing | None:
    """A request, and one mail to confirm it; the second one from an address is left aside (None).

    Raises SigningOver, BadNumber, BadAddress.
    """
    if not is_open(kit, day=clock.day(at)):
        raise SigningOver
    siren, rna = numbers(told.number)
    address = addresses.find_or_add(told.email)
    signing = Signing(
        kit=kit,
        organisation=told.invited,
        token=secrets.token_urlsafe(24),
        name=clean(told.name),
        siren=siren,
        rna=rna,
        given_name=clean(told.given_name),
        family_name=clean(told.family_name),
        function=clean(told.function),
        address=address,
        is_public=told.is_public,
        wants_mail=told.wants_mail,
        language=told.language,
        asked_at=at,
    )
    if told.is_public:
        logos.put(signing, told.logo)
    try:
        with db.session.begin_nested():
            db.session.add(signing)
    except IntegrityError:
        return None
    _mail(signing, CONFIRM, at)
    return signing


def confirm(signing: Signing, *, at: datetime) -> None:
    """The owner of the address says that it is so; a second time changes nothing. Raises SigningOver."""
    if signing.state is not SigningState.UNCONFIRMED:
        return
    if not is_open(signing.kit, day=clock.day(at)):
        raise SigningOver
    signing.state, signing.confirmed_at = SigningState.PENDING, at


def accept(signing: Signing, organisation: Organisation | None, *, by: Author, at: datetime) -> Cosignatory:
    """Take the signature in, as that organisation of the directory, or as a new one; its logo goes along.

    Whoever asked for mail enters the directory too. Raises Decided, AlreadySigned, AlreadyClosed,
    AlreadyInDirectory.
    """
    _check_waiting(signing)
    organisation = organisation or records.add_organisation(
        name=signing.name, siren=signing.siren or None, by=by, at=at
    )
    signature = kits.cosign(
        signing.kit,
        organisation,
        signed_on=clock.day(signing.confirmed_at or at),
        signer=signing.contact,
        signer_function=signing.function,
        by=by,
        at=at,
    )
    signature.has_mandate, signature.is_public = True, signing.is_public
    signing.organisation = organisation
    logos.put(signature, logos.of(signing))
    logos.put(signing, None)
    if signing.wants_mail:
        _enter(signing, organisation, by, at)
    _decide(signing, SigningState.ACCEPTED, by, at)
    return signature


def refuse(signing: Signing, *, reason: str, by: Author, at: datetime) -> list[str]:
    """Turn the request down; whoever asked is told why. The files to discard once that is committed.

    Raises Decided, ReasonMissing.
    """
    _check_waiting(signing)
    signing.reason = clean(reason)
    if not signing.reason:
        raise ReasonMissing
    _decide(signing, SigningState.REFUSED, by, at)
    return logos.take_off(signing)


def forget(*, at: datetime) -> list[str]:
    """Let go of requests that nobody confirmed within a week; the files to discard once that is committed."""
    waiting = select(Signing).where(
        Signing.state == SigningState.UNCONFIRMED, Signing.asked_at < at - UNCONFIRMED_KEPT
    )
    gone: list[str] = []
    for signing in db.session.scalars(waiting).all():
        gone += logos.take_off(signing)
        key, address_id = signing.id, signing.address_id
        db.session.delete(signing)
        db.session.flush()
        outbox.forget_request(kind=CONFIRM, subject_id=key, address_id=address_id)
    return gone


def _check_waiting(signing: Signing) -> None:
    # Read again under a lock, so that two moderators do not both decide.
    db.session.flush()
    db.session.refresh(signing, with_for_update=True)
    if signing.state is SigningState.UNCONFIRMED:
        raise NotConfirmed
    if not signing.waits:
        raise Decided(by=signing.decided_by)


def _decide(signing: Signing, state: SigningState, by: Author, at: datetime) -> None:
    signing.state, signing.decided_at, signing.decided_by = state, at, _called(by)
    _mail(signing, DECIDED, at)


def _enter(signing: Signing, organisation: Organisation, by: Author, at: datetime) -> None:
    email = signing.address.email
    for known in db.session.scalars(directory.people_reading(email)):
        if fold(known.given_name + known.family_name) == fold(signing.given_name + signing.family_name):
            return
    person = records.add_person(
        given_name=signing.given_name,
        family_name=signing.family_name,
        language=signing.language,
        emails=[email],
        source=SOURCE,
        by=by,
        at=at,
    )
    records.give_role(person=person, organisation=organisation, function=signing.function, by=by, at=at)


def _mail(signing: Signing, kind: str, at: datetime) -> Delivery:
    """Answers to what its reader did: a service, which no objection to mailings keeps back."""
    db.session.flush()
    return outbox.queue(
        kind=kind,
        subject_id=signing.id,
        address=signing.address,
        purpose=Purpose.SERVICE,
        language=signing.language,
        at=at,
    )


def invite(kit: Kit, organisations: Iterable[Organisation], *, by: Author, at: datetime) -> int:
    """Ask them by mail to sign, each once at its own address; how many that were.

    Raises SigningOver, NobodyToInvite.
    """
    if not is_open(kit, day=clock.day(at)):
        raise SigningOver
    number = 0
    for organisation in organisations:
        address = queries.written_to(organisation)
        if address is None or number >= MOST_INVITED:
            continue
        invitation = SigningInvitation(
            kit=kit,
            organisation=organisation,
            address=address,
            token=secrets.token_urlsafe(24),
            invited_at=at,
            invited_by=_called(by),
        )
        db.session.add(invitation)
        db.session.flush()
        outbox.queue(
            kind=INVITE,
            subject_id=invitation.id,
            address=address,
            purpose=Purpose.MOBILISATION,
            language=kit.language,
            at=at,
        )
        number += 1
    if not number:
        raise NobodyToInvite
    return number


def settle(kit: Kit, *, takes: bool, order: SignatoryOrder, by: Author) -> None:
    """Open or close the public form, and choose how signatories stand."""
    history.act_as(db.session(), _called(by))
    if order is SignatoryOrder.CHOSEN and kit.signatory_order is not order:
        _number(kit.signatures)
    kit.takes_signatures, kit.signatory_order = takes, order


def move(signature: Cosignatory, *, up: bool, by: Author) -> None:
    """One place up or down; from then on the order is the chosen one."""
    history.act_as(db.session(), _called(by))
    standing = signature.kit.signatures
    place = standing.index(signature)
    other = place - 1 if up else place + 1
    if 0 <= other < len(standing):
        standing[place], standing[other] = standing[other], standing[place]
    _number(standing)
    signature.kit.signatory_order = SignatoryOrder.CHOSEN


def _number(standing: list[Cosignatory]) -> None:
    for place, signature in enumerate(standing, 1):
        signature.position = place


def release(kit: Kit, *, released_on: date, by: Author, at: datetime) -> KitRelease:
    """Freeze the press release with those who stood below it on that day.

    Raises NothingToRelease, ReleasedLater.
    """
    if not kit.press_release:
        raise NothingToRelease
    if released_on > clock.day(at):
        raise ReleasedLater
    frozen = KitRelease(
        kit=kit,
        released_on=released_on,
        title=kit.title,
        body=kit.press_release,
        signatories=[told(signature) for signature in stood_on(kit, released_on)],
        made_at=at,
        made_by=_called(by),
    )
    db.session.add(frozen)
    db.session.flush()
    return frozen


def stood_on(kit: Kit, day: date) -> list[Cosignatory]:
    """Who may be named and had signed by that day, in the kit's order, those included who withdrew later."""
    later = [one for one in kit.withdrawals if one.withdrawn_on is not None and one.withdrawn_on > day]
    everybody = [one for one in (*kit.signatures, *later) if one.is_public and one.signed_on <= day]
    if kit.signatory_order is SignatoryOrder.CHOSEN:
        return sorted(everybody, key=lambda one: (one.position, one.signed_on, one.id))
    return sorted(everybody, key=lambda one: (one.organisation.sort, one.id))


def told(signature: Cosignatory) -> dict[str, str | int]:
    return {
        "key": signature.id,
        "name": signature.organisation.name,
        "signer": signature.signer,
        "function": signature.signer_function,
        "logo": signature.logo or "",
        "logo_alt": signature.logo_alt,
    }


def _called(by: Author) -> str:
    return by.email if isinstance(by, Account) else by
