"""`flask serve`: one command from an empty machine to a running back office."""

import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

import click
from flask import current_app
from flask.cli import with_appcontext

from crm import clock
from crm.db import db
from crm.demo import accounts as demo_accounts
from crm.demo import loading
from crm.settings import services as settings
from crm.territories import services as territories
from crm.web import catalogues

STOP_WITHIN = 20  # seconds


@click.command("serve")
@click.option("--demo/--no-demo", default=True, help="Load the demo year when the database is empty.")
@with_appcontext
def commands(demo: bool) -> None:
    """Bring the database up to date, then run the web server and the worker until Ctrl-C."""
    port, folder = int(current_app.config["PORT"]), current_app.config["DATA_DIR"]
    if not os.access(folder, os.W_OK):
        raise click.ClickException(
            f"{folder} cannot be written to: give this account the right, or set DATA_DIR to another."
        )
    if _taken(port):
        raise click.ClickException(
            f"Port {port} is in use: stop what uses it, or set PORT to another number."
        )
    _compile_stale()
    _prepare(demo=demo)
    _run(port)


def _taken(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


def _compile_stale() -> None:
    """French is read from compiled catalogues: whoever starts without `make` must not be served English."""
    for domain in catalogues.stale():
        try:
            catalogues.compile_(domain)
        except OSError as refused:
            click.echo(f"The French of {domain} could not be compiled: {refused}", err=True)


def _prepare(*, demo: bool) -> None:
    from flask_migrate import upgrade

    upgrade()
    territories.load(db.session(), at=clock.now())
    db.session.commit()
    if demo and loading.is_empty(db.session()):
        click.echo("Loading the demo year…")
        loading.load(people=loading.PEOPLE, seed=1, at=clock.now())
    else:
        settings.set_up(name=current_app.config["ASSOCIATION_NAME"])
        db.session.commit()
    db.session.remove()


def _run(port: int) -> None:
    web = ["gunicorn", "--workers", "2", "--threads", "4", "--bind", f"127.0.0.1:{port}", "wsgi:app"]
    worker = ["flask", "--app", "wsgi", "worker"]
    children = [_module(*web, "--log-level", "warning"), _module(*worker)]

    def stop(number: int, frame: FrameType | None) -> None:
        for child in children:
            child.send_signal(signal.SIGTERM)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    while not _taken(port) and all(child.poll() is None for child in children):
        time.sleep(0.05)
    _greet(port)
    while all(child.poll() is None for child in children):
        time.sleep(0.2)
    stop(0, None)
    for child in children:
        try:
            child.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            child.kill()


def _module(*command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", *command])  # noqa: S603  (our own words)


def _greet(port: int) -> None:
    click.echo(f"Maillage is at http://127.0.0.1:{port}/ (Ctrl-C stops it)")
    for right, email, password in demo_accounts.sign_ins(db.session()):
        click.echo(f"sign-in: {right} {email} {password}")
    db.session.remove()
