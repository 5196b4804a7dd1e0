"""From the bytes of a platform's file to the people in it, with the time each was connected."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from crm.errors import CrmError
from crm.events.platforms import layouts, moments
from crm.events.platforms.layouts import FREE, Heading
from crm.events.platforms.moments import DateOrder
from crm.text import N_, clean, fold
from crm.web import tables_in
from crm.web.tables_in import Row

MOST_BYTES = 20_000_000
_SEPARATORS = (None, "\t", ",", ";")


class NobodyConnected(CrmError):
    text = N_(
        "“%(file)s” names nobody who was connected. Download the report of participants, then try again."
    )


class NobodySaid(CrmError):
    text = N_("Neither a name nor an address stands in this row.")


class NoTimeSaid(CrmError):
    text = N_("This row does not say when the person was connected: the file may have been cut short.")


class LeftBeforeJoining(CrmError):
    text = N_("This person left before they joined: look at the dates of the file.")


class ColumnsMissing(CrmError):
    text = N_(
        "Choose the column of the name or the address, and a column that says when people joined, "
        "for how long, or whether they came."
    )


class Asks(StrEnum):
    """What only a person can say about a file."""

    COLUMNS = "columns"
    DATES = "dates"


@dataclass
class Person:
    """Everything the file says of one person: `spans` in seconds from its first connection."""

    name: str = ""
    email: str = ""
    organisation: str = ""
    connections: int = 0
    spans: list[list[int]] = field(default_factory=list)
    loose: int = 0

    @property
    def seconds(self) -> int:
        return sum(end - begin for begin, end in self.spans) + self.loose


@dataclass(frozen=True)
class Unread:
    number: int
    cells: Sequence[str]
    reason: CrmError


@dataclass
class Reading:
    """What a file is: its people, or what it `asks` first, with the columns to choose from.

    `samples` are dates that can be read in two ways, or the first row below columns that are not known.
    """

    layout: str
    columns: Sequence[str] = ()
    asks: Asks | None = None
    guessed: Mapping[str, int] = field(default_factory=dict)
    samples: Sequence[str] = ()
    people: list[Person] = field(default_factory=list)
    connections: int = 0
    unread: list[Unread] = field(default_factory=list)


@dataclass(frozen=True)
class Told:
    """What a person said about the file, and what is known of the event."""

    begins: datetime
    ends: datetime
    places: Mapping[str, int] | None = None
    order: DateOrder | None = None

    @property
    def days(self) -> list[date]:
        """The days of the event, and those beside it: reports may tell the hours of another zone."""
        first, last = self.begins.date() - timedelta(days=1), self.ends.date() + timedelta(days=1)
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def read(content: bytes, filename: str, told: Told) -> Reading:
    """Raises TableRefused, DatesContradict, ColumnsMissing, NobodyConnected."""
    if told.places is not None:
        return _understood(filename, _with_columns(content, filename, told.places), told)
    for separator in _SEPARATORS:
        tables = _tables(_rows(content, filename, separator))
        if tables:
            return _understood(filename, _chosen(tables), told)
    columns, below = _headed(_rows(content, filename, None))
    first = next((row.cells for row in below if any(row.cells)), ())
    return Reading(FREE.key, columns, Asks.COLUMNS, layouts.proposed(columns), samples=first)


def is_of_platform(content: bytes, filename: str) -> bool:
    """Whether a layout that is known stands in the file. Raises TableRefused."""
    return any(_tables(_rows(content, filename, separator)) for separator in _SEPARATORS)


def columns(content: bytes, filename: str) -> list[str]:
    """The names of the columns of a table that is none of a platform. Raises TableRefused."""
    return _headed(_rows(content, filename, None))[0]


Table = tuple[Heading, list[Row]]


def _rows(content: bytes, filename: str, separator: str | None) -> list[Row]:
    with tables_in.raw(io.BytesIO(content), filename, separator, most_bytes=MOST_BYTES) as rows:
        return list(rows)


def _tables(rows: Iterable[Row]) -> list[Table]:
    """The tables of the file; a line of one cell stands above the next one, as its title."""
    tables: list[Table] = []
    is_open, alone = False, None
    for row in rows:
        filled = sum(map(bool, row.cells))
        found = layouts.recognised(row.cells) if filled > 2 else None
        if found is not None:
            tables.append((found, []))
            is_open, alone = True, None
        elif filled == 1 and row.refusal is None and "@" not in row.cells[0]:
            is_open, alone = False, row if is_open else None
        elif filled and is_open:
            tables[-1][1].append(row)
        elif filled:
            alone = None
    if alone is not None:
        # Below it nothing stands: no title, but a row that was cut short.
        tables[-1][1].append(alone)
    return tables


def _chosen(tables: list[Table]) -> list[Table]:
    """Connections one by one where the file has them: sums by person beside them say the same."""
    fine = [table for table in tables if table[0].is_of_connections and table[1]]
    return fine or tables


def _headed(rows: list[Row]) -> tuple[list[str], list[Row]]:
    """The first row of several cells, whose cells name the columns, and the rows below it."""
    place = next((place for place, row in enumerate(rows) if sum(map(bool, row.cells)) > 1), None)
    if place is None:
        return [], []
    names = [clean(cell) or f"({number})" for number, cell in enumerate(rows[place].cells, start=1)]
    return names, rows[place + 1 :]


def _with_columns(content: bytes, filename: str, places: Mapping[str, int]) -> list[Table]:
    """Raises ColumnsMissing."""
    columns, rows = _headed(_rows(content, filename, None))
    if not layouts.is_usable(places) or max(places.values()) >= len(columns):
        raise ColumnsMissing
    return [(layouts.heading(FREE, places, columns), [row for row in rows if any(row.cells)])]


def _understood(filename: str, tables: list[Table], told: Told) -> Reading:
    reading = Reading(tables[0][0].layout.key, tables[0][0].cells)
    order = told.order or moments.order_of(_dates(tables), told.days)
    if order is None:
        reading.asks, reading.samples = Asks.DATES, list(dict.fromkeys(_dates(tables)))[:3]
        return reading
    people = _People(told.begins, told.ends)
    for heading, rows in tables:
        for row in rows:
            try:
                people.add(heading, row, order)
            except CrmError as reason:
                reading.unread.append(Unread(row.number, row.cells, reason))
    reading.people, reading.connections = people.summed_up(), people.connections
    if not reading.people and not reading.unread:
        raise NobodyConnected(file=filename)
    return reading


def _dates(tables: list[Table]) -> list[str]:
    places = [(table[0].places.get(key), table[1]) for table in tables for key in ("joined", "left")]
    return [
        row.cells[place]
        for place, rows in places
        if place is not None
        for row in rows
        if place < len(row.cells) and row.cells[place]
    ]


class _People:
    """The connections of a file, gathered by address, else by name and organisation."""

    def __init__(self, begins: datetime, ends: datetime) -> None:
        self.begins, self.ends = begins, ends
        self.connections = 0
        self._found: dict[tuple[str, ...], Person] = {}
        self._spans: dict[tuple[str, ...], list[tuple[datetime, datetime]]] = {}

    def add(self, heading: Heading, row: Row, order: DateOrder) -> None:
        """Raises what is wrong with the row; nothing is added for whoever did not come."""
        if row.refusal is not None:
            raise row.refusal
        said = {
            key: clean(row.cells[place]) if place < len(row.cells) else ""
            for key, place in heading.places.items()
        }
        if said.get("came") and fold(said["came"]) not in layouts.YES:
            return
        if fold(said.get("name")) in heading.layout.nobody and not (
            said.get("joined") or said.get("duration")
        ):
            return
        # What people typed when they registered says more than what they call themselves that day.
        name = f"{said.get('given_name', '')} {said.get('family_name', '')}".strip() or said.get("name", "")
        email = said.get("email", "").lower()
        email = email if "@" in email else ""
        if not name and not email:
            raise NobodySaid
        span, loose = self._time(heading, said, order)
        key = (email,) if email else (*sorted(fold(name).split()), "@", fold(said.get("organisation")))
        person = self._found.setdefault(key, Person())
        person.name = person.name or name[:200]
        person.email = person.email or email[:200]
        person.organisation = person.organisation or said.get("organisation", "")[:300]
        person.connections += 1
        self.connections += 1
        person.loose += loose
        if span is not None:
            self._spans.setdefault(key, []).append(span)

    def _time(
        self, heading: Heading, said: Mapping[str, str], order: DateOrder
    ) -> tuple[tuple[datetime, datetime] | None, int]:
        """From when until when, or how many seconds. Raises what cannot be read."""
        length = None
        if said.get("duration"):
            length = moments.duration(said["duration"], heading.seconds_per_unit)
        if said.get("joined") and (said.get("left") or length is not None):
            joined = moments.moment(said["joined"], order, self.begins.date())
            if not heading.is_of_connections and length is not None:
                # First and last of several: what lies between is told by the sum alone.
                return None, int(length.total_seconds())
            if not said.get("left"):
                return (joined, joined + (length or timedelta())), 0
            left = moments.moment(said["left"], order, joined.date())
            if left < joined and left.date() == joined.date() and joined - left > timedelta(hours=12):
                left += timedelta(days=1)
            if left < joined:
                raise LeftBeforeJoining
            return (joined, left), 0
        if length is not None:
            return None, int(length.total_seconds())
        if said.get("came") and not said.get("joined"):
            return None, int((self.ends - self.begins).total_seconds())
        raise NoTimeSaid

    def summed_up(self) -> list[Person]:
        origin = min((begin for spans in self._spans.values() for begin, _end in spans), default=self.begins)
        for key, spans in self._spans.items():
            seconds = [[_since(begin, origin), _since(end, origin)] for begin, end in spans]
            self._found[key].spans = united(seconds)
        return list(self._found.values())


def _since(moment: datetime, origin: datetime) -> int:
    return int((moment - origin).total_seconds())


def united(spans: Iterable[list[int]]) -> list[list[int]]:
    """The same time without overlaps: two devices at once count once."""
    whole: list[list[int]] = []
    for begin, end in sorted(spans):
        if whole and begin <= whole[-1][1]:
            whole[-1][1] = max(whole[-1][1], end)
        else:
            whole.append([begin, end])
    return whole
