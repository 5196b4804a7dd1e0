"""What views can ask of mailings: who was written to, whose mail came back, who does not want more.

Mailings carry no pixel and no tracked link: nobody can be asked for who opened one or clicked in it.
"""

from sqlalchemy import ColumnElement, not_, select

from crm.db import db
from crm.directory import conditions
from crm.directory.conditions import MAILINGS, Asked, Choice, Condition, Operator, Part, Takes
from crm.directory.conditions.fields import key_of, named_rows, purpose_choices, purpose_named
from crm.directory.conditions.kinds import between
from crm.directory.models import Organisation, OrganisationAddress, Person, PersonAddress
from crm.mail.models import Delivery, DeliveryState, Objection
from crm.mailings import queries
from crm.mailings.models import Mailing
from crm.text import N_

KIND = "mailing"
_STATES = {
    "yes": (DeliveryState.ACCEPTED, DeliveryState.DELIVERED),
    "no": (DeliveryState.ACCEPTED, DeliveryState.DELIVERED),
    "returned": (DeliveryState.BOUNCED, DeliveryState.FAILED),
}


def mailings(in_english: bool) -> list[Choice]:
    rows = db.session.scalars(queries.departed().limit(300))
    return [Choice(str(one.id), one.subject, is_data=True) for one in rows]


_SINCE = Part("since", N_("Since"), Takes.DATE, N_("since %(value)s"), is_required=False)
_MAILING = Part(
    "mailing", N_("Mailing"), Takes.CHOICE, N_("with “%(value)s”"), False, mailings,
    named_rows(Mailing, lambda one, in_english: one.subject),
)  # fmt: skip
_PURPOSE = Part(
    "purpose", N_("Purpose"), Takes.CHOICE, N_("of this kind: %(value)s"), False, purpose_choices,
    purpose_named,
)  # fmt: skip


def _mailed(asked: Asked) -> ColumnElement[bool]:
    rows = select(Delivery.person_id).where(
        Delivery.kind == KIND, Delivery.person_id.is_not(None), Delivery.state.in_(_STATES[asked.operator])
    )
    if "mailing" in asked.values:
        rows = rows.where(Delivery.subject_id == key_of(asked.values["mailing"]))
    if "since" in asked.values:
        rows = rows.where(between(Delivery.stamp, asked.values["since"], None, is_instant=True))
    found: ColumnElement[bool] = Person.id.in_(rows)
    return not_(found) if asked.operator == "no" else found


def _objections(asked: Asked, address: object) -> list[ColumnElement[bool]]:
    tests: list[ColumnElement[bool]] = [Objection.address_id == address]
    if "purpose" in asked.values:
        tests.append(Objection.purpose == asked.values["purpose"])
    if "since" in asked.values:
        tests.append(between(Objection.at, asked.values["since"], None, is_instant=True))
    return tests


def _person_objects(asked: Asked) -> ColumnElement[bool]:
    rows = select(PersonAddress.person_id).join(
        Objection, Objection.address_id == PersonAddress.address_id
    )  # fmt: skip
    found: ColumnElement[bool] = Person.id.in_(rows.where(*_objections(asked, PersonAddress.address_id)))
    return not_(found) if asked.operator == "no" else found


def _organisation_objects(asked: Asked) -> ColumnElement[bool]:
    rows = select(OrganisationAddress.organisation_id).join(
        Objection, Objection.address_id == OrganisationAddress.address_id
    )
    found: ColumnElement[bool] = Organisation.id.in_(
        rows.where(*_objections(asked, OrganisationAddress.address_id))
    )
    return not_(found) if asked.operator == "no" else found


MAILED = Condition(
    "mailings.mailed",
    N_("Mailing received"),
    MAILINGS,
    (
        Operator("yes", N_("was written to"), N_("who were written to"), (_MAILING, _SINCE)),
        Operator("no", N_("was not written to"), N_("who were not written to"), (_MAILING, _SINCE)),
        Operator("returned", N_("the mail came back"), N_("whose mail came back"), (_MAILING, _SINCE)),
    ),
    people=_mailed,
)
UNSUBSCRIBED = Condition(
    "mailings.unsubscribed",
    N_("Unsubscribed"),
    MAILINGS,
    (
        Operator("yes", N_("does not want mail"), N_("who do not want mail"), (_PURPOSE, _SINCE)),
        Operator("no", N_("has refused nothing"), N_("who have not refused mail"), (_PURPOSE, _SINCE)),
    ),
    people=_person_objects,
    organisations=_organisation_objects,
)


def register() -> None:
    conditions.register(MAILED, UNSUBSCRIBED)
