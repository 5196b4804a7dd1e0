"""The directory's own acts on many records: tags, who follows, the bin."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    delete,
    exists,
    insert,
    literal,
    null,
    select,
)

from crm.accounts.models import Account
from crm.db import db
from crm.directory import queries
from crm.directory.bulk.kinds import ORGANISATIONS, PEOPLE, Kind, Portion, register
from crm.directory.bulk.models import BulkAct, BulkRow
from crm.directory.filters import NOBODY, key_in
from crm.directory.models import Organisation, Person, Tag, organisation_tags, person_tags
from crm.directory.services.records import find_or_add_tags
from crm.errors import CrmError
from crm.text import N_, clean, fold


class NoTag(CrmError):
    text = N_("Enter the tag.")
    field = "what"


class UnknownTag(CrmError):
    text = N_("Choose one of the tags.")
    field = "what"


class UnknownFollower(CrmError):
    text = N_("Choose who follows.")
    field = "what"


def _tagging(of: str) -> tuple[Any, Any]:
    """The table of the records' tags, and its column of records."""
    table = person_tags if of == PEOPLE else organisation_tags
    return table, table.c.person_id if of == PEOPLE else table.c.organisation_id


def _bears(of: str, record: Any, tag: int | None) -> ColumnElement[bool]:
    table, key = _tagging(of)
    return exists().where(key == record, table.c.tag_id == tag)


def _told(facts: dict[str, Any]) -> list[list[str]]:
    return [[f"tags:{facts['tag']}", facts["name"]]]


def _tie(portion: Portion) -> None:
    table, key = _tagging(portion.act.of)
    rows = portion.keys().add_columns(literal(portion.facts["tag"]))
    db.session.execute(insert(table).from_select([key.name, "tag_id"], rows))
    portion.touch()
    portion.remember({"tags": [[], _told(portion.facts)]})


def _untie(portion: Portion) -> None:
    table, key = _tagging(portion.act.of)
    db.session.execute(delete(table).where(table.c.tag_id == portion.facts["tag"], key.in_(portion.keys())))
    portion.touch()
    portion.remember({"tags": [_told(portion.facts), []]})


def _tag_called(name: str) -> Tag | None:
    return next((tag for tag in db.session.scalars(queries.tags()) if fold(tag.name) == fold(name)), None)


class GiveTag(Kind):
    key, label, icon = "tag", N_("Tag…"), "tag"
    asks, typed = N_("Tag"), True
    title, button = N_("Give the tag “%(name)s”"), N_("Give the tag")
    reasons = {"has": N_("has the tag already")}

    def offered(self, of: str) -> list[tuple[str, str]]:
        return [(tag.name, tag.name) for tag in db.session.scalars(queries.tags())]

    def facts(self, of: str, asked: str) -> dict[str, Any]:
        name = clean(asked)[:100]
        if not fold(name):
            raise NoTag
        known = _tag_called(name)
        return {"tag": known.id if known else None, "name": known.name if known else name}

    def prepare(self, act: BulkAct) -> None:
        if act.facts["tag"] is None:
            tag = find_or_add_tags([act.facts["name"]])[0]
            act.facts = {**act.facts, "tag": tag.id, "made": True}

    def finish(self, act: BulkAct) -> None:
        tag = db.session.get(Tag, act.facts["tag"]) if act.facts.get("made") else None
        used = tag and any(
            db.session.scalar(select(exists().where(table.c.tag_id == tag.id)))
            for table in (person_tags, organisation_tags)
        )
        if tag and not used:
            db.session.delete(tag)

    def why(self, of: str, facts: dict[str, Any]) -> ColumnElement[Any]:
        model = Person if of == PEOPLE else Organisation
        return case((_bears(of, model.id, facts["tag"]), "has"), else_=null())

    def do(self, portion: Portion) -> None:
        _tie(portion)

    def stands(self, portion: Portion) -> ColumnElement[bool]:
        return _bears(portion.act.of, BulkRow.record_id, portion.facts["tag"])

    def undo(self, portion: Portion) -> None:
        _untie(portion)


class TakeTag(Kind):
    key, label, icon = "untag", N_("Take a tag off…"), "x"
    asks = N_("Tag")
    title, button = N_("Take off the tag “%(name)s”"), N_("Take the tag off")
    reasons = {"lacks": N_("does not have the tag")}

    def offered(self, of: str) -> list[tuple[str, str]]:
        return [(str(tag.id), tag.name) for tag in db.session.scalars(queries.tags())]

    def facts(self, of: str, asked: str) -> dict[str, Any]:
        tag = db.session.get(Tag, key_in(asked) or 0) or _tag_called(asked)
        if tag is None:
            raise UnknownTag
        return {"tag": tag.id, "name": tag.name}

    def why(self, of: str, facts: dict[str, Any]) -> ColumnElement[Any]:
        model = Person if of == PEOPLE else Organisation
        return case((~_bears(of, model.id, facts["tag"]), "lacks"), else_=null())

    def do(self, portion: Portion) -> None:
        _untie(portion)

    def stands(self, portion: Portion) -> ColumnElement[bool]:
        known = exists().where(Tag.id == portion.facts["tag"])
        return and_(known, ~_bears(portion.act.of, BulkRow.record_id, portion.facts["tag"]))

    def undo(self, portion: Portion) -> None:
        _tie(portion)


