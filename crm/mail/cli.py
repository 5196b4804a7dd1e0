"""The outbox from the command line."""

import click
from flask.cli import AppGroup

from crm.mail import tasks

commands = AppGroup("mail", help="The outbox.")


@commands.command("deliver")
@click.option("--most", type=int, default=None, help="Stop after so many messages.")
def deliver(most: int | None) -> None:
    """Send what is due: one pass, for cron or by hand."""
    told = tasks.one_pass(most=most)
    click.echo(", ".join(f"{state}: {number}" for state, number in sorted(told.items())) or "nothing is due")
