"""Events from the command line."""

import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from flask.cli import AppGroup
from flask_babel import force_locale

from crm import clock, history
from crm.db import db, reading
from crm.errors import CrmError
from crm.events import listing
from crm.events.models import Event
from crm.events.platforms import command as platform_file
from crm.events.platforms import services as connections
from crm.events.platforms.layouts import FIELDS
from crm.events.platforms.moments import DateOrder
from crm.events.queries import agenda, attendance
from crm.events.questions import queries as asked_of
from crm.events.services import importing
from crm.web import exports, tables_in
from crm.web.forms import said

AUTHOR = "command line"
commands = AppGroup("events", help="The agenda and who came.")


def _event(name: str) -> Event:
    event = agenda.named(name)
    if event is None:
        raise click.ClickException(f"there is no event {name!r}: give an id or a slug of `flask events list`")
    return event


@commands.command("list")
@click.option("--json", "as_json", is_flag=True, help="One array on standard output.")
def list_events(as_json: bool) -> None:
    """Every event: id, slug, title, state, start, seats taken, people who came."""
    with reading():
        rows = [_summary(row) for row in db.session.execute(agenda.summaries())]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo("\t".join(str(value) for value in row.values()))


def _summary(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "slug": row.slug,
        "title": row.title,
        "state": row.state.value,
        "starts": row.starts_at.astimezone(ZoneInfo(row.zone)).isoformat(),
        "registered": row.registered,
        "attended": row.attended,
    }


@commands.command("export-attendance")
@click.argument("event")
@click.option("--format", "form", type=click.Choice([exports.CSV, exports.XLSX]), default=exports.CSV)
@click.option("--columns", default="", help=f"Some of {','.join(listing.LABELS)}; the first twelve else.")
@click.option("--out", "target", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--heading", is_flag=True, help="Say above a CSV what it is; a workbook always does.")
@click.option("--purpose", default="", help="What the file is for; written down with the export.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr")
def export_attendance(
    event: str, form: str, columns: str, target: Path, heading: bool, purpose: str, language: str
) -> None:
    """Write the attendance list of EVENT (an id or a slug) to a file."""
    asked = [key.strip() for key in columns.split(",") if key.strip()]
    at, everyone = clock.now(), attendance.Chosen()
    with force_locale(language), reading():
        found = _event(event)
        _check_columns(found, asked)
        count = attendance.count(found, everyone)
        _write(found, everyone, asked, form, target, heading or form == exports.XLSX)
        chosen = listing.described(everyone)
        db.session.rollback()
    exports.log(
        what=f"events:{found.id}", chosen=chosen, format=form, rows=count, by=AUTHOR, at=at, purpose=purpose
    )
    db.session.commit()
    click.echo(f"{count} rows in {target}", file=sys.stderr)


def _check_columns(event: Event, asked: list[str]) -> None:
    known = [*listing.LABELS, *(question.name for question in asked_of.listed(event))]
    if unknown := [key for key in asked if key not in known]:
        raise click.ClickException(f"unknown columns: {', '.join(unknown)}; choose of {', '.join(known)}")


def _write(
    event: Event, chosen: attendance.Chosen, asked: list[str], form: str, target: Path, heading: bool
) -> None:
    questions = asked_of.listed(event)
    columns = listing.columns(event, asked, questions)
    labels, rows = listing.labels(columns), listing.rows(event, chosen, columns, questions)
    above = listing.heading(event, chosen, by=AUTHOR, at=clock.now()) if heading else ()
    try:
        with target.open("wb") as out:
            if form == exports.CSV:
                out.writelines(exports.csv_chunks(columns, labels, rows, above))
            else:
                with exports.xlsx_file(
                    columns, labels, rows, title=event.title, heading=above, author=AUTHOR
                ) as book:
                    while part := book.read(1 << 20):
                        out.write(part)
    except OSError as error:
        raise click.ClickException(f"{target} cannot be written: {error.strerror}") from None


@commands.command("import-attendance")
@click.argument("event")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
@click.option(
    "--minutes", type=click.IntRange(0, 1440), default=15, help="From a platform: attended means this long."
)
@click.option("--share", type=click.IntRange(1, 100), help="The same in hundredths of the event's length.")
@click.option("--absent", is_flag=True, help="From a platform: mark the others who follow online as absent.")
@click.option(
    "--dates", type=click.Choice(list(DateOrder)), help="How 03/04/2026 is read, where nothing tells."
)
@click.option(
    "--column",
    "named",
    multiple=True,
    metavar="FACT=NAME",
    help=f"A column of any table: {', '.join(FIELDS)}.",
)
def import_attendance(
    event: str,
    file: Path,
    dry_run: bool,
    as_json: bool,
    minutes: int,
    share: int | None,
    absent: bool,
    dates: str | None,
    named: tuple[str, ...],
) -> None:
    """Note attendance from FILE: our own export, a list that says who came, or a webinar platform's report.

    Reports of Zoom, Teams, Livestorm, BigBlueButton and Google Meet are known by their columns.
    """
    history.act_as(db.session(), AUTHOR)
    with force_locale("fr"):
        try:
            found = _event(event)
            if named or platform_file.is_of_platform(file):
                least = connections.minutes_of(found, share) if share else minutes
                told, faults, columns = platform_file.take(
                    found, file, least_minutes=least, marks_others=absent, dates=dates, named=named, by=AUTHOR
                )
            else:
                told, faults, columns = _take_table(found, file)
        except CrmError as refusal:
            db.session.rollback()
            raise click.ClickException(said(refusal)) from None
        if dry_run:
            db.session.rollback()
        else:
            db.session.commit()
        told |= {
            "refused": len(faults),
            "refused_file": _write_refused(file, columns, faults) if faults else None,
        }
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else _in_words(told))
    sys.exit(1 if faults else 0)


Faults = list[tuple[importing.Line, CrmError]]


def _take_table(event: Event, file: Path) -> tuple[dict[str, Any], Faults, list[str]]:
    refused: Faults = []
    with tables_in.read(file) as table:
        columns = table.columns
        outcome = importing.take(event, columns, _lines(table, refused), by=AUTHOR, at=clock.now())
    faults = sorted([*outcome.refused, *refused], key=lambda fault: fault[0].number)
    told = {
        "read": outcome.read + len(refused),
        "created": outcome.created,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
    }
    return told, faults, columns


def _lines(
    table: tables_in.Table, refused: list[tuple[importing.Line, CrmError]]
) -> Iterator[importing.Line]:
    """The rows that can be read, as they were before they were made safe for spreadsheets."""
    for row in table.rows:
        cells = [exports.unguarded(cell) for cell in row.cells]
        line = importing.Line(row.number, cells)
        if row.refusal is not None:
            refused.append((line, row.refusal))
        else:
            yield line


def _write_refused(file: Path, columns: list[str], faults: list[tuple[importing.Line, CrmError]]) -> str:
    """The refused rows beside the file, each with its number and the reason."""
    target = file.with_name(f"{file.stem}-refused.csv")
    shown = [exports.Column(str(place), name, partial(_cell, place)) for place, name in enumerate(columns)]
    shown += [
        exports.Column("line", "ligne", lambda fault: fault[0].number),
        exports.Column("reason", "motif", lambda fault: said(fault[1])),
    ]
    with target.open("wb") as out:
        out.writelines(exports.csv_chunks(shown, [column.label for column in shown], faults))
    return str(target)


def _cell(place: int, fault: tuple[importing.Line, CrmError]) -> str:
    cells = fault[0].cells
    return cells[place] if place < len(cells) else ""


def _in_words(told: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in told.items() if value is not None)
