"""What an official file says, whatever its layout."""

from dataclasses import dataclass, field, fields
from datetime import date

from crm.errors import CrmError
from crm.kits.parliament.models import Chamber
from crm.text import N_


class Unreadable(CrmError):
    """The file cannot be opened as what it says it is."""


class TooLarge(Unreadable):
    text = N_("“%(file)s” is larger than %(most)s MB: it is no file of the roster.")


class TooManyEntries(Unreadable):
    text = N_("“%(file)s” has more than %(most)s entries: it is no archive of the roster.")


class Swells(Unreadable):
    text = N_("“%(file)s” unpacks to more than %(most)s MB: it is no archive of the roster.")


class BrokenArchive(Unreadable):
    text = N_(
        "The archive “%(file)s” is damaged or breaks off. Fetch it again until the download is complete."
    )


class BrokenJson(Unreadable):
    text = N_(
        "“%(file)s” is damaged or breaks off near character %(place)s. "
        "Fetch it again until the download is complete."
    )


class TooDeep(Unreadable):
    text = N_("“%(file)s” is nested deeper than any official file.")


class UnknownFile(CrmError):
    text = N_(
        "“%(file)s” is none of the official files known here. It has: %(found)s. Expected are the "
        "Assemblée’s AMO10 archive or its CSV, Datan’s CSV, the Sénat’s ODSEN_GENERAL.csv or senateurs.json, "
        "or INSEE’s composition of the constituencies."
    )


class NothingInIt(CrmError):
    text = N_("“%(file)s” names nobody who sits now. Check that it is the file of those in office.")


@dataclass(frozen=True)
class Member:
    """One who sits. What is None the file does not tell; "" says that there is none."""

    chamber: Chamber
    key: str
    given_name: str
    family_name: str
    seat: str | None = None
    civility: str | None = None
    group: str | None = None
    group_name: str | None = None
    committee: str | None = None
    email: str | None = None
    website: str | None = None
    began_on: date | None = None

    def with_more(self, other: "Member") -> "Member":
        """The same person with what the other file tells and this one does not."""
        mine = {each.name: getattr(self, each.name) for each in fields(self)}
        return Member(
            **{
                name: getattr(other, name) if value is None or value == "" else value
                for name, value in mine.items()
            }
        )


@dataclass(frozen=True)
class Place:
    """A commune votes in that constituency, wholly or in part."""

    commune: str
    constituency: str
    is_partial: bool


@dataclass(frozen=True)
class Fault:
    """What could not be read: where it stands (a line, an entry), why, and the facts of the sentence."""

    file: str
    where: str
    reason: str
    facts: dict[str, str] = field(default_factory=dict)


@dataclass
class Told:
    """All that one file says. `chamber` is None for places; `dated_on` is the day the file is of."""

    file: str
    source: str
    licence: str
    chamber: Chamber | None = None
    members: list[Member] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    dated_on: date | None = None
    legislature: int | None = None
    read: int = 0

    def fault(self, where: str | int, reason: str, **facts: object) -> None:
        told = {name: str(value) for name, value in facts.items()}
        self.faults.append(Fault(self.file, str(where), reason, told))


NO_SEAT = N_("“%(said)s” is no constituency or department known here.")
NO_KEY = N_("It has no identifier.")
NO_NAME = N_("It has no name.")
BAD_JSON = N_("It is not JSON: %(why)s")
TWICE = N_("%(name)s stands in the file twice; the first is kept.")

OPEN_LICENCE = "Licence Ouverte 2.0"
ASSEMBLY = "Assemblée nationale"
SENATE = "Sénat"
DATAN = "Datan"
INSEE = "INSEE"


def day(text: str | None) -> date | None:
    """The day of `2024-07-08`, `1956-12-28 00:00:00.0` or `08/07/2024`; None for anything else."""
    bare = (text or "").strip()[:10]
    if bare[2:3] == "/":
        bare = "-".join(reversed(bare.split("/")))
    try:
        return date.fromisoformat(bare)
    except ValueError:
        return None
