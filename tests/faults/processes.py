"""Processes of their own on the database of a test, that may be killed.

They are forked from one that has read the code and done nothing else: fifty of them cost no fifty starts
of Python.
"""

import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

ROOT = Path(__file__).resolve().parents[2]
_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(["flask.cli", "tests.faults.read_code", __name__])


class Process:
    """One that runs, or ran."""

    def __init__(self, work: Callable[..., None], facts: tuple[Any, ...], environ: dict[str, str]) -> None:
        self._output = tempfile.NamedTemporaryFile()  # noqa: SIM115  (closed by `end`)
        self._process = _FORKED.Process(target=_begin, args=(self._output.name, environ, work, facts))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def tell(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def runs(self) -> bool:
        return self._process.is_alive()

    def wait(self, seconds: float = 60) -> int:
        """What it ended with."""
        self._process.join(seconds)
        assert self._process.exitcode is not None, "it did not end in time"
        return self._process.exitcode

    def said(self) -> str:
        return Path(self._output.name).read_text()

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self._process.close()
        self._output.close()


def environment(app: Flask) -> dict[str, str]:
    """The settings of a process on the same database."""
    return {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(app.config["DATA_DIR"]),
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "SECRET_KEY": app.config["SECRET_KEY"],
    }


@contextmanager
def working(environ: dict[str, str], work: Callable[..., None], *facts: Any) -> Iterator[Process]:
    """A process that does that work; killed at the end."""
    process = Process(work, facts, environ)
    try:
        yield process
    finally:
        process.end()


def command(*words: str) -> None:
    """Work for a process: what `flask` does on the command line."""
    from flask.cli import main

    sys.argv = ["flask", "--app", "wsgi", *words]
    main()


def _begin(output: str, environ: dict[str, str], work: Callable[..., None], facts: tuple[Any, ...]) -> None:
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(ROOT)
    with open(output, "w") as file:  # noqa: PTH123
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    work(*facts)
