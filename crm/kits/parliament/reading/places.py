"""INSEE's composition of the constituencies: which commune votes where, wholly or in part.

Columns as in `circo_composition.xlsx` (sheet `table`): COMMUNE_RESID, circo as department and number
without a sign between, type_com `entière` or `partiel`. Villages without inhabitants have no constituency.
"""

from collections.abc import Iterable, Mapping

from crm.kits.parliament import seats
from crm.kits.parliament.reading.told import INSEE, NO_KEY, NO_SEAT, OPEN_LICENCE, Place, Told
from crm.text import fold

COLUMNS = frozenset({"commune resid", "circo", "type com"})
_PART = "partiel"


def composition(file: str, rows: Iterable[tuple[int, Mapping[str, str]]]) -> Told:
    told = Told(file, INSEE, OPEN_LICENCE)
    for line, row in rows:
        told.read += 1
        commune, circo = row["commune resid"].upper(), row["circo"]
        if not circo:
            continue
        constituency = seats.joined(circo)
        if len(commune) != 5:
            told.fault(line, NO_KEY)
        elif constituency is None:
            told.fault(line, NO_SEAT, said=circo)
        else:
            told.places.append(Place(commune, constituency, fold(row["type com"]).startswith(_PART)))
    return told
