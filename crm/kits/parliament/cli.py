"""`flask kits import-parliament`."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from flask_babel import force_locale

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.kits.parliament import reading, services
from crm.web.forms import said
from crm.web.pages import say

BY = "command line"
COUNTS = ("read", "created", "updated", "unchanged", "left", "refused", "places")


@click.command("import-parliament")
@click.argument(
    "sources", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@click.option(
    "--force", is_flag=True, help="Also where more than a tenth would leave, or of an older legislature."
)
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", help="Of reasons.")
@click.pass_context
@with_appcontext
def import_parliament(
    context: click.Context,
    sources: tuple[Path, ...],
    dry_run: bool,
    force: bool,
    as_json: bool,
    language: str,
) -> None:
    """Take the roster in from official files: AMO10 (archive, folder or JSON), the Assemblée's
    or Datan's CSV, the Sénat's CSV and JSON, INSEE's composition of the constituencies.

    Ends with 0 when nothing was refused, 1 when an entry was, 2 when the files were.
    """
    with force_locale(language):
        try:
            told, faults = _import(sources, dry_run=dry_run, is_forced=force)
        except CrmError as refusal:
            db.session.rollback()
            if as_json:
                nothing = dict.fromkeys(COUNTS, 0) | {"refused_file": None, "error": said(refusal)}
                click.echo(json.dumps(nothing, ensure_ascii=False))
            click.echo(said(refusal), err=True)
            context.exit(2)
        told["refused_file"] = _refused(sources[0], faults) if faults else None
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo(", ".join(f"{told[name]} {name}" for name in COUNTS))
        if told["refused_file"]:
            click.echo(f"refused: {told['refused_file']}")
        if dry_run:
            click.echo("dry run: nothing was written")
    context.exit(1 if told["refused"] else 0)


def _import(
    sources: tuple[Path, ...], *, dry_run: bool, is_forced: bool
) -> tuple[dict[str, Any], list[reading.Fault]]:
    told = reading.read([(source.name, source) for source in sources])
    counts, faults, at = Counter(dict.fromkeys(COUNTS, 0)), [], clock.now()
    for plan in services.plans(told):
        load = services.note(plan, stored_as="", by=BY, at=at)
        services.take(plan, load, is_forced=is_forced, by=BY, at=at)
        counts.update(plan.counts)
        faults += plan.faults
    if dry_run:
        db.session.rollback()
    else:
        db.session.commit()
    return dict(counts), faults


def _refused(first: Path, faults: list[reading.Fault]) -> str:
    """A table of what could not be read, beside the first file or in the current folder."""
    name = f"{first.stem}-refused.csv"
    for place in (first.parent / name, Path.cwd() / name):
        try:
            with place.open("w", encoding="utf-8-sig", newline="") as out:
                rows = csv.writer(out, delimiter=";")
                rows.writerow(["file", "where", "reason"])
                rows.writerows([fault.file, fault.where, say(fault.reason) % fault.facts] for fault in faults)
        except OSError:
            continue
        return str(place)
    raise click.ClickException(f"{name}: cannot be written here nor in the current folder")
