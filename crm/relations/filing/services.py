"""Filing mail: which is taken, which is refused and why, into whose log it goes."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm.exc import StaleDataError

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import Organisation, Person
from crm.errors import Changed, CrmError
from crm.relations import services as log
from crm.relations.filing import queries
from crm.relations.filing.reading import Read, bare_subject
from crm.relations.models import FiledMail, FiledMailFile, Filing, FilingAddress, Interaction, InteractionKind
from crm.relations.services.exchanges import FIRST_YEAR
from crm.relations.services.follow_ups import sign
from crm.text import N_, clean
from crm.web.files import Kept

AUTHOR = "filed mail"
KEPT_FOR = timedelta(days=30)

UNREADABLE = N_("It could not be read: it is damaged or no mail at all.")
TOO_LARGE = N_("It is larger than %(most)s MB: send it again without its attachments.")
NOT_ADDRESSED = N_("It came to no personal address of the house, or to one that was changed since.")
NOT_THE_OWNER = N_(
    "It came to the address of %(name)s but from another sender: only one’s own mail is filed."
)
AUTOMATIC = N_("It is an automatic reply, a bounce or a bulk mail: nobody wrote it to anybody.")
FILED = N_("Filed by itself: the addresses it names are known.")
FILED_BY_HAND = N_("Filed by %(name)s.")
NOBODY_KNOWN = N_("None of the addresses it names is in the directory.")
SHARED = N_("An address it names is read by several people: choose whom it was for.")
NO_KIND = N_("No kind of exchange is left in the settings.")
DISCARDED = N_("Put aside by %(name)s.")


class AlreadyFiled(CrmError):
    text = N_("This mail is filed already: open the exchange instead.")


def key_of(account: Account | None, message_id: str, raw: bytes) -> str:
    """What makes a mail the same when it comes twice; of a refused one its very octets."""
    if account is None or not message_id:
        return f"octets:{sha256(raw).hexdigest()}"
    return f"{account.id}:{message_id}"


def refuse(
    *, raw: bytes, size: int, reason: str, told: Read | None = None, at: datetime, **facts: str
) -> FiledMail | None:
    """Remember that a mail was not taken, and why; nothing the second time."""
    key = key_of(None, "", raw)
    if queries.with_key(key) is not None:
        return None
    told = told or Read()
    mail = FiledMail(
        key=key,
        state=Filing.REFUSED,
        reason=reason,
        facts=facts,
        subject=told.subject,
        sender=told.sender,
        sent_at=_sent(told, at),
        came_at=at,
        size=size,
    )
    db.session.add(mail)
    db.session.flush()
    return mail


def take(
    told: Read,
    *,
    key: str,
    account: Account,
    size: int,
    files: Sequence[Kept] = (),
    left_out: Sequence[dict[str, object]] = (),
    at: datetime,
) -> FiledMail:
    """Keep the mail to be filed; it waits until somebody or `file_by_itself` files it."""
    mail = FiledMail(
        key=key,
        account_id=account.id,
        state=Filing.WAITING,
        subject=told.subject,
        sender=told.sender,
        sent_at=_sent(told, at),
        came_at=at,
        size=size,
        body=told.body,
        tail=told.tail,
        named=told.named,
        left_out=list(left_out),
        facts={"shown": True} if told.is_open else {},
        files=[
            FiledMailFile(name=one.name, media_type=one.media_type, size=one.size, stored_as=one.stored_as)
            for one in files
        ],
    )
    db.session.add(mail)
    db.session.flush()
    return mail


def _sent(told: Read, at: datetime) -> datetime:
    sent = told.sent_at
    return sent if sent is not None and sent <= at and sent.year >= FIRST_YEAR else at


def file_by_itself(
    mail: FiledMail, *, ours: frozenset[str], at: datetime, zone: ZoneInfo = clock.PARIS
) -> Interaction | None:
    """File it where its addresses leave no doubt; else it waits, with the reason."""
    known = [match for match in queries.matches(mail, ours=ours) if match.is_known]
    kind = queries.mail_kind()
    if kind is None or not known or not all(match.is_clear for match in known):
        mail.reason = NO_KIND if kind is None else SHARED if known else NOBODY_KNOWN
        return None
    people = [match.people[0] for match in known if len(match.people) == 1]
    organisations = [one for match in known for one in match.organisations]
    owner = db.session.get_one(Account, mail.account_id)
    exchange = _log(mail, kind, people, organisations, by=owner, at=at, zone=zone)
    mail.reason = FILED
    return exchange


def file(
    mail: FiledMail,
    *,
    kind: InteractionKind,
    people: Sequence[Person],
    organisations: Sequence[Organisation],
    version: int,
    by: Account,
    at: datetime,
    zone: ZoneInfo = clock.PARIS,
) -> Interaction:
    """File it with those whom a person chose. Raises AlreadyFiled, Changed, and what `log` raises."""
    if mail.interaction_id is not None:
        raise AlreadyFiled
    if mail.version != version:
        raise Changed(who="")
    exchange = _log(mail, kind, people, organisations, by=by, at=at, zone=zone)
    mail.reason, mail.facts = FILED_BY_HAND, {**mail.facts, "name": by.name}
    return exchange


def _log(
    mail: FiledMail,
    kind: InteractionKind,
    people: Sequence[Person],
    organisations: Sequence[Organisation],
    *,
    by: Account,
    at: datetime,
    zone: ZoneInfo,
) -> Interaction:
    wall = mail.sent_at.astimezone(zone)
    told = log.Told(
        kind=kind,
        title=bare_subject(mail.subject)[:200] or "…",
        day=wall.date(),
        hour=wall.time(),
        zone=zone,
        body=mail.body,
        organisations=organisations,
        people=people,
        staff=[mail.account] if mail.account is not None and mail.account.is_open else [by],
    )
    exchange = log.log(told, files=mail.files, by=by, at=at)
    mail.interaction, mail.state, mail.files = exchange, Filing.FILED, []
    try:
        db.session.flush()
    except StaleDataError:
        db.session.rollback()
        raise AlreadyFiled from None
    return exchange


def discard(mail: FiledMail, *, by: Account) -> None:
    """Put it aside: it is no exchange. Raises AlreadyFiled."""
    sign(by)
    if mail.state is Filing.FILED:
        raise AlreadyFiled
    mail.state, mail.reason, mail.facts = Filing.DISCARDED, DISCARDED, {**mail.facts, "name": by.name}


def take_back(mail: FiledMail, *, by: Account) -> None:
    """Let a mail that was put aside wait again."""
    sign(by)
    if mail.state is Filing.DISCARDED:
        mail.state, mail.reason = Filing.WAITING, ""


def forget(*, at: datetime) -> list[str]:
    """Let go what was refused or put aside a month ago; give back the names of files to be discarded."""
    old = select(FiledMail.id).where(
        FiledMail.state.in_((Filing.REFUSED, Filing.DISCARDED)), FiledMail.came_at < at - KEPT_FOR
    )
    files = list(db.session.scalars(select(FiledMailFile.stored_as).where(FiledMailFile.mail_id.in_(old))))
    db.session.execute(delete(FiledMailFile).where(FiledMailFile.mail_id.in_(old)))
    db.session.execute(delete(FiledMail).where(FiledMail.id.in_(old)))
    return files


def give_address(account: Account, *, by: Account, at: datetime) -> FilingAddress:
    """A secret address for the account; asked for again a new one, and the former works no more."""
    sign(by)
    known = queries.address_of(account)
    if known is None:
        known = FilingAddress(account_id=account.id)
        db.session.add(known)
    known.token, known.made_at = secrets.token_hex(10), at
    db.session.flush()
    return known


def name_parts(name: str, email: str) -> tuple[str, str]:
    """A given and a family name made of what a mail calls somebody: “Ana Roux”, “ROUX Ana”, “Roux, Ana”."""
    words = clean(name)
    if "," in words:
        family, _comma, given = words.partition(",")
        return given.strip(), family.strip()
    if not words:
        return "", email.partition("@")[0]
    first, _space, rest = words.partition(" ")
    if rest and first.isupper() and not rest.isupper():
        return rest, first
    return (first, rest) if rest else ("", first)
