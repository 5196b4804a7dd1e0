"""What readers declare: that they wrote, that an answer came; and taking it back."""

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from crm.db import db, is_sqlite
from crm.directory.models import Person
from crm.errors import CrmError
from crm.kits.acting.models import (
    ActKind,
    KitAct,
    KitClick,
    KitLetter,
    KitLetterName,
    KitReader,
    KitTarget,
    Reply,
)
from crm.kits.models import Kit, KitState
from crm.kits.parliament.models import Chamber, Parliamentarian
from crm.relations import services as relations
from crm.relations.models import Act
from crm.text import N_

MOST_WORDS = 2_000
MOST_TARGETS = 10


class KitOver(CrmError):
    text = N_("This mobilisation is over: what you did before is kept, nothing new can be told.")


class NotWritten(CrmError):
    text = N_("Say first that you wrote; then that an answer came.")


class TooManyTargets(CrmError):
    text = N_("A kit has at most %(most)s people whom everybody writes to. Take one off first.")


class TwiceTarget(CrmError):
    text = N_("%(name)s is on the list already.")


class TwiceLabel(CrmError):
    text = N_("Another version has that name. Choose another.")
    field = "label"


def reader_of(kit: Kit, person: Person | None, *, at: datetime) -> KitReader:
    """The person's row for this kit, made when it is needed; a new one for somebody unknown."""
    if person is not None:
        known = db.session.scalar(
            select(KitReader).where(KitReader.kit_id == kit.id, KitReader.person_id == person.id)
        )
        if known is not None:
            return known
    reader = KitReader(kit_id=kit.id, person=person, token=secrets.token_urlsafe(24), made_at=at)
    try:
        with db.session.begin_nested():
            db.session.add(reader)
    except IntegrityError:
        # The same link in two tabs at the same moment.
        return reader_of(kit, person, at=at)
    return reader


def keep_place(reader: KitReader, constituency: str) -> None:
    """Remember which constituency the reader chose."""
    reader.constituency = constituency


def opened(reader: KitReader, *, at: datetime) -> None:
    """The page was seen in a browser: approximate, for scanners have browsers too."""
    if reader.opened_at is None:
        reader.opened_at = at
        _enter(reader, None, ActKind.OPENED, at)


def clicked(kit: Kit, one: Parliamentarian, channel: str) -> None:
    """The letter was opened by that button; that it was sent is not concluded from it."""
    into = (sqlite if is_sqlite(db.session()) else postgresql).insert(KitClick)
    once = into.values(kit_id=kit.id, parliamentarian_id=one.id, channel=channel, number=1)
    keys = [KitClick.kit_id, KitClick.parliamentarian_id, KitClick.channel]
    db.session.execute(once.on_conflict_do_update(index_elements=keys, set_={"number": KitClick.number + 1}))


def wrote(kit: Kit, reader: KitReader, one: Parliamentarian, *, at: datetime) -> KitAct:
    """The reader wrote to this one; told twice it counts once. Raises KitOver."""
    _check_open(kit)
    act = _enter(reader, one, ActKind.WROTE, at)
    reader.acted_at = reader.acted_at or at
    if reader.person_id is not None and reader.keeps_name:
        _note(kit, reader, Act.WROTE_TO_PARLIAMENT, at)
    return act


def replied(
    kit: Kit, reader: KitReader, one: Parliamentarian, reply: Reply, *, words: str = "", at: datetime
) -> KitAct:
    """An answer came, or none did; the last word counts. Raises NotWritten."""
    if _known(reader, one, ActKind.WROTE) is None:
        raise NotWritten
    act = _enter(reader, one, ActKind.REPLIED, at, reply=reply)
    act.reply, act.words = reply, words[:MOST_WORDS]
    return act


