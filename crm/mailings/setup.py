"""What mailings add to the house: their composers and job, an act on lists of people, facts for readers."""

from collections.abc import Iterator

from flask import Flask, url_for
from sqlalchemy import select

import crm.mailings.approvals.messages
import crm.mailings.messages
import crm.mailings.subscribing.messages
import crm.mailings.subscribing.tasks
import crm.mailings.tasks  # noqa: F401  (composers and job enter themselves)
from crm import clock
from crm.db import db
from crm.directory.merging import rules
from crm.directory.models import Person, PersonAddress, SavedView
from crm.directory.saved import uses
from crm.mail import purposes, told
from crm.mail.models import Address
from crm.mail.words import language
from crm.mailings import conditions, erasing, keeping, queries
from crm.text import N_
from crm.web import records
from crm.web.rights import May


def install(app: Flask) -> None:
    conditions.register()
    uses.register("mailings", _going_to)
    records.act("people-list", "write", N_("Write to them"), "mail", May.WRITE, _write)
    told.enter("directory", _known)
    keeping.install()
    erasing.install()
    rules.call("wishes", N_("What was said about mail"))
    rules.call("mailing_exclusions", N_("Mailings from which they were left out"))
    rules.call("subscriptions", N_("Subscriptions"))


def _going_to(view: SavedView) -> Iterator[uses.Use]:
    for purpose in purposes.every():
        if purpose.reach_id == view.id:
            yield uses.Use(purpose.name(language()), url_for("purposes.edit", purpose_id=purpose.id))
    for mailing in queries.going_to_view(view.id):
        yield uses.Use(mailing.subject, url_for("mailings.show", mailing_id=mailing.id))


def _write(querystring: str) -> str:
    address = url_for("mailings.choose")
    return f"{address}?{querystring}" if querystring else address


def _known(address: Address) -> Iterator[tuple[str, str]]:
    """Names, functions and organisations of those who read the address."""
    readers = select(PersonAddress.person_id).join(Person).where(PersonAddress.address_id == address.id)
    keys = list(db.session.scalars(readers.order_by(PersonAddress.person_id)))
    for reader in queries.readers(keys, day=clock.day(clock.now())).values():
        yield N_("Name"), ", ".join(filter(None, (reader.name, reader.function, reader.organisation)))
