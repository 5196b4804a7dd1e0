"""The queue of jobs, on Huey: SQLite by default, PostgreSQL or Redis where JOBS_URL names one.

Jobs carry no facts. Each looks in the database for what is to be done, so that a job that is lost,
or comes twice, loses or doubles nothing: a periodic look finds the rest.

    @job("mail")                      work that `wake("mail")` asks for
    @every_minute                     and that is looked for once a minute in any case
    def deliver() -> None: …
"""

import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, current_app

if TYPE_CHECKING:
    from huey.api import Huey

log = structlog.get_logger()

Work = Callable[[], None]
_JOBS: dict[str, Work] = {}
_PERIODIC: set[str] = set()

# Set when the worker was told to end: long work looks at it between two steps.
stopping = threading.Event()


def job(name: str) -> Callable[[Work], Work]:
    """Enter the function under that name; it runs inside an application context."""

    def enter(work: Work) -> Work:
        _JOBS[name] = work
        if getattr(work, "__every_minute__", False):
            _PERIODIC.add(name)
        return work

    return enter


def every_minute(work: Work) -> Work:
    """The job (`@job` stands above) also runs once a minute."""
    work.__every_minute__ = True  # type: ignore[attr-defined]
    return work


def name() -> str:
    """How this process is called in claims and signs of life."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_gone(called: str) -> bool:
    """Whether the process whose `name` that begins with ran on this machine, and has ended."""
    host, _colon, rest = called.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def connected(url: str) -> "Huey":
    """The queue at that address: `sqlite:///file`, `postgresql://…` or `redis://…`."""
    # Imported when the first job is asked for: it brings the drivers of every store it knows.
    from huey.api import PostgresHuey, RedisHuey, SqliteHuey

    from crm.jobs.files import FileOfJobs

    kind = urlsplit(url).scheme.partition("+")[0]
    if kind == "sqlite":
        file = url.partition("///")[2]
        return SqliteHuey("maillage", storage_class=FileOfJobs, filename=file, results=False, timeout=15)
    if kind in ("postgresql", "postgres"):
        return PostgresHuey("maillage", dsn="postgresql" + url[url.index("://") :], results=False)
    if kind in ("redis", "rediss"):
        return RedisHuey("maillage", url=url, results=False)
    raise ValueError(f"JOBS_URL must begin with sqlite:, postgresql: or redis:, not {kind}:")


@dataclass(frozen=True)
class Queue:
    """The application's queue, with every job entered: calling `tasks[name]` asks for one run."""

    huey: "Huey"
    tasks: dict[str, Callable[[], Any]]


def queue(app: Flask) -> Queue:
    """The application's queue, opened at its first use."""
    known: Queue | None = app.extensions.get("jobs")
    if known is None:
        from huey import crontab

        huey = connected(app.config["JOBS_URL"])
        tasks = {name: huey.task(name=name)(_within(app, work)) for name, work in _JOBS.items()}
        for name in _PERIODIC:
            huey.periodic_task(crontab(), name=f"{name}_each_minute")(_within(app, _JOBS[name]))
        known = app.extensions["jobs"] = Queue(huey, tasks)
    return known


def _within(app: Flask, work: Work) -> Work:
    def run() -> None:
        with app.app_context():
            work()

    return run


def wake(name: str = "mail") -> None:
    """Ask a worker to do this job now. Call it after the commit.

    When the queue cannot be reached the work is not lost: the next minute finds it.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if app.testing and not app.config.get("JOBS_IN_TESTS"):
        return
    try:
        queue(app).tasks[name]()
    except Exception as error:
        log.warning("no worker could be woken", job=name, error=repr(error))
