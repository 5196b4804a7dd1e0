"""Putting an audience together."""

from datetime import datetime

from crm.accounts.models import Account
from crm.db import db
from crm.errors import CrmError
from crm.mailings.audiences import parts, reckoning, words
from crm.mailings.audiences.models import AudiencePart, How, PartKind
from crm.mailings.models import Mailing, MailingState
from crm.text import N_

MOST = 40


class AudienceMissing(CrmError):
    text = N_("Choose who it goes to first.")


class AudienceSettled(CrmError):
    text = N_("“%(mailing)s” has left or is about to: its audience stays as it is.")


class TooManyParts(CrmError):
    text = N_("An audience has at most 40 parts. Make a saved view of some of them.")


class WrongPart(CrmError):
    text = N_("Choose something from the list first.")


def add(
    mailing: Mailing, part: AudiencePart, *, is_excluded: bool = False, by: Account | None, at: datetime
) -> AudiencePart:
    """Write to these people too, or leave them out; the same part twice is one, and changes sides.

    Raises AudienceSettled, TooManyParts, WrongPart, PartGone, PartPrivate.
    """
    check_is_open(mailing)
    _check_kind(part)
    part.chosen_by_id = by.id if by else None
    parts.check(part)
    twin = next((one for one in mailing.parts if _same(one, part)), None)
    if twin is not None:
        twin.is_excluded, mailing.updated_at = is_excluded, at
        db.session.flush()
        return twin
    if len(mailing.parts) >= MOST:
        raise TooManyParts
    part.is_excluded, part.title = is_excluded, words.called_in(part, by.language if by else "fr")[:300]
    mailing.parts.append(part)
    mailing.updated_at = at
    db.session.flush()
    return part


def drop(mailing: Mailing, part: AudiencePart, *, at: datetime) -> None:
    """Take a part out again. Raises AudienceSettled."""
    check_is_open(mailing)
    mailing.parts.remove(part)
    mailing.updated_at = at
    db.session.flush()


def copied(mailing: Mailing, to: Mailing, *, by: Account | None) -> None:
    """Give the other mailing the same parts, chosen by whoever copies."""
    for part in mailing.parts:
        to.parts.append(
            AudiencePart(
                is_excluded=part.is_excluded,
                kind=part.kind,
                key=part.key,
                how=part.how,
                filter=part.filter,
                title=part.title,
                chosen_by_id=by.id if by else part.chosen_by_id,
            )
        )
    db.session.flush()


def check(mailing: Mailing) -> None:
    """Raise the reason why its audience cannot be written to: AudienceMissing, or a part that broke."""
    if not mailing.is_aimed:
        raise AudienceMissing
    for part in mailing.parts:
        parts.check(part)


def freeze(mailing: Mailing) -> None:
    """Keep what the parts are called now: the mailing leaves."""
    for part in mailing.parts:
        part.left_as_fr, part.left_as_en = words.in_both(part)


def check_is_open(mailing: Mailing) -> None:
    if mailing.state is not MailingState.DRAFT:
        raise AudienceSettled(mailing=mailing.subject)


def _check_kind(part: AudiencePart) -> None:
    hows: dict[PartKind, tuple[How, ...]] = {
        PartKind.EVENT: parts.OF_EVENTS,
        PartKind.MAILING: parts.OF_MAILINGS,
    }
    if part.how is not None and part.how not in hows.get(part.kind, ()):
        raise WrongPart
    if part.how is None and part.kind in hows:
        raise WrongPart


def _same(one: AudiencePart, other: AudiencePart) -> bool:
    return (one.kind, one.key, one.how, one.filter) == (other.kind, other.key, other.how, other.filter or "")


__all__ = ["add", "check", "check_is_open", "copied", "drop", "freeze", "reckoning"]
