"""Kits from the command line."""

import json

import click
from flask.cli import AppGroup

from crm.db import db
from crm.kits import messages, queries
from crm.kits.models import Kit
from crm.kits.parliament.cli import import_parliament

commands = AppGroup("kits", help="Mobilisation kits.")
commands.add_command(import_parliament)


@commands.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """Every kit: key, title, state, deadline, co-signatories, people it was mailed to, public page."""
    rows = [
        {
            "id": kit.id,
            "slug": kit.slug,
            "title": kit.title,
            "state": kit.state.value,
            "deadline": kit.deadline.isoformat() if kit.deadline else None,
            "cosignatories": signed,
            "mailed": queries.reached(kit),
            "url": messages.public_url(kit),
        }
        for kit, signed in db.session.execute(queries.listed().order_by(Kit.id))
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo("\t".join(str(value if value is not None else "") for value in row.values()))
