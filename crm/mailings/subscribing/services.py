"""The rules of subscribing: asking, confirming from the mailbox, and forgetting who did not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from crm import history
from crm.accounts.models import Account
from crm.db import db
from crm.directory import queries as directory
from crm.directory import services as records
from crm.directory.models import Person, Tag
from crm.errors import Changed, CrmError
from crm.mail import addresses, purposes, wishes
from crm.mail import services as outbox
from crm.mail.models import Address, Purpose, WritingPurpose
from crm.mailings.subscribing.models import Subscription, SubscriptionForm
from crm.text import N_, clean, fold, slug
from crm.web import links

CONFIRM = "subscription-confirm"
LINK = "subscription"
SOURCE = N_("Subscription form")
MOST_MAILS = 5  # to one address, for one request: whoever types it again and again harms nobody
DAYS = 7  # in which a subscription can be confirmed; then it is forgotten
SWEPT_AT_ONCE = 200


class FormClosed(CrmError):
    text = N_("This form takes no more subscriptions.")


class TitleMissing(CrmError):
    text = N_("Enter a title, in French or in English.")
    field = "title_fr"


class PurposeMissing(CrmError):
    text = N_("Choose at least one purpose.")
    field = "purposes"


class NothingWanted(CrmError):
    text = N_("Tick what you want to receive.")
    field = "wanted"


@dataclass(frozen=True)
class Told:
    """What the association says of a form."""

    title_fr: str
    title_en: str
    text_fr: str
    text_en: str
    purposes: Sequence[str]
    tag_id: int | None
    is_open: bool


@dataclass(frozen=True)
class Asked:
    """What somebody typed into the public form; `wanted` are keys of purposes."""

    email: str
    given_name: str
    family_name: str
    wanted: Sequence[str]
    language: str


# For staff


def create(told: Told, *, by: Account | None, at: datetime) -> SubscriptionForm:
    """Raises TitleMissing, PurposeMissing."""
    made = SubscriptionForm(slug="", created_by=by, created_at=at)
    _tell(made, told)
    made.slug = _free_slug(made.name)
    db.session.add(made)
    db.session.flush()
    return made


def change(form: SubscriptionForm, told: Told, *, seen: int | None = None) -> None:
    """Its address stays as it is. Raises Changed, TitleMissing, PurposeMissing."""
    if seen is not None and seen != form.version:
        raise Changed(who=history.last_actor(db.session(), form))
    _tell(form, told)
    db.session.flush()


def _tell(form: SubscriptionForm, told: Told) -> None:
    form.title_fr, form.title_en = (
        clean(title).replace("\n", " ") for title in (told.title_fr, told.title_en)
    )
    if not form.languages:
        raise TitleMissing
    form.text_fr, form.text_en = clean(told.text_fr), clean(told.text_en)
    form.purposes = [one.key for one in purposes.offered() if one.key in told.purposes]
    if not form.purposes:
        raise PurposeMissing
    form.tag_id, form.is_open = told.tag_id, told.is_open


def _free_slug(name: str) -> str:
    taken = set(db.session.scalars(select(SubscriptionForm.slug)))
    wanted, number = slug(name), 1
    while (free := wanted if number == 1 else f"{wanted}-{number}") in taken:
        number += 1
    return free


# For anybody


def offered(form: SubscriptionForm) -> list[WritingPurpose]:
    """The purposes for which one can still subscribe there."""
    return [one for one in purposes.of_keys(form.purposes) if not one.is_archived]


def takes(form: SubscriptionForm) -> bool:
    return form.is_open and bool(offered(form))


def said(form: SubscriptionForm, purpose: WritingPurpose, language: str) -> str:
    """The words to which one agrees, as the page shows them."""
    above = ". ".join(filter(None, (form.title(language), form.text(language))))
    about = ". ".join(filter(None, (purpose.name(language), purpose.explained(language))))
    return f"{above} — {about}"


def ask(form: SubscriptionForm, told: Asked, *, at: datetime) -> Subscription:
    """A request, and a mail that asks its owner to confirm it; nothing else is written before.

    The same for an address that is known and one that is not, and for one that has got mails enough.
    Raises FormClosed, NothingWanted, BadAddress.
    """
    if not takes(form):
        raise FormClosed
    wanted = [one for one in offered(form) if one.key in told.wanted]
    if not wanted:
        raise NothingWanted
    address = addresses.find_or_add(told.email)
    subscription = _pending(form, address)
    if subscription is None:
        subscription = Subscription(form=form, address=address, times=0)
        db.session.add(subscription)
    elif subscription.times >= MOST_MAILS:
        return subscription
    subscription.given_name, subscription.family_name = clean(told.given_name), clean(told.family_name)
    subscription.language = told.language
    subscription.texts = {one.key: said(form, one, told.language) for one in wanted}
    subscription.asked_at, subscription.times = at, subscription.times + 1
    db.session.flush()
    outbox.queue(
        kind=CONFIRM,
        subject_id=subscription.id,
        address=address,
        purpose=Purpose.SERVICE,
        language=told.language,
        sequence=subscription.times,
        facts={"link": links.sign(LINK, [subscription.id, subscription.times])},
        at=at,
    )
    return subscription


def _pending(form: SubscriptionForm, address: Address) -> Subscription | None:
    asked = select(Subscription).where(
        Subscription.form_id == form.id,
        Subscription.address_id == address.id,
        Subscription.confirmed_at.is_(None),
    )
    return db.session.scalar(asked.limit(1))


def by_link(form: SubscriptionForm, token: str) -> Subscription | None:
    """The subscription of that link; None when it was forgotten, or another one was asked for since.

    Raises BadLink when the link is forged or too old.
    """
    key, times = links.read(LINK, token, days=DAYS)
    found = db.session.get(Subscription, key)
    return found if found is not None and found.form_id == form.id and found.times == times else None


def confirm(subscription: Subscription, *, at: datetime) -> Person:
    """The owner of the mailbox says yes: the person is found or made, and what was agreed to is kept.

    A second time changes nothing. Raises FormClosed.
    """
    db.session.refresh(subscription, with_for_update=True)
    if subscription.person is not None:
        return subscription.person
    form, address = subscription.form, subscription.address
    if not takes(form):
        raise FormClosed
    author = f"{wishes.FORM}{form.slug}"
    history.act_as(db.session(), author)
    person = _person(subscription, author, at)
    if form.tag is not None and form.tag not in person.tags:
        person.tags.append(form.tag)
        person.updated_at = at
    wishes.agree(
        address,
        [one for one in offered(form) if one.key in subscription.texts],
        source=author,
        shown=wishes.Shown(subscription.language, tuple(subscription.texts.items())),
        person_id=person.id,
        at=at,
    )
    outbox.touched(address, at=at)
    subscription.person, subscription.confirmed_at = person, at
    db.session.flush()
    return person


def _person(subscription: Subscription, author: str, at: datetime) -> Person:
    """Who reads the address, alone or under that name; a new person where nobody does."""
    email = subscription.address.email
    readers = list(db.session.scalars(directory.people_reading(email)))
    typed = fold(f"{subscription.given_name} {subscription.family_name}")
    same = [one for one in readers if fold(f"{one.given_name} {one.family_name}") == typed]
    if same:
        return same[0]
    if len(readers) == 1:
        return readers[0]
    return records.add_person(
        given_name=subscription.given_name,
        family_name=subscription.family_name,
        language=subscription.language,
        emails=[email],
        source=SOURCE,
        by=author,
        at=at,
    )


# Forgetting


def expired(at: datetime) -> Select[Subscription]:
    """What nobody confirmed while its link could be used."""
    return select(Subscription).where(
        Subscription.confirmed_at.is_(None), Subscription.asked_at < at - timedelta(days=DAYS)
    )


def forget_expired(*, at: datetime) -> int:
    """Take away some of what nobody confirmed, with its mail, and the address when nothing else has it."""
    gone = list(db.session.scalars(expired(at).order_by(Subscription.id).limit(SWEPT_AT_ONCE)))
    for subscription in gone:
        key, address_id = subscription.id, subscription.address_id
        db.session.delete(subscription)
        db.session.flush()
        outbox.forget_request(kind=CONFIRM, subject_id=key, address_id=address_id)
    return len(gone)


# For pages


def forms() -> list[tuple[SubscriptionForm, int, int]]:
    """The forms, newest first, with how many subscriptions were confirmed and how many wait."""
    confirmed = func.count(Subscription.confirmed_at)
    rows = (
        select(SubscriptionForm, confirmed, func.count(Subscription.id) - confirmed)
        .outerjoin(Subscription, Subscription.form_id == SubscriptionForm.id)
        .group_by(SubscriptionForm.id)
        .order_by(SubscriptionForm.id.desc())
    )
    return [(form, yes, waiting) for form, yes, waiting in db.session.execute(rows)]


def by_slug(text: str) -> SubscriptionForm | None:
    return db.session.scalar(select(SubscriptionForm).where(SubscriptionForm.slug == text))


def subscribed(form: SubscriptionForm) -> Select[Subscription]:
    """The confirmed subscriptions of the form, in no order."""
    return select(Subscription).where(Subscription.form_id == form.id, Subscription.confirmed_at.is_not(None))


def tags() -> list[Tag]:
    return list(db.session.scalars(directory.tags()))
