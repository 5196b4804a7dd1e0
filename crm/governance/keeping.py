"""What the history and the bin say of bodies, seats and memberships."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.directory.keeping import name_of
from crm.directory.models import Organisation, Person
from crm.errors import CrmError
from crm.governance import services, words
from crm.governance.models import Body, Membership, Seat
from crm.governance.services import bodies as body_rules
from crm.governance.services import memberships as membership_rules
from crm.governance.services import seats as seat_rules
from crm.governance.services.refusals import OrganisationInBin, PersonInBin
from crm.keeping import kinds
from crm.keeping.kinds import Binned, Fact, Kind
from crm.text import N_, fold, like


def install() -> None:
    for kind in (_bodies(), _seats(), _memberships()):
        kinds.enter(kind)
    kinds.add_part("people", "seats", lambda key: kinds.refs(Seat, Seat.person_id == key))
    of_organisation = Membership.organisation_id
    kinds.add_part("organisations", "memberships", lambda key: kinds.refs(Membership, of_organisation == key))


def _bodies() -> Kind:
    return Kind(
        model=Body,
        one=N_("Body"),
        address=lambda key: url_for("governance.body", body_id=key),
        facts={
            "name": Fact(N_("Name")),
            "purpose": Fact(N_("What it is for"), text="long"),
            "places": Fact(N_("Number of seats")),
            "term_years": Fact(N_("Length of a term, in years")),
            "begins_on": Fact(N_("Exists since")),
            "ends_on": Fact(N_("Exists until")),
        },
        parts=lambda key: (kinds.refs(Seat, Seat.body_id == key),),
        settle=_settle_body,
        bin=Binned(
            label=N_("Bodies"),
            restore=services.restore_body,
            matches=lambda typed: [Body.search.like(like(word), escape="\\") for word in fold(typed).split()],
            detail=lambda body: str(body.purpose),
        ),
    )


def _settle_body(body: Any, names: frozenset[str], *, at: datetime) -> None:
    body_rules.check(body)
    body_rules.settle(body)


def _seats() -> Kind:
    return Kind(
        model=Seat,
        one=N_("Seat"),
        called=lambda seat: f"{name_of(seat.person)} · {seat.body.name}",
        address=lambda key: url_for("governance.body", body_id=db.session.get_one(Seat, key).body_id),
        facts={
            "body_id": Fact(N_("Body"), reverts=False),
            "person_id": Fact(N_("Person"), reverts=False),
            "organisation_id": Fact(N_("Organisation represented")),
            "function_id": Fact(N_("Function")),
            "college_id": Fact(N_("College")),
            "title": Fact(N_("Function as it is printed")),
            "begins_on": Fact(N_("First day")),
            "ends_on": Fact(N_("Last day")),
        },
        settle=lambda seat, names, *, at: seat_rules.check(seat),
        bin=Binned(
            label=N_("Seats in bodies"),
            restore=services.restore_seat,
            matches=_of(Seat.person_id, Person),
            detail=lambda seat: words.term(seat),
            in_the_way=_seat_in_the_way,
            options=(joinedload(Seat.person), joinedload(Seat.body)),
        ),
    )


def _seat_in_the_way(seat: Seat) -> CrmError | None:
    if seat.person.binned_at is not None:
        return PersonInBin(person=seat.person.name)
    return _refused(lambda: seat_rules.check(seat))


def _memberships() -> Kind:
    return Kind(
        model=Membership,
        one=N_("Membership"),
        called=lambda membership: f"{membership.organisation.name} · {words.term(membership)}".rstrip(" ·"),
        address=lambda key: url_for("governance.edit_membership", membership_id=key),
        facts={
            "organisation_id": Fact(N_("Organisation"), reverts=False),
            "college_id": Fact(N_("College")),
            "begins_on": Fact(N_("First day")),
            "ends_on": Fact(N_("Last day")),
            "fee": Fact(N_("Fee"), words.FEES),
            "notes": Fact(N_("Notes"), text="long"),
        },
        settle=lambda membership, names, *, at: membership_rules.check(membership),
        bin=Binned(
            label=N_("Memberships"),
            restore=services.restore_membership,
            matches=_of(Membership.organisation_id, Organisation),
            detail=lambda membership: words.name_of(membership.college),
            in_the_way=_membership_in_the_way,
            options=(joinedload(Membership.organisation), joinedload(Membership.college)),
        ),
    )


def _membership_in_the_way(membership: Membership) -> CrmError | None:
    if membership.organisation.binned_at is not None:
        return OrganisationInBin(organisation=membership.organisation.name)
    return _refused(lambda: membership_rules.check(membership))


def _refused(check: Any) -> CrmError | None:
    """Why the rule would refuse, None when it would not."""
    try:
        check()
    except CrmError as refusal:
        return refusal
    return None


def _of(column: Any, model: Any) -> Any:
    """Found by the name of the person or the organisation."""

    def asked(typed: str) -> Sequence[ColumnElement[bool]]:
        return [
            column.in_(select(model.id).where(model.search.like(like(word), escape="\\")))
            for word in fold(typed).split()
        ]

    return asked
