"""The search box and its index from the command line."""

import json
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from crm import clock, index
from crm.db import db, reading
from crm.directory.cli import commands as directory
from crm.directory.models import Organisation, Person
from crm.directory.rows import ORGANISATION_COLUMNS, PERSON_COLUMNS, organisations, people
from crm.search import finding, rows

commands = AppGroup("search", help="The index behind the search box.")
MOST = 50


@commands.command("rebuild")
def rebuild() -> None:
    """Make the index anew from the records, for instance after `pg_trgm` was added."""
    index.rebuild(db.session())
    db.session.commit()
    for problem in index.problems(db.session()):
        click.echo(f"problem: {problem}", err=True)
    click.echo("The search index is made anew.")


@directory.command("search")
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def search(text: str, as_json: bool) -> None:
    """What the search box answers to TEXT: at most fifty of each kind, the best first."""
    with reading():
        found = finding.find(text, shown=MOST) or finding.Found()
        keys = {hits.kind: hits.keys for hits in found.hits}
        answer = {kind: _records(kind, keys.get(kind, [])) for kind in finding.KINDS}
    if as_json:
        click.echo(json.dumps({**answer, "respelled": found.respelled}, ensure_ascii=False))
        return
    for kind in [hits.kind for hits in found.hits]:
        for record in answer[kind]:
            facts = (record["name"], record["detail"], record.get("email"))
            click.echo(f"{kind}:{record['id']}  {' · '.join(fact for fact in facts if fact)}")


def _records(kind: str, keys: list[int]) -> list[dict[str, Any]]:
    """The records of one kind in the order of the keys."""
    day = clock.day(clock.now())
    told: dict[int, dict[str, Any]] = {}
    if kind == "organisations":
        bodies = db.session.execute(_columns(ORGANISATION_COLUMNS, Organisation, keys)).all()
        for body in organisations(db.session(), bodies, day=day, wants=("neighbours", "emails")):
            told[body.id] = {
                "detail": body.kind_fr,
                "siren": body.siren,
                "email": body.email,
                "name": body.name,
            }
    elif kind == "people":
        persons = db.session.execute(_columns(PERSON_COLUMNS, Person, keys)).all()
        for person in people(db.session(), persons, day=day, wants=("roles", "emails")):
            role = " · ".join(fact for fact in (person.function, person.organisation) if fact)
            told[person.id] = {"detail": role, "email": person.email, "name": person.name}
    else:
        # The rows have addresses of pages.
        with current_app.test_request_context(base_url=current_app.config["BASE_URL"]):
            for key in keys:
                for row in rows.of(kind, [key], today=day):
                    told[key] = {"detail": row.detail, "name": row.title}
    return [{"id": key, **told[key]} for key in keys if key in told]


def _columns(columns: Any, model: Any, keys: list[int]) -> Any:
    return select(*columns).where(model.id.in_(keys))
