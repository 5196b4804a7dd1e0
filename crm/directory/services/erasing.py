"""Erasing an address at its owner's wish: nobody reads it here any more, and nothing tells what it was."""

from datetime import datetime

from sqlalchemy import select

from crm.db import db
from crm.directory.erasing import texts
from crm.directory.erasing.words import Words
from crm.directory.models import Organisation, OrganisationAddress, Person, PersonAddress
from crm.directory.services.records import Author, set_addresses, sign
from crm.errors import CrmError
from crm.mail import erased
from crm.mail.models import Address
from crm.text import N_


class ErasedAlready(CrmError):
    text = N_("This address was erased already.")


def erase_address(address: Address, *, by: Author, at: datetime) -> list[str]:
    """Take it off everybody who reads it and put its seal in its place; people and organisations stay. Texts
    that hold it, in exchanges, notes or the history, hold a bullet instead.

    Returns the messages whose files go once that is committed. Raises ErasedAlready.
    """
    sign(by)
    if address.is_sealed:
        raise ErasedAlready
    for record in _readers(address):
        others = [read.address for read in record.addresses if read.address_id != address.id]
        set_addresses(record, others)
        record.updated_at = at
    db.session.flush()
    email = address.email
    gone = erased.erase(address, at=at)
    words = Words(emails=[email])
    for hit in list(texts.hits(db.session(), words, {}, words)):
        texts.write(db.session(), hit)
    db.session.expire_all()
    return gone


def _readers(address: Address) -> list[Person | Organisation]:
    people = select(Person).join(PersonAddress).where(PersonAddress.address_id == address.id)
    houses = (
        select(Organisation).join(OrganisationAddress).where(OrganisationAddress.address_id == address.id)
    )
    return [*db.session.scalars(people), *db.session.scalars(houses)]
