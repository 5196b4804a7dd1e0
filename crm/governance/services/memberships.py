"""The rules of memberships: one at a time for each organisation; the fee is due, paid, or not asked."""

from datetime import date, datetime

from sqlalchemy import select

from crm.db import db
from crm.directory.models import Organisation
from crm.directory.services.records import Author, sign
from crm.governance.models import College, Fee, Membership
from crm.governance.queries.periods import overlapping
from crm.governance.services.records import check_days, check_version, restore_record, save
from crm.governance.services.refusals import MemberAlready, OrganisationInBin
from crm.text import clean


def record_membership(
    organisation: Organisation,
    *,
    college: College | None = None,
    begins_on: date | None = None,
    ends_on: date | None = None,
    fee: Fee = Fee.DUE,
    notes: str = "",
    by: Author,
    at: datetime,
) -> Membership:
    """Raises EndsBeforeItBegins, MemberAlready, OrganisationInBin."""
    sign(by)
    membership = Membership(organisation=organisation, created_at=at)
    with db.session.no_autoflush:
        _describe(membership, college, begins_on, ends_on, fee, notes, at)
    save(membership)
    return membership


def change_membership(
    membership: Membership,
    *,
    college: College | None,
    begins_on: date | None,
    ends_on: date | None,
    fee: Fee,
    notes: str,
    version: int | None = None,
    by: Author,
    at: datetime,
) -> None:
    """Raises Changed and what `record_membership` raises."""
    sign(by)
    check_version(membership, version)
    with db.session.no_autoflush:
        _describe(membership, college, begins_on, ends_on, fee, notes, at)
    save(membership)


def restore_membership(membership: Membership, *, by: Author, at: datetime) -> None:
    """Take it out of the bin. Raises MemberAlready when there is another in that time by now."""
    check(membership)
    restore_record(membership, by=by, at=at)


def settle_fee(membership: Membership, fee: Fee, *, by: Author, at: datetime) -> None:
    """Say what became of the fee."""
    sign(by)
    membership.fee, membership.updated_at = fee, at
    save(membership)


def _describe(
    membership: Membership,
    college: College | None,
    begins_on: date | None,
    ends_on: date | None,
    fee: Fee,
    notes: str,
    at: datetime,
) -> None:
    membership.college, membership.fee, membership.notes = college, fee, clean(notes)
    membership.begins_on, membership.ends_on, membership.updated_at = begins_on, ends_on, at
    check(membership)


def check(membership: Membership) -> None:
    """Refuse what cannot be; see `record_membership`."""
    check_days(membership)
    organisation = membership.organisation
    if organisation.binned_at is not None:
        raise OrganisationInBin(organisation=organisation.name)
    others = select(Membership).where(
        Membership.organisation_id == organisation.id,
        Membership.binned_at.is_(None),
        overlapping(Membership, membership.begins_on, membership.ends_on),
    )
    if any(other is not membership for other in db.session.scalars(others)):
        raise MemberAlready(organisation=organisation.name)
