"""Accounts from the command line."""

import json
import secrets
import sys

import click
from flask import current_app
from flask.cli import AppGroup

from crm import clock, history
from crm.accounts import queries, services
from crm.db import db
from crm.errors import CrmError
from crm.web.rights import Right

commands = AppGroup("users", help="Accounts of the association's own people.")


@commands.command("create")
@click.argument("email")
@click.option("--right", type=click.Choice([right.value for right in Right]), required=True)
@click.option("--name", default="")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@click.option("--password", default=None, help="Asked for at a terminal, else made at random and printed.")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)
def create(
    email: str, right: str, name: str, language: str, password: str | None, password_stdin: bool
) -> None:
    """Open an account for EMAIL."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif password is None and sys.stdin.isatty():
        asked = click.prompt(
            "Password (empty: one at random)", default="", hide_input=True, show_default=False
        )
        password = asked or None
    made = secrets.token_urlsafe(15) if password is None else ""
    history.act_as(db.session(), "flask users create")
    try:
        account = services.create(
            email=email,
            name=name or email.partition("@")[0],
            right=Right(right),
            password=made or password,
            language=language,
            about=[current_app.config["ASSOCIATION_NAME"]],
            at=clock.now(),
        )
    except CrmError as refusal:
        raise click.ClickException(str(refusal)) from None
    db.session.commit()
    click.echo(f"sign-in: {account.right} {account.email} {made}".rstrip())


@commands.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """Every account: address, right, name, whether it is open."""
    rows = [
        {
            "email": account.email,
            "right": account.right.value,
            "name": account.name,
            "is_open": account.is_open,
        }
        for account in db.session.scalars(queries.accounts())
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['email']}\t{row['right']}\t{row['name']}\t{'open' if row['is_open'] else 'closed'}")
