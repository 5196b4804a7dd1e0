"""`flask directory import`."""

import json
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from flask_babel import force_locale

from crm import clock, history
from crm.db import db
from crm.directory.importing import columns, report, taking
from crm.directory.importing.report import Places, Report
from crm.directory.importing.services import State
from crm.directory.models import Import
from crm.errors import CrmError
from crm.web import tables_in
from crm.web.forms import said
from crm.web.pages import say

BY = "command line"


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping",
    "meanings",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='A TOML file of lines such as "Header" = "field"; "" leaves a column out.',
)
@click.option("--dry-run", is_flag=True, help="Say what would become of each row, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", help="Of reasons and reports.")
@click.pass_context
@with_appcontext
def import_file(
    context: click.Context, file: Path, meanings: Path | None, dry_run: bool, as_json: bool, language: str
) -> None:
    """Take people and organisations in from FILE (CSV, XLSX, ODS).

    Ends with 0 when nothing was refused, 1 when a row was, 2 when the file was.
    """
    with force_locale(language):
        try:
            told = _import(file, _read(meanings), dry_run=dry_run, language=language)
        except CrmError as refusal:
            db.session.rollback()
            _unreadable(said(refusal), as_json)
            context.exit(2)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        _tell(told, dry_run=dry_run)
    context.exit(1 if told["refused"] else 0)


def _unreadable(sentence: str, as_json: bool) -> None:
    if as_json:
        nothing = {**asdict(taking.Counts()), "refused_file": None, "error": sentence}
        click.echo(json.dumps(nothing, ensure_ascii=False))
    click.echo(sentence, err=True)


def _read(meanings: Path | None) -> dict[str, str]:
    if meanings is None:
        return {}
    try:
        known = tomllib.loads(meanings.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{meanings}: not a TOML file: {error}") from None
    wrong = [header for header, field in known.items() if not isinstance(field, str)]
    if wrong:
        raise click.ClickException(f'{meanings}: write each line as "Header" = "field": {", ".join(wrong)}')
    return known


def _mapping(names: Sequence[str], chosen: dict[str, str]) -> dict[str, str]:
    """What was chosen goes before what is proposed."""
    proposed = {
        name: str(field)
        for name, field in columns.proposed(names).items()
        if str(field) not in chosen.values()
    }
    return {**dict.fromkeys(names, ""), **proposed, **chosen}


def _import(file: Path, chosen: dict[str, str], *, dry_run: bool, language: str) -> dict[str, Any]:
    at, session = clock.now(), db.session()
    history.act_as(session, BY)
    with tables_in.read(file) as table, tempfile.TemporaryDirectory() as name:
        mapping = _mapping(table.columns, chosen)
        fields = columns.checked(table.columns, mapping)
        record = Import(
            file_name=file.name,
            stored_as="",
            mapping=mapping,
            state=State.RUNNING,
            created_at=at,
            created_by=BY,
        )
        session.add(record)
        session.flush()
        order = taking.Order(
            fields=fields,
            kinds=taking.kinds(session, language),
            source=file.name,
            import_id=record.id,
            by=BY,
            at=at,
        )
        places = Places(Path(name) / "refused", Path(name) / "differences")
        with Report(places) as told:
            counts = taking.take(session, table, order, told)
        record.counts, record.state, record.ended_at = {"told": asdict(counts)}, State.DONE, at
        session.flush()
        files = _files(file, table.columns, places, counts)
    if dry_run:
        session.rollback()
    else:
        session.commit()
    return {**asdict(counts), **files}


def _files(file: Path, names: Sequence[str], places: Places, counts: taking.Counts) -> dict[str, str | None]:
    """The reports, beside the file or in the current folder; None for what there is nothing to tell of."""
    refused = report.refused_csv(places.refused, names, say) if counts.refused else None
    differences = report.differences_csv(places.differences, say) if counts.differences else None
    return {
        "refused_file": _write(file, "refused", refused),
        "differences_file": _write(file, "differences", differences),
    }


def _write(file: Path, what: str, chunks: Iterator[bytes] | None) -> str | None:
    if chunks is None:
        return None
    content = b"".join(chunks)
    beside = file.with_name(f"{file.stem}-{what}.csv")
    for place in (beside, Path.cwd() / beside.name):
        try:
            place.write_bytes(content)
        except OSError:
            continue
        return str(place)
    raise click.ClickException(f"{beside}: cannot be written here nor in the current folder")


def _tell(told: dict[str, Any], *, dry_run: bool) -> None:
    names = ("read", "created", "updated", "unchanged", "refused", "differences")
    click.echo(", ".join(f"{told[name]} {name}" for name in names))
    click.echo(f"organisations added: {told['organisations']}, people added: {told['people']}")
    for name in ("refused_file", "differences_file"):
        if told[name]:
            click.echo(f"{name.removesuffix('_file')}: {told[name]}")
    if dry_run:
        click.echo("dry run: nothing was written")
