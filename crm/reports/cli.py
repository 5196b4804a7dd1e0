"""`flask doctor`: how much there is, and what somebody should look at."""

import json
import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from crm import clock
from crm.db import reading
from crm.reports import health


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
@with_appcontext
def commands(as_json: bool) -> None:
    """Count everything and look for what is wrong; the exit code is 1 when something is."""
    with reading():
        report = health.examine(folder=Path(current_app.config["DATA_DIR"]), at=clock.now())
    if as_json:
        click.echo(json.dumps(report.plain(), ensure_ascii=False))
    else:
        for name, number in report.counts.items():
            click.echo(f"{name.replace('_', ' '):<15}{number:>10}")
        for state, number in report.deliveries.items():
            click.echo(f"{'mail ' + state:<15}{number:>10}")
        for problem in report.problems:
            click.echo(f"problem: {problem}", err=True)
        if not report.problems:
            click.echo("Nothing is wrong.")
    if report.problems:
        sys.exit(1)
