"""Accounts from the command line."""

import secrets

import click
from flask.cli import AppGroup

from crm import clock
from crm.accounts import services
from crm.db import db
from crm.errors import CrmError
from crm.web.rights import Right

commands = AppGroup("users", help="Accounts of the association's own people.")


@commands.command("create")
@click.argument("email")
@click.option("--right", type=click.Choice([right.value for right in Right]), required=True)
@click.option("--name", default="")
@click.option("--password", default=None, help="Chosen at random and printed when left out.")
def create(email: str, right: str, name: str, password: str | None) -> None:
    """Open an account for EMAIL."""
    secret = password or secrets.token_urlsafe(15)
    try:
        account = services.create(
            email=email,
            name=name or email.partition("@")[0],
            right=Right(right),
            password=secret,
            at=clock.now(),
        )
    except CrmError as refusal:
        raise click.ClickException(str(refusal)) from None
    db.session.commit()
    click.echo(f"sign-in: {account.right} {account.email}{'' if password else f' {secret}'}")
