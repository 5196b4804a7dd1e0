"""Rows that may mean several records: a person chooses one, and the row is taken in."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session, aliased

from crm import history
from crm.directory.importing import refusals, running, taking
from crm.directory.importing.matching import Outcome, Taken
from crm.directory.importing.refusals import Ambiguous
from crm.directory.importing.rows import CellRefused
from crm.directory.importing.services import State
from crm.directory.importing.taking import Counts, Taker
from crm.directory.models import Import, ImportReview, Organisation, Person, Role
from crm.directory.services.records import check_not_erased
from crm.errors import CrmError
from crm.territories.models import Territory, TerritoryKind
from crm.web.tables_in import Row

SHOWN = 20
NEW, NONE = "new", "none"


class Candidate(NamedTuple):
    """A record that the row may mean: its choice in a form, its name, and what tells it from the others."""

    value: str
    name: str
    note: str


def waiting(session: Session, record: Import) -> int:
    """How many rows wait for somebody to choose."""
    rows = select(func.count()).where(ImportReview.import_id == record.id, ImportReview.decided_at.is_(None))
    return session.scalar(rows) or 0


def first(session: Session, record: Import, most: int = SHOWN) -> Sequence[ImportReview]:
    """The first rows that wait, in the order of the file."""
    rows = select(ImportReview).where(ImportReview.import_id == record.id, ImportReview.decided_at.is_(None))
    return session.scalars(rows.order_by(ImportReview.row, ImportReview.id).limit(most)).all()


def decided(session: Session, record: Import) -> dict[int, str]:
    """What became of the rows about which somebody decided, by their number."""
    rows = select(ImportReview.row, ImportReview.outcome).where(
        ImportReview.import_id == record.id, ImportReview.decided_at.is_not(None)
    )
    return {row: outcome or Outcome.REFUSED for row, outcome in session.execute(rows)}


def candidates(session: Session, review: ImportReview) -> list[Candidate]:
    """The records that the row may mean, with what tells them apart."""
    keys = review.candidates
    if review.kind == "territories":
        department = aliased(Territory)
        of_kind = department.kind.in_((TerritoryKind.DEPARTMENT, TerritoryKind.COLLECTIVITY))
        places = (
            select(Territory, department.name)
            .outerjoin(department, and_(of_kind, department.code == Territory.department_code))
            .where(Territory.id.in_(keys))
            .order_by(Territory.department_code, Territory.id)
        )
        return [
            Candidate(f"{place.id}", place.name, " · ".join(filter(None, (name, place.code))))
            for place, name in session.execute(places)
        ]
    if review.kind == "people":
        people = session.scalars(
            select(Person)
            .where(Person.id.in_(keys), Person.erased_at.is_(None))
            .order_by(Person.sort, Person.id)
        )
        return [Candidate(f"{one.id}", one.name, _about(session, one)) for one in people]
    found = session.scalars(
        select(Organisation).where(Organisation.id.in_(keys)).order_by(Organisation.sort, Organisation.id)
    )
    return [
        Candidate(f"{one.id}", one.name, " · ".join(filter(None, (one.postcode, one.city, one.siren))))
        for one in found
    ]


def _about(session: Session, person: Person) -> str:
    roles = (
        select(Role.function, Organisation.name)
        .join(Organisation, Organisation.id == Role.organisation_id)
        .where(Role.person_id == person.id)
        .order_by(Role.is_main.desc(), Role.id)
        .limit(2)
    )
    told = [", ".join(filter(None, pair)) for pair in session.execute(roles)]
    return " · ".join([*told, *(read.address.email for read in person.addresses[:2])])


def decide(session: Session, review: ImportReview, choice: str, *, by: str, at: datetime) -> Outcome | None:
    """Take the row in as the choice says: a candidate's key, `NEW` for a record of its own,
    `NONE` to leave it out.

    None when the row, so understood, may still mean several records of another kind: it waits again.
    Raises ChooseOne, AlreadyDecided, StillWaiting, and what stands against the row.
    """
    record = session.get_one(Import, review.import_id, populate_existing=True)
    if record.state not in (State.DONE, State.STOPPED):
        raise refusals.StillWaiting
    if review.decided_at is not None:
        raise refusals.AlreadyDecided
    if choice not in (NEW, NONE) and choice not in map(str, review.candidates):
        raise refusals.ChooseOne
    if review.kind == "people" and choice not in (NEW, NONE):
        check_not_erased(session.get(Person, int(choice)))
    history.act_as(session, by)
    # Two people may choose at the same moment: the second one finds it done.
    mine = update(ImportReview).where(ImportReview.id == review.id, ImportReview.decided_at.is_(None))
    if session.connection().execute(mine.values(decided_at=at, decided_by=by)).rowcount != 1:
        raise refusals.AlreadyDecided
    if choice == NONE:
        counts = _counts(record)
        counts.to_review -= 1
        return _settled(session, record, review, Outcome.REFUSED, counts)
    chosen = {**review.chosen, review.kind: None if choice == NEW else int(choice)}
    try:
        outcome, counts = _take(session, record, review, chosen, by=by, at=at)
    except Ambiguous as further:
        asked = {
            "why": {"text": further.text, "facts": further.facts},
            "kind": further.about,
            "candidates": [one.id for one in further.candidates],
            "chosen": chosen,
            "decided_at": None,
            "decided_by": None,
        }
        session.execute(update(ImportReview).where(ImportReview.id == review.id).values(asked))
        session.expire(review)
        return None
    return _settled(session, record, review, outcome, counts)


def _take(
    session: Session, record: Import, review: ImportReview, chosen: dict[str, Any], *, by: str, at: datetime
) -> tuple[Outcome, Counts]:
    order = running.order_of(session, record, by=by, at=at)
    [parsed] = taking.parsed([Row(review.row, list(review.cells))], order)
    if isinstance(parsed.said, CellRefused):
        raise parsed.said.why
    parsed.said.chosen = chosen
    heard = _Heard()
    counts = _counts(record)
    made = Taker(session, order, asks=False).take([parsed], heard, counts)  # type: ignore[arg-type]
    if heard.why is not None:
        raise heard.why
    running.keep_part(session, record.id, made)
    counts.read -= 1
    counts.refused -= 1
    counts.to_review -= 1
    return heard.outcome, counts


class _Heard:
    """A report of one row."""

    why: CrmError | None = None
    outcome = Outcome.UNCHANGED

    def refused(self, row: int, cells: Sequence[str], why: CrmError, place: int | None) -> None:
        self.why = why

    def took(self, row: int, taken: Taken) -> None:
        self.outcome = taken.outcome


def _counts(record: Import) -> Counts:
    return Counts(**record.counts["told"])


def _settled(
    session: Session, record: Import, review: ImportReview, outcome: Outcome, counts: Counts
) -> Outcome:
    session.execute(update(ImportReview).where(ImportReview.id == review.id).values(outcome=outcome.value))
    record.counts = {**record.counts, "told": asdict(counts)}
    session.flush()
    session.expire(review)
    return outcome
