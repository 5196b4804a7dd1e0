"""Deputies: the Assemblée's AMO10 (JSON, one file each or all in one), its own CSV, and Datan's.

Layouts as published on data.assemblee-nationale.fr (17th legislature) and data.gouv.fr. JSON gives one
thing alone where there is one and a list where there are several, and writes nothing as null or as
`{"@xsi:nil": "true"}`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crm.kits.parliament import seats
from crm.kits.parliament.models import Chamber
from crm.kits.parliament.reading.told import (
    ASSEMBLY,
    DATAN,
    NO_KEY,
    NO_NAME,
    NO_SEAT,
    OPEN_LICENCE,
    Member,
    Told,
    day,
)
from crm.text import clean

HOUSE = "@assemblee-nationale.fr"
MAIL, SITE = "15", "22"
CSV_COLUMNS = frozenset({"identifiant", "prenom", "nom", "departement", "numero de circonscription"})
DATAN_COLUMNS = frozenset({"id", "legislature", "nom", "prenom", "departementcode", "circo"})
_ACTOR = re.compile(r"PA\d+")

Json = Mapping[str, Any]


def several(value: Any) -> list[Any]:
    """The list of what may be nothing, one thing or many."""
    if value is None or _is_nil(value):
        return []
    return list(value) if isinstance(value, list) else [value]


def _is_nil(value: Any) -> bool:
    return isinstance(value, dict) and value.get("@xsi:nil") in ("true", True)


def text(value: Any) -> str:
    """The text of an element, whether it stands alone or with its attributes."""
    if isinstance(value, dict):
        value = value.get("#text")
    return clean(str(value)) if isinstance(value, str | int) else ""


def part(value: Any, *names: str) -> Any:
    """What lies under these names; None where the way breaks off."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def amo(file: str, actors: Iterable[tuple[str, Json]], organs: Iterable[Json]) -> Told:
    """The deputies among the actors (each with where it stands), groups and committees by the organs."""
    told = Told(file, ASSEMBLY, OPEN_LICENCE, Chamber.ASSEMBLY)
    known = {text(organ.get("uid")): organ for organ in organs}
    for where, actor in actors:
        told.read += 1
        mandates = several(part(actor, "mandats", "mandat"))
        seated = next((m for m in mandates if part(m, "typeOrgane") == "ASSEMBLEE" and not _ended(m)), None)
        # Ministers and others stand in the archive without a seat.
        if seated is None:
            continue
        if member := _deputy(told, where, actor, mandates, seated, known):
            told.members.append(member)
        number = text(seated.get("legislature"))
        if number.isdecimal():
            told.legislature = max(told.legislature or 0, int(number))
    return told


def _ended(mandate: Json) -> bool:
    return bool(text(mandate.get("dateFin")))


def _deputy(
    told: Told, where: str, actor: Json, mandates: list[Json], seated: Json, organs: Mapping[str, Json]
) -> Member | None:
    key, ident = text(actor.get("uid")), part(actor, "etatCivil", "ident")
    given, family = text(part(ident, "prenom")), text(part(ident, "nom"))
    place = part(seated, "election", "lieu")
    department, number = text(part(place, "numDepartement")), text(part(place, "numCirco"))
    seat = seats.constituency(department, number)
    if not _ACTOR.fullmatch(key):
        told.fault(where, NO_KEY)
    elif not (given and family):
        told.fault(where, NO_NAME)
    elif seat is None:
        told.fault(where, NO_SEAT, said=f"{department} {number}".strip())
    else:
        group = _organ(mandates, "GP", organs)
        committee = _organ(mandates, "COMPER", organs)
        return Member(
            Chamber.ASSEMBLY,
            key,
            given,
            family,
            seat,
            civility=text(part(ident, "civ")),
            group=text(part(group, "libelleAbrege")) if group else None,
            group_name=text(part(group, "libelle")) if group else None,
            committee=text(part(committee, "libelle")) if committee else None,
            email=_address(actor),
            website=_site(actor),
            began_on=day(text(part(seated, "mandature", "datePriseFonction")))
            or day(text(seated.get("dateDebut"))),
        )
    return None


