"""The map of France by department: shapes to be shaded by whoever shows figures on it."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PATH = Path(__file__).with_name("data") / "france.json"


@dataclass(frozen=True)
class Map:
    """The drawing: SVG paths by the code of the department, and the boxes that stand apart."""

    width: int
    height: int
    shapes: dict[str, str]
    near_paris: dict[str, str]
    frames: list[list[int]]
    source: str


@cache
def france() -> Map:
    drawn = json.loads(PATH.read_text())
    return Map(
        width=drawn["size"][0],
        height=drawn["size"][1],
        shapes=drawn["shapes"],
        near_paris=drawn["near_paris"],
        frames=[drawn["paris_box"], *drawn["boxes"].values()],
        source=drawn["source"],
    )
