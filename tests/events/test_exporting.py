"""Attendance taken out: what for, by which columns, to be signed, or in numbers that show nobody."""

import csv
import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select

from crm.db import db
from crm.directory.models import OrganisationKind
from crm.events.exporting import files
from crm.events.exporting.models import ColumnSet
from crm.events.exporting.queries import LEAST, grouped
from crm.events.models import Attendance, Registration, Seat
from crm.web.models import Export
from tests.make import EARLY


@pytest.fixture
def event(make):
    """Seven people of a commune, one of an association and one of nowhere; the first one came at nine."""
    event = make.event("Journée des données")
    commune, club = (
        make.organisation(
            name, kind_id=make.add(OrganisationKind(slug=slug, name_fr=words, name_en=words)).id
        )
        for name, slug, words in (("Angers", "commune", "Commune"), ("Les amis", "club", "Association"))
    )
    for number, organisation in enumerate([commune] * 7 + [club, None]):
        join(make, event, number, organisation)
    return event


def join(make, event, number, organisation=None):
    make.add(
        Registration(
            event_id=event.id,
            person_id=make.person().id,
            organisation_id=organisation.id if organisation else None,
            given_name="Ada",
            family_name=f"Nom{number}",
            organisation_name=organisation.name if organisation else "",
            search=f"nom{number}",
            mode="onsite",
            seat=Seat.CONFIRMED,
            attendance=Attendance.UNKNOWN if number else Attendance.PRESENT,
            attendance_at=None if number else EARLY,
            token=f"t{event.id}-{number}",
            asked_at=EARLY,
        )
    )


def taken(client, event, query="", **facts):
    facts = {"format": "csv", "purpose": "Bilan de la région", **facts}
    return client.submit(f"/events/{event.id}/export{query}", **facts)


def table(answer):
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def logged(make):
    with make.app.app_context():
        return db.session.scalars(select(Export).order_by(Export.id.desc())).first()


def test_nothing_leaves_without_saying_what_for_and_admins_read_it(client, make, event):
    client.as_("staff")
    refused = taken(client, event, purpose="  ")
    assert refused.status_code == 422 and "Dites à quoi servira le fichier" in refused.text
    assert logged(make) is None
    taken(client, event)
    assert logged(make).purpose == "Bilan de la région"
    assert "Bilan de la région" in client.as_("admin").get("/settings/exports").text


def test_times_and_types_of_public_are_columns_and_the_filter_leaves_out(client, make, event):
    columns = ["family_name", "public_kind", "attendance_at", "public_member"]
    rows = table(taken(client.as_("staff"), event, "?without=kind:commune", columns=columns))
    assert rows == [
        ["Nom", "Type d’organisation", "Présence notée le", "Adhérent ou non"],
        ["Nom7", "Association", "", "Non-adhérents ce jour-là"],
        ["Nom8", "Sans organisation, ou sans type", "", "Non-adhérents ce jour-là"],
    ]
    came = table(taken(client, event, "?attendance=present", columns=["attendance_at"]))
    assert came[1:] == [["2026-03-02 10:00"]]


def test_columns_are_kept_under_a_name_for_any_event(client, make, event):
    client.as_("staff")
    page = f"/events/{event.id}/export"
    columns = ["email", "family_name"]
    client.submit(page, to="/export", keep="yes", name="  Pour la région ", columns=columns)
    with make.app.app_context():
        kept = db.session.scalars(select(ColumnSet)).one()
    assert (kept.name, kept.columns) == ("Pour la région", columns)
    other = make.event()
    join(make, other, 1)
    assert f"set={kept.id}" in client.get(f"/events/{other.id}/export").text
    assert table(taken(client, other, f"?set={kept.id}"))[0] == ["Nom", "Adresse électronique"]
    client.submit(page, to=f"/columns/{kept.id}/drop")
    with make.app.app_context():
        assert db.session.scalars(select(ColumnSet)).all() == []


def test_columns_without_a_name_are_not_kept(client, make, event):
    told = client.as_("staff").submit_and_follow(f"/events/{event.id}/export", to="/export", keep="yes")
    assert "Donnez un nom" in told.text


def test_without_names_the_file_holds_numbers_and_nobody(client, make, event):
    answer = taken(client.as_("staff"), event, variant="anonymous")
    rows = table(answer)
    assert "Nom0" not in answer.text and "Angers" not in answer.text
    assert rows[0] == ["Type de public", "Public", "Nombre", "Part du total"]
    # The association and the one of nowhere are too few, also together: the commune joins them.
    assert [row[1:3] for row in rows if row[0] == "Type d’organisation"] == [
        ["Tous les autres ensemble", "9"]
    ]
    assert "sans noms" in logged(make).chosen
    few = table(taken(client, event, "?attendance=present", variant="anonymous"))
    assert {tuple(row[1:3]) for row in few[1:]} == {("Tous ensemble", "moins de 5")}


@given(some.dictionaries(some.text(min_size=1, max_size=3), some.integers(1, 40), max_size=12))
def test_no_number_below_five_is_told_nor_can_be_reckoned(found):
    told, others = grouped(found)
    assert sum(told.values()) + others == sum(found.values())
    assert all(number >= LEAST for number in told.values())
    assert others == 0 or others >= LEAST or not told


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_list_to_be_signed_bears_the_digest_of_the_same_list_as_csv(client, make, event):
    client.as_("staff")
    columns = ["family_name", "organisation"]
    refused = taken(client, event, signed="y", columns=columns)
    assert refused.status_code == 422 and "Seul un PDF peut être signé" in refused.text
    paper = taken(client, event, format="pdf", signed="y", columns=columns)
    assert paper.mimetype == "application/pdf" and paper.data.startswith(b"%PDF")
    assert b"pdfuaid" in paper.data
    log = logged(make)
    file = taken(client, event, columns=columns)
    assert log.digest == hashlib.sha256(file.data).hexdigest()
    assert log.digest[:16] in client.as_("admin").get("/settings/exports").text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_list_too_long_for_paper_is_refused_and_not_noted(client, make, event, monkeypatch):
    monkeypatch.setattr(files, "MOST_ON_PAPER", 8)
    refused = taken(client.as_("staff"), event, format="pdf")
    assert refused.status_code == 422 and "8 lignes" in refused.text
    assert logged(make) is None
    assert taken(client, event, format="pdf", variant="anonymous").mimetype == "application/pdf"


def test_a_viewer_keeps_no_columns(client, make, event):
    kept = make.column_set()
    client.as_("viewer")
    assert client.post(f"/events/{event.id}/export/columns/{kept.id}/drop").status_code == 403
