"""Keeping what left, letting it go when its time is over, and when the person it went to is erased.

Messages of one mailing differ by a few lines. What all of a handful have in common is kept once and
serves as the dictionary of the others (zlib): some hundred octets each instead of some thousand.
"""

import zlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from crm.db import db, is_sqlite, one_of
from crm.mail import composers
from crm.mail.composers import Claimed
from crm.mail.kept.models import KeptForm, KeptMessage
from crm.mail.kept.packing import compressed, in_common, uncompressed
from crm.mail.message import Message
from crm.mail.models import Delivery

FEWEST = 5  # messages that must have a line in common, so that it is nobody's own
AT_ONCE = 10_000  # kept messages let go in one statement

Key = tuple[int, str, str]
Form = tuple[int, bytes]


class Keeper:
    """Keeps what one worker sends in one pass; `days` of 0 keeps nothing.

    Messages that open an account are never kept: their links are secrets.
    """

    def __init__(self, days: int = 0) -> None:
        self.days = days
        self._forms: dict[Key, Form] = {}

    def keep(self, sent: Sequence[tuple[Claimed, Message]], *, at: datetime) -> None:
        """Write the bytes down, in the unit of work that says that they left."""
        secret = composers.confidential()
        kept = [one for one in sent if one[0].kind not in secret] if self.days else []
        if not kept:
            return
        rows: list[dict[str, Any]] = []
        keyed = sorted(((_key(one[0]), one[0].id, one[1]) for one in kept), key=itemgetter(0, 1))
        for key, group in groupby(keyed, key=itemgetter(0)):
            some = [(delivery_id, message.as_bytes()) for _key_, delivery_id, message in group]
            form = self._form(key, [content for _id, content in some])
            rows += [
                {
                    "delivery_id": delivery_id,
                    "form_id": form[0] if form else None,
                    "content": compressed(content, form[1] if form else b""),
                    "at": at,
                }
                for delivery_id, content in some
            ]
        db.session.execute(_write(is_sqlite(db.session())), rows)

    def _form(self, key: Key, contents: Sequence[bytes]) -> Form | None:
        """What messages like these have in common, as this or another worker found it."""
        dispatch_id, kind, language = key
        if not dispatch_id:
            return None
        if key not in self._forms:
            asked = select(KeptForm.id, KeptForm.content).where(
                KeptForm.dispatch_id == dispatch_id, KeptForm.kind == kind, KeptForm.language == language
            )
            known = db.session.execute(asked.order_by(KeptForm.id).limit(1)).first()
            if known is not None:
                self._forms[key] = known.id, zlib.decompress(known.content)
            elif len(contents) >= FEWEST:
                self._forms[key] = _made(key, in_common(contents))
        return self._forms.get(key)

    def lost(self) -> None:
        """The unit of work was taken back, and with it the forms that it had made."""
        self._forms.clear()


def _key(delivery: Claimed) -> Key:
    return delivery.dispatch_id or 0, delivery.kind, delivery.language


def _made(key: Key, lines: bytes) -> Form:
    facts = dict(zip(("dispatch_id", "kind", "language"), key, strict=True))
    made = insert(KeptForm).values(content=zlib.compress(lines), **facts).returning(KeptForm.id)
    return db.session.scalars(made).one(), lines


# Made once: it is executed with each handful that left.
@cache
def _write(on_sqlite: bool) -> Any:
    into: Any = (sqlite if on_sqlite else postgresql).insert(KeptMessage.__table__)
    new = {name: into.excluded[name] for name in ("form_id", "content", "at")}
    return into.on_conflict_do_update(index_elements=["delivery_id"], set_=new)


def forget(*, days: int, at: datetime) -> int:
    """Let go what has been kept that long, so many at a time; how many were let go."""
    old = select(KeptMessage.delivery_id).where(KeptMessage.at < at - timedelta(days=days))
    keys = list(db.session.scalars(old.order_by(KeptMessage.at).limit(AT_ONCE)))
    if not keys:
        return 0
    db.session.execute(delete(KeptMessage).where(KeptMessage.delivery_id.in_(keys)))
    unused = ~exists().where(KeptMessage.form_id == KeptForm.id)
    # A dispatch that is leaving at this moment keeps its form.
    db.session.execute(delete(KeptForm).where(unused, ~_is_leaving()))
    return len(keys)


def _is_leaving() -> ColumnElement[bool]:
    return exists().where(
        Delivery.dispatch_id == KeptForm.dispatch_id, Delivery.state.in_(("queued", "sending"))
    )


def erase_naming(names: Callable[[bytes], bool]) -> list[str]:
    """Let go at once what names somebody who is erased, though it went to others; how messages are called.

    Of messages of one mailing what they have in common is looked through: what differs is their readers' own.
    """
    shared = db.session.execute(select(KeptForm.id, KeptForm.content)).all()
    forms = [key for key, content in shared if _is_told(names, zlib.decompress, content)]
    alone = select(KeptMessage.delivery_id, KeptMessage.content).where(KeptMessage.form_id.is_(None))
    keys = [
        key
        for key, content in db.session.execute(alone).all()
        if _is_told(names, lambda packed: uncompressed(packed, b""), content)
    ]
    gone = erase(
        Delivery.id.in_(select(KeptMessage.delivery_id).where(KeptMessage.form_id.in_(forms)))
        | one_of(Delivery.id, keys)
    )
    db.session.execute(delete(KeptForm).where(KeptForm.id.in_(forms)))
    return gone


def _is_told(names: Callable[[bytes], bool], unpack: Callable[[bytes], bytes], content: bytes) -> bool:
    """What cannot be read any more is of no use to anybody, and goes too."""
    try:
        return names(unpack(content))
    except zlib.error:
        return True


def erase(which: ColumnElement[bool]) -> list[str]:
    """Let go at once the bytes of the deliveries for which that is true; how those messages are called.

    Whoever erases a person calls it with `Delivery.person_id == …`, before the deliveries forget who it was.
    """
    found = db.session.execute(select(Delivery.id, Delivery.message_id).where(which)).all()
    if found:
        db.session.execute(
            delete(KeptMessage).where(KeptMessage.delivery_id.in_([key for key, _id in found]))
        )
    return [message_id for _key_, message_id in found]
