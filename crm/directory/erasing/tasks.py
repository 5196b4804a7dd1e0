"""Taking away the files of erased people where the process died between the commit and the disk."""

from pathlib import Path

from flask import current_app

from crm.db import db
from crm.directory.erasing import files, queries
from crm.jobs import every_minute, job


@job("erased-people")
@every_minute
def look() -> None:
    """Take away what erasings left on the disk."""
    finish(Path(current_app.config["DATA_DIR"]))


def finish(home: Path) -> int:
    """Take away the files that committed erasings left; of how many erasings."""
    left = queries.unfinished()
    for erasure in left:
        files.finish(home, erasure.leavings)
        erasure.leavings = {}
    db.session.commit()
    return len(left)
