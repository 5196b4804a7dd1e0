"""gunicorn on loopback, as production starts it, for benches that measure what is served."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_WITHIN = 30  # seconds


@contextmanager
def served(target: str, environ: dict[str, str], *, threads: int = 4) -> Iterator[int]:
    """The port of one web process that serves `target` (`wsgi:app`), ended afterwards."""
    port = _free_port()
    with tempfile.TemporaryFile() as told:
        command = [
            sys.executable, "-m", "gunicorn", "--workers", "1", "--threads", str(threads),
            "--bind", f"127.0.0.1:{port}", "--log-level", "warning", target,
        ]  # fmt: skip
        web = subprocess.Popen(
            command,
            env={**os.environ, "PORT": str(port), "LOG_LEVEL": "ERROR", **environ},
            cwd=Path(__file__).resolve().parents[2],
            stdout=told,
            stderr=told,
        )
        try:
            _wait(port, web)
            yield port
        finally:
            web.terminate()
            web.wait(START_WITHIN)


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _wait(port: int, web: "subprocess.Popen[bytes]") -> None:
    ends = time.monotonic() + START_WITHIN
    while time.monotonic() < ends and web.poll() is None:
        with socket.socket() as door:
            if door.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the web process did not start")
