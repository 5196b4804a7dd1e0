"""The rules of mobilisation kits: writing, publishing and closing them, resources, co-signatories."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from sqlalchemy import select

from crm import clock, history
from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import Organisation
from crm.errors import Changed, CrmError
from crm.kits import letters, logos, queries
from crm.kits.models import Cosignatory, Kit, KitResource, KitState
from crm.relations import services as relations
from crm.relations.models import Act
from crm.text import N_, fold, slug
from crm.web.richtext import sanitise

Author = Account | str


class EndsBeforeItBegins(CrmError):
    text = N_("The deadline comes before the beginning. Enter a later deadline.")
    field = "deadline"


class DeadlinePassed(CrmError):
    text = N_("The deadline has passed: enter a later one before publishing the kit.")


class NothingToSend(CrmError):
    text = N_("The kit has no model letter yet: write its subject and its text before publishing it.")


class LetterTooLong(CrmError):
    text = N_(
        "The link with this letter would have %(length)s characters; mail programs cut links after %(most)s. "
        "Shorten the letter, or write a short form for the link."
    )
    field = "letter_short"


class AlreadyClosed(CrmError):
    text = N_("“%(kit)s” is closed: open it again before changing what others can see.")


class NotPublished(CrmError):
    text = N_("“%(kit)s” is not published: publish it first.")


class AlreadySigned(CrmError):
    text = N_("%(organisation)s has already signed.")
    field = "organisation"


class WithdrawnTooEarly(CrmError):
    text = N_("The day of withdrawal comes before the signature, or lies in the future. Enter another day.")
    field = "withdrawn_on"


class SignedLater(CrmError):
    text = N_("The day of signing lies in the future. Enter the day on which they signed.")
    field = "signed_on"


class NotALink(CrmError):
    text = N_("“%(url)s” is not a link. It should begin with https:// and name a site.")
    field = "url"


@dataclass(frozen=True)
class Told:
    """What a kit says. `call` and `press_release` are typed HTML, the letter and the amendment plain text."""

    title: str
    objective: str = ""
    begins_on: date | None = None
    deadline: date | None = None
    lead: Organisation | None = None
    call: str = ""
    letter_subject: str = ""
    letter_body: str = ""
    letter_short: str = ""
    amendment: str = ""
    press_release: str = ""
    language: str = "fr"


def create(told: Told, *, by: Author, at: datetime) -> Kit:
    """A draft. Raises EndsBeforeItBegins."""
    _sign(by)
    kit = Kit(slug=_free_slug(told.title), title=told.title, created_at=at, updated_at=at)
    _tell(kit, told, at)
    db.session.add(kit)
    db.session.flush()
    return kit


def edit(kit: Kit, told: Told, *, version: int, by: Author, at: datetime) -> None:
    """Change what the kit says. Raises Changed, EndsBeforeItBegins; for a published one LetterTooLong."""
    _sign(by)
    if kit.version != version:
        raise Changed(who=history.last_actor(db.session(), kit))
    _tell(kit, told, at)
    if kit.state is KitState.PUBLISHED:
        _check_letter(kit)
    history.save(db.session(), kit)


def _tell(kit: Kit, told: Told, at: datetime) -> None:
    if told.begins_on and told.deadline and told.deadline < told.begins_on:
        raise EndsBeforeItBegins
    for name in ("title", "objective", "begins_on", "deadline", "lead", "language", "amendment"):
        setattr(kit, name, getattr(told, name))
    for name in ("letter_subject", "letter_body", "letter_short"):
        setattr(kit, name, getattr(told, name).replace("\r\n", "\n").strip())
    kit.call, kit.press_release = str(sanitise(told.call)), str(sanitise(told.press_release))
    kit.search = _search(kit)
    kit.updated_at = at


def _search(kit: Kit) -> str:
    return fold(f"{kit.title} {kit.objective} {kit.lead.name if kit.lead else ''}")


def settle(kit: Kit) -> None:
    """Put right what follows from what a kit says, and refuse what a change by hand would be refused.

    Raises EndsBeforeItBegins; for a published one NothingToSend, LetterTooLong.
    """
    if kit.begins_on and kit.deadline and kit.deadline < kit.begins_on:
        raise EndsBeforeItBegins
    if kit.state is KitState.PUBLISHED:
        _check_letter(kit)
    kit.search = _search(kit)


def _free_slug(title: str) -> str:
    wanted, number = slug(title), 1
    taken = queries.slugs_like(wanted)
    while (free := wanted if number == 1 else f"{wanted}-{number}") in taken:
        number += 1
    return free


def missing(kit: Kit, *, today: date) -> CrmError | None:
    """What keeps the kit from being published on that day; None when nothing does."""
    try:
        _check_letter(kit)
        if kit.is_over(today):
            raise DeadlinePassed
    except CrmError as refusal:
        return refusal
    return None


def _check_letter(kit: Kit) -> None:
    if not (kit.letter_subject and kit.letter_body):
        raise NothingToSend
    if not letters.fits(kit.letter_subject, kit.for_link):
        length = letters.length(kit.letter_subject, kit.for_link)
        raise LetterTooLong(length=length, most=letters.MOST)


def publish(kit: Kit, *, by: Author, at: datetime) -> None:
    """Open the public page, or open it again after closing; publishing twice changes nothing.

    Raises NothingToSend, LetterTooLong, DeadlinePassed.
    """
    _sign(by)
    if kit.state is KitState.PUBLISHED:
        return
    refusal = missing(kit, today=clock.day(at))
    if refusal is not None:
        raise refusal
    kit.state = KitState.PUBLISHED
    kit.published_at = kit.published_at or at
    kit.updated_at = at


def close(kit: Kit, *, by: Author, at: datetime) -> None:
    """The public page says that the mobilisation is over. Raises NotPublished for a draft."""
    _sign(by)
    if kit.state is KitState.DRAFT:
        raise NotPublished(kit=kit.title)
    kit.state = KitState.CLOSED
    kit.updated_at = at


def add_link(kit: Kit, *, title: str, url: str, by: Author) -> KitResource:
    """Raises NotALink."""
    _sign(by)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or any(ord(sign) < 33 for sign in url):
        raise NotALink(url=url)
    return _add(kit, KitResource(title=title or parts.hostname, url=url))


def add_file(
    kit: Kit, *, title: str, stored_as: str, file_name: str, media_type: str, size: int, by: Author
) -> KitResource:
    """A file that is already kept under the random name `stored_as`; `size` in bytes."""
    _sign(by)
    return _add(
        kit,
        KitResource(
            title=title or file_name,
            stored_as=stored_as,
            file_name=file_name,
            media_type=media_type,
            size=size,
        ),
    )


def _add(kit: Kit, resource: KitResource) -> KitResource:
    resource.position = max((known.position for known in kit.resources), default=0) + 1
    kit.resources.append(resource)
    db.session.flush()
    return resource


def remove_resource(resource: KitResource, *, by: Author) -> None:
    _sign(by)
    resource.kit.resources.remove(resource)


def cosign(
    kit: Kit,
    organisation: Organisation,
    *,
    signed_on: date,
    signer: str = "",
    signer_function: str = "",
    by: Author,
    at: datetime,
) -> Cosignatory:
    """The organisation signs the kit on that day; its log says so. One that withdrew may sign anew.

    Raises AlreadyClosed, AlreadySigned, SignedLater.
    """
    _sign(by)
    if kit.state is KitState.CLOSED:
        raise AlreadyClosed(kit=kit.title)
    if signed_on > clock.day(at):
        raise SignedLater
    twin = select(Cosignatory).where(
        Cosignatory.kit_id == kit.id, Cosignatory.organisation_id == organisation.id
    )
    signature = db.session.scalar(twin)
    last = max((other.position for other in kit.signatures), default=0)
    if signature is None:
        signature = Cosignatory(organisation=organisation)
        kit.cosignatories.append(signature)
    elif signature.withdrawn_on is None:
        raise AlreadySigned(organisation=organisation.name)
    signature.signed_on, signature.signer, signature.signer_function = signed_on, signer, signer_function
    signature.withdrawn_on, signature.withdrawn_why = None, ""
    signature.position = last + 1
    db.session.flush()
    relations.note(act=Act.COSIGNED, subject=kit.ref, title=kit.title, at=at, organisation_id=organisation.id)
    return signature


def withdraw(signature: Cosignatory, *, on: date, why: str = "", by: Author, at: datetime) -> list[str]:
    """Take the signature off the page from that day on; that there was one, and until when, stays.

    Its logo goes too. Return the files to discard once that is committed.

    Raises WithdrawnTooEarly.
    """
    _sign(by)
    if on > clock.day(at) or on < signature.signed_on:
        raise WithdrawnTooEarly
    signature.withdrawn_on, signature.withdrawn_why = on, why
    return logos.take_off(signature)


def _sign(by: Author) -> None:
    history.act_as(db.session(), by.email if isinstance(by, Account) else by)
