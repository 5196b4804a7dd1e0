"""The directory from the command line."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from flask_babel import force_locale

from crm import clock
from crm.db import db, reading
from crm.directory import lists, messages, queries
from crm.directory.filters import Filter
from crm.directory.importing.cli import import_file
from crm.errors import CrmError
from crm.web import exports

commands = AppGroup("directory", help="People and organisations.")
commands.add_command(import_file)


@commands.command("export")
@click.argument("what", type=click.Choice(list(lists.LISTS)))
@click.option("--out", "target", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--format", "form", type=click.Choice([exports.CSV, exports.XLSX]), default=None)
@click.option(
    "--filter", "querystring", default="", help="As behind the ? of the list: kind=commune&tag=press"
)
@click.option("--view", "view", default="", help="The name or key of a shared view.")
@click.option("--columns", default="", help="Keys with commas between; all of them when left out.")
@click.option("--purpose", default="", help="What the file is for; written down with the export.")
@click.option("--language", type=click.Choice(list(messages.LANGUAGES)), default="fr")
def export(
    what: str,
    target: Path,
    form: str | None,
    querystring: str,
    view: str,
    columns: str,
    purpose: str,
    language: str,
) -> None:
    """Write people or organisations to a file: the rows of that filter, as the page would export them."""
    of = lists.LISTS[what]
    form = form or (exports.XLSX if target.suffix.lower() == ".xlsx" else exports.CSV)
    chosen = of.in_file(_known(of, columns))
    try:
        filter = Filter.of(querystring)
        filter = replace(filter, view=str(_view_named(what, view))) if view else filter
    except CrmError as refusal:
        raise click.ClickException(str(refusal)) from None
    now = clock.now()
    try:
        with force_locale(language), reading():
            count = _write(of, filter, chosen, target, form, now)
    except CrmError as refusal:
        raise click.ClickException(str(refusal)) from None
    exports.log(
        what=what,
        chosen=filter.querystring(),
        format=form,
        rows=count,
        by="command line",
        at=now,
        purpose=purpose,
    )
    db.session.commit()
    click.echo(f"{count} rows in {target}", file=sys.stderr)


def _view_named(kind: str, name: str) -> int:
    """The key of the shared view of that name, or with that key."""
    found = list(db.session.scalars(queries.views.shared(kind)))
    for view in found:
        if name in (view.name, str(view.id)):
            return view.id
    known = ", ".join(view.name for view in found) or "none is shared"
    raise click.ClickException(f"no shared view “{name}” of {kind}: {known}")


def _known(of: lists.ListOf, columns: str) -> list[str]:
    keys = [key.strip() for key in columns.split(",") if key.strip()]
    known = [column.key for column in of.every_file_column()]
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise click.ClickException(f"no column {', '.join(unknown)}: choose among {', '.join(known)}")
    return keys


def _write(
    of: lists.ListOf, filter: Filter, columns: list[lists.FileColumn], target: Path, form: str, now: Any
) -> int:
    """The file, row by row; how many rows it has."""
    count = 0

    def counted() -> Iterator[Any]:
        nonlocal count
        for row in of.file_rows(db.session(), filter, columns, day=clock.day(now)):
            count += 1
            yield row

    labels = lists.headings(columns)
    with target.open("wb") as out:
        if form == exports.XLSX:
            with exports.xlsx_file(columns, labels, counted(), title=of.key) as book:
                shutil.copyfileobj(book, out)
        else:
            for chunk in exports.csv_chunks(columns, labels, counted()):
                out.write(chunk)
    db.session.rollback()
    return count
