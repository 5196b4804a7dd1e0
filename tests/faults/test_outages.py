"""A mailing leaves while the database restarts, the disk is full, or somebody pulls its levers."""

import shutil
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from crm import clock, jobs
from crm.db import db
from crm.mail.models import Channel, Delivery, DeliveryState
from crm.mailings import services
from crm.mailings.models import Mailing
from tests.bench.smtp_sink import SmtpSink
from tests.faults.processes import ROOT
from tests.faults.test_worker import (
    PEOPLE,
    by_address,
    environment,
    mailing,
    running,
    sink,
    standing,
    until,
)
from tests.outbox import send_due

__all__ = ["mailing", "sink"]

EVERYBODY = Counter({f"p{number}@example.org": 1 for number in range(1, PEOPLE + 1)})
IN_SECONDS = 2.0

_RESTART = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_database_that_restarts_in_mid_mailing_costs_nobody_a_message(
    app: Flask, sink: SmtpSink, mailing: int
) -> None:
    sink.on["."] = lambda _line: time.sleep(0.004)  # type: ignore[func-returns-value]
    with running(app, sink) as process:
        for number in (10, 50, 80):
            until(lambda number=number: sink.count >= number)  # type: ignore[misc]
            with app.app_context():
                db.session.execute(_RESTART)
                db.session.rollback()
        assert process.wait(60) == 0
    assert Counter(one.to[0] for one in sink.messages) == EVERYBODY
    assert standing(app) == {"accepted": PEOPLE}


def _with_small_disk(command: str, folder: Path) -> list[str]:
    """The command in a world of its own, where that folder is a disk of half a megabyte."""
    script = f'mount -t tmpfs -o size=512k tmpfs "{folder}" && {command}; ls -A "{folder}"'
    return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_full_disk_holds_messages_back_and_loses_none(
    app: Flask, sink: SmtpSink, mailing: int, tmp_path: Path
) -> None:
    if (
        not shutil.which("unshare")
        or subprocess.run(_with_small_disk("true", tmp_path), capture_output=True).returncode
    ):
        pytest.skip("this machine lends no small disk")
    outbox = Path(app.config["DATA_DIR"]) / "outbox"
    outbox.mkdir(exist_ok=True)
    for file in outbox.iterdir():
        file.unlink()
    environ = {**environment(app, sink), "MAIL_SENDER": "folder"}
    deliver = f"{sys.executable} -m flask --app wsgi mail deliver >/dev/null 2>&1"
    told = subprocess.run(
        _with_small_disk(deliver, outbox), cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    written = told.stdout.split()
    # No half of a message lies there, and nobody takes for sent what is not.
    assert 10 < len(written) < PEOPLE and all(name.endswith(".eml") for name in written)
    assert standing(app) == {"accepted": len(written), "queued": PEOPLE - len(written)}
    with app.app_context():
        channel = db.session.get_one(Channel, "folder")
        assert not channel.needs_person and "No space left" in str(channel.said)
        rest = send_due(at=clock.now() + timedelta(minutes=10))
        named = select(Delivery.message_id).where(Delivery.provider_id.in_(written))
        assert len(list(db.session.scalars(named))) == len(written)
    assert len(rest) == PEOPLE - len(written)
    assert set(by_address(app).values()) == {DeliveryState.ACCEPTED}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_pause_resume_and_call_back_reach_the_worker_within_seconds(
    app: Flask, sink: SmtpSink, mailing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "JOBS_IN_TESTS", True)
    sink.on["."] = lambda _line: time.sleep(0.02)  # type: ignore[func-returns-value]

    def pull(lever: str) -> float:
        """Pull it; how many seconds it took until the mail stood still, or moved again."""
        with app.app_context():
            letter = db.session.get_one(Mailing, mailing)
            pulled = {"pause": services.hold, "resume": services.go_on}.get(lever)
            pulled(letter) if pulled else services.call_off(letter, at=clock.now())
            db.session.commit()
            jobs.wake()
        began = time.monotonic()
        if lever == "resume":
            before = sink.count
            until(lambda: sink.count > before)
        else:
            until(lambda: standing(app).get("sending", 0) == 0)
        return time.monotonic() - began

    with running(app, sink, "worker"):
        until(lambda: sink.count >= 5)
        assert pull("pause") < IN_SECONDS
        stood = sink.count
        time.sleep(0.3)
        assert sink.count == stood < PEOPLE
        assert pull("resume") < IN_SECONDS + 1
        assert pull("cancel") < IN_SECONDS
        stood = sink.count
        time.sleep(0.3)
    assert sink.count == stood < PEOPLE
    assert standing(app) == {"accepted": stood, "cancelled": PEOPLE - stood}
