"""What the page of an import shows: its state in words, its columns, its first refusals and differences."""

from dataclasses import asdict
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from crm.db import db
from crm.directory.importing import extra, report, reviewing, services, tasks, undoing
from crm.directory.importing.choices import KEYS, MODES, Key, Mode
from crm.directory.importing.columns import LABELS, Field
from crm.directory.importing.report import field_label
from crm.directory.importing.services import State
from crm.directory.importing.taking import Counts
from crm.directory.importing.undoing import Undone
from crm.directory.models import Import, ImportPerson, PersonAddress
from crm.mail import purposes
from crm.web.pages import say

SHOWN = 20
LOOKED_THROUGH = 2_000  # records of a batch, before an undo is asked for


def state(record: Import) -> dict[str, Any]:
    """How the state is said and shown, and what may be done in it."""
    words, tone = {
        State.READ: (_("Received"), "plain"),
        State.CHECK_ASKED: (_("Being checked"), "wait"),
        State.CHECKING: (_("Being checked"), "wait"),
        State.CHECKED: (_("Checked"), "accent"),
        State.ASKED: (_("Being taken in"), "wait"),
        State.RUNNING: (_("Being taken in"), "wait"),
        State.STOPPED: (_("Stopped on its way"), "bad"),
        State.DONE: (_("Taken in"), "good"),
        State.FAILED: (_("Not taken in"), "bad"),
        State.UNDO_ASKED: (_("Being undone"), "wait"),
        State.UNDOING: (_("Being undone"), "wait"),
        State.UNDONE: (_("Undone"), "plain"),
    }[State(record.state)]
    now = State(record.state)
    return {
        "words": words,
        "tone": tone,
        "is_at_work": now in services.AT_WORK,
        "is_open": now in (State.READ, State.CHECKED, State.FAILED),
        "is_checked": now is State.CHECKED,
        "is_done": now is State.DONE,
        "is_stopped": now is State.STOPPED,
        "is_undone": now is State.UNDONE,
        "is_undoing": now in (State.UNDO_ASKED, State.UNDOING),
        "may_stop": now in (State.CHECK_ASKED, State.CHECKING, State.ASKED, State.RUNNING),
        "may_undo": now in (State.DONE, State.STOPPED) and record.read_upto > 0,
        "has_batch": now in (State.DONE, State.STOPPED, State.UNDONE),
    }


def steps(record: Import) -> list[dict[str, str]]:
    """The life of the import, with what is missing for the next step."""
    now = State(record.state)
    is_in = now in (State.DONE, State.UNDO_ASKED, State.UNDOING, State.UNDONE)
    checking = now in (State.CHECK_ASKED, State.CHECKING, State.CHECKED)
    running = now in (State.ASKED, State.RUNNING, State.STOPPED)
    found = [
        ("done" if checking or running or is_in else "now", _("Columns")),
        ("now" if checking else "done" if running or is_in else "next", _("Check")),
        ("now" if running else "done" if is_in else "next", _("Import")),
    ]
    if now in (State.UNDO_ASKED, State.UNDOING, State.UNDONE):
        found.append(("done" if now is State.UNDONE else "now", _("Undone")))
    return [{"label": label, "state": at} for at, label in found]


