"""Where uploaded tables lie: `DATA_DIR/imports`, under random names, outside of anything that is served."""

import json
import os
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from crm.directory.importing.report import Places

KEPT_DAYS = 30


@dataclass(frozen=True)
class Shelf:
    """The folder; each file has its samples, progress and report beside it."""

    folder: Path

    @classmethod
    def under(cls, data_dir: Path | str) -> "Shelf":
        folder = Path(data_dir) / "imports"
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder)

    def keep(self, stream: BinaryIO) -> str:
        """Store what the stream holds; the name it has here."""
        stored_as = secrets.token_hex(16)
        with self.file(stored_as).open("xb") as out:
            while part := stream.read(1 << 20):
                out.write(part)
            out.flush()
            os.fsync(out.fileno())
        return stored_as

    def file(self, stored_as: str) -> Path:
        return self.folder / stored_as

    def report(self, stored_as: str) -> Places:
        return Places.beside(self.folder, stored_as or "none")

    def keep_samples(self, stored_as: str, rows: list[list[str]]) -> None:
        (self.folder / f"{stored_as}.samples").write_text(json.dumps(rows), encoding="utf-8")

    def samples(self, stored_as: str) -> list[list[str]]:
        """The first rows of the file; none when it is no longer kept."""
        place = self.folder / f"{stored_as}.samples"
        kept: list[list[str]] = json.loads(place.read_text("utf-8")) if place.is_file() else []
        return kept

    def tell(self, stored_as: str, read: int) -> None:
        """Leave word that so many rows were read: others see it before anything is committed."""
        (self.folder / f"{stored_as}.progress").write_text(str(read))

    def progress(self, stored_as: str) -> tuple[int, float]:
        """How many rows were read, and how many seconds ago that was said."""
        place = self.folder / f"{stored_as}.progress"
        try:
            return int(place.read_text() or 0), time.time() - place.stat().st_mtime
        except (OSError, ValueError):
            return 0, float("inf")

    def ask_stop(self, stored_as: str) -> None:
        """Leave word that the work on this file is to end: seen at once by whoever is at it."""
        (self.folder / f"{stored_as}.stop").touch()

    def is_to_stop(self, stored_as: str) -> bool:
        return (self.folder / f"{stored_as}.stop").exists()

    def go_on(self, stored_as: str) -> None:
        (self.folder / f"{stored_as}.stop").unlink(missing_ok=True)

    def discard(self, stored_as: str) -> None:
        """Take the file and everything beside it away for good."""
        for place in self.folder.glob(f"{stored_as}*"):
            place.unlink(missing_ok=True)

    def done_with(self, stored_as: str) -> None:
        """The file was taken in: only its report is still needed."""
        self.file(stored_as).unlink(missing_ok=True)
        (self.folder / f"{stored_as}.samples").unlink(missing_ok=True)

    def sweep(self) -> None:
        """Forget what was kept long enough."""
        oldest = time.time() - KEPT_DAYS * 86_400
        for place in self.folder.iterdir():
            if place.stat().st_mtime >= oldest:
                continue
            if place.is_dir():
                shutil.rmtree(place, ignore_errors=True)
            else:
                place.unlink(missing_ok=True)
