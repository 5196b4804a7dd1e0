"""Reading attendance back from a table: our own export, or any list with names or addresses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from crm.db import db
from crm.errors import CrmError
from crm.events.models import Attendance, Event, Registration, Seat
from crm.events.services import attendance, seats
from crm.events.services.visitors import Visitor
from crm.mail.models import Address
from crm.text import N_, fold

# Folded headers, in French and English, of what a list may say.
HEADERS = {
    "given_name": {"given name", "first name", "prenom", "prenoms"},
    "family_name": {"family name", "last name", "surname", "nom", "nom de famille"},
    "email": {
        "email", "e mail", "mail", "e mail address", "email address", "courriel", "adresse electronique",
        "adresse e mail", "adresse mail", "adresse email",
    },
    "organisation": {"organisation", "organization", "structure", "collectivite", "organisme", "company"},
    "function": {"function", "fonction", "job title", "poste"},
    "attendance": {"attendance", "presence", "present", "statut", "status", "attended", "participation"},
}  # fmt: skip
SAID = {
    Attendance.PRESENT: {"present", "presente", "oui", "yes", "x", "1", "true", "vrai", "attended", "o", "y"},
    Attendance.ABSENT: {"absent", "absente", "non", "no", "0", "false", "faux", "n"},
    Attendance.EXCUSED: {"excused", "excuse", "excusee"},
    Attendance.UNKNOWN: {"unknown", "not known", "non renseigne", "inconnu"},
}
STATES = {word: state for state, words in SAID.items() for word in words}


class NoAttendanceColumn(CrmError):
    text = N_(
        "The file has no column that says who came. Name one “Attendance” (or “Présence”). "
        "Columns found: %(columns)s."
    )


class NoPersonColumn(CrmError):
    text = N_(
        "The file names nobody: it needs an e-mail address, or a given name and a family name. "
        "Columns found: %(columns)s."
    )


class UnknownAttendance(CrmError):
    text = N_("“%(said)s” is not an attendance: write present, absent, excused or not known.")


class NobodySo(CrmError):
    text = N_("Nobody of that address or name is registered. Give both names to add someone.")


class SeveralSo(CrmError):
    text = N_("Several people registered fit: give the e-mail address and both names.")


class HasWithdrawn(CrmError):
    text = N_("%(name)s has withdrawn: register them again first.")


class SaidTwice(CrmError):
    text = N_("%(name)s stands in the file twice, with different attendances.")


@dataclass(frozen=True)
class Line:
    """One row of the file that was understood or not: its number and cells as they were."""

    number: int
    cells: Sequence[str]


@dataclass
class Outcome:
    """What became of the rows; `refused` keeps each with its reason."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[tuple[Line, CrmError]] = field(default_factory=list)


@dataclass(frozen=True)
class _Known:
    id: int
    name: str
    email: str
    state: Attendance
    has_withdrawn: bool


class _Register:
    """The event's registrations, found by address and by name."""

    def __init__(self, event: Event) -> None:
        rows = (
            select(
                Registration.id,
                Registration.given_name,
                Registration.family_name,
                Address.email,
                Registration.attendance,
                Registration.seat,
            )
            .outerjoin(Address, Address.id == Registration.address_id)
            .where(Registration.event_id == event.id)
        )
        self.by_email: dict[str, list[_Known]] = {}
        self.by_name: dict[str, list[_Known]] = {}
        for key, given, family, email, state, seat in db.session.execute(rows):
            known = _Known(key, _name(given, family), email or "", state, seat == Seat.WITHDRAWN)
            self.by_name.setdefault(known.name, []).append(known)
            if email:
                self.by_email.setdefault(email, []).append(known)

    def find(self, email: str, name: str) -> _Known | None:
        """The one registration meant; None when there is none. Raises SeveralSo.

        Another name at a known address is another person; a name alone, or with an address that
        nobody registered with, means the one person registered so.
        """
        found = self.by_email.get(email.casefold(), [])
        if found and name:
            found = [known for known in found if known.name == name]
        elif not found:
            found = self.by_name.get(name, [])
        if len(found) > 1:
            raise SeveralSo
        return found[0] if found else None


def recognised(columns: Sequence[str]) -> dict[str, int]:
    """Where each known column stands. Raises NoAttendanceColumn, NoPersonColumn."""
    places: dict[str, int] = {}
    for place, column in enumerate(columns):
        for key, names in HEADERS.items():
            if fold(column) in names or column == key:
                places.setdefault(key, place)
    if "attendance" not in places:
        raise NoAttendanceColumn(columns=", ".join(columns))
    if "email" not in places and not {"given_name", "family_name"} <= places.keys():
        raise NoPersonColumn(columns=", ".join(columns))
    return places


def take(event: Event, columns: Sequence[str], lines: Iterable[Line], *, by: str, at: datetime) -> Outcome:
    """Note the attendance of each line; add those who are not registered and have both names.

    An empty attendance says nothing and changes nothing. Raises NoAttendanceColumn, NoPersonColumn,
    EventCancelled; what is wrong with one line is in the outcome.
    """
    places = recognised(columns)
    register, outcome = _Register(event), Outcome()
    asked: dict[int, Attendance] = {}
    for line in lines:
        outcome.read += 1
        facts = {key: line.cells[place].strip() for key, place in places.items()}
        try:
            _note(event, register, facts, asked, outcome, by, at)
        except CrmError as refusal:
            outcome.refused.append((line, refusal))
    for state in Attendance:
        keys = [key for key, wanted in asked.items() if wanted == state]
        if keys:
            outcome.updated += len(attendance.mark(event, keys, state, by=by, at=at).before)
    return outcome


def _note(
    event: Event,
    register: _Register,
    facts: dict[str, str],
    asked: dict[int, Attendance],
    outcome: Outcome,
    by: str,
    at: datetime,
) -> None:
    """Understand one line: an update to be made, nothing to change, or someone new. Raises the refusal."""
    state = _state(facts["attendance"])
    given, family = facts.get("given_name", ""), facts.get("family_name", "")
    known = register.find(facts.get("email", ""), _name(given, family))
    if known is None:
        _add(event, facts, state, by, at)
        outcome.created += 1
    elif known.has_withdrawn and state not in (None, known.state):
        raise HasWithdrawn(name=f"{given} {family}".strip() or known.email)
    elif asked.get(known.id, state) != state:
        raise SaidTwice(name=f"{given} {family}".strip() or known.email)
    elif state is None or state == known.state or known.id in asked:
        outcome.unchanged += 1
    else:
        seats.check_day(event, state, at)
        asked[known.id] = state


def _add(event: Event, facts: dict[str, str], state: Attendance | None, by: str, at: datetime) -> None:
    if not (facts.get("given_name") and facts.get("family_name")):
        raise NobodySo
    with db.session.begin_nested():
        seats.walk_in(
            event,
            Visitor(
                given_name=facts["given_name"],
                family_name=facts["family_name"],
                email=facts.get("email", ""),
                organisation=facts.get("organisation", ""),
                function=facts.get("function", ""),
            ),
            mode=None,
            attendance=state or Attendance.UNKNOWN,
            source="import",
            by=by,
            at=at,
        )


def _state(said: str) -> Attendance | None:
    """What the cell says; None when it says nothing. Raises UnknownAttendance."""
    word = fold(said)
    if not word:
        return None
    if word not in STATES:
        raise UnknownAttendance(said=said[:60])
    return STATES[word]


def _name(given: str, family: str) -> str:
    """Both names folded, in one order whatever the order they were typed in."""
    return " ".join(sorted(fold(f"{given} {family}").split()))
