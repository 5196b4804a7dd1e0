"""The seats of both chambers, and the one way in which a constituency is written: `DEP-NN`.

`DEP` is the department as INSEE codes it (two signs, three overseas), `099` for the French abroad and
`977` for Saint-Barthélemy and Saint-Martin, which share one deputy; `NN` has two digits. Numbers of
deputies: code électoral, tableau n° 1 (article L125); of senators: articles LO274, LO276 and tableau n° 6.
"""

import re
from functools import cache
from typing import NamedTuple

from crm.text import fold

ABROAD = "099"


class Area(NamedTuple):
    """A department or collectivity that elects: what it is called, and how many it sends."""

    name: str
    deputies: int
    senators: int


AREAS: dict[str, Area] = {
    "01": Area("Ain", 5, 3),
    "02": Area("Aisne", 5, 3),
    "03": Area("Allier", 3, 2),
    "04": Area("Alpes-de-Haute-Provence", 2, 1),
    "05": Area("Hautes-Alpes", 2, 1),
    "06": Area("Alpes-Maritimes", 9, 5),
    "07": Area("Ardèche", 3, 2),
    "08": Area("Ardennes", 3, 2),
    "09": Area("Ariège", 2, 1),
    "10": Area("Aube", 3, 2),
    "11": Area("Aude", 3, 2),
    "12": Area("Aveyron", 3, 2),
    "13": Area("Bouches-du-Rhône", 16, 8),
    "14": Area("Calvados", 6, 3),
    "15": Area("Cantal", 2, 2),
    "16": Area("Charente", 3, 2),
    "17": Area("Charente-Maritime", 5, 3),
    "18": Area("Cher", 3, 2),
    "19": Area("Corrèze", 2, 2),
    "2A": Area("Corse-du-Sud", 2, 1),
    "2B": Area("Haute-Corse", 2, 1),
    "21": Area("Côte-d’Or", 5, 3),
    "22": Area("Côtes-d’Armor", 5, 3),
    "23": Area("Creuse", 1, 2),
    "24": Area("Dordogne", 4, 2),
    "25": Area("Doubs", 5, 3),
    "26": Area("Drôme", 4, 3),
    "27": Area("Eure", 5, 3),
    "28": Area("Eure-et-Loir", 4, 3),
    "29": Area("Finistère", 8, 4),
    "30": Area("Gard", 6, 3),
    "31": Area("Haute-Garonne", 10, 5),
    "32": Area("Gers", 2, 2),
    "33": Area("Gironde", 12, 6),
    "34": Area("Hérault", 9, 4),
    "35": Area("Ille-et-Vilaine", 8, 4),
    "36": Area("Indre", 2, 2),
    "37": Area("Indre-et-Loire", 5, 3),
    "38": Area("Isère", 10, 5),
    "39": Area("Jura", 3, 2),
    "40": Area("Landes", 3, 2),
    "41": Area("Loir-et-Cher", 3, 2),
    "42": Area("Loire", 6, 4),
    "43": Area("Haute-Loire", 2, 2),
    "44": Area("Loire-Atlantique", 10, 5),
    "45": Area("Loiret", 6, 3),
    "46": Area("Lot", 2, 2),
    "47": Area("Lot-et-Garonne", 3, 2),
    "48": Area("Lozère", 1, 1),
    "49": Area("Maine-et-Loire", 7, 4),
    "50": Area("Manche", 4, 3),
    "51": Area("Marne", 5, 3),
    "52": Area("Haute-Marne", 2, 2),
    "53": Area("Mayenne", 3, 2),
    "54": Area("Meurthe-et-Moselle", 6, 4),
    "55": Area("Meuse", 2, 2),
    "56": Area("Morbihan", 6, 3),
    "57": Area("Moselle", 9, 5),
    "58": Area("Nièvre", 2, 2),
    "59": Area("Nord", 21, 11),
    "60": Area("Oise", 7, 4),
    "61": Area("Orne", 3, 2),
    "62": Area("Pas-de-Calais", 12, 7),
    "63": Area("Puy-de-Dôme", 5, 3),
    "64": Area("Pyrénées-Atlantiques", 6, 3),
    "65": Area("Hautes-Pyrénées", 2, 2),
    "66": Area("Pyrénées-Orientales", 4, 2),
    "67": Area("Bas-Rhin", 9, 5),
    "68": Area("Haut-Rhin", 6, 4),
    "69": Area("Rhône", 14, 7),
    "70": Area("Haute-Saône", 2, 2),
    "71": Area("Saône-et-Loire", 5, 3),
    "72": Area("Sarthe", 5, 3),
    "73": Area("Savoie", 4, 2),
    "74": Area("Haute-Savoie", 6, 3),
    "75": Area("Paris", 18, 12),
    "76": Area("Seine-Maritime", 10, 6),
    "77": Area("Seine-et-Marne", 11, 6),
    "78": Area("Yvelines", 12, 6),
    "79": Area("Deux-Sèvres", 3, 2),
    "80": Area("Somme", 5, 3),
    "81": Area("Tarn", 3, 2),
    "82": Area("Tarn-et-Garonne", 2, 2),
    "83": Area("Var", 8, 4),
    "84": Area("Vaucluse", 5, 3),
    "85": Area("Vendée", 5, 3),
    "86": Area("Vienne", 4, 2),
    "87": Area("Haute-Vienne", 3, 2),
    "88": Area("Vosges", 4, 2),
    "89": Area("Yonne", 3, 2),
    "90": Area("Territoire de Belfort", 2, 1),
    "91": Area("Essonne", 10, 5),
    "92": Area("Hauts-de-Seine", 13, 7),
    "93": Area("Seine-Saint-Denis", 12, 6),
    "94": Area("Val-de-Marne", 11, 6),
    "95": Area("Val-d’Oise", 10, 5),
    "971": Area("Guadeloupe", 4, 3),
    "972": Area("Martinique", 4, 2),
    "973": Area("Guyane", 2, 2),
    "974": Area("La Réunion", 7, 4),
    "975": Area("Saint-Pierre-et-Miquelon", 1, 1),
    "976": Area("Mayotte", 2, 2),
    "977": Area("Saint-Barthélemy", 1, 1),
    "978": Area("Saint-Martin", 0, 1),
    "986": Area("Wallis-et-Futuna", 1, 1),
    "987": Area("Polynésie française", 3, 2),
    "988": Area("Nouvelle-Calédonie", 2, 2),
    ABROAD: Area("Français établis hors de France", 11, 12),
}
# Other ways in which official files write a department: the ministry's letters, the Sénat's, RNE's.
_ALSO = {
    "za": "971", "zb": "972", "zc": "973", "zd": "974", "zm": "976", "zs": "975", "zw": "986", "zp": "987",
    "zn": "988", "zx": "977", "zz": ABROAD, "99": ABROAD, "997": ABROAD, "998": ABROAD, "69m": "69",
    "69d": "69", "20a": "2A", "20b": "2B",
}  # fmt: skip
_NAMED_ALSO = {
    "saint barthelemy et saint martin": "977",
    "saint barthelemy et saint martin antilles": "977",
    "francais etablis hors de france": ABROAD,
    "francais de l etranger": ABROAD,
    "metropole de lyon": "69",
    "iles wallis et futuna": "986",
}
_ARTICLES = re.compile(r"^(?:l |la |le |les |iles )+")

