"""A small harness for measuring jobs against their floors, in one run on one machine.

A bench is a function in a file `tests/bench/bench_<what>.py`, marked `@job`. It does the job and
the floor itself and returns one `Verdict` or several:

    @job("Feed of 1,000 events")
    def feed() -> Verdict:
        ours = seconds(lambda: ical.feed("Agenda", entries))
        floor = seconds(lambda: calendar.to_ical())
        return at_most(2, ours, floor)

A bench that takes `app` runs once on SQLite and once on the PostgreSQL server that
TEST_DATABASE_URL names; each time it gets an application on an empty, migrated database, gone
afterwards:

    @job("Attendance list, 10,000 rows, CSV")
    def attendance(app: Flask) -> Iterator[Verdict]:
        with app.app_context():
            ...
        yield at_most(5, seconds(ours), seconds(floor))
        yield under(20, growth(ours), "MB more")

`python -m tests.bench` runs them all, `python -m tests.bench feed csv` those whose file, function
or title has one of the words. The exit code is 1 when one misses what it must reach.
"""

import gc
import inspect
import os
import resource
import statistics
import sys
import tempfile
import time
import traceback
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

import config
from crm.app import create_app
from crm.db import db

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Verdict:
    """What was measured, what it is held against, and whether it was reached; texts are ready to print."""

    measured: str
    floor: str
    ratio: str
    must: str
    reached: bool
    part: str = ""


Bench = Callable[..., Verdict | Iterable[Verdict]]


@dataclass(frozen=True)
class Job:
    title: str
    run: Bench

    @property
    def takes_app(self) -> bool:
        return "app" in inspect.signature(self.run).parameters

    def named(self, words: list[str]) -> bool:
        name = f"{self.run.__module__} {self.run.__name__} {self.title}".lower()
        return not words or any(word.lower() in name for word in words)


JOBS: list[Job] = []


def job(title: str) -> Callable[[Bench], Bench]:
    """Enter the function into the list of benches under that title."""

    def enter(run: Bench) -> Bench:
        JOBS.append(Job(title, run))
        return run

    return enter


def seconds(work: Callable[[], Any], *, runs: int = 5, middle: bool = False) -> float:
    """How long one call takes: the best of `runs`, or the middle one, after one that is not counted."""
    work()
    times = []
    for _ in range(runs):
        gc.collect()
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times) if middle else min(times)


def side_by_side(ours: Callable[[], Any], floor: Callable[[], Any], *, runs: int = 5) -> tuple[float, float]:
    """The best time of each, run in turns, so that a busy moment of the machine hits both alike."""
    ours(), floor()
    times: list[tuple[float, float]] = []
    for _ in range(runs):
        times.append((_once(ours), _once(floor)))
    return min(t[0] for t in times), min(t[1] for t in times)


def _once(work: Callable[[], Any]) -> float:
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def growth(work: Callable[[], Any]) -> float:
    """By how many MB the peak of a process rises while it does the work, measured in a fork.

    The work must open its own database connections: those of the parent are forgotten first.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            work()
            after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            os.write(writer, str(after - before).encode())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        kilobytes = pipe.read()
    if os.waitpid(child, 0)[1] != 0:
        raise RuntimeError("the measured process failed")
    return int(kilobytes) / 1024


def at_most(times: float, ours: float, floor: float, part: str = "") -> Verdict:
    """Ours may take `times` as long as the floor; both in seconds."""
    ratio = ours / floor
    return Verdict(_time(ours), _time(floor), f"{ratio:.2f} x", f"at most {times:g} x", ratio <= times, part)


def at_least(times: float, ours: float, floor: float, unit: str = "/s", part: str = "") -> Verdict:
    """Ours must do `times` as many per second as the floor; both are rates."""
    ratio = ours / floor
    return Verdict(
        f"{ours:,.0f} {unit}",
        f"{floor:,.0f} {unit}",
        f"{ratio:.2f} x",
        f"at least {times:g} x",
        ratio >= times,
        part,
    )


def under(limit: float, measured: float, unit: str, part: str = "") -> Verdict:
    """The figure may not pass the limit; both in `unit`."""
    return Verdict(f"{measured:,.4g} {unit}", "", "", f"under {limit:g} {unit}", measured < limit, part)


def over(limit: float, measured: float, unit: str, part: str = "") -> Verdict:
    """The figure must reach the limit; both in `unit`."""
    return Verdict(f"{measured:,.0f} {unit}", "", "", f"at least {limit:,g} {unit}", measured >= limit, part)


def _time(value: float) -> str:
    return f"{value * 1000:,.1f} ms" if value < 1 else f"{value:,.2f} s"


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The address of an empty database of that kind (`sqlite`, `postgresql`), gone afterwards."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="maillage-bench-") as folder:
            yield f"sqlite:///{folder}/bench.db"
        return
    server = make_url(os.environ["TEST_DATABASE_URL"]).set(drivername="postgresql+psycopg")
    name = f"maillage_bench_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@contextmanager
def application(kind: str) -> Iterator[Flask]:
    """The application as it runs for real, on an empty, migrated database of that kind."""
    with database(kind) as url, tempfile.TemporaryDirectory(prefix="maillage-bench-") as folder:
        app = create_app(config.load({"DATA_DIR": folder, "DATABASE_URL": url}))
        with app.app_context():
            upgrade()
        yield app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def databases() -> list[str]:
    return ["sqlite", *(["postgresql"] if os.environ.get("TEST_DATABASE_URL") else [])]


def needs_server(words: list[str]) -> bool:
    """Whether one of the benches named by the words runs on databases."""
    return any(each.takes_app for each in JOBS if each.named(words))


def run(words: list[str]) -> int:
    """Run the benches named by the words, print the table as it grows; 1 when one missed."""
    chosen = [each for each in JOBS if each.named(words)]
    if "postgresql" not in databases() and needs_server(words):
        print("PostgreSQL LEFT OUT: set TEST_DATABASE_URL")
    _line("job", "measured", "floor", "ratio", "must reach", "verdict")
    missed = 0
    for each in chosen:
        for place in databases() if each.takes_app else [""]:
            missed += _measure(each, place)
    print(f"\n{missed} missed" if missed else "\nall reached")
    return 1 if missed or not chosen else 0


def _measure(each: Job, place: str) -> int:
    """Print the lines of one bench on one database; how many missed what they must reach."""
    title = f"{each.title}, {place}" if place else each.title
    missed = 0
    try:
        for verdict in _verdicts(each, place):
            name = f"{title}: {verdict.part}" if verdict.part else title
            word = "reached" if verdict.reached else "MISSED"
            _line(name, verdict.measured, verdict.floor, verdict.ratio, verdict.must, word)
            missed += not verdict.reached
    except Exception:
        traceback.print_exc()
        _line(title, "", "", "", "", "BROKEN")
        missed += 1
    return missed


def _verdicts(each: Job, place: str) -> Iterator[Verdict]:
    if place:
        with application(place) as app:
            yield from _several(each.run(app=app))
    else:
        yield from _several(each.run())


def _several(found: Verdict | Iterable[Verdict]) -> Iterable[Verdict]:
    return [found] if isinstance(found, Verdict) else found


def _line(name: str, *cells: str) -> None:
    widths = (16, 14, 9, 18, 8)
    print(f"{name:<72} " + " ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)))
    sys.stdout.flush()


def load() -> None:
    """Import every `bench_*.py` beside this file, so that their jobs are in the list."""
    import importlib

    for file in sorted(Path(__file__).parent.glob("bench_*.py")):
        importlib.import_module(f"tests.bench.{file.stem}")
