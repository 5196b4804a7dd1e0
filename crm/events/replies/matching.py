"""Whose answer it is: by the secret address it came to, else by event and attendee, else by the sender.

An answer is an unauthenticated mail. It is believed when it came to the secret address of the one who
answers, or when our own mail server says that it really comes from him; else it waits for a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.directory.models import PersonAddress
from crm.events.models import Event, Invitation, Registration, Seat
from crm.events.replies import addresses
from crm.events.replies.models import ReplyAddress
from crm.events.replies.reading import Read, Said, is_proven
from crm.mail.models import Address
from crm.text import N_, fold

UNKNOWN_EVENT = N_("It answers an entry that is not of this agenda.")
OTHER_EVENT = N_("It came to the address of another event: “%(event)s”.")
STRANGER = N_("%(attendee)s was not invited.")
UNPROVEN = N_("Nothing proves that %(attendee)s sent it: it came to no secret address.")
SHARED = N_("Several people are invited at this address: say whose answer it is.")
TAKEN_BACK = N_("The invitation of %(attendee)s was taken back.")
DELEGATED = N_("%(attendee)s sends somebody else: %(delegate)s.")
DELEGATED_TO_NOBODY = N_("%(attendee)s sends somebody else, without saying whom.")
COUNTER = N_("%(attendee)s proposes another time.")


@dataclass
class Match:
    """Whose answer it is, and why a person must look at it, if so; facts of the reason are words."""

    event: Event | None = None
    invitation: Invitation | None = None
    registration: Registration | None = None
    doubt: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def person_id(self) -> int | None:
        known = self.invitation or self.registration
        return known.person_id if known is not None else None


def match(told: Read, said: Said) -> Match:
    """Whose answer it is."""
    event = db.session.scalar(select(Event).where(Event.uid == said.uid)) if said.uid else None
    given = [one for one in map(addresses.by_token, told.tokens) if one is not None]
    if event is None:
        return Match(given[0].event if given else None, doubt=UNKNOWN_EVENT)
    own = [one for one in given if one.event_id == event.id]
    if given and not own:
        return Match(event, doubt=OTHER_EVENT, facts={"event": given[0].event.title})
    found = _by_secret(event, own[0], told, said) if own else _by_name(event, told, said)
    return _unless_it_asks_for_more(found, said)


def _by_secret(event: Event, own: ReplyAddress, told: Read, said: Said) -> Match:
    """The recipient of that address; somebody he passed the invitation on to is a stranger."""
    recipient = own.address.email
    mine = {recipient, *_other_addresses(own.address_id)}
    if not {said.attendee, said.sent_by, told.sender} & mine:
        return _stranger(event, told, said)
    return _at(event, recipient, said)


def _by_name(event: Event, told: Read, said: Said) -> Match:
    for email in dict.fromkeys((said.attendee, said.sent_by, told.sender)):
        found = _at(event, email, said) if email else Match(doubt=STRANGER)
        if found.doubt == STRANGER:
            continue
        if found.doubt or is_proven(told, email):
            return found
        found.doubt, found.facts = UNPROVEN, {"attendee": email}
        return found
    return _stranger(event, told, said)


def _stranger(event: Event, told: Read, said: Said) -> Match:
    who = said.attendee or told.sender or "?"
    return Match(event, doubt=STRANGER, facts={"attendee": who})


def _other_addresses(address_id: int) -> set[str]:
    """The other addresses of whoever alone reads that one: an answer may come from any of them."""
    readers = db.session.scalars(
        select(PersonAddress.person_id).where(PersonAddress.address_id == address_id)
    ).all()
    if len(readers) != 1:
        return set()
    rows = (
        select(Address.email)
        .join(PersonAddress, PersonAddress.address_id == Address.id)
        .where(PersonAddress.person_id == readers[0])
    )
    return set(db.session.scalars(rows))


def _at(event: Event, email: str, said: Said) -> Match:
    """Who was invited or is registered at that address; of several the one whose name it gives."""
    people: dict[int, Match] = {}
    for kind, slot in ((Invitation, "invitation"), (Registration, "registration")):
        for row in _rows(kind, event, email):
            setattr(people.setdefault(row.person_id, Match(event)), slot, row)
    found = list(people.values())
    if len(found) > 1:
        named = [one for one in found if _called(one) == fold(said.attendee_name)]
        found = named if len(named) == 1 else found
    if not found:
        return Match(event, doubt=STRANGER, facts={"attendee": email})
    if len(found) > 1:
        return Match(event, doubt=SHARED)
    [one] = found
    is_off = one.invitation is not None and one.invitation.uninvited_at is not None
    seat = one.registration.seat if one.registration is not None else Seat.WITHDRAWN
    if is_off and seat == Seat.WITHDRAWN:
        one.doubt, one.facts = TAKEN_BACK, {"attendee": email}
    return one


def _rows(kind: Any, event: Event, email: str) -> Sequence[Any]:
    rows = (
        select(kind)
        .join(Address, Address.id == kind.address_id)
        .where(kind.event_id == event.id, Address.email == email)
        .options(joinedload(kind.person), joinedload(kind.event))
        .order_by(kind.id)
    )
    return db.session.scalars(rows).all()


def _called(one: Match) -> str:
    known = one.invitation or one.registration
    return fold(known.person.name) if known is not None and known.person is not None else ""


def _unless_it_asks_for_more(found: Match, said: Said) -> Match:
    """What no answer alone can settle waits, whoever it is from."""
    if said.method == "REFRESH":
        return found
    if said.method == "COUNTER":
        found.doubt, found.facts = COUNTER, {"attendee": said.attendee or "?"}
    elif said.answer == "DELEGATED" or said.delegated_to:
        found.doubt = DELEGATED if said.delegated_to else DELEGATED_TO_NOBODY
        found.facts = {"attendee": said.attendee or "?", "delegate": said.delegated_to}
    return found