SEAT_OF = {
    "fr": ("%(name)s, %(number)sre circonscription", "%(name)s, %(number)se circonscription"),
    "en": ("%(name)s, constituency %(number)s", "%(name)s, constituency %(number)s"),
}


def area(code: str | None) -> str | None:
    """The department as `DEP` has it, from any code an official file writes; None for no such department."""
    bare = fold(code).replace(" ", "")
    known = _ALSO.get(bare) or bare.upper()
    if known not in AREAS and known.isdecimal():
        known = known.lstrip("0").zfill(2)
    return known if known in AREAS else None


def area_named(name: str | None) -> str | None:
    """The department of that name, however its accents, hyphens and article are written."""
    asked = fold(name)
    return _by_name().get(asked) or _by_name().get(_ARTICLES.sub("", asked))


@cache
def _by_name() -> dict[str, str]:
    known = {fold(area.name): code for code, area in AREAS.items()}
    return {**known, **{_ARTICLES.sub("", name): code for name, code in known.items()}, **_NAMED_ALSO}


def constituency(department: str | None, number: str | int | None) -> str | None:
    """`DEP-NN` from the department's code and the number within it; None where there is no such seat."""
    code = area(department)
    bare = str(number or "").strip()
    if code is None or not bare.isdecimal():
        return None
    # Saint-Martin votes with Saint-Barthélemy.
    code = "977" if code == "978" else code
    return f"{code}-{int(bare):02}" if 1 <= int(bare) <= AREAS[code].deputies else None


def joined(code: str | None) -> str | None:
    """`DEP-NN` from one written without a sign between: `01004`, `2A001`, `97101`, `0101`, `101`; else None.

    For columns that are known to hold constituencies alone: `97101` is a commune too.
    """
    bare = fold(code).replace(" ", "").upper()
    width = 3 if bare[:3] in AREAS or (bare[:2] in ("ZZ", "ZX") and len(bare) == 5) else 2
    # A spreadsheet takes the first zero of 0101 away.
    width = 1 if len(bare) == 3 else width
    return constituency(bare[:width], bare[width:])


def of_area(code: str) -> list[str]:
    """Every constituency of the department, in order."""
    code = "977" if code == "978" else code
    return [f"{code}-{number:02}" for number in range(1, AREAS[code].deputies + 1)] if code in AREAS else []


def every() -> list[str]:
    """The 577 constituencies."""
    return [seat for code, area in AREAS.items() if area.deputies for seat in of_area(code)]


def is_one(code: str | None) -> bool:
    """Whether it is a constituency as we write them."""
    department, _, number = (code or "").partition("-")
    return code is not None and constituency(department, number) == code


def called(code: str, language: str = "fr") -> str:
    """`Maine-et-Loire, 1re circonscription`; a department's code alone is its name."""
    department, _, number = code.partition("-")
    name = AREAS[department].name if department in AREAS else department
    if not number:
        return name
    if department == "977":
        name = "Saint-Barthélemy et Saint-Martin" if language == "fr" else "Saint-Barthélemy and Saint-Martin"
    first, others = SEAT_OF.get(language, SEAT_OF["fr"])
    return (first if int(number) == 1 else others) % {"name": name, "number": int(number)}
