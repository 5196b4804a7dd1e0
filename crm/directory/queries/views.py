"""The saved views, and what views, saved or not, ask of a list."""

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, bindparam, func, select

from crm.accounts.models import Account
from crm.db import db
from crm.directory.conditions import ORGANISATIONS, PEOPLE, NotUnderstood, meaning
from crm.directory.conditions.tree import ANY, Ask, Group, Unreadable, from_json, read
from crm.directory.filters import ConditionsNotUnderstood, Filter, ViewGone, ViewNotUnderstood, key_in
from crm.directory.models import DefaultView, OrganisationKind, SavedView, Tag
from crm.errors import CrmError
from crm.text import N_, fold


class NoCondition(CrmError):
    text = N_("Records that were ticked one by one make no view. Give them a tag, and ask for the tag.")


def asked(filter: Filter, kind: str, *, day: date) -> list[ColumnElement[bool]]:
    """What the filter's view and conditions ask of a Person or Organisation.

    Raises ViewGone, ViewNotUnderstood, ConditionsNotUnderstood: never does less than was asked.
    """
    found: list[ColumnElement[bool]] = []
    if filter.view:
        view = chosen(filter, kind)
        try:
            found.append(meaning.meant(from_json(view.conditions), kind, day=day))
        except (NotUnderstood, Unreadable):
            raise ViewNotUnderstood(view=view.name) from None
    if filter.where:
        try:
            found.append(meaning.meant(read(filter.where), kind, day=day))
        except (NotUnderstood, Unreadable):
            raise ConditionsNotUnderstood from None
    return found


def chosen(filter: Filter, kind: str) -> SavedView:
    """The kept view that the filter names. Raises ViewGone."""
    view = db.session.get(SavedView, key_in(filter.view) or 0)
    if view is None or view.binned_at is not None or view.kind != kind:
        raise ViewGone
    return view


def check_reader(filter: Filter, kind: str, account: Account) -> None:
    """A private view is its owner's alone: for anybody else there is none. Raises ViewGone."""
    if filter.view and not is_open_to(chosen(filter, kind), account):
        raise ViewGone


def is_open_to(view: SavedView, account: Account) -> bool:
    return view.is_shared or view.owner_id == account.id


def open_to(account: Account, kind: str | None = None) -> Select[SavedView]:
    """The kept views that the account may use: shared ones and its own, by name."""
    rows = select(SavedView).where(_may_be_used(account.id))
    rows = rows.where(SavedView.kind == kind) if kind else rows
    return rows.order_by(SavedView.kind.desc(), func.lower(SavedView.name), SavedView.id)


def shared(kind: str) -> Select[SavedView]:
    rows = select(SavedView).where(SavedView.binned_at.is_(None), SavedView.is_shared.is_(True))
    return rows.where(SavedView.kind == kind).order_by(func.lower(SavedView.name), SavedView.id)


def on_offer(account: Account, kind: str, *, most: int) -> tuple[SavedView | None, list[SavedView]]:
    """The view with which that list opens for the account, and by name those it may use: that one and `most`
    others at most."""
    rows = _on_offer().limit(most + 1)
    found = db.session.execute(rows, {"account": account.id, "kind": kind}).all()
    default = next((view for view, opened in found if opened is not None), None)
    return default, sorted((view for view, _ in found), key=lambda view: (fold(view.name), view.id))


@cache
def _on_offer() -> Select[SavedView, int]:
    """The views that `account` may use on the list of that `kind`; with the default goes its key."""
    account, kind = bindparam("account", type_=Integer()), bindparam("kind", type_=String())
    opens = (DefaultView.account_id == account) & (DefaultView.kind == kind)
    return (
        select(SavedView, DefaultView.view_id)
        .outerjoin(DefaultView, (DefaultView.view_id == SavedView.id) & opens)
        .where(_may_be_used(account), SavedView.kind == kind)
        .order_by(DefaultView.view_id.is_(None), func.lower(SavedView.name), SavedView.id)
    )


def _may_be_used(account: Any) -> ColumnElement[bool]:
    return SavedView.binned_at.is_(None) & (SavedView.is_shared.is_(True) | (SavedView.owner_id == account))


def default_of(account: Account, kind: str) -> SavedView | None:
    """The view with which that list opens for the account, as long as it may use it."""
    rows = (
        select(SavedView)
        .join(DefaultView, DefaultView.view_id == SavedView.id)
        .where(DefaultView.account_id == account.id, DefaultView.kind == kind, SavedView.binned_at.is_(None))
    )
    view = db.session.scalars(rows).first()
    return view if view is not None and is_open_to(view, account) else None


# The bar of a list as conditions


def as_tree(filter: Filter, kind: str) -> Group:
    """What the bar of a list asks for, as conditions that can be saved.

    Raises NoCondition when the filter names single records.
    """
    if filter.chosen:
        raise NoCondition
    parts: list[Ask | Group] = []
    if filter.q:
        parts.append(Ask("email" if "@" in filter.q and kind == PEOPLE else "name", "has", _value(filter.q)))
    parts += [Ask("tag", "has", _value(_tag_key(name))) for name in filter.tags]
    if filter.address:
        parts.append(Ask("address", filter.address))
    if filter.language:
        parts.append(Ask("language", "is", _value(filter.language)))
    if filter.of_import:
        parts.append(Ask("import", "is", _value(filter.of_import)))
    parts += _roles(filter) if kind == PEOPLE else _organisations(filter)
    return Group(parts=tuple(parts))


def _value(value: object) -> tuple[tuple[str, str], ...]:
    return (("value", str(value)),)


def _tag_key(name: str) -> int:
    """The tag's key; 0, which is no tag's, when there is none of that name."""
    return db.session.scalar(select(Tag.id).where(Tag.name == name)) or 0


def _kind_keys(slugs: tuple[str, ...]) -> list[int]:
    rows = select(OrganisationKind.id).where(OrganisationKind.slug.in_(slugs)).order_by(OrganisationKind.id)
    return list(db.session.scalars(rows)) or [0]


def _any_of(asks: list[Ask]) -> list[Ask | Group]:
    return [*asks] if len(asks) < 2 else [Group(ANY, tuple(asks))]


def _roles(filter: Filter) -> list[Ask | Group]:
    """Asked of one and the same role; of several kinds, one condition for each."""
    asked = [
        ("category", filter.category or ""),
        ("organisation", str(filter.organisation or "")),
        ("territory", filter.territory),
        ("followed", filter.followed),
    ]
    values = [(name, value) for name, value in asked if value]
    if not filter.kinds:
        return [Ask("role", "now", tuple(values))] if values else []
    keys = _kind_keys(filter.kinds)
    return _any_of([Ask("role", "now", (*values, ("kind", str(key)))) for key in keys])


def _organisations(filter: Filter) -> list[Ask | Group]:
    parts: list[Ask | Group] = []
    if filter.kinds:
        parts += _any_of([Ask("kind", "is", _value(key)) for key in _kind_keys(filter.kinds)])
    if filter.territory:
        parts.append(Ask("territory", "in", _value(filter.territory)))
    if filter.category:
        parts.append(Ask("people", "yes", (("category", filter.category),)))
    if filter.followed:
        parts.append(Ask("followed", "is", _value(filter.followed)))
    if filter.organisation:
        parts.append(Ask("parent", "is", _value(filter.organisation)))
    return parts


__all__ = [
    "ORGANISATIONS",
    "PEOPLE",
    "NoCondition",
    "as_tree",
    "asked",
    "check_reader",
    "chosen",
    "default_of",
    "is_open_to",
    "on_offer",
    "open_to",
    "shared",
]
