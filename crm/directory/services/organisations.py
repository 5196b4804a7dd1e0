"""Organisations: adding and changing them, taking them from the official reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from crm.accounts.models import Account
from crm.db import db
from crm.directory import kinds, normal, queries
from crm.directory.filters import key_in
from crm.directory.merging import following
from crm.directory.models import Organisation, OrganisationKind
from crm.directory.services.hierarchy import check_place
from crm.directory.services.records import (
    Author,
    check_version,
    find_addresses,
    find_or_add_tags,
    save,
    set_addresses,
    sign,
)
from crm.directory.services.refusals import (
    AlreadyInDirectory,
    NamelessOrganisation,
    UnknownOrganisation,
)
from crm.territories import queries as territories
from crm.territories.models import Territory, TerritoryKind
from crm.text import clean


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of an organisation, as it was typed."""

    name: str
    acronym: str = ""
    aliases: str = ""
    kind: OrganisationKind | None = None
    siren: str | None = None
    siret: str | None = None
    parent: Organisation | None = None
    territory: Territory | None = None
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "FR"
    website: str = ""
    phone: str = ""
    notes: str = ""
    followed_by: Account | None = None
    emails: Sequence[str] = ()
    tags: Sequence[str] = ()


def add_organisation(*, by: Author, at: datetime, **known: object) -> Organisation:
    """Add an organisation; `known` are the fields of `Facts`.

    Raises AlreadyInDirectory, NamelessOrganisation, BadSiren, BadSiret, SirenIsNotOfSiret, BadAddress,
    BadPhone, BadWebsite.
    """
    sign(by)
    organisation = Organisation(created_at=at, updated_at=at)
    _describe(organisation, Facts(**known))  # type: ignore[arg-type]
    save(organisation)
    return organisation


def change_organisation(
    organisation: Organisation, *, version: int | None = None, by: Author, at: datetime, **known: object
) -> Organisation:
    """Write down what is now known; `version` is the one that was read.

    Raises Changed, ParentCycle and what `add_organisation` raises.
    """
    sign(by)
    check_version(organisation, version)
    _describe(organisation, Facts(**known))  # type: ignore[arg-type]
    organisation.updated_at = at
    save(organisation)
    return organisation


def organisation_from_territory(
    territory: Territory, *, by: Author, at: datetime, followed_by: Account | None = None
) -> Organisation:
    """Add the authority of the official reference. Raises AlreadyInDirectory with the one that is there."""
    return add_organisation(by=by, at=at, followed_by=followed_by, **facts_of(territory))


def facts_of(territory: Territory) -> dict[str, Any]:
    """What the official reference says of the authority, as facts of an organisation."""
    postcodes = territory.postcodes.split()
    return {
        "name": territory.name,
        "kind": queries.kind_with(kinds.OF_TERRITORY[territory.kind]),
        "siren": territory.siren,
        "territory": territory,
        "postcode": postcodes[0] if len(postcodes) == 1 else "",
        "city": territory.name if territory.kind is TerritoryKind.COMMUNE else "",
    }


def organisation_chosen(
    chosen: str, *, typed: str = "", by: Author, at: datetime, add: bool = False
) -> Organisation | None:
    """The organisation meant by a field of `organisations.suggest`: what was chosen, else what was typed.

    `chosen` is the key of an organisation, or `territory:KEY` for an authority of the reference, which is
    added to the directory when it is not there yet. Without a choice `typed` must be the name or acronym of
    exactly one organisation, or the name of one authority; with `add` a new one is made of it. Nothing at
    all gives None. Raises UnknownOrganisation.
    """
    typed = clean(typed)
    kind, _colon, key = chosen.rpartition(":")
    if number := key_in(key):
        found = _of_territory(number, by, at) if kind == "territory" else _kept(number)
        if found is not None:
            return found
    if not typed:
        return None
    named = _named(typed)
    if len(named) == 1:
        return named[0]
    if not named and (authority := _authority_named(typed)):
        return _of_territory(authority.id, by, at)
    if add and not named:
        return add_organisation(by=by, at=at, name=typed)
    raise UnknownOrganisation(name=typed)


def _kept(key: int) -> Organisation | None:
    found = db.session.get(Organisation, key)
    found = following.kept(found) if found is not None else None
    return found if found is not None and found.binned_at is None else None


def _of_territory(key: int, by: Author, at: datetime) -> Organisation | None:
    territory = db.session.get(Territory, key)
    if territory is None:
        return None
    try:
        return organisation_from_territory(territory, by=by, at=at)
    except AlreadyInDirectory as known:
        return known.organisation


def _named(typed: str) -> list[Organisation]:
    named = or_(Organisation.sort == normal.organisation_sort(typed), Organisation.acronym == typed)
    found = select(Organisation).where(named, Organisation.binned_at.is_(None)).limit(2)
    return list(db.session.scalars(found))


def _authority_named(typed: str) -> Territory | None:
    found = territories.named(typed)
    return found[0] if len(found) == 1 else None


def _describe(organisation: Organisation, facts: Facts) -> None:
    if not clean(facts.name):
        raise NamelessOrganisation
    read, marks = find_addresses(facts.emails), find_or_add_tags(facts.tags)
    with db.session.no_autoflush:
        _number(organisation, facts)
        _place(organisation, facts.parent, facts.territory)
        _tell(organisation, facts)
        set_addresses(organisation, read)
        organisation.tags = marks


def _tell(organisation: Organisation, facts: Facts) -> None:
    organisation.name = clean(facts.name)
    organisation.acronym, organisation.aliases = clean(facts.acronym), clean(facts.aliases)
    organisation.kind = facts.kind
    organisation.street, organisation.postcode = clean(facts.street), clean(facts.postcode)
    organisation.city, organisation.country = clean(facts.city), clean(facts.country).upper() or "FR"
    organisation.website = normal.website(facts.website)
    organisation.phone = normal.phone(facts.phone) or ""
    organisation.notes = clean(facts.notes)
    organisation.followed_by = facts.followed_by
    organisation.search = normal.organisation_search(
        organisation.name, organisation.acronym, organisation.aliases, organisation.siren
    )
    organisation.sort = normal.organisation_sort(organisation.name)


def _number(organisation: Organisation, facts: Facts) -> None:
    """SIREN and SIRET; a SIRET brings its SIREN along when no other organisation has that."""
    siren, siret = normal.siren(facts.siren), normal.siret(facts.siret)
    if siren and siret and not siret.startswith(siren):
        raise normal.SirenIsNotOfSiret
    if siren and (other := _other(organisation, Organisation.siren == siren)):
        raise AlreadyInDirectory(other, field="siren")
    if siret and (other := _other(organisation, Organisation.siret == siret)):
        raise AlreadyInDirectory(other, field="siret")
    if siret and not siren and not _other(organisation, Organisation.siren == siret[:9]):
        siren = siret[:9]
    organisation.siren, organisation.siret = siren, siret


def _place(organisation: Organisation, parent: Organisation | None, territory: Territory | None) -> None:
    if parent is not None and parent.id != organisation.parent_id:
        check_place(organisation, parent.id)
    organisation.parent = parent
    if territory is not None:
        other = _other(organisation, Organisation.territory_id == territory.id)
        if other is not None:
            raise AlreadyInDirectory(other, field="territory_id")
    organisation.territory = territory


def _other(organisation: Organisation, same: object) -> Organisation | None:
    """Another organisation, in the bin or not, of which this is true."""
    found = select(Organisation).where(same)  # type: ignore[arg-type]
    if organisation.id is not None:
        found = found.where(Organisation.id != organisation.id)
    return db.session.scalars(found.limit(1)).first()
