"""`flask worker`."""

import click
from flask import current_app
from flask.cli import with_appcontext


@click.command("worker")
@click.option("--threads", default=2, show_default=True, help="How many jobs may run at once.")
@with_appcontext
def commands(threads: int) -> None:
    """Send the mail and do the other work behind the pages, until told to end."""
    # The consumer is imported by the worker alone, not by every web process.
    from crm.jobs import worker

    worker.run(current_app._get_current_object(), threads=threads)  # type: ignore[attr-defined]
