"""Settings from the command line."""

import click
from flask import current_app
from flask.cli import AppGroup

from crm.db import db
from crm.settings import services

commands = AppGroup("settings", help="What the association says of itself, and its lists.")


@commands.command("set-up")
def set_up() -> None:
    """Give a new installation its association and the usual lists; what is there already stays."""
    association = services.set_up(name=current_app.config["ASSOCIATION_NAME"])
    db.session.commit()
    click.echo(f"{association.name}: ready")
