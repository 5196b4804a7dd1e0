"""Saving views, changing them, and putting them aside."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from crm import history
from crm.accounts.models import Account
from crm.db import db
from crm.directory.conditions.meaning import meant
from crm.directory.conditions.tree import Group, as_json
from crm.directory.models import DefaultView, SavedView
from crm.directory.queries import views
from crm.directory.saved import uses
from crm.errors import Changed, CrmError
from crm.text import N_, clean
from crm.web.rights import May, allows

LONGEST_NAME = 120


class NameMissing(CrmError):
    text = N_("Enter a name for the view.")
    field = "name"


class NameTaken(CrmError):
    text = N_("There is a view of this name already. Choose another name.")
    field = "name"


class NothingAsked(CrmError):
    text = N_("A view needs at least one condition.")


class NotYours(CrmError):
    text = N_("This view is shared by %(owner)s. Make a copy of it, and change the copy.")


class NotYoursToHide(CrmError):
    text = N_("Only the owner of a view can make it private.")
    field = "is_shared"


class InUse(CrmError):
    text = N_("“%(use)s” goes to the people of this view. Choose other people there first.")


def save(
    *,
    kind: str,
    name: str,
    tree: Group,
    description: str = "",
    is_shared: bool = False,
    columns: Sequence[str] = (),
    sort: str = "",
    by: Account,
    at: datetime,
) -> SavedView:
    """Keep the conditions under a name. Raises NameMissing, NameTaken, NothingAsked, NotUnderstood."""
    tree = _checked(tree, kind, at)
    view = SavedView(
        kind=kind,
        name=_free_name(name, kind, by),
        description=clean(description),
        owner=by,
        is_shared=is_shared,
        conditions=as_json(tree),
        columns=list(columns),
        sort=sort,
        created_at=at,
        updated_at=at,
    )
    db.session.add(view)
    db.session.flush()
    return view


def change(
    view: SavedView,
    *,
    name: str,
    description: str,
    is_shared: bool,
    tree: Group,
    seen: int,
    by: Account,
    at: datetime,
) -> None:
    """Change what a view is called or asks for. Raises NotYours, NotYoursToHide, Changed, and what
    `save` raises."""
    check_may_change(view, by)
    if seen != view.version:
        raise Changed(who=history.last_actor(db.session(), view))
    if view.is_shared and not is_shared and view.owner_id != by.id:
        raise NotYoursToHide
    tree = _checked(tree, view.kind, at)
    view.name = _free_name(name, view.kind, by, but=view)
    view.description, view.is_shared = clean(description), is_shared
    view.conditions, view.updated_at = as_json(tree), at
    db.session.flush()


def duplicate(view: SavedView, *, name: str, by: Account, at: datetime) -> SavedView:
    """A private copy; `name` gets a number when it is taken."""
    copy = SavedView(
        kind=view.kind,
        name=_numbered(name, view.kind, by),
        description=view.description,
        owner=by,
        is_shared=False,
        conditions=view.conditions,
        columns=view.columns,
        sort=view.sort,
        created_at=at,
        updated_at=at,
    )
    db.session.add(copy)
    db.session.flush()
    return copy


def remove(view: SavedView, *, by: Account, at: datetime) -> None:
    """Put the view aside; it can be taken back. Raises NotYours, and InUse while something goes to it."""
    check_may_change(view, by)
    for use in uses.of(view):
        raise InUse(use=use.name)
    view.binned_at = at


def restore(view: SavedView, *, by: Account) -> None:
    """Take a removed view back; a name that was taken meanwhile gets a number. Raises NotYours."""
    check_may_change(view, by)
    owner = view.owner or by
    view.name = _numbered(view.name, view.kind, owner, but=view)
    view.binned_at = None


def make_default(view: SavedView, *, of: Account) -> None:
    """Let the account's list open with the view."""
    leave_default(view.kind, of=of)
    db.session.add(DefaultView(account_id=of.id, kind=view.kind, view_id=view.id))


def leave_default(kind: str, *, of: Account) -> None:
    """Let the account's list open with everybody."""
    db.session.execute(delete(DefaultView).where(DefaultView.account_id == of.id, DefaultView.kind == kind))


def may_change(view: SavedView, account: Account) -> bool:
    """Its owner; of a shared one, also who may change the settings."""
    return view.owner_id == account.id or (view.is_shared and allows(account.right, May.SETTINGS))


def check_may_change(view: SavedView, account: Account) -> None:
    if not may_change(view, account):
        raise NotYours(owner=view.owner.name if view.owner else "")


def _checked(tree: Group, kind: str, at: datetime) -> Group:
    tree = tree.pruned()
    if not tree.parts:
        raise NothingAsked
    meant(tree, kind, day=at.date())
    return tree


def _free_name(name: str, kind: str, account: Account, but: SavedView | None = None) -> str:
    name = clean(name)[:LONGEST_NAME]
    if not name:
        raise NameMissing
    if _is_taken(name, kind, account, but):
        raise NameTaken
    return name


def _is_taken(name: str, kind: str, account: Account, but: SavedView | None) -> bool:
    """Whether the account sees another view of that name."""
    known = views.open_to(account, kind).order_by(None).with_only_columns(func.lower(SavedView.name))
    if but is not None and but.id is not None:
        known = known.where(SavedView.id != but.id)
    with db.session.no_autoflush:
        return db.session.scalar(select(func.count()).where(func.lower(name).in_(known))) != 0


def _numbered(name: str, kind: str, account: Account, but: SavedView | None = None) -> str:
    tried, number = name[:LONGEST_NAME], 1
    while _is_taken(tried, kind, account, but):
        number += 1
        tried = f"{name[: LONGEST_NAME - 6]} ({number})"
    return tried
