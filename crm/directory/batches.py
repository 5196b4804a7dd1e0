"""The acts on many records that the history of one record names: imports, and bulk acts."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import or_, select

from crm.db import db
from crm.directory.bulk import messages as acts
from crm.directory.bulk.models import BulkAct, BulkRow
from crm.directory.importing.writing import MADE
from crm.directory.models import Import, ImportOrganisation, ImportPerson, Organisation, Person
from crm.history import Change
from crm.keeping.kinds import Batch


def of_person(key: int, changes: Sequence[Change]) -> list[Batch]:
    return [*_imports(ImportPerson, ImportPerson.person_id, Person, key), *_bulk_acts("people", key, changes)]


def of_organisation(key: int, changes: Sequence[Change]) -> list[Batch]:
    owner = ImportOrganisation.organisation_id
    return [
        *_imports(ImportOrganisation, owner, Organisation, key),
        *_bulk_acts("organisations", key, changes),
    ]


def _imports(batch: Any, owner: Any, model: Any, key: int) -> list[Batch]:
    """The imports whose file named the record; that one added it is told by no change, but by its instant."""
    rows = (
        select(Import, batch.act, model.created_at)
        .join(batch, batch.import_id == Import.id)
        .join(model, model.id == owner)
        .where(owner == key)
        .order_by(Import.id)
    )
    return [
        Batch(
            name=_("Import “%(name)s”", name=record.title),
            address=url_for("imports.show", import_id=record.id),
            tells=_tells_import(record.id),
            made_at=created_at if act == MADE else None,
            made_by=record.created_by,
        )
        for record, act, created_at in db.session.execute(rows)
    ]


def _tells_import(key: int) -> Callable[[Change], bool]:
    return lambda change: key in (change.values.get("import_id") or ())


def _bulk_acts(of: str, key: int, changes: Sequence[Change]) -> list[Batch]:
    """The acts of the instants of these changes; an act is known by its instant and its author."""
    instants = {change.at for change in changes}
    if not instants:
        return []
    mine = select(BulkRow.record_id).where(BulkRow.bulk_act_id == BulkAct.id, BulkRow.record_id == key)
    rows = select(BulkAct).where(
        BulkAct.of == of,
        or_(BulkAct.created_at.in_(instants), BulkAct.undone_at.in_(instants)),
        mine.exists(),
    )
    return [
        Batch(name=acts.title(act), address=url_for("bulk.show", act_id=act.id), tells=_tells_act(act))
        for act in db.session.scalars(rows)
    ]


def _tells_act(act: BulkAct) -> Callable[[Change], bool]:
    signed = {(act.created_at, act.created_by), (act.undone_at, act.undone_by)}
    return lambda change: (change.at, change.actor) in signed
