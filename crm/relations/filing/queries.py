"""Mail to be filed: the secret addresses, what waits, whom a mail names that the directory knows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import joinedload

from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import Organisation, OrganisationAddress, Person, PersonAddress
from crm.mail.models import Address
from crm.relations.models import FiledMail, Filing, FilingAddress, InteractionKind
from crm.web.tables import Order


@dataclass
class Match:
    """Whom the directory knows behind one address; clear when that is one person or a shared mailbox."""

    email: str
    name: str
    people: list[Person] = field(default_factory=list)
    organisations: list[Organisation] = field(default_factory=list)

    @property
    def is_known(self) -> bool:
        return bool(self.people or self.organisations)

    @property
    def is_clear(self) -> bool:
        return bool(self.organisations) or len(self.people) == 1


def matches(mail: FiledMail, *, ours: frozenset[str]) -> list[Match]:
    """Each address that the mail names, but for `ours`, with whom it belongs to."""
    found = {one["email"]: Match(one["email"], one["name"]) for one in mail.named if one["email"] not in ours}
    people = (
        select(Address.email, Person)
        .join(PersonAddress, PersonAddress.address_id == Address.id)
        .join(Person, Person.id == PersonAddress.person_id)
        .where(Address.email.in_(found), Person.binned_at.is_(None))
        .order_by(Person.sort, Person.id)
    )
    for email, person in db.session.execute(people):
        found[email].people.append(person)
    organisations = (
        select(Address.email, Organisation)
        .join(OrganisationAddress, OrganisationAddress.address_id == Address.id)
        .join(Organisation, Organisation.id == OrganisationAddress.organisation_id)
        .where(Address.email.in_(found), Organisation.binned_at.is_(None))
        .order_by(Organisation.sort, Organisation.id)
    )
    for email, organisation in db.session.execute(organisations):
        found[email].organisations.append(organisation)
    return list(found.values())


def accounts_addresses() -> frozenset[str]:
    return frozenset(db.session.scalars(select(Account.email)))


def account_with(token: str) -> Account | None:
    """The open account whose secret address has this token."""
    if not token:
        return None
    return db.session.scalar(
        select(Account)
        .join(FilingAddress, FilingAddress.account_id == Account.id)
        .where(FilingAddress.token == token, Account.is_open.is_(True))
    )


def address_of(account: Account) -> FilingAddress | None:
    return db.session.scalar(select(FilingAddress).where(FilingAddress.account_id == account.id))


def open_to(account: Account, *, sees_all: bool) -> ColumnElement[bool]:
    """Which mails the account may read while they are not in the log: its own, those of nobody who is still
    here, and what is filed anyway; all of them when it `sees_all`."""
    if sees_all:
        return true()
    gone = select(Account.id).where(Account.is_open.is_(False))
    return or_(
        FiledMail.account_id == account.id,
        FiledMail.account_id.is_(None),
        FiledMail.account_id.in_(gone),
        FiledMail.state == Filing.FILED,
    )


def mails(open_ones: ColumnElement[bool], *, state: Filing) -> Select[FiledMail]:
    """The mails in that state among those that may be read (`open_to`)."""
    return (
        select(FiledMail)
        .where(FiledMail.state == state, open_ones)
        .options(joinedload(FiledMail.account), joinedload(FiledMail.interaction))
    )


def waiting_number(open_ones: ColumnElement[bool]) -> int:
    rows = select(func.count()).select_from(FiledMail).where(FiledMail.state == Filing.WAITING, open_ones)
    return db.session.scalar(rows) or 0


def last_come_first() -> Order:
    return Order(by=FiledMail.id, key=FiledMail.id, descending=True)  # type: ignore[arg-type]


def with_key(key: str) -> FiledMail | None:
    return db.session.scalar(select(FiledMail).where(FiledMail.key == key))


def mail_kind() -> InteractionKind | None:
    """The kind of exchange that a mail is; the first of the list where there is none for mail."""
    kinds: Sequence[InteractionKind] = db.session.scalars(
        select(InteractionKind)
        .where(InteractionKind.is_archived.is_(False))
        .order_by(InteractionKind.position, InteractionKind.id)
    ).all()
    return next((kind for kind in kinds if kind.slug == "email"), next(iter(kinds), None))
