"""What comes from others lies here whole, named, licensed and unchanged."""

import hashlib
import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "crm" / "static" / "vendor"
LINE = re.compile(
    r"^\| (?P<name>[^|]+) \| [^|]+ \| [^|]+ \| `[^|]+` \| `(?P<file>[^|]+)` \| `(?P<sum>[0-9a-f]{64})` \|$"
)


def listed() -> dict[str, str]:
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    return {found["file"]: found["sum"] for line in lines if (found := LINE.match(line))}


def test_every_vendored_file_is_the_one_that_was_listed() -> None:
    sums = {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in listed()}
    assert sums == listed()


def test_no_vendored_file_is_left_off_the_list() -> None:
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*")}
    assert there == set(listed())


def test_every_vendored_package_comes_with_its_licence() -> None:
    assert all((folder / "LICENSE").is_file() for folder in FOLDER.iterdir() if folder.is_dir())
