"""`python -m tests.bench [WORD...]`: what `make bench` runs.

Where TEST_DATABASE_URL names no server and PostgreSQL's programs are installed, a throw-away one is
started for the run.
"""

import os
import sys
import tempfile
from pathlib import Path

from tests import postgres
from tests.__main__ import own_server
from tests.bench import harness


def main(words: list[str]) -> int:
    harness.load()
    if os.environ.get("TEST_DATABASE_URL") or not harness.needs_server(words):
        return harness.run(words)
    with tempfile.TemporaryDirectory(prefix="maillage-postgres-", ignore_cleanup_errors=True) as folder:
        return _on_own_server(words, Path(folder))


def _on_own_server(words: list[str], folder: Path) -> int:
    url = own_server(folder)
    if url is None:
        return harness.run(words)
    os.environ["TEST_DATABASE_URL"] = url
    try:
        return harness.run(words)
    finally:
        postgres.stop(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
