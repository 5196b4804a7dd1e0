"""`flask directory import`."""

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from flask_babel import force_locale
from sqlalchemy.orm import Session

from crm import clock, history
from crm.db import db
from crm.directory.importing import columns, extra, report, running, services, showing, taking
from crm.directory.importing.choices import Key, Mode
from crm.directory.importing.report import Places
from crm.directory.importing.services import State
from crm.directory.importing.shelf import Shelf
from crm.directory.importing.tasks import shelf
from crm.directory.models import Import
from crm.errors import CrmError
from crm.web.forms import said
from crm.web.pages import say

BY = "command line"
# A file on the server is read to whatever length; one that is sent through the web is not.
MOST_BYTES = 2_000_000_000


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping",
    "meanings",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='A TOML file of lines such as "Header" = "field"; "" leaves a column out.',
)
@click.option("--dry-run", is_flag=True, help="Say what would become of each row, and write nothing.")
@click.option(
    "--known",
    "mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.FILL.value,
    show_default=True,
    help="What becomes of records that are known: left, completed, or updated.",
)
@click.option(
    "--key",
    type=click.Choice([key.value for key in Key]),
    default=Key.ANY.value,
    show_default=True,
    help="By what records are recognised.",
)
@click.option("--name", default="", help="How the batch is called; the file's name if not said.")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", help="Of reasons and reports.")
@click.pass_context
@with_appcontext
def import_file(
    context: click.Context,
    file: Path,
    meanings: Path | None,
    dry_run: bool,
    mode: str,
    key: str,
    name: str,
    as_json: bool,
    language: str,
) -> None:
    """Take people and organisations in from FILE: CSV, XLSX, ODS, or the JSON of the DILA's directory of
    town halls. What was taken in can be undone on the pages of imports.

    Ends with 0 when nothing was refused, 1 when a row was, 2 when the file was.
    """
    with force_locale(language):
        try:
            how = {"name": name, "mode": Mode(mode), "key": Key(key)}
            told = _import(file, _read(meanings), how, dry_run=dry_run)
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
    further = extra.columns(db.session())
    proposed = {
        name: field
        for name, field in columns.proposed(names, further).items()
        if field not in chosen.values()
    }
    return {**dict.fromkeys(names, ""), **proposed, **chosen}


def _import(file: Path, chosen: dict[str, str], how: dict[str, Any], *, dry_run: bool) -> dict[str, Any]:
    at, session, place = clock.now(), db.session(), shelf()
    history.act_as(session, BY)
    with file.open("rb") as stream:
        record = services.receive(
            session, place, stream, file_name=file.name, by=BY, at=at, most_bytes=MOST_BYTES
        )
    try:
        services.ask_check(session, record, _mapping(list(record.mapping), chosen), **how)
        if not dry_run:
            record.state = State.ASKED
        session.commit()
        _do(session, place, record.id)
        told = session.get_one(Import, record.id, populate_existing=True)
        if why := told.counts.get("why"):
            raise click.ClickException(report.reason(why, say))
        counts, silent = taking.Counts(**told.counts["told"]), showing.erased(told)
        files = _files(file, list(record.mapping), place.report(told.stored_as), counts)
    except BaseException:
        session.rollback()
        _forget(session, place, record.id)
        raise
    if dry_run:
        _forget(session, place, record.id)
    return {**asdict(counts), "erased_before": silent, **files}


def _do(session: Session, place: Shelf, key: int) -> None:
    """The work itself, in this process."""
    if services.claim(session, place, key):
        running.work(session, place, key, at=clock.now())


def _forget(session: Session, place: Shelf, key: int) -> None:
    """Leave nothing of a file that nothing was taken in from."""
    record = session.get(Import, key, populate_existing=True)
    if record is not None and not record.read_upto and record.state != State.DONE:
        place.discard(record.stored_as)
        session.delete(record)
        session.commit()


def _files(file: Path, names: Sequence[str], places: Places, counts: taking.Counts) -> dict[str, str | None]:
    """The reports, beside the file or in the current folder; None for what there is nothing to tell of."""
    refused = report.refused_csv(places.refused, names, say) if counts.refused else None
    labels = {column.key: column.label for column in extra.columns(db.session())}
    differences = report.differences_csv(places.differences, say, labels) if counts.differences else None
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
    names = ("read", "created", "updated", "unchanged", "refused", "to_review", "differences")
    click.echo(", ".join(f"{told[name]} {name.replace('_', ' ')}" for name in names))
    click.echo(f"organisations added: {told['organisations']}, people added: {told['people']}")
    if told["erased_before"]:
        click.echo(f"erased before, only service messages go there: {told['erased_before']}")
    for name in ("refused_file", "differences_file"):
        if told[name]:
            click.echo(f"{name.removesuffix('_file')}: {told[name]}")
    if dry_run:
        click.echo("dry run: nothing was written")
