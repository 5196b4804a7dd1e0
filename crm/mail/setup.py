"""What the mail needs at the start: its job entered, and its box on the page of a person."""

from typing import Any

from flask import Flask, render_template

from crm.mail import queries, tasks, wishes  # noqa: F401  (tasks enters its job)
from crm.mail.models import SEALED
from crm.mail.words import purpose_names
from crm.text import N_
from crm.web import records
from crm.web.access import may
from crm.web.i18n import words
from crm.web.rights import May


def install(app: Flask) -> None:
    records.box("people", "mail", _box)
    app.jinja_env.filters["unsealed"] = unsealed
    app.jinja_env.tests["sealed"] = is_sealed


def is_sealed(email: str | None) -> bool:
    """Whether that stands in place of an address that was erased."""
    return (email or "").endswith(SEALED)


def unsealed(email: str | None) -> str:
    """The address as pages show it: of an erased one they say so, and show no seal."""
    return words(N_("erased address")) if is_sealed(email) else email or ""


def _box(person: Any) -> str:
    """Holds and objections of the person's addresses; nothing when there are none."""
    addresses = [link.address for link in person.addresses]
    keys = [address.id for address in addresses]
    objections, spoken = queries.objections_of(keys), wishes.spoken_of(keys)
    speaks = any(address.held_since or address.is_silent for address in addresses)
    if not addresses or not (objections or spoken or speaks or may(May.ERASE)):
        return ""
    return render_template(
        "mail/person_box.html",
        addresses=addresses,
        objections=objections,
        spoken=spoken,
        purposes=purpose_names(),
    )