def context(record: Import, mapping: dict[str, str] | None = None) -> dict[str, Any]:
    """Everything that the page of this import shows, but its forms."""
    shelf = tasks.shelf()
    places = shelf.report(record.stored_as)
    samples = shelf.samples(record.stored_as) if record.stored_as else []
    chosen, names = mapping or record.mapping, list(record.mapping)
    further = extra.columns(db.session())
    labels = {one.key: one.label for one in further}
    read, _age = shelf.progress(record.stored_as) if record.stored_as else (0, 0.0)
    return {
        "record": record,
        "state": state(record),
        "steps_of": steps(record),
        "columns": [
            {"at": at, "name": name, "field": chosen.get(name, ""), "samples": _values(samples, at)}
            for at, name in enumerate(names)
        ],
        "fields": [(field.value, say(LABELS[field])) for field in Field] + list(labels.items()),
        "how": [
            {"label": _("Records that the directory knows already"), "value": say(MODES[Mode(record.mode)])},
            {"label": _("Records are recognised by"), "value": say(KEYS[Key(record.merge_key)])},
            {"label": _("File"), "value": record.file_name},
        ],
        "told": {**asdict(Counts()), **(record.counts.get("told") or {})},
        "is_told": bool(record.counts.get("told")),
        "why": report.reason(record.counts["why"], say) if record.counts.get("why") else "",
        "read": read,
        "is_stopping": bool(record.stored_as) and shelf.is_to_stop(record.stored_as),
        "refused": [_refusal(line, names) for line in report.lines(places.refused, SHOWN)],
        "differences": [
            {**line, "field": field_label(line["field"], say, labels)}
            for line in report.lines(places.differences, SHOWN)
        ],
        "bearers": list(report.lines(places.erased, SHOWN)),
        "has_results": places.results.is_file(),
        "former": services.same_before(db.session(), record) if record.state == State.READ else None,
        "saved": services.saved_for(db.session(), names) if record.state == State.READ else [],
        "waiting": reviewing.waiting(db.session(), record),
        "erased": erased(record),
        "batch": _batch(record),
        "foreseen": _foreseen(record),
        "undone": {**asdict(Undone()), **(record.counts.get("undone") or {})},
        "kept": _kept(record),
    }


def erased(record: Import) -> int:
    """How many addresses of the people it named were erased once, and still wait for their owners to act."""
    rows = (
        select(func.count(func.distinct(PersonAddress.address_id)))
        .join(ImportPerson, ImportPerson.person_id == PersonAddress.person_id)
        .where(ImportPerson.import_id == record.id, purposes.silent(PersonAddress.__table__.c.address_id))
    )
    return db.session.scalar(rows) or 0


def _batch(record: Import) -> dict[str, Any]:
    """How many records the file named, by kind and by what became of them, with the lists that show them."""
    found = undoing.counted(db.session(), record) if record.read_upto else {}
    people, organisations = found.get("people", {}), found.get("organisations", {})
    named = []
    if number := sum(people.values()):
        words = ngettext("%(num)s person", "%(num)s people", number)
        named.append({"words": words, "href": _list("people", record)})
    if number := sum(organisations.values()):
        words = ngettext("%(num)s organisation", "%(num)s organisations", number)
        named.append({"words": words, "href": _list("organisations", record)})
    return {
        "named": named,
        "made": people.get("made", 0) + organisations.get("made", 0),
        "changed": people.get("changed", 0) + organisations.get("changed", 0),
    }


def _foreseen(record: Import) -> Undone | None:
    """What an undo would do now, where it can be asked for and the batch is not too large to look through."""
    may = record.state in (State.DONE, State.STOPPED) and record.read_upto > 0
    return undoing.foreseen(db.session(), record, LOOKED_THROUGH) if may else None


def _kept(record: Import) -> list[dict[str, str]]:
    """The first records that an undo left, and why."""
    if record.state != State.UNDONE:
        return []
    whys = {
        undoing.KEPT_CHANGED: _("changed since the import"),
        undoing.KEPT_USED: _("used since the import: an exchange, an invitation, another role…"),
    }
    return [
        {
            "name": name or _("Erased person"),
            "why": whys[act] if name else _("erased for good"),
            "href": _address(table, key, record_id),
        }
        for table, key, record_id, name, act in undoing.kept(db.session(), record, SHOWN)
    ]


def _list(table: str, record: Import) -> str:
    """The list of those records that the file named."""
    args: dict[str, Any] = {"import": record.id}
    return url_for(f"{table}.index", **args)


def _address(table: str, key: str, record_id: int) -> str:
    args: dict[str, Any] = {key: record_id}
    return url_for(f"{table}.show", **args)


def _values(samples: list[list[str]], at: int) -> list[str]:
    return [row[at] for row in samples if at < len(row) and row[at]]


def _refusal(line: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """A refused row for the page: the cell that is to blame, or the beginning of the row."""
    place, cells = line["place"], line["cells"]
    return {
        "row": line["row"],
        "column": names[place] if place is not None and place < len(names) else "",
        "cell": cells[place][:100] if place is not None and place < len(cells) else "",
        "start": " · ".join(cell for cell in cells if cell)[:100],
        "reason": report.reason(line, say),
    }
