"""The demo from the command line."""

import click
from flask.cli import AppGroup

from crm import clock
from crm.db import db
from crm.demo import loading

commands = AppGroup("demo", help="A year to look around in, with invented people.")


@commands.command("load")
@click.option("--people", default=loading.PEOPLE, show_default=True, help="How many people to invent.")
@click.option("--seed", default=1, show_default=True, help="The same seed draws the same people.")
def load(people: int, seed: int) -> None:
    """Fill an empty database with the association's year 2024."""
    if not loading.is_empty(db.session()):
        raise click.ClickException(
            "The database already holds accounts or people, and the demo would mix with them. "
            "Set DATA_DIR or DATABASE_URL to an empty one."
        )
    loading.load(people=people, seed=seed, at=clock.now())
    click.echo("The demo year is loaded; its people are invented.")
