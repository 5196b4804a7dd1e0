"""The whole suite: `python -m tests`, what `make test` runs.

Where TEST_DATABASE_URL names no server and PostgreSQL's programs are installed, a throw-away one
is started for the run. Arguments go to pytest.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import postgres


def own_server(folder: Path) -> str | None:
    """The address of a server started for this run, or None where PostgreSQL is not installed."""
    try:
        return postgres.start(folder)
    except (SystemExit, KeyError, subprocess.CalledProcessError) as absent:
        print(f"PostgreSQL is left out: {absent}", file=sys.stderr)
        return None


def main() -> int:
    started = None
    if not os.environ.get("TEST_DATABASE_URL") and os.environ.get("CI") != "true":
        folder = Path(tempfile.mkdtemp(prefix="maillage-postgres-"))
        if url := own_server(folder):
            os.environ["TEST_DATABASE_URL"], started = url, folder
    try:
        # What one process compiles, the others need not.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        # Two workers; the one that is done takes over half of what the other still has.
        command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", *sys.argv[1:]]
        return subprocess.run(command).returncode
    finally:
        if started:
            postgres.stop(started)


if __name__ == "__main__":
    sys.exit(main())
