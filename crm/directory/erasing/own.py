"""What the directory itself keeps of people, and what of the house is not looked through for their names."""

from datetime import datetime
from typing import Any

from sqlalchemy import null, select, update

from crm.db import db
from crm.directory.erasing import files, near, rules
from crm.directory.erasing.rules import Erasing
from crm.directory.importing.matching import Outcome
from crm.directory.models import ImportReview
from crm.mail.models import Bounce, Delivery
from crm.text import N_

BY = "erasing"


def install() -> None:
    rules.stays("roles.person_id", N_("Roles, with their organisation and days"), function="")
    rules.goes("phones.person_id", N_("Phone numbers"))
    rules.goes("person_addresses.person_id")
    rules.goes("person_tags.person_id", N_("Tags"))
    rules.goes("person_values.person_id", N_("Own fields"))
    rules.stays("import_people.person_id", N_("Imports that named them"), was=null())
    rules.stays("deliveries.person_id", N_("Messages sent to them"))
    rules.stays("wishes.person_id", N_("What they said about mail"))
    rules.also("reviews", _reviews)
    near.enter("bounces", lambda people: select(Bounce.id).where(Bounce.delivery_id.in_(_deliveries(people))))
    for name, why in _UNSWEPT.items():
        rules.leave(name, why)


def _deliveries(people: list[int]) -> Any:
    return select(Delivery.id).where(Delivery.person_id.in_(people))


def _reviews(under_way: Erasing) -> None:
    """Rows of imported files that wait for a choice: one that names the person is left out."""
    for review in db.session.scalars(select(ImportReview)):
        cells = files.cells_without(review.cells, under_way.words)
        if cells == review.cells:
            continue
        facts: dict[str, Any] = {"cells": cells, "why": {}, "candidates": [], "chosen": {}}
        if review.decided_at is None:
            facts |= _left_out(under_way.at)
        db.session.execute(update(ImportReview).where(ImportReview.id == review.id).values(**facts))
    db.session.expire_all()


def _left_out(at: datetime) -> dict[str, Any]:
    return {"decided_at": at, "decided_by": BY, "outcome": Outcome.REFUSED.value}


_UNSWEPT = {
    "accounts": "accounts of the association's own people, who sign what they do",
    "attempts": "kept for a day, by what was typed at the sign-in",
    "sign_ins": "browsers of accounts",
    "resets": "links of accounts",
    "territories": "the official reference",
    "commune_seats": "the official reference",
    "reference_loads": "the official reference",
    "parliamentarians": "the official rosters, read anew with each file",
    "roster_loads": "the official rosters",
    "organisations.name": "a body may bear somebody's name: it is renamed on its own page",
    "organisations.acronym": "see its name",
    "organisations.aliases": "see its name",
    "organisations.search": "made of its names",
    "organisations.sort": "made of its names",
    "organisations.siren": "a number of the register",
    "organisations.siret": "a number of the register",
    "people.given_name": "that of others; their own is emptied",
    "people.family_name": "that of others; their own is emptied",
    "people.search": "made of the names",
    "people.sort": "made of the names",
    "people.language": "a code",
    "addresses.email": "sealed or shared with others",
    "association": "what the association says of itself",
    "search_words": "let go word by word",
    "search_pending": "let go when the index is merged",
    "search_marks": "names of tables",
    "erasures": "written without the words",
    "merges.kind": "the name of a table",
    "pairs.kind": "the name of a table",
    "buckets": "names of ways out and of domains",
    "channels": "names of ways out",
    "domain_places": "names of domains",
    "domain_checks": "names of domains",
    "workers": "names of processes",
    "hits": "counts by network",
    "provider_events": "keys of the provider",
    "submissions": "keys of forms",
}