def undo(reader: KitReader, one: Parliamentarian, kind: ActKind, *, at: datetime) -> None:
    """Take back what was declared about this one; with the letter goes the answer to it."""
    for what in {kind, *([ActKind.REPLIED] if kind is ActKind.WROTE else [])}:
        act = _known(reader, one, what)
        if act is not None:
            act.undone_at = at
    db.session.flush()
    still = select(KitAct.id).where(
        KitAct.reader_id == reader.id, KitAct.kind == ActKind.WROTE, KitAct.undone_at.is_(None)
    )
    if db.session.scalar(still.limit(1)) is None:
        reader.acted_at = None


def disown(reader: KitReader) -> None:
    """The link was forwarded: what was declared by it stays, counted under nobody."""
    reader.person, reader.organisation, reader.keeps_name = None, None, False


def _enter(
    reader: KitReader,
    one: Parliamentarian | None,
    kind: ActKind,
    at: datetime,
    *,
    reply: Reply | None = None,
) -> KitAct:
    same = select(KitAct).where(
        KitAct.reader_id == reader.id,
        KitAct.parliamentarian_id == (one.id if one else None),
        KitAct.kind == kind,
    )
    act = db.session.scalar(same)
    if act is None:
        act = KitAct(kit_id=reader.kit_id, reader=reader, parliamentarian=one, kind=kind, at=at, reply=reply)
        db.session.add(act)
    elif act.undone_at is not None:
        act.at, act.undone_at = at, None
    db.session.flush()
    return act


def _known(reader: KitReader, one: Parliamentarian, kind: ActKind) -> KitAct | None:
    return db.session.scalar(
        select(KitAct).where(
            KitAct.reader_id == reader.id,
            KitAct.parliamentarian_id == one.id,
            KitAct.kind == kind,
            KitAct.undone_at.is_(None),
        )
    )


def _check_open(kit: Kit) -> None:
    if kit.state is not KitState.PUBLISHED:
        raise KitOver


def _note(kit: Kit, reader: KitReader, act: Act, at: datetime) -> None:
    relations.note(
        act=act,
        subject=kit.ref,
        title=kit.title,
        person_id=reader.person_id,
        organisation_id=reader.organisation_id,
        at=at,
    )


# What the kit's makers choose


def add_target(kit: Kit, one: Parliamentarian, *, reason: str) -> KitTarget:
    """Everybody writes to this one too. Raises TwiceTarget, TooManyTargets."""
    known = list(db.session.scalars(select(KitTarget).where(KitTarget.kit_id == kit.id)))
    if any(target.parliamentarian_id == one.id for target in known):
        raise TwiceTarget(name=one.name)
    if len(known) >= MOST_TARGETS:
        raise TooManyTargets(most=MOST_TARGETS)
    target = KitTarget(kit_id=kit.id, parliamentarian=one, reason=reason, position=len(known) + 1)
    db.session.add(target)
    db.session.flush()
    return target


def write_letter(
    kit: Kit,
    letter: KitLetter | None,
    *,
    label: str,
    chamber: Chamber | None,
    group: str,
    committee: str,
    named: list[Parliamentarian],
    subject: str,
    body: str,
    short: str,
) -> KitLetter:
    """A new version of the letter, or the one given anew. Raises TwiceLabel, letters.UnknownVariable."""
    from crm.kits.acting import letters

    for field, text in (("subject", subject), ("body", body), ("short", short)):
        letters.check(text, field=field)
    twin = select(KitLetter.id).where(KitLetter.kit_id == kit.id, KitLetter.label == label)
    if letter is not None:
        twin = twin.where(KitLetter.id != letter.id)
    if db.session.scalar(twin) is not None:
        raise TwiceLabel
    if letter is None:
        letter = KitLetter(kit_id=kit.id, label=label, subject=subject, body=body)
        letter.position = (
            len(list(db.session.scalars(select(KitLetter.id).where(KitLetter.kit_id == kit.id)))) + 1
        )
        db.session.add(letter)
    letter.label, letter.chamber, letter.group, letter.committee = label, chamber, group, committee
    letter.subject, letter.body, letter.short = subject, body, short
    letter.named = [KitLetterName(parliamentarian=one) for one in named]
    db.session.flush()
    return letter
