"""What the mail needs at the start: its job entered, and its box on the page of a person."""

from typing import Any

from flask import Flask, render_template

from crm.mail import queries, tasks  # noqa: F401  (tasks enters its job)
from crm.mail.words import PURPOSES
from crm.web import records


def install(app: Flask) -> None:
    records.box("people", "mail", _box)


def _box(person: Any) -> str:
    """Holds and objections of the person's addresses; nothing when there are none."""
    addresses = [link.address for link in person.addresses]
    objections = queries.objections_of(address.id for address in addresses)
    if not objections and not any(address.held_since for address in addresses):
        return ""
    return render_template(
        "mail/person_box.html", addresses=addresses, objections=objections, purposes=PURPOSES
    )
