"""Imports taken back: the database is as before, but for what was touched since."""

import csv
import io

import pytest
from flask_babel import force_locale
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.directory import lists
from crm.directory.filters import Filter
from crm.directory.importing import (
    refusals,
    services,
)
from crm.directory.importing.choices import Mode
from crm.directory.importing.services import State
from crm.directory.models import (
    Organisation,
    Person,
    Role,
)
from crm.directory.services import change_role
from crm.web import exports
from tests.directory.imports_made import BY, HEAD, ZOE, everything, told
from tests.emptying import empty
from tests.make import EARLY


def test_after_an_undo_the_database_is_as_before(session, imports, make):
    imports.take(HEAD + "Ailleurs;;Ana;Roux;ana@example.org;;Directrice;;\nRéseau;552081317;;;;;;;\n")
    known = session.scalars(select(Person)).one()
    before = everything(session)
    record = imports.take(
        HEAD
        + ZOE
        + ";;Ana;Roux;ana@example.org;0611111111;;;mobilité\nNeuve;;Ana;Roux;ana@example.org;;Élue;élue;\n"
    )
    assert told(record) == (2, 1, 0, 0)
    assert everything(session) != before

    assert imports.undo(record) == {"people": 1, "organisations": 1, "restored": 1, "left": 0}
    assert everything(session) == before
    assert session.get_one(Person, known.id).version > 1
    assert record.state == State.UNDONE


def test_what_was_touched_since_is_left_and_listed(session, imports, make):
    record = imports.take(
        HEAD
        + ZOE
        + "Autre;;Ana;Roux;ana@example.org;;Élue;élue;\n"
        + "Libre;;Lou;Petit;lou@example.org;;Agente;agent;\n"
        + ";;Jo;Bel;jo@example.org;;;;\n"
    )
    by_name = {one.family_name: one for one in session.scalars(select(Person))}
    make.exchange(people=[by_name["Le Goff"]], organisations=[])
    role = session.scalars(select(Role).where(Role.person_id == by_name["Roux"].id)).one()
    change_role(
        role, function="Maire", category=role.category, begins_on=None, ends_on=None, is_main=True,
        by=BY, at=clock.now(),
    )  # fmt: skip

    undone = imports.undo(record)
    # Their organisations have somebody still, and stay with them.
    assert undone == {"people": 2, "organisations": 1, "restored": 0, "left": 4}
    assert sorted(one.family_name for one in session.scalars(select(Person))) == ["Le Goff", "Roux"]
    assert sorted(one.name for one in session.scalars(select(Organisation))) == ["Autre", "Réseau"]


def test_an_update_is_undone_to_the_former_values(session, imports, make):
    imports.take("Prénom;Nom;E-mail;Langue;Origine\nZoé;Le Goff;zoe@example.org;fr;salon\n")
    before = everything(session)
    text = "Prénom;Nom;E-mail;Langue;Origine\nZoé;Legoff;zoe@example.org;en;site\n"
    record = imports.take(text, mode=Mode.UPDATE)
    person = session.scalars(select(Person)).one()
    assert (person.family_name, person.language, person.source) == ("Legoff", "en", "site")
    assert imports.undo(record)["restored"] == 1
    assert everything(session) == before


def test_an_import_is_undone_once(session, imports):
    record = imports.take(HEAD + ZOE)
    imports.undo(record)
    with pytest.raises(refusals.NothingToUndo):
        services.ask_undo(record)


LETTERS = "abdeéèçñzÉŒαβγλ’-'"
NAME = st.builds("M{}e".format, st.text(LETTERS, max_size=9))
FIRST = st.sampled_from(["Zoé", "Yann", "Ελένη", "Anne-Lise", "N’Guyen"])
CELLS = st.tuples(
    st.sampled_from(["", "Réseau", "Saint-Denis", "Autre"]),
    FIRST,
    st.sampled_from(["Le Goff", "d’Ornano", "Παππάς", "Curie"]),
    st.sampled_from(["", "a@example.org", "b@example.org", "c@example.org"]),
    st.sampled_from(["", "0612345678", "0241054000"]),
    st.sampled_from(["", "Maire", "Directrice"]),
    st.sampled_from(["", "open data", "mobilité, eau"]),
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.lists(CELLS, min_size=1, max_size=6),
    second=st.lists(CELLS, min_size=1, max_size=6),
    mode=st.sampled_from(list(Mode)),
)
def test_undoing_any_import_gives_back_the_database_before(session, imports, first, second, mode):
    def text(rows: list[tuple[str, ...]]) -> str:
        lines = [";".join(["Structure", "Prénom", "Nom", "Courriel", "Téléphone", "Fonction", "Étiquettes"])]
        return "\n".join([*lines, *(";".join(row) for row in rows)]) + "\n"

    imports.take(text(first))
    before = everything(session)
    record = imports.take(text(second), mode=mode)
    if record.read_upto:
        assert imports.undo(record)["left"] == 0
    assert everything(session) == before


# Whatever text a file can hold: other scripts, spaces of every kind, control signs, odd capitals.
ANYTHING = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12),
    st.text(
        "aÉe\u0301İıßẞΣςǅﬁœ’'-‐ \u00a0\u202f\u200b\u00ad\ufeff\u2028\x85\t\n;\"=+@|ªº½한\u1100\u1161😀\u0345",
        max_size=8,
    ),
)
PLAIN = ("Zoé", "Le Goff", "Réseau", "Maire", "open data", "salon", "A-1", "Angers")


@settings(
    max_examples=5,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=st.lists(st.tuples(*[ANYTHING] * 8), min_size=1, max_size=4))
@example(rows=[PLAIN])
@example(rows=[("!$", "…", '"·', "/", "*", "?", "#", "&"), ("—", "-", "!", "=1", "+", "'", "''", "\u200b")])
@example(
    rows=[
        ("İ", "ẞ", "ΟΔΟΣ", "ﬁ", "½", "Ａ", "한", "e\u0301"),
        ("i̇", "ss", "οδος", "fi", "1⁄2", "a", "한", "é"),
    ]
)
def test_what_is_exported_can_be_imported_again_unchanged(session, imports, rows):
    session.rollback()
    empty(db.engine)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(
        ["Prénom", "Nom", "Structure", "Fonction", "Étiquettes", "Origine", "Référence", "Ville", "Courriel"]
    )
    writer.writerows([*row, f"p{number}@example.org"] for number, row in enumerate(rows))
    imports.take(out.getvalue())
    with force_locale("fr"):
        for of in (lists.PEOPLE, lists.ORGANISATIONS):
            columns = of.in_file([])
            every = of.file_rows(session, Filter(), columns, day=clock.day(EARLY))
            exported = b"".join(exports.csv_chunks(columns, [column.label for column in columns], every))
            session.rollback()
            if len(exported.splitlines()) > 1:
                record = imports.take(exported)
                counts = told(record)
                assert (counts[0], counts[1], counts[3]) == (0, 0, 0)
                assert record.counts["told"]["differences"] == 0
