"""Files that come in as the pages bring them, and all that the database holds then."""

import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from crm import clock
from crm.db import Base
from crm.directory.importing import (
    running,
    services,
    undoing,
)
from crm.directory.importing.services import State
from crm.directory.importing.shelf import Shelf
from crm.directory.models import (
    Import,
    OrganisationKind,
)
from crm.settings.defaults import DEFAULTS
from tests.make import EARLY

BY = "staff@example.org"
HEAD = "Structure;SIREN;Prénom;Nom;Courriel;Téléphone;Fonction;Catégorie;Étiquettes\n"
ZOE = "Réseau;552081317;Zoé;Le Goff;zoe@example.org;0612345678;Présidente;élue;open data\n"
# What says how imports went, and the history.
ABOUT_IMPORTS = {
    "imports", "import_parts", "import_reviews", "import_mappings", "import_people", "import_organisations",
    "changes",
}  # fmt: skip


class Imports:
    """Brings files in as the pages do."""

    def __init__(self, session: Any, folder: Path) -> None:
        self.session, self.shelf = session, Shelf.under(folder)

    def receive(self, text: str | bytes, name: str = "liste.csv") -> Import:
        self.session.flush()
        raw = text.encode() if isinstance(text, str) else text
        return services.receive(self.session, self.shelf, io.BytesIO(raw), file_name=name, by=BY, at=EARLY)

    def take(self, text: str | bytes, name: str = "liste.csv", **how: Any) -> Import:
        """Take it in without a look at the check."""
        record = self.receive(text, name)
        services.ask_check(self.session, record, record.mapping, **how)
        record.state = State.ASKED
        return self.work(record)

    def work(self, record: Import) -> Import:
        """Do what was asked, as a worker does."""
        self.session.commit()
        assert services.claim(self.session, self.shelf, record.id)
        running.work(self.session, self.shelf, record.id, at=clock.now())
        self.session.expire_all()
        return self.session.get_one(Import, record.id)

    def undo(self, record: Import) -> dict[str, int]:
        """What was announced before the button is what is done."""
        foreseen = undoing.foreseen(self.session, record, most=1_000)
        services.ask_undo(record)
        record.undone_by = BY
        undone = dict(self.work(record).counts["undone"])
        assert foreseen is not None and asdict(foreseen) == undone
        return undone


@pytest.fixture
def imports(session: Any, tmp_path: Path) -> Imports:
    for place, (slug, french, english) in enumerate(DEFAULTS["organisation_kinds"]):
        if session.scalar(select(OrganisationKind.id).where(OrganisationKind.slug == slug)) is None:
            session.add(OrganisationKind(slug=slug, name_fr=french, name_en=english, position=place))
    session.commit()
    return Imports(session, tmp_path)


def told(record: Import) -> tuple[int, int, int, int]:
    counts = record.counts["told"]
    return counts["created"], counts["updated"], counts["unchanged"], counts["refused"]


def number(session: Any, model: type) -> int:
    return int(session.scalar(select(func.count()).select_from(model)))


def everything(session: Any) -> dict[str, list[Any]]:
    """All rows of all tables that tell of people and organisations; versions and moments may move on.

    The search index keeps words that nobody has any more.
    """
    session.commit()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name in ABOUT_IMPORTS or table.name.startswith("search"):
            continue
        columns = [column for column in table.c if column.name not in ("version", "updated_at")]
        found[table.name] = sorted(map(tuple, session.execute(select(*columns))), key=repr)
    return {name: rows for name, rows in found.items() if rows}
