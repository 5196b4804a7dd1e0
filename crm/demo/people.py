"""Invented people: names, functions and addresses drawn from a seed. Nobody here exists."""

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random

from crm.directory.models import Civility, RoleCategory
from crm.text import slug

NAMES: dict[str, list[str]] = json.loads(Path(__file__).with_name("names.json").read_text())

Words = tuple[tuple[str, str], ...]

# For a woman, for a man.
ELECTED: Words = (
    ("Maire", "Maire"),
    ("Adjointe au maire chargée du numérique", "Adjoint au maire chargé du numérique"),
    ("Conseillère déléguée aux données", "Conseiller délégué aux données"),
    ("Présidente", "Président"),
    ("Vice-présidente chargée du numérique", "Vice-président chargé du numérique"),
)
OFFICERS: Words = (
    ("Directrice générale des services", "Directeur général des services"),
    ("Directrice du numérique", "Directeur du numérique"),
    ("Cheffe de projet open data", "Chef de projet open data"),
    ("Géomaticienne", "Géomaticien"),
    ("Déléguée à la protection des données", "Délégué à la protection des données"),
    ("Responsable des systèmes d’information", "Responsable des systèmes d’information"),
    ("Chargée de mission inclusion numérique", "Chargé de mission inclusion numérique"),
    ("Archiviste", "Archiviste"),
)
OTHERS: Words = (
    ("Directrice générale", "Directeur général"),
    ("Chargée de plaidoyer", "Chargé de plaidoyer"),
    ("Responsable des partenariats", "Responsable des partenariats"),
    ("Chercheuse", "Chercheur"),
    ("Cheffe de projet", "Chef de projet"),
    ("Coordinatrice", "Coordinateur"),
)
LOCAL_KINDS = frozenset({"commune", "epci", "department", "region", "joint_body"})


@dataclass(frozen=True)
class Invented:
    """One invented person and what he or she does."""

    civility: Civility
    given_name: str
    family_name: str
    email: str
    phone: str
    function: str
    category: RoleCategory


def invented(chance: Random, kind: str, number: int) -> Invented:
    """The `number`th person, who works for an organisation of that kind. Addresses never repeat."""
    is_woman = chance.random() < 0.5
    given_name = chance.choice(NAMES["women" if is_woman else "men"])
    family_name = chance.choice(NAMES["families"])
    local = kind in LOCAL_KINDS
    if local and chance.random() < 0.4:
        category, functions = RoleCategory.ELECTED, ELECTED
    elif local:
        category, functions = RoleCategory.OFFICER, OFFICERS
    else:
        category, functions = RoleCategory.OTHER, OTHERS
    return Invented(
        civility=Civility.MADAM if is_woman else Civility.SIR,
        given_name=given_name,
        family_name=family_name,
        email=f"{slug(given_name)}.{slug(family_name)}.{number}@example.org",
        # 02 61 91: one of the blocks that the regulator keeps for fiction (ARCEP, décision 2018-0881).
        phone=f"02 61 91 {number // 100 % 100:02d} {number % 100:02d}",
        function=chance.choice(functions)[0 if is_woman else 1],
        category=category,
    )
