"""Mailings from the command line."""

import json

import click
from flask.cli import AppGroup

from crm.db import db, reading
from crm.mail import queries as outbox
from crm.mail.models import DeliveryState
from crm.mailings import queries
from crm.mailings.models import Mailing

commands = AppGroup("mailings", help="Mailings and where they are.")


@commands.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
def list_(as_json: bool) -> None:
    """Every mailing: id, subject, state, its messages by state."""
    with reading():
        mailings = list(db.session.scalars(queries.listed().order_by(Mailing.id)))
        sent = outbox.counts_of(mailing.dispatch_id for mailing in mailings if mailing.dispatch_id)
    rows = [
        {
            "id": mailing.id,
            "subject": mailing.subject_fr or mailing.subject_en,
            "state": mailing.state.value,
            "deliveries": _numbers(sent.get(mailing.dispatch_id or 0, {})),
        }
        for mailing in mailings
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        told = ", ".join(f"{state} {number}" for state, number in row["deliveries"].items())
        click.echo(f"{row['id']:>6}  {row['state']:<10} {row['subject']}  {told}".rstrip())


def _numbers(counts: dict[DeliveryState, int]) -> dict[str, int]:
    return {state.value: number for state, number in sorted(counts.items())}