class Assign(Kind):
    """Of people, the organisations that they stand for are assigned: only organisations are followed."""

    key, label, icon = "assign", N_("Assign…"), "user"
    asks = N_("Followed by")
    title, button = N_("Have the organisations followed by %(name)s"), N_("Assign them")
    reasons = {"same": N_("is followed by that person already")}

    def offered(self, of: str) -> list[tuple[str, str]]:
        accounts = db.session.scalars(queries.followers())
        return [(NOBODY, N_("Nobody")), *((str(account.id), account.name) for account in accounts)]

    def facts(self, of: str, asked: str) -> dict[str, Any]:
        if asked == NOBODY:
            return {"account": None, "name": "—"}
        account = db.session.get(Account, key_in(asked) or 0)
        if account is None or not account.is_open:
            raise UnknownFollower
        return {"account": account.id, "name": account.name}

    def reach(self, of: str, rows: Select[Any], day: Any) -> tuple[str, Select[Any]]:
        if of == ORGANISATIONS:
            return of, rows
        standing = queries.standing_for(day)
        people = rows.with_only_columns(Person.id).order_by(None)
        theirs = select(standing.c.organisation_id).where(standing.c.person_id.in_(people))
        return ORGANISATIONS, select(Organisation).where(
            Organisation.id.in_(theirs), Organisation.binned_at.is_(None)
        )

    def why(self, of: str, facts: dict[str, Any]) -> ColumnElement[Any]:
        same = Organisation.followed_by_id.is_not_distinct_from(facts["account"])
        return case((same, "same"), else_=null())

    def before(self, of: str, facts: dict[str, Any]) -> ColumnElement[Any]:
        return Organisation.followed_by_id.expression

    def do(self, portion: Portion) -> None:
        new = portion.facts["account"]
        for before in portion.befores():
            portion.remember({"followed_by_id": [before, new]}, BulkRow.before.is_not_distinct_from(before))
        portion.touch(followed_by_id=new)

    def stands(self, portion: Portion) -> ColumnElement[bool]:
        new = portion.facts["account"]
        return exists().where(
            Organisation.id == BulkRow.record_id, Organisation.followed_by_id.is_not_distinct_from(new)
        )

    def undo(self, portion: Portion) -> None:
        new = portion.facts["account"]
        for before in portion.befores():
            of_these = BulkRow.before.is_not_distinct_from(before)
            portion.remember({"followed_by_id": [new, before]}, of_these)
            portion.touch(of_these, followed_by_id=before)


class Bin(Kind):
    key, label, icon = "bin", N_("Put into the bin"), "trash"
    title, button = N_("Put into the bin"), N_("Put them into the bin")
    reasons = {"binned": N_("is in the bin already")}

    def why(self, of: str, facts: dict[str, Any]) -> ColumnElement[Any]:
        model = Person if of == PEOPLE else Organisation
        return case((model.binned_at.is_not(None), "binned"), else_=null())

    def do(self, portion: Portion) -> None:
        # The instant of the act itself, by which it is known when it is taken back.
        at = portion.act.created_at
        portion.touch(binned_at=at)
        portion.remember({"binned_at": [None, at.isoformat()]})

    def stands(self, portion: Portion) -> ColumnElement[bool]:
        model = portion.model
        return exists().where(model.id == BulkRow.record_id, model.binned_at == portion.act.created_at)

    def undo(self, portion: Portion) -> None:
        portion.touch(binned_at=None)
        portion.remember({"binned_at": [portion.act.created_at.isoformat(), None]})


class Restore(Kind):
    """The instants they went in are in the history; taken back, they are in the bin since the act."""

    key, label, icon, in_bin = "restore", N_("Take out of the bin"), "arrow-back-up", True
    title, button = N_("Take out of the bin"), N_("Take them out of the bin")
    reasons = {
        "kept": N_("is not in the bin"),
        "merged": N_("was merged into another record"),
        "erased": N_("was erased for good"),
    }

    def why(self, of: str, facts: dict[str, Any]) -> ColumnElement[Any]:
        model: Any = Person if of == PEOPLE else Organisation
        gone = [(Person.erased_at.is_not(None), "erased")] if of == PEOPLE else []
        return case(
            *gone,
            (model.merged_into_id.is_not(None), "merged"),
            (model.binned_at.is_(None), "kept"),
            else_=null(),
        )

    def do(self, portion: Portion) -> None:
        portion.remember_each("binned_at")
        portion.touch(binned_at=None)

    def stands(self, portion: Portion) -> ColumnElement[bool]:
        model = portion.model
        return exists().where(model.id == BulkRow.record_id, model.binned_at.is_(None))

    def undo(self, portion: Portion) -> None:
        portion.touch(binned_at=portion.at)
        portion.remember({"binned_at": [None, portion.at.isoformat()]})


for _kind in (GiveTag(), TakeTag(), Assign(), Bin(), Restore()):
    register(_kind)
