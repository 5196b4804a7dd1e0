"""Who asks to sign, who was asked to, and what was given out."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.directory import normal
from crm.directory.models import Organisation, OrganisationAddress
from crm.kits.models import Cosignatory, Kit
from crm.kits.signing.models import KitRelease, Signing, SigningInvitation, SigningState
from crm.mail.models import Address
from crm.text import fold


@dataclass(frozen=True)
class Likeness:
    """What a request has in common with what is known: an organisation, and who signs or asks already."""

    organisation: Organisation | None = None
    signed: Cosignatory | None = None
    twins: tuple[Signing, ...] = ()


def signings(kit: Kit) -> Select[Signing]:
    """The confirmed requests, those that wait first, then the latest decided."""
    return (
        select(Signing)
        .where(Signing.kit_id == kit.id, Signing.state != SigningState.UNCONFIRMED)
        .options(joinedload(Signing.address), joinedload(Signing.organisation))
        .order_by(
            Signing.decided_at.is_not(None), Signing.decided_at.desc(), Signing.confirmed_at, Signing.id
        )
    )


def waiting(kit: Kit) -> list[Signing]:
    return list(db.session.scalars(signings(kit).where(Signing.state == SigningState.PENDING)))


def invitations(kit: Kit) -> list[SigningInvitation]:
    rows = (
        select(SigningInvitation)
        .where(SigningInvitation.kit_id == kit.id)
        .options(joinedload(SigningInvitation.organisation), joinedload(SigningInvitation.address))
        .order_by(SigningInvitation.invited_at, SigningInvitation.id)
    )
    return list(db.session.scalars(rows))


def releases(kit: Kit) -> list[KitRelease]:
    """The latest first."""
    rows = select(KitRelease).where(KitRelease.kit_id == kit.id)
    return list(db.session.scalars(rows.order_by(KitRelease.released_on.desc(), KitRelease.id.desc())))


def likeness(kit: Kit, asked: Signing) -> Likeness:
    """By SIREN or RNA, then by name: whom of the directory, of the signatories, of the requests it is."""
    organisation = asked.organisation or same_organisation(asked)
    signed = None
    if organisation is not None:
        signed = next((one for one in kit.signatures if one.organisation_id == organisation.id), None)
    rows = select(Signing).where(
        Signing.kit_id == kit.id,
        Signing.id != asked.id,
        Signing.state.in_((SigningState.PENDING, SigningState.ACCEPTED)),
    )
    twins = tuple(other for other in db.session.scalars(rows) if is_same(asked, other))
    return Likeness(organisation, signed, twins)


def is_same(one: Signing, other: Signing) -> bool:
    """Numbers decide where both have one of a kind; without them the name does."""
    for mine, theirs in ((one.siren, other.siren), (one.rna, other.rna)):
        if mine and theirs:
            return mine == theirs
    return fold(one.name) == fold(other.name)


def same_organisation(asked: Signing) -> Organisation | None:
    """The one organisation of the directory with that SIREN, else with that RNA or that name."""
    kept = select(Organisation).where(Organisation.binned_at.is_(None))
    if asked.siren:
        known = db.session.scalar(kept.where(Organisation.siren == asked.siren))
        if known is not None:
            return known
    named = Organisation.sort == normal.organisation_sort(asked.name)
    by_rna = Organisation.id.in_(_signed_with(asked.rna)) if asked.rna else None
    for rule in (by_rna, named):
        if rule is None:
            continue
        found = _one(db.session.scalars(kept.where(rule).limit(2)).all())
        # Another number under the same name is another organisation.
        if found is not None and not (asked.siren and found.siren and asked.siren != found.siren):
            return found
    return None


def _signed_with(rna: str) -> Select[int | None]:
    """Organisations that were accepted with that RNA, of this or another kit."""
    return select(Signing.organisation_id).where(Signing.rna == rna, Signing.state == SigningState.ACCEPTED)


def _one(found: Sequence[Organisation]) -> Organisation | None:
    return found[0] if len(found) == 1 else None


def to_invite(kit: Kit, *, tag_id: int | None = None, key: int | None = None) -> Select[Organisation]:
    """The organisations of that tag, or the one of that key, that neither sign nor were invited."""
    out = or_(
        Organisation.id.in_(
            select(Cosignatory.organisation_id).where(
                Cosignatory.kit_id == kit.id, Cosignatory.withdrawn_on.is_(None)
            )
        ),
        Organisation.id.in_(
            select(SigningInvitation.organisation_id).where(SigningInvitation.kit_id == kit.id)
        ),
    )
    rows = select(Organisation).where(Organisation.binned_at.is_(None), ~out)
    if tag_id is not None:
        rows = rows.where(Organisation.tags.any(id=tag_id))
    if key is not None:
        rows = rows.where(Organisation.id == key)
    return rows.order_by(Organisation.sort, Organisation.id)


def written_to(organisation: Organisation) -> Address | None:
    """The address at which the organisation itself is written to."""
    rows = (
        select(Address)
        .join(OrganisationAddress, OrganisationAddress.address_id == Address.id)
        .where(OrganisationAddress.organisation_id == organisation.id)
        .order_by(OrganisationAddress.position, OrganisationAddress.id)
    )
    return db.session.scalars(rows.limit(1)).first()


def by_token(kit: Kit, token: str) -> Signing | None:
    """The request that the mailed link confirms."""
    return db.session.scalar(select(Signing).where(Signing.kit_id == kit.id, Signing.token == token))


def invited_by_token(kit: Kit, token: str) -> Organisation | None:
    """The organisation that the mailed link invites."""
    rows = select(Organisation).join(SigningInvitation, SigningInvitation.organisation_id == Organisation.id)
    return db.session.scalar(
        rows.where(
            SigningInvitation.kit_id == kit.id,
            SigningInvitation.token == token,
            Organisation.binned_at.is_(None),
        )
    )
