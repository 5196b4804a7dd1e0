"""What a part of an audience means: the people, or the reason why it means nobody any more."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Select, select, union

from crm.db import db
from crm.directory import queries as directory
from crm.directory.conditions.tree import Ask, Group, Unreadable, read, together, write
from crm.directory.filters import BadFilter, Filter, ViewGone, key_in
from crm.directory.models import Person, SavedView, Tag
from crm.errors import CrmError
from crm.events.models import Event
from crm.governance.models import Body
from crm.mail.models import Delivery, DeliveryState
from crm.mailings.audiences.models import AudiencePart, How, PartKind
from crm.text import N_

KIND = "mailing"
# What is on its way, or may have arrived: whoever stands there has received it.
HAD = (
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.UNCERTAIN,
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
)
_WHERE = {
    How.CAME: "all(events.came.yes;event:{0})",
    How.ABSENT: "any(events.came.absent;event:{0},events.came.excused;event:{0})",
    How.REGISTERED: "all(events.registered.yes;event:{0})",
    How.WAITING: "all(events.registered.waiting;event:{0})",
    How.INVITED: "all(events.invited.yes;event:{0})",
    How.UNANSWERED: "all(events.invited.no_answer;event:{0})",
    How.DECLINED: "any(events.invited.declined;event:{0},events.registered.withdrew;event:{0})",
    How.SENT: "all(mailings.mailed.yes;mailing:{0})",
    How.RETURNED: "all(mailings.mailed.returned;mailing:{0})",
}
OF_EVENTS = (
    How.CAME, How.ABSENT, How.REGISTERED, How.WAITING, How.INVITED, How.UNANSWERED, How.DECLINED,
)  # fmt: skip
OF_MAILINGS = (How.SENT, How.RETURNED)


class PartGone(CrmError):
    text = N_("“%(part)s” no longer exists: take it out of the audience, or choose another one.")


class PartPrivate(CrmError):
    text = N_("The view “%(part)s” is its owner’s alone now: ask for it to be shared, or take it out.")


class PartNotUnderstood(CrmError):
    text = N_("“%(part)s” has a condition that is no longer understood: mend it, or take it out.")


def of_list(querystring: str) -> AudiencePart:
    """The people of a filtered list as a part. Raises BadFilter.

    Tags are kept by their keys, so that they can be renamed.
    """
    filter = Filter.of(querystring)
    if filter.is_empty:
        return AudiencePart(kind=PartKind.EVERYONE)
    if filter == Filter(view=filter.view) and key_in(filter.view):
        return AudiencePart(kind=PartKind.VIEW, key=int(filter.view))
    if filter == Filter(chosen=filter.chosen):
        return AudiencePart(kind=PartKind.PEOPLE, filter=filter.querystring())
    return AudiencePart(kind=PartKind.LIST, filter=_by_keys(filter).querystring())


def _by_keys(filter: Filter) -> Filter:
    if not filter.tags:
        return filter
    keys = dict(db.session.execute(select(Tag.name, Tag.id).where(Tag.name.in_(filter.tags))).all())
    asked = Group(parts=tuple(Ask("tag", "has", (("value", str(keys.get(t, 0))),)) for t in filter.tags))
    try:
        tree = together(read(filter.where), asked) if filter.where else asked
    except Unreadable:
        return filter
    return replace(filter, tags=(), where=write(tree))


def querystring(part: AudiencePart) -> str:
    """The list of people on which the part can be looked at."""
    match part.kind:
        case PartKind.LIST | PartKind.PEOPLE:
            return part.filter
        case PartKind.EVERYONE:
            return ""
        case PartKind.VIEW:
            return Filter(view=str(part.key)).querystring()
        case PartKind.TAG:
            return Filter(where=f"all(tag.has;value:{part.key})").querystring()
        case PartKind.BODY:
            return Filter(where=f"all(governance.seat.now;body:{part.key})").querystring()
        case _:
            return Filter(where=_WHERE[part.how or How.SENT].format(part.key)).querystring()


def people(part: AudiencePart, *, day: date) -> Select[Any]:
    """The keys of its people on that day; of single records that it names also those in the bin.

    Raises PartGone, PartPrivate, PartNotUnderstood.
    """
    check(part)
    if part.kind is PartKind.MAILING and part.how is How.SENT:
        return _had(part)
    is_named = part.kind in (PartKind.PEOPLE, PartKind.EVENT, PartKind.BODY)
    try:
        filter = Filter.of(querystring(part))
        if filter.in_bin:
            raise BadFilter(part="bin")
        rows = directory.people(filter, day=day, also_in_bin=is_named)
    except ViewGone:
        raise PartGone(part=part.title) from None
    except BadFilter:
        raise PartNotUnderstood(part=part.title) from None
    return rows.with_only_columns(Person.id).order_by(None)


def _had(part: AudiencePart) -> Select[Any]:
    """Who was written to; and, where they are left out, whoever reads the same address first."""
    sent = select(Delivery.person_id.label("id")).where(
        Delivery.kind == KIND,
        Delivery.subject_id == part.key,
        Delivery.state.in_(HAD),
        Delivery.person_id.is_not(None),
    )
    if not part.is_excluded:
        return sent
    first = directory.first_addresses()
    beside = (
        select(first.c.person_id)
        .join(Delivery, Delivery.address_id == first.c.address_id)
        .where(Delivery.kind == KIND, Delivery.subject_id == part.key, Delivery.state.in_(HAD))
    )
    return select(union(sent, beside).subquery().c.id)


def check(part: AudiencePart) -> None:
    """Raise the reason why what it names can no longer be used. Raises PartGone, PartPrivate."""
    if part.key is None:
        return
    record = found(part)
    if record is None or getattr(record, "binned_at", None) is not None:
        raise PartGone(part=part.title)
    if isinstance(record, SavedView):
        is_open = record.is_shared or part.chosen_by_id in (None, record.owner_id)
        if not is_open:
            raise PartPrivate(part=part.title)


def found(part: AudiencePart) -> Any:
    """The record that it names, None when it is gone or it names none."""
    from crm.mailings.models import Mailing

    models: dict[PartKind, Any] = {
        PartKind.VIEW: SavedView,
        PartKind.TAG: Tag,
        PartKind.EVENT: Event,
        PartKind.BODY: Body,
        PartKind.MAILING: Mailing,
    }
    model = models.get(part.kind)
    return db.session.get(model, part.key) if model is not None and part.key is not None else None


def view_of(part: AudiencePart) -> SavedView | None:
    """The saved view that says who its people are, alone or beside other conditions."""
    if part.kind not in (PartKind.VIEW, PartKind.LIST):
        return None
    try:
        key = key_in(Filter.of(querystring(part)).view)
    except BadFilter:
        return None
    return db.session.get(SavedView, key) if key else None


def any_of(selects: list[Select[Any]]) -> Any:
    """The people of several parts, each once."""
    if len(selects) == 1:
        return selects[0].subquery("people_meant")
    return union(*selects).subquery("people_meant")
