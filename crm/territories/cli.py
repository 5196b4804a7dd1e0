"""Commands about the official reference."""

import json

import click
from flask.cli import AppGroup

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.territories import services

commands = AppGroup("territories", help="The official reference of regions, departments, EPCI and communes.")


@commands.command("load")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object.")
def load(as_json: bool) -> None:
    """Take in the shipped reference; at once when it is already there."""
    try:
        counts = services.load(db.session(), at=clock.now())
    except CrmError as refusal:
        raise click.ClickException(str(refusal)) from refusal
    db.session.commit()
    facts = counts.as_facts()
    if as_json:
        click.echo(json.dumps(facts | {"refused": 0, "refused_file": None}))
    else:
        click.echo("territories: " + ", ".join(f"{count} {name}" for name, count in facts.items()))
