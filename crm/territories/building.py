"""Make the shipped reference from the npm package `@etalab/decoupage-administratif`.

    .venv/bin/python -m crm.territories.building FOLDER

FOLDER is the unpacked package, the one that holds `package.json` and `data/`. The same package
always gives the same bytes. `data/README.md` says what is in the file and why it is laid out so.
"""

import json
import lzma
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from crm.territories.reference import COLUMNS, PATH

PACKAGE = "@etalab/decoupage-administratif"
OVERSEAS = "com"
# The departments' own codes of the two authorities that share department 69 since 2015.
EXTRA_CODES = {("epci", "200046977"): ["69M"], ("department", "69"): ["69D"]}

Row = dict[str, Any]


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=PATH)
def build(folder: Path, out: Path) -> None:
    """Derive the reference from the unpacked package in FOLDER."""
    package = _json(folder / "package.json")
    if package.get("name") != PACKAGE:
        raise click.ClickException(f"{folder} is not the unpacked package {PACKAGE}.")
    rows = list(_rows(folder / "data"))
    _check(rows)
    reference = {
        "source": PACKAGE,
        "version": package["version"],
        "year": _year(folder / "README.md", package["version"]),
        "columns": {column: [row.get(column, "") for row in rows] for column in COLUMNS},
    }
    text = json.dumps(reference, ensure_ascii=False, separators=(",", ":"))
    out.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    counts = Counter(row["kind"] for row in rows)
    click.echo(", ".join(f"{count} {kind}" for kind, count in counts.items()))
    click.echo(f"{out.name}: {out.stat().st_size} bytes")


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise click.ClickException(f"{path} is missing: give the folder of the unpacked package.") from None


def _year(readme: Path, version: str) -> int:
    """The year the package's own table gives for that version."""
    line = re.search(rf"^\| (\d{{4}})\s+\| {re.escape(version)}\s", readme.read_text("utf-8"), re.MULTILINE)
    if line is None:
        raise click.ClickException(f"{readme} gives no year for version {version}.")
    return int(line[1])


def _rows(data: Path) -> Iterator[Row]:
    entries = _json(data / "communes.json")
    groups = _json(data / "epci.json"), _json(data / "ept.json")
    communes = list(_communes(entries, *groups))
    for row in _areas(_json(data / "regions.json"), _json(data / "departements.json"), communes):
        yield row | {"other_codes": " ".join(EXTRA_CODES.get((row["kind"], row["code"]), []))}
    for row in _groups(*groups, communes):
        yield row | {"other_codes": " ".join(EXTRA_CODES.get((row["kind"], row["code"]), []))}
    yield from communes


def _communes(entries: list[Row], epcis: list[Row], epts: list[Row]) -> Iterator[Row]:
    epci_of = {member["code"]: epci["code"] for epci in epcis for member in epci["membres"]}
    ept_of = {member["code"]: ept["code"] for ept in epts for member in ept["membres"]}
    current = {entry["code"] for entry in entries if entry["type"] == "commune-actuelle"}
    taken_in = defaultdict(set)
    former = defaultdict(list)
    for entry in entries:
        whole = entry.get("chefLieu") or entry.get("commune") or entry["code"]
        taken_in[whole].update([entry["code"], *entry.get("anciensCodes", [])])
        if entry["type"] in ("commune-deleguee", "commune-associee"):
            former[whole].append(f"{entry['code']} {entry['nom']}")
    for entry in sorted(entries, key=lambda entry: entry["code"]):
        if entry["type"] == "commune-actuelle":
            yield {
                "kind": "commune",
                "code": entry["code"],
                "name": entry["nom"],
                "siren": entry.get("siren", ""),
                "population": entry.get("population"),
                "postcodes": " ".join(entry.get("codesPostaux", [])),
                "other_codes": " ".join(sorted(taken_in[entry["code"]] - current)),
                "region_code": entry["region"],
                "department_code": entry["departement"],
                "epci_code": epci_of.get(entry["code"], ""),
                "ept_code": ept_of.get(entry["code"], ""),
                "former": "|".join(sorted(former[entry["code"]])),
            }


def _people(communes: Iterable[Row], column: str) -> Counter[str]:
    """How many people live under each code of that column."""
    people: Counter[str] = Counter()
    for commune in communes:
        people[commune[column]] += commune["population"] or 0
    return people


def _areas(regions: list[Row], departments: list[Row], communes: list[Row]) -> Iterator[Row]:
    """Regions, departments, then the overseas collectivities, which the source lists as both."""
    in_region = _people(communes, "region_code")
    in_department = _people(communes, "department_code")
    for region in sorted(regions, key=lambda region: region["code"]):
        if region["zone"] != OVERSEAS:
            yield {
                "kind": "region",
                "code": region["code"],
                "name": region["nom"],
                "population": in_region[region["code"]],
                "region_code": region["code"],
            }
    for zone_is_overseas, kind in ((False, "department"), (True, "collectivity")):
        for area in sorted(departments, key=lambda area: area["code"]):
            if (area["zone"] == OVERSEAS) == zone_is_overseas:
                yield {
                    "kind": kind,
                    "code": area["code"],
                    "name": area["nom"],
                    "population": in_department[area["code"]] or None,
                    "region_code": area["region"],
                    "department_code": area["code"],
                }


def _groups(epcis: list[Row], epts: list[Row], communes: list[Row]) -> Iterator[Row]:
    """The EPCI with taxes of their own, then the territories inside the Métropole du Grand Paris."""
    by_code = {commune["code"]: commune for commune in communes}
    for group in sorted([*epcis, *epts], key=lambda group: (group["type"] == "EPT", group["code"])):
        members = [by_code[member["code"]] for member in group["membres"]]
        population = group.get("populationMunicipale")
        if not population:
            population = sum(member["population"] or 0 for member in members)
        yield {
            "kind": "epci",
            "nature": group["type"],
            "code": group["code"],
            "name": group["nom"],
            "siren": group["code"],
            "population": population,
            "region_code": _people(members, "region_code").most_common(1)[0][0],
            "department_code": _people(members, "department_code").most_common(1)[0][0],
            "epci_code": members[0]["epci_code"],
            "ept_code": group["code"] if group["type"] == "EPT" else "",
        }


def _check(rows: list[Row]) -> None:
    """Refuse a package whose parts do not fit together."""
    codes: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["code"] in codes[row["kind"]]:
            raise click.ClickException(f"{row['kind']} {row['code']} is listed twice.")
        codes[row["kind"]].add(row["code"])
    above = {
        "region_code": codes["region"] | codes["collectivity"],
        "department_code": codes["department"] | codes["collectivity"],
        "epci_code": codes["epci"],
        "ept_code": codes["epci"],
    }
    for row in rows:
        for column, known in above.items():
            if row.get(column) and row[column] not in known:
                raise click.ClickException(f"{row['kind']} {row['code']}: no such {column}, {row[column]}.")


if __name__ == "__main__":
    build()
