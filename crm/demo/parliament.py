"""Deputies and senators of nowhere: a full roster, so that kits can be tried before real files are read."""

from random import Random

from crm.db import db
from crm.demo.people import NAMES
from crm.kits.parliament import seats
from crm.kits.parliament.models import Chamber, Parliamentarian
from crm.text import fold, slug
from crm.writing import insert_many

GROUPS = (
    ("ARC", "Groupe de l’Archipel"),
    ("BOC", "Groupe du Bocage"),
    ("CLA", "Groupe de la Clairière"),
    ("DUN", "Groupe de la Dune"),
    ("EST", "Groupe de l’Estuaire"),
)
COMMITTEES = ("Commission des finances", "Commission des lois", "Commission des affaires économiques")
VACANT = "48-01"  # one seat, so that its page can be seen


def load(*, chance: Random) -> None:
    """577 seats of deputies, one of them vacant, and 348 of senators, all at example.org."""
    rows = [
        _one(chance, number, Chamber.ASSEMBLY, seat)
        for number, seat in enumerate(seats.every(), 1)
        if seat != VACANT
    ]
    places = [code for code, area in seats.AREAS.items() for _ in range(area.senators)]
    rows += [_one(chance, number, Chamber.SENATE, code) for number, code in enumerate(places, 1)]
    insert_many(db.session(), Parliamentarian.__table__, rows)  # type: ignore[arg-type]


def _one(chance: Random, number: int, chamber: Chamber, seat: str) -> dict[str, object]:
    is_woman = chance.random() < 0.5
    given, family = chance.choice(NAMES["women" if is_woman else "men"]), chance.choice(NAMES["families"])
    short, whole = chance.choice(GROUPS)
    house = "assemblee" if chamber is Chamber.ASSEMBLY else "senat"
    return {
        "chamber": chamber,
        "source_key": f"demo-{house}-{number}",
        "civility": "Mme" if is_woman else "M.",
        "given_name": given,
        "family_name": family,
        "sort": fold(f"{family} {given}"),
        "search": fold(f"{given} {family} {short} {whole} {seat}"),
        "seat": seat,
        "group": short,
        "group_name": whole,
        "committee": chance.choice(COMMITTEES),
        "email": f"{slug(given)}.{slug(family)}.{number}@{house}.example.org",
        "is_invented": True,
    }
