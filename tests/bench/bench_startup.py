"""The start of one web process: from nothing to its first answer."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from tests.bench.harness import Verdict, job, under

FIRST_ANSWER = "import wsgi; assert wsgi.app.test_client().get('/health/live').status_code == 200"


def _start(folder: str) -> tuple[float, float]:
    """Seconds and peak megabytes of one process that starts, answers once and ends."""
    began = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-c", FIRST_ANSWER], env={**os.environ, "DATA_DIR": folder})
    _, status, used = os.wait4(child.pid, 0)
    took = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, "the web process does not answer"
    assert isinstance(used, resource.struct_rusage)
    return took, used.ru_maxrss / 1024


@job("Start of one web process")
def start() -> Iterator[Verdict]:
    with tempfile.TemporaryDirectory() as folder:
        _start(folder)
        runs = [_start(folder) for _ in range(5)]
    yield under(1, statistics.median(took for took, _ in runs), "s", part="first answer")
    yield under(100, max(size for _, size in runs), "MB", part="memory")
