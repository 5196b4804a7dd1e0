"""Why we write: the purposes, and adding and changing them."""

from collections.abc import Iterable
from typing import TypedDict

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select
from sqlalchemy.orm import aliased

from crm import history
from crm.db import db
from crm.errors import Changed, CrmError
from crm.mail.models import Address, Basis, Objection, Permission, Purpose, Wish, WritingPurpose
from crm.text import N_, clean, fold, slug


class PurposeGone(CrmError):
    text = N_("The purpose “%(key)s” does not exist. Choose another one.")
    field = "purpose"


class PurposeArchived(CrmError):
    text = N_("The purpose “%(purpose)s” is archived: nothing leaves for it any more. Choose another one.")
    field = "purpose"


class NameMissing(CrmError):
    text = N_("Enter a name in French.")
    field = "name_fr"


class NameTaken(CrmError):
    text = N_("There is a purpose of this name already: rename that one, or bring it back from the archive.")
    field = "name_fr"


class ConsentIsAsked(CrmError):
    text = N_("What rests on consent goes only to those who agreed.")
    field = "permission"


class OfTheHouse(CrmError):
    text = N_("The house itself writes for “%(purpose)s”: it cannot be archived.")


class Told(TypedDict):
    """What the association says of a purpose."""

    name_fr: str
    name_en: str
    explained_fr: str
    explained_en: str
    notice_fr: str
    notice_en: str
    basis: Basis
    permission: Permission
    reach_id: int | None


def every() -> list[WritingPurpose]:
    """All of them in their order, archived ones last."""
    rows = select(WritingPurpose).order_by(
        WritingPurpose.is_archived, WritingPurpose.position, WritingPurpose.id
    )
    return list(db.session.scalars(rows))


def offered() -> list[WritingPurpose]:
    """Those for which a mailing may be written."""
    return [one for one in every() if one.is_refusable and not one.is_archived]


def refusable() -> list[WritingPurpose]:
    """Those that may be refused, archived ones too."""
    return [one for one in every() if one.is_refusable]


def refusable_keys() -> list[str]:
    return [one.key for one in refusable()]


def called(key: str) -> WritingPurpose | None:
    return db.session.scalar(select(WritingPurpose).where(WritingPurpose.key == key))


def usable(key: str) -> WritingPurpose:
    """The purpose of that key, for which something is about to leave. Raises PurposeGone, PurposeArchived."""
    found = called(key)
    if found is None:
        raise PurposeGone(key=key)
    if found.is_archived:
        raise PurposeArchived(purpose=found.name_fr)
    return found


# Who may be written to: each in SQL, for many addresses at once


def objects(address_id: ColumnElement[int], key: ColumnElement[str] | str) -> ColumnElement[bool]:
    """The owner of the address wants nothing of that purpose."""
    said = exists().where(Objection.address_id == address_id, Objection.purpose == key)
    return or_(said, silent(address_id))


def silent(address_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The address was erased at its owner's wish, who did nothing since (`Address.is_silent`)."""
    one = aliased(Address)
    since = or_(one.last_contact_at.is_(None), one.last_contact_at < one.erased_at)
    return address_id.in_(select(one.id).where(one.erased_at.is_not(None), since))


def agreed(address_id: ColumnElement[int], key: ColumnElement[str] | str) -> ColumnElement[bool]:
    """The owner agreed once. Whoever went back on it objects, so that the two together say how it stands."""
    return exists().where(Wish.address_id == address_id, Wish.purpose == key, Wish.is_wanted.is_(True))


def lacks_consent(address_id: ColumnElement[int], key: ColumnElement[str] | str) -> ColumnElement[bool]:
    """The purpose asks for consent, and the owner never gave it."""
    asks = exists().where(WritingPurpose.key == key, WritingPurpose.permission == Permission.ONLY_AGREED)
    return and_(asks, not_(agreed(address_id, key)))


def withheld(address_id: ColumnElement[int], key: ColumnElement[str] | str) -> ColumnElement[bool]:
    """The address is not written to for that purpose: objected to, or not agreed to where that is needed."""
    return or_(objects(address_id, key), lacks_consent(address_id, key))


# Adding and changing


def add(told: Told) -> WritingPurpose:
    """One more, at the end; its key is made of its French name and stays. Raises NameMissing, NameTaken,
    ConsentIsAsked."""
    made = WritingPurpose(
        key="", position=(db.session.scalar(select(func.max(WritingPurpose.position))) or 0) + 1
    )
    _tell(made, told)
    made.key = _free_key(told["name_fr"])
    db.session.add(made)
    db.session.flush()
    return made


def change(purpose: WritingPurpose, told: Told, *, seen: int | None = None) -> None:
    """Raises Changed, NameMissing, NameTaken, ConsentIsAsked."""
    if seen is not None and seen != purpose.version:
        raise Changed(who=history.last_actor(db.session(), purpose))
    if purpose.key == Purpose.SERVICE:
        told = {**told, "permission": Permission.ALWAYS, "reach_id": None}
    _tell(purpose, told)
    history.save(db.session(), purpose)


def _tell(purpose: WritingPurpose, told: Told) -> None:
    name = clean(told["name_fr"])
    if not fold(name):
        raise NameMissing
    if any(other is not purpose and fold(other.name_fr) == fold(name) for other in every()):
        raise NameTaken
    if told["basis"] is Basis.CONSENT and told["permission"] is Permission.UNLESS_OBJECTED:
        raise ConsentIsAsked
    purpose.name_fr, purpose.name_en = name, clean(told["name_en"]) or name
    purpose.explained_fr, purpose.explained_en = clean(told["explained_fr"]), clean(told["explained_en"])
    purpose.notice_fr, purpose.notice_en = clean(told["notice_fr"]), clean(told["notice_en"])
    purpose.basis, purpose.permission = told["basis"], told["permission"]
    purpose.reach_id = told["reach_id"]


def _free_key(name: str) -> str:
    taken = {one.key for one in every()}
    wanted, number = slug(name)[:28].strip("-") or "x", 1
    while (free := wanted if number == 1 else f"{wanted}-{number}") in taken:
        number += 1
    return free


def move(purpose: WritingPurpose, *, up: bool) -> None:
    """Change places with the neighbour; at the end nothing happens."""
    shown = [other for other in every() if other.is_archived == purpose.is_archived]
    place = shown.index(purpose)
    other = place - 1 if up else place + 1
    if 0 <= other < len(shown):
        shown[place], shown[other] = shown[other], shown[place]
    for position, each in enumerate(shown, 1):
        each.position = position


def archive(purpose: WritingPurpose) -> None:
    """Offer it no more, and let nothing leave for it; what left keeps it. Raises OfTheHouse."""
    if purpose.is_of_the_house:
        raise OfTheHouse(purpose=purpose.name_fr)
    purpose.is_archived = True


def bring_back(purpose: WritingPurpose) -> None:
    purpose.is_archived = False


def of_keys(keys: Iterable[str]) -> list[WritingPurpose]:
    """Those of these keys, in their order."""
    wanted = set(keys)
    return [one for one in every() if one.key in wanted]
