"""A colleague reads a mailing before it leaves, where the association asks for that.

The yes is for what was read: its words with what their blocks show, its purpose and its audience. Whatever
changes one of them, by whichever way, takes the yes away.
"""

import hashlib
import json
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, or_, select

from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import SavedView
from crm.errors import CrmError
from crm.history import Change, named
from crm.mail import addresses
from crm.mail import services as outbox
from crm.mail.models import Purpose
from crm.mailings.approvals import shown
from crm.mailings.approvals.models import Approval
from crm.mailings.audiences import parts
from crm.mailings.models import Mailing
from crm.settings import queries as settings
from crm.text import N_
from crm.web.rights import May, allows

KIND = "mailing-approval"
TEXTS = ("subject_fr", "body_fr", "subject_en", "body_en")


# What of a part says who is meant.
_AIM = ("is_excluded", "kind", "key", "how", "filter")


class NotApproved(CrmError):
    text = N_("A colleague has to approve this mailing before it leaves. Ask for it on its page.")


class WroteIt(CrmError):
    text = N_(
        "You wrote in this mailing, or chose its people or purpose: a colleague who did not approves it."
    )


class MayNotSend(CrmError):
    text = N_("%(name)s may not send mailings, and so cannot approve one.")


class NobodyToAsk(CrmError):
    text = N_("Nobody else may send mailings. An administrator can give that right to a colleague.")


class NotAsked(CrmError):
    text = N_("Nobody asks for an approval of this mailing any more.")


class ChangedMeanwhile(CrmError):
    text = N_("The mailing was changed since you opened this page. Read it again, then approve it.")


class Standing(StrEnum):
    """How far a mailing is on the way to its approval."""

    NOT_NEEDED = "not_needed"
    NOT_ASKED = "not_asked"
    ASKED = "asked"
    GIVEN = "given"
    LOST = "lost"


def fingerprint(mailing: Mailing) -> str:
    """What an approval is for, in one short word."""
    aim = [[one.is_excluded, one.kind, one.key, one.how, one.filter] for one in mailing.parts]
    told = [mailing.purpose, aim, *(getattr(mailing, name) for name in TEXTS)]
    for beside in (_meant_by_views(mailing), shown.of(mailing)):
        if beside:
            told.append(beside)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _meant_by_views(mailing: Mailing) -> list[Any]:
    """The conditions of the saved views that say who is written to, or left out."""
    return [[view.id, view.conditions] for view in _views(mailing)]


def _views(mailing: Mailing) -> list[SavedView]:
    return [view for part in mailing.parts if (view := parts.view_of(part)) is not None]


def latest(mailing: Mailing) -> Approval | None:
    rows = select(Approval).where(Approval.mailing_id == mailing.id).order_by(Approval.id.desc()).limit(1)
    return db.session.scalar(rows)


def standing(mailing: Mailing) -> Standing:
    if not settings.association().mailings_need_approval:
        return Standing.NOT_NEEDED
    asked = latest(mailing)
    if asked is None:
        return Standing.NOT_ASKED
    if asked.approved_at is None:
        return Standing.ASKED
    return Standing.GIVEN if asked.fingerprint == fingerprint(mailing) else Standing.LOST


def check(mailing: Mailing) -> None:
    """Raise NotApproved while the mailing needs a yes that it does not have."""
    if standing(mailing) not in (Standing.NOT_NEEDED, Standing.GIVEN):
        raise NotApproved


def writers(mailing: Mailing) -> set[str]:
    """The addresses of the accounts that decided what it says, why it is written, or to whom.

    Whoever changed since what a saved view of its audience means decided to whom, too.
    """
    own = {named(mailing): {*TEXTS, "purpose", "parts"}, **{named(part): {*_AIM} for part in mailing.parts}}
    views = {named(view): {"conditions"} for view in _views(mailing)}
    rows = select(Change.record, Change.actor, Change.values).where(
        or_(
            Change.record.in_(own),
            and_(Change.record.in_(views), Change.act == "changed", Change.at >= mailing.created_at),
        )
    )
    counts = {**views, **own}
    decided = {
        actor for record, actor, values in db.session.execute(rows) if counts[record].intersection(values)
    }
    return decided | ({mailing.created_by.email} if mailing.created_by else set())


def colleagues(mailing: Mailing) -> list[Account]:
    """Who may approve it: those who may send, and did not decide what it is."""
    rows = select(Account).where(Account.is_open, Account.email.not_in(writers(mailing)))
    accounts = db.session.scalars(rows.order_by(Account.name, Account.id))
    return [account for account in accounts if allows(account.right, May.SEND)]


def ask(mailing: Mailing, *, of: Account | None, by: Account, at: datetime) -> Approval:
    """Ask one colleague, or everybody who may, by a notice. Raises NobodyToAsk, WroteIt, MayNotSend."""
    asked = colleagues(mailing)
    if of is not None:
        _may(mailing, of)
        asked = [of]
    if not asked:
        raise NobodyToAsk
    approval = Approval(
        mailing_id=mailing.id, fingerprint=fingerprint(mailing), asked_by_id=by.id, asked_at=at
    )
    db.session.add(approval)
    db.session.flush()
    for account in asked:
        outbox.queue(
            kind=KIND,
            subject_id=approval.id,
            address=addresses.find_or_add(account.email),
            purpose=Purpose.SERVICE,
            language=account.language,
            facts={"name": account.name},
            at=at,
        )
    return approval


def approve(mailing: Mailing, *, seen: str, by: Account, at: datetime) -> Approval:
    """Say yes to the mailing as `seen` (its fingerprint).

    Raises NotAsked, WroteIt, MayNotSend, ChangedMeanwhile.
    """
    approval = latest(mailing)
    if approval is None or approval.approved_at is not None:
        raise NotAsked
    _may(mailing, by)
    now = fingerprint(mailing)
    if seen != now:
        raise ChangedMeanwhile
    approval.fingerprint, approval.approved_by_id, approval.approved_at = now, by.id, at
    db.session.flush()
    return approval


def waiting() -> list[Mailing]:
    """The drafts for which an approval is asked, the last first."""
    if not settings.association().mailings_need_approval:
        return []
    newest = (
        select(Approval.id).where(Approval.mailing_id == Mailing.id).order_by(Approval.id.desc()).limit(1)
    )
    rows = (
        select(Mailing)
        .join(Approval, Approval.id == newest.correlate(Mailing).scalar_subquery())
        .where(Approval.approved_at.is_(None), Mailing.left_at.is_(None))
        .order_by(Approval.id.desc())
        .limit(50)
    )
    return list(db.session.scalars(rows))


def _may(mailing: Mailing, account: Account) -> None:
    if not account.is_open or not allows(account.right, May.SEND):
        raise MayNotSend(name=account.name)
    if account.email in writers(mailing):
        raise WroteIt
