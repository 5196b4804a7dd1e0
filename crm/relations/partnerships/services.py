"""The rules of partnerships: opened, moved from stage to stage, told anew, put into the bin."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from crm import history
from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import Organisation
from crm.errors import Changed, CrmError
from crm.relations.partnerships.models import Partnership, PartnershipMove, PartnershipStage
from crm.text import N_, clean


class AlreadyOpen(CrmError):
    text = N_("%(organisation)s is a partner already: its partnership is open.")
    field = "organisation_name"


class StageArchived(CrmError):
    text = N_("“%(stage)s” is not used any more: choose another stage.")
    field = "stage"


class OwnerClosed(CrmError):
    text = N_("The account of %(name)s is closed: choose somebody who can still sign in.")
    field = "owner"


class OrganisationInBin(CrmError):
    text = N_("%(organisation)s is in the bin: take it out first.")
    field = "organisation_name"


class MovedMeanwhile(Changed):
    """Somebody else moved or changed the card since the page was opened."""

    text = N_("%(who)s changed this partnership meanwhile: it is now at “%(stage)s”. Nothing was moved.")


def open_with(
    organisation: Organisation,
    *,
    stage: PartnershipStage,
    owner: Account | None = None,
    rhythm_days: int | None = None,
    aim: str = "",
    by: Account,
    at: datetime,
) -> Partnership:
    """Follow the relation with the organisation from now on; one that lies in the bin comes back.

    Raises AlreadyOpen, OrganisationInBin, StageArchived, OwnerClosed.
    """
    history.act_as(db.session(), by.email)
    if organisation.binned_at is not None:
        raise OrganisationInBin(organisation=organisation.name)
    known = db.session.scalar(select(Partnership).where(Partnership.organisation_id == organisation.id))
    if known is not None and known.binned_at is None:
        raise AlreadyOpen(organisation=organisation.name)
    if stage.is_archived:
        raise StageArchived(stage=stage.name_fr)
    _check_owner(owner, known)
    partnership = known or Partnership(organisation=organisation, created_at=at)
    partnership.binned_at, partnership.updated_at = None, at
    partnership.owner, partnership.rhythm_days, partnership.aim = owner, rhythm_days, clean(aim)
    _come_to(partnership, stage, by=by, at=at)
    db.session.add(partnership)
    db.session.flush()
    return partnership


def move(
    partnership: Partnership, stage: PartnershipStage, *, version: int, by: Account, at: datetime
) -> bool:
    """Bring the partnership to that stage; whether it was at another one before.

    Raises MovedMeanwhile, StageArchived.
    """
    history.act_as(db.session(), by.email)
    if partnership.version != version:
        raise _moved(partnership)
    if stage.id == partnership.stage_id:
        return False
    if stage.is_archived:
        raise StageArchived(stage=stage.name_fr)
    _come_to(partnership, stage, by=by, at=at)
    _save(partnership)
    return True


def change(
    partnership: Partnership,
    *,
    stage: PartnershipStage,
    owner: Account | None,
    rhythm_days: int | None,
    aim: str,
    version: int,
    by: Account,
    at: datetime,
) -> None:
    """Say anew who follows it, how often and what for. Raises Changed, StageArchived, OwnerClosed."""
    history.act_as(db.session(), by.email)
    if partnership.version != version:
        raise Changed(who=history.last_actor(db.session(), partnership))
    _check_owner(owner, partnership)
    if stage.is_archived and stage.id != partnership.stage_id:
        raise StageArchived(stage=stage.name_fr)
    partnership.owner, partnership.rhythm_days, partnership.aim = owner, rhythm_days, clean(aim)
    partnership.updated_at = at
    if stage.id != partnership.stage_id:
        _come_to(partnership, stage, by=by, at=at)
    history.save(db.session(), partnership)


def bin(partnership: Partnership, *, by: Account, at: datetime) -> None:
    """Follow it no more; doing so twice changes nothing."""
    history.act_as(db.session(), by.email)
    if partnership.binned_at is None:
        partnership.binned_at = partnership.updated_at = at
        db.session.flush()


def restore(partnership: Partnership, *, by: Account, at: datetime) -> None:
    """Take it out of the bin as it was."""
    history.act_as(db.session(), by.email)
    if partnership.binned_at is not None:
        partnership.binned_at, partnership.updated_at = None, at
        db.session.flush()


def _come_to(partnership: Partnership, stage: PartnershipStage, *, by: Account, at: datetime) -> None:
    before = partnership.stage
    partnership.stage = stage
    partnership.moved_at = partnership.updated_at = at
    partnership.moves.insert(0, PartnershipMove(from_stage=before, to_stage=stage, by=by, at=at))


def _save(partnership: Partnership) -> None:
    try:
        db.session.flush()
    except StaleDataError:
        key = partnership.id
        db.session.rollback()
        raise _moved(db.session.get_one(Partnership, key)) from None


def _moved(partnership: Partnership) -> MovedMeanwhile:
    return MovedMeanwhile(who=history.last_actor(db.session(), partnership), stage=partnership.stage.name_fr)


def _check_owner(owner: Account | None, partnership: Partnership | None) -> None:
    kept = partnership.owner_id if partnership else None
    if owner is not None and not owner.is_open and owner.id != kept:
        raise OwnerClosed(name=owner.name)
