"""The README tells the truth about what is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_file_that_the_readme_names_is_there() -> None:
    named = set(re.findall(r"`([\w./]+/[\w./]*\w\.(?:py|md))`", README))
    named |= {f"{folder}/" for folder in re.findall(r"\b(crm/\w+)/", README)}
    assert len(named) > 15
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_make_command_that_the_readme_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"\bmake (run|test|check|bench|help)\b", README)) <= targets
