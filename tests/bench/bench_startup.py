"""The start of one web process: from nothing to its first answer."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from tests.bench.harness import Verdict, job, under

# The child tells its own peak: what the kernel tells its parent counts the parent's pages too.
FIRST_ANSWER = """
import wsgi
assert wsgi.app.test_client().get("/health/live").status_code == 200
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def _start(folder: str) -> tuple[float, float]:
    """Seconds and peak megabytes of one process that starts, answers once and ends."""
    began = time.perf_counter()
    command, environ = [sys.executable, "-c", FIRST_ANSWER], {**os.environ, "DATA_DIR": folder}
    child = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, int(child.stdout) / 1024


@job("Start of one web process")
def start() -> Iterator[Verdict]:
    with tempfile.TemporaryDirectory() as folder:
        _start(folder)
        runs = [_start(folder) for _ in range(5)]
    yield under(1, statistics.median(took for took, _ in runs), "s", part="first answer")
    yield under(100, max(size for _, size in runs), "MB", part="memory")
