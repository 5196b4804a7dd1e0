"""The search index from the command line."""

import click
from flask.cli import AppGroup

from crm import index
from crm.db import db

commands = AppGroup("search", help="The index behind the search box.")


@commands.command("rebuild")
def rebuild() -> None:
    """Make the index anew from the records, for instance after `pg_trgm` was added."""
    index.rebuild(db.session())
    db.session.commit()
    for problem in index.problems(db.session()):
        click.echo(f"problem: {problem}", err=True)
    click.echo("The search index is made anew.")
