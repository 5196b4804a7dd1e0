"""Uploaded official files wait in `DATA_DIR/rosters` between being looked through and being taken in.

Each lies under its number; the names they came with stand beside them in a file of their own.
"""

import json
import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from crm.errors import CrmError
from crm.kits.parliament.reading import MOST_BYTES
from crm.text import N_

KEPT_DAYS = 2
NAMES = "names.json"


class TooLarge(CrmError):
    text = N_("“%(name)s” is larger than %(most)s MB.")
    field = "files"


class Gone(CrmError):
    text = N_("The files are no longer kept: upload them again.")


def keep(data_dir: Path | str, uploads: Sequence[tuple[str, IO[bytes]]]) -> str:
    """Store the files in a folder of their own; its random name. Raises TooLarge."""
    home = _home(data_dir)
    _sweep(home)
    stored_as = secrets.token_hex(16)
    place = home / stored_as
    place.mkdir(mode=0o700)
    try:
        for number, (name, stream) in enumerate(uploads):
            with (place / str(number)).open("xb") as out:
                size = 0
                while part := stream.read(1 << 20):
                    size += len(part)
                    if size > MOST_BYTES:
                        raise TooLarge(name=name, most=MOST_BYTES // 1_000_000)
                    out.write(part)
        (place / NAMES).write_text(json.dumps([name for name, _stream in uploads]))
    except BaseException:
        discard(data_dir, stored_as)
        raise
    return stored_as


def files(data_dir: Path | str, stored_as: str) -> list[tuple[str, Path]]:
    """The files with the names they came with. Raises Gone."""
    place = _home(data_dir) / stored_as
    try:
        names = json.loads((place / NAMES).read_text()) if stored_as else []
    except FileNotFoundError:
        raise Gone from None
    if not names:
        raise Gone
    return [(name, place / str(number)) for number, name in enumerate(names)]


def discard(data_dir: Path | str, stored_as: str) -> None:
    if stored_as:
        shutil.rmtree(_home(data_dir) / stored_as, ignore_errors=True)


def _home(data_dir: Path | str) -> Path:
    home = Path(data_dir) / "rosters"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home


def _sweep(home: Path) -> None:
    oldest = time.time() - KEPT_DAYS * 86_400
    for place in home.iterdir():
        if place.stat().st_mtime < oldest:
            shutil.rmtree(place, ignore_errors=True)
