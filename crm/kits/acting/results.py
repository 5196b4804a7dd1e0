"""What a kit brought about: who was written to, who answered, and whom nobody wrote to."""

import math
from dataclasses import dataclass, field

from sqlalchemy import select

from crm.db import db
from crm.kits.acting import queries
from crm.kits.acting.queries import Tally
from crm.kits.models import Kit
from crm.kits.parliament import seats
from crm.kits.parliament.models import Parliamentarian
from crm.text import N_
from crm.web.exports import Column

STEPS = 5  # shades of the map
FEWEST_SHOWN = 5  # smaller numbers are not told outside


@dataclass(frozen=True)
class Row:
    """One parliamentarian and what was done about him or her."""

    one: Parliamentarian
    tally: Tally


@dataclass
class Sum:
    """Of a group, department or committee: how many sit, were written to, answered; how many letters."""

    name: str
    code: str = ""
    members: int = 0
    contacted: int = 0
    replied: int = 0
    letters: int = 0

    @property
    def share(self) -> float:
        """Which part of its members was written to, 0 to 1."""
        return self.contacted / self.members if self.members else 0.0

    @property
    def shade(self) -> int:
        """How dark it is on the map: 0 where nobody was written to, `STEPS` where all were."""
        return math.ceil(self.share * STEPS)


@dataclass
class Results:
    rows: list[Row] = field(default_factory=list)

    @property
    def contacted(self) -> list[Row]:
        return [row for row in self.rows if row.tally.contacted]

    @property
    def untouched(self) -> list[Row]:
        return [row for row in self.rows if not row.tally.contacted]

    @property
    def letters(self) -> int:
        return sum(row.tally.contacted for row in self.rows)

    @property
    def replied(self) -> int:
        return sum(1 for row in self.rows if row.tally.replied)

    def by(self, what: str) -> list[Sum]:
        """Summed by `group`, `department` or `committee`, the most written to first."""
        sums: dict[str, Sum] = {}
        for row in self.rows:
            name = _name(row.one, what)
            found = sums.setdefault(name, Sum(name, row.one.department if what == "department" else ""))
            found.members += 1
            found.contacted += bool(row.tally.contacted)
            found.replied += bool(row.tally.replied)
            found.letters += row.tally.contacted
        return sorted(sums.values(), key=lambda one: (-one.letters, one.name))


def _name(one: Parliamentarian, what: str) -> str:
    if what == "department":
        return seats.called(one.department)
    return one.committee if what == "committee" else one.group_name or one.group


def of(kit: Kit) -> Results:
    """Of everybody who sits, and of whoever left but was written to, in order of name."""
    tallies = queries.tallies(kit)
    rows = select(Parliamentarian).order_by(Parliamentarian.sort, Parliamentarian.id)
    return Results(
        [
            Row(one, tallies.get(one.id) or Tally())
            for one in db.session.scalars(rows)
            if one.is_sitting or one.id in tallies
        ]
    )


def outside(number: int) -> str:
    """A number as it is told to people outside: small ones would tell who it was."""
    return str(number) if number == 0 or number >= FEWEST_SHOWN else f"< {FEWEST_SHOWN}"


COLUMNS = (
    Column("name", N_("Name"), lambda row: row.one.name),
    Column("chamber", N_("Chamber"), lambda row: row.one.chamber.value),
    Column("seat", N_("Constituency"), lambda row: seats.called(row.one.seat)),
    Column("group", N_("Group"), lambda row: row.one.group_name or row.one.group),
    Column("committee", N_("Committee"), lambda row: row.one.committee),
    Column("opened", N_("Letters opened (approximate)"), lambda row: row.tally.opened),
    Column("contacted", N_("Letters declared"), lambda row: row.tally.contacted),
    Column("replied", N_("Answers declared"), lambda row: row.tally.replied),
)
