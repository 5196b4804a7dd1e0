"""Tags as a list: renamed for everything that bears them, merged, removed."""

from typing import Any

from sqlalchemy import Select, func, insert, literal, select

from crm.db import db
from crm.directory.models import Tag, organisation_tags, person_tags
from crm.errors import CrmError
from crm.text import N_, clean, fold


class NamelessTag(CrmError):
    text = N_("Enter a name for the tag.")
    field = "name"


def listed() -> Select[Any]:
    """Tag, how many people and how many organisations bear it, in name order."""

    def bearers(table: Any) -> Any:
        return select(func.count()).where(table.c.tag_id == Tag.id).correlate(Tag).scalar_subquery()

    return select(
        Tag, bearers(person_tags).label("people"), bearers(organisation_tags).label("organisations")
    ).order_by(func.lower(Tag.name), Tag.id)


def rename(tag: Tag, *, name: str) -> Tag:
    """The tag under its new name; when another one is called so, the two become that one.

    Case and accents do not make another name. Raises NamelessTag.
    """
    name = clean(name)
    if not fold(name):
        raise NamelessTag
    others = db.session.scalars(select(Tag).where(Tag.id != tag.id))
    twin = next((other for other in others if fold(other.name) == fold(name)), None)
    if twin is None:
        tag.name = name
        return tag
    _hand_over(tag, twin)
    remove(tag)
    return twin


def _hand_over(tag: Tag, to: Tag) -> None:
    """Give the other tag to all that bear this one and not yet that one."""
    for table in (person_tags, organisation_tags):
        bearer = next(column for column in table.c if column.name != "tag_id")
        have = select(bearer).where(table.c.tag_id == to.id)
        lack = select(bearer, literal(to.id)).where(table.c.tag_id == tag.id, bearer.not_in(have))
        db.session.execute(insert(table).from_select([bearer.name, "tag_id"], lack))


def remove(tag: Tag) -> None:
    """Take the tag off everything, for good."""
    db.session.delete(tag)
    db.session.flush()
