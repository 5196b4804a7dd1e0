"""What an erasing leaves to be done once it is committed: files, and traces in the file of the database."""

from pathlib import Path

import structlog
from flask import current_app
from sqlalchemy.exc import OperationalError

from crm import index
from crm.db import compact, db, is_sqlite
from crm.directory.erasing import files, queries
from crm.jobs import every_minute, job

log = structlog.get_logger()


@job("erased-people")
@every_minute
def look() -> None:
    """Take away what erasings left on the disk."""
    finish(Path(current_app.config["DATA_DIR"]))


def finish(home: Path) -> int:
    """Take away the files that committed erasings left, and write the database's own file anew; of how many
    erasings. Where something else is at the database, the next minute does it."""
    left = queries.unfinished()
    for erasure in left:
        files.finish(home, erasure.leavings)
    if left and is_sqlite(db.session()):
        index.compact(db.session())
        db.session.commit()
        try:
            compact()
        except OperationalError as error:
            log.warning("the database could not be compacted yet", error=str(error.orig))
            return 0
    for erasure in left:
        erasure.leavings = {}
    db.session.commit()
    return len(left)
