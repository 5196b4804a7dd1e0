"""Senators: ODSEN_GENERAL.csv, which has the addresses, and senateurs.json, which has the departments' codes.

Layouts as published on data.senat.fr and www.senat.fr. Either is enough; both are joined on the matricule.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from crm.kits.parliament import seats
from crm.kits.parliament.models import Chamber
from crm.kits.parliament.reading.told import NO_KEY, NO_NAME, NO_SEAT, OPEN_LICENCE, SENATE, Member, Told
from crm.text import clean, fold

CSV_COLUMNS = frozenset({"matricule", "nom usuel", "prenom usuel", "etat", "circonscription"})
JSON_FIELDS = frozenset({"matricule", "nom", "prenom", "circonscription"})
SITTING = "actif"
_NOT_PUBLIC = "non public"


def general(file: str, rows: Iterable[tuple[int, Mapping[str, str]]]) -> Told:
    """Those whose state is ACTIF; the file has every senator since 1958."""
    told = Told(file, SENATE, OPEN_LICENCE, Chamber.SENATE)
    for line, row in rows:
        told.read += 1
        if fold(row["etat"]) != SITTING:
            continue
        seat = seats.area_named(row["circonscription"])
        if not _is_whole(
            told, line, row["matricule"], row["prenom usuel"], row["nom usuel"], seat, row["circonscription"]
        ):
            continue
        email = row.get("courrier electronique", "")
        told.members.append(
            Member(
                Chamber.SENATE,
                row["matricule"],
                row["prenom usuel"],
                row["nom usuel"],
                seat,
                civility=row.get("qualite"),
                group=row.get("groupe politique"),
                committee=row.get("commission permanente"),
                email="" if fold(email) == _NOT_PUBLIC or "@" not in email else email.lower(),
            )
        )
    return told


def api(file: str, senators: list[Any]) -> Told:
    """The list of the senators in office. Codes of groups are historical: the words are told apart."""
    told = Told(file, SENATE, OPEN_LICENCE, Chamber.SENATE)
    for number, senator in enumerate(senators, 1):
        told.read += 1
        if not isinstance(senator, dict):
            told.fault(number, NO_KEY)
            continue
        code = _of(senator, "circonscription", "code")
        seat = seats.area(code) if code else None
        names = clean(str(senator.get("prenom") or "")), clean(str(senator.get("nom") or ""))
        key = clean(str(senator.get("matricule") or ""))
        if not _is_whole(told, number, key, *names, seat, code):
            continue
        url = str(senator.get("url") or "")
        told.members.append(
            Member(
                Chamber.SENATE,
                key,
                *names,
                seat,
                civility=clean(str(senator.get("civilite") or "")) or None,
                group_name=_of(senator, "groupe", "libelle") or None,
                committee=next(
                    (
                        clean(str(body.get("libelle") or ""))
                        for body in senator.get("organismes") or ()
                        if isinstance(body, dict) and body.get("type") == "COMMISSION"
                    ),
                    None,
                ),
                website=f"https://www.senat.fr{url}" if url.startswith("/") else None,
            )
        )
    return told


def _of(senator: Mapping[str, Any], name: str, field: str) -> str:
    told = senator.get(name)
    return clean(str(told.get(field) or "")) if isinstance(told, dict) else ""


def _is_whole(told: Told, where: int, key: str, given: str, family: str, seat: str | None, said: str) -> bool:
    if not key:
        told.fault(where, NO_KEY)
    elif not (given and family):
        told.fault(where, NO_NAME)
    elif seat is None:
        told.fault(where, NO_SEAT, said=said)
    else:
        return True
    return False