def _organ(mandates: list[Json], kind: str, organs: Mapping[str, Json]) -> Json | None:
    """The organ of that kind where one sits now: the main appointment where there are two.

    A member of a group who presides over it has two open mandates there.
    """
    open_ones = [m for m in mandates if part(m, "typeOrgane") == kind and not _ended(m)]
    open_ones.sort(key=lambda mandate: text(mandate.get("nominPrincipale")) != "1")
    for mandate in open_ones:
        for ref in several(part(mandate, "organes", "organeRef")):
            if organ := organs.get(text(ref)):
                return organ
    return None


def _address(actor: Json) -> str:
    """The address under the house's own domain; a private one is nobody's business here."""
    given = (text(part(a, "valElec")).lower() for a in _addresses(actor, MAIL))
    return next((address for address in given if address.endswith(HOUSE)), "")


def _site(actor: Json) -> str:
    site = next((text(part(a, "valElec")) for a in _addresses(actor, SITE)), "").strip("/ ")
    site = re.sub(r"^https?:/*", "", site)
    return f"https://{site}" if re.fullmatch(r"[\w.-]+\.[a-z]{2,}(/[^\s<>\"]*)?", site, re.I) else ""


def _addresses(actor: Json, kind: str) -> Iterator[Any]:
    for address in several(part(actor, "adresses", "adresse")):
        if text(part(address, "type")) == kind:
            yield address


def spreadsheet(file: str, rows: Iterable[tuple[int, Mapping[str, str]]]) -> Told:
    """The Assemblée's CSV: no address and no code of department, which is told by its name."""
    told = Told(file, ASSEMBLY, OPEN_LICENCE, Chamber.ASSEMBLY)
    for line, row in rows:
        told.read += 1
        number = row["identifiant"].removeprefix("PA")
        seat = seats.constituency(
            seats.area_named(row["departement"]), row["numero de circonscription"].lstrip("0")
        )
        if _is_whole(told, line, number, row["prenom"], row["nom"], seat, row["departement"]):
            told.members.append(
                Member(
                    Chamber.ASSEMBLY,
                    f"PA{number}",
                    row["prenom"],
                    row["nom"],
                    seat,
                    group=row.get("groupe politique abrege"),
                    group_name=row.get("groupe politique complet"),
                )
            )
    return told


def datan(file: str, rows: Iterable[tuple[int, Mapping[str, str]]]) -> Told:
    """Datan's CSV of the deputies in office; its own scores are left aside."""
    told = Told(file, DATAN, OPEN_LICENCE, Chamber.ASSEMBLY)
    for line, row in rows:
        told.read += 1
        seat = seats.constituency(row["departementcode"], row["circo"])
        said = f"{row['departementcode']} {row['circo']}"
        if not _is_whole(told, line, row["id"].removeprefix("PA"), row["prenom"], row["nom"], seat, said):
            continue
        email = row.get("mail", "").lower()
        told.members.append(
            Member(
                Chamber.ASSEMBLY,
                row["id"],
                row["prenom"],
                row["nom"],
                seat,
                civility=row.get("civ"),
                group=row.get("groupeabrev"),
                group_name=row.get("groupe"),
                email=email if email.endswith(HOUSE) else "",
                began_on=day(row.get("dateprisefonction")),
            )
        )
        if row["legislature"].isdecimal():
            told.legislature = max(told.legislature or 0, int(row["legislature"]))
        told.dated_on = max(filter(None, (told.dated_on, day(row.get("datemaj")))), default=None)
    return told


def _is_whole(
    told: Told, line: int, number: str, given: str, family: str, seat: str | None, said: str
) -> bool:
    if not number.isdecimal():
        told.fault(line, NO_KEY)
    elif not (given and family):
        told.fault(line, NO_NAME)
    elif seat is None:
        told.fault(line, NO_SEAT, said=said)
    else:
        return True
    return False
