"""Logos of co-signatories: given with a request or by staff, moved, taken off, erased.

A file may be shown by a signature and by press releases that were given out, and a merge of two
organisations that can be undone holds it as well. What takes a logo away
returns the files that nothing shows any more: whoever commits discards them afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import String, cast, select

from crm import history
from crm.accounts.models import Account
from crm.db import db
from crm.directory.merging.models import Merge
from crm.kits.models import Cosignatory, Kit
from crm.kits.signing.models import KitRelease, Signing
from crm.text import clean

Author = Account | str
# What a page and a paper show of it, in pixels.
LARGEST = (480, 240)
# What the columns of a signature hold that shows none.
NOTHING: dict[str, Any] = {
    "logo": None,
    "logo_width": 0,
    "logo_height": 0,
    "logo_alt": "",
    "logo_allowed_by": "",
    "logo_allowed_on": None,
}


@dataclass(frozen=True, kw_only=True)
class Logo:
    """A kept PNG with its size in pixels; `alt` is what it shows besides the name, "" for nothing."""

    stored_as: str
    width: int
    height: int
    alt: str
    allowed_by: str
    allowed_on: date


def give(signature: Cosignatory, logo: Logo, *, by: Author) -> list[str]:
    """The logo that stands beside the signature from now on, instead of the one it had."""
    _sign(by)
    return _replaced(signature, logo)


def describe(signature: Cosignatory, *, alt: str, allowed_by: str, allowed_on: date, by: Author) -> None:
    """Say anew what the logo shows, and who allowed it when."""
    _sign(by)
    signature.logo_alt, signature.logo_allowed_by = _line(alt), _line(allowed_by)
    signature.logo_allowed_on = allowed_on


def withdraw(signature: Cosignatory, *, by: Author) -> list[str]:
    """The signature stands without its logo from now on; press releases that were given out keep it."""
    _sign(by)
    return take_off(signature)


def take_off(shown: Cosignatory | Signing) -> list[str]:
    return _replaced(shown, None)


def erase(signature: Cosignatory, *, by: Author) -> list[str]:
    """Take the logo off the signature and off every press release that was given out with it.

    Merges hold no logo of it any more either: undoing one brings the signature back without.
    """
    _sign(by)
    names = {signature.logo} if signature.logo else set()
    names |= set(_merged(signature.kit, {signature.organisation_id}))
    for release in _releases(signature.kit):
        mine = [one for one in release.signatories if one.get("key") == signature.id and one.get("logo")]
        if mine:
            names.update(one["logo"] for one in mine)
            release.signatories = [
                {**one, "logo": "", "logo_alt": ""} if one in mine else one for one in release.signatories
            ]
    put(signature, None)
    db.session.flush()
    return _unshown(signature.kit, names)


def is_released(signature: Cosignatory) -> bool:
    """Whether a press release that was given out shows a logo of this signature."""
    told = (one for release in _releases(signature.kit) for one in release.signatories)
    return any(one.get("key") == signature.id and one.get("logo") for one in told)


def put(shown: Cosignatory | Signing, logo: Logo | None) -> None:
    """Write the logo's facts; None writes that there is none."""
    shown.logo = logo.stored_as if logo else None
    shown.logo_width, shown.logo_height = (logo.width, logo.height) if logo else (0, 0)
    shown.logo_alt = _line(logo.alt) if logo else ""
    shown.logo_allowed_by, shown.logo_allowed_on = (
        (_line(logo.allowed_by), logo.allowed_on) if logo else ("", None)
    )


def of(shown: Cosignatory | Signing) -> Logo | None:
    if shown.logo is None or shown.logo_allowed_on is None:
        return None
    return Logo(
        stored_as=shown.logo,
        width=shown.logo_width,
        height=shown.logo_height,
        alt=shown.logo_alt,
        allowed_by=shown.logo_allowed_by,
        allowed_on=shown.logo_allowed_on,
    )


def _replaced(shown: Cosignatory | Signing, logo: Logo | None) -> list[str]:
    before = shown.logo
    put(shown, logo)
    db.session.flush()
    return _unused(shown.kit, {before}) if before else []


def _unused(kit: Kit, names: set[str]) -> list[str]:
    """Those of the files that nothing of the kit shows, and that no merge could bring back."""
    held = set(_merged(kit, None))
    return [name for name in _unshown(kit, names) if name not in held]


def _merged(kit: Kit, organisations: set[int] | None) -> Iterator[str]:
    """Logos of signatures that merges took away and could bring back: of all organisations, or of those that
    went into these, merge by merge."""
    told = cast(Merge.snapshot, String).contains('"cosignatories"')
    made = select(Merge).where(Merge.kind == "organisations", Merge.undone_at.is_(None), told)
    into = set(organisations or ())
    for merge in db.session.scalars(made.order_by(Merge.id.desc())):
        if organisations is not None and merge.kept_id not in into:
            continue
        into.add(merge.gone_id)
        for step in merge.snapshot["steps"]:
            row = step.get("row", {}) if step["table"] == "cosignatories" else {}
            if row.get("kit_id") == kit.id and row.get("logo"):
                yield row["logo"]


def _unshown(kit: Kit, names: set[str]) -> list[str]:
    """Those of the files that no signature, request or press release of the kit shows."""
    used = {one["logo"] for release in _releases(kit) for one in release.signatories if one.get("logo")}
    for model in (Cosignatory, Signing):
        used.update(db.session.scalars(select(model.logo).where(model.logo.in_(names))))
    return sorted(names - used)


def _releases(kit: Kit) -> list[KitRelease]:
    return list(db.session.scalars(select(KitRelease).where(KitRelease.kit_id == kit.id)))


def _sign(by: Author) -> None:
    history.act_as(db.session(), by if isinstance(by, str) else by.email)


def _line(text: str) -> str:
    return clean(text).replace("\n", " ")
