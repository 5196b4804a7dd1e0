"""The queue of jobs as an SQLite file that does not wait for the disk at each job."""

import sqlite3

from huey.storage import SqliteStorage


class FileOfJobs(SqliteStorage):  # type: ignore[misc]
    """Jobs carry no facts: one that a power cut takes is found by the next look, a minute later.

    With `synchronous = NORMAL` the file itself stays whole in any case (sqlite.org, WAL).
    """

    def _create_connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = super()._create_connection()
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection
