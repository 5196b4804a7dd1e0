"""The sheet of an organisation before a meeting: the page, the print, the PDF."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from pypdf import PdfReader

from crm.directory.models import Phone
from crm.relations.sheet import pdf

NASTY = '#import "x": * $x^2$ @ref [b] *gras* _i_ `c` \\ // <l> = titre " ) ]'
GREEK = "Ελένη Παπαδοπούλου"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def organisation(make):
    organisation = make.organisation("Agence de l’eau d'ORÉ", notes="Parking derrière.\nSonner deux fois.")
    ana = make.person("Ana", "D'Artagnan-Ørsted", organisation=organisation, function=NASTY)
    make.person(GREEK.split()[0], GREEK.split()[1], organisation=organisation)
    gone = make.person("Parti", "Depuis")
    make.role(person=gone, organisation=organisation, ends_on=date(2020, 1, 1))
    make.add(Phone(person_id=ana.id, number="+33612345678"))
    for number in range(7):
        make.exchange(
            f"Échange {number} {NASTY}" if number == 6 else f"Échange {number}",
            at=NOW + timedelta(days=number),
            organisations=[organisation],
            people=[ana],
            body="<div>On en reparle le <b>12</b>.</div>",
        )
    make.follow_up(f"Envoyer le projet {NASTY}", organisation_id=organisation.id, due_on=date(2026, 4, 3))
    make.partnership(organisation, stage=make.stage(name_fr="En discussion"))
    make.agreement("Convention d’objectifs", organisations=[organisation])
    return organisation


def squeezed(text):
    """Without the spaces and line ends that setting a page puts in."""
    return "".join(text.split())


def test_the_page_tells_what_one_should_know_before_a_meeting(client, organisation):
    page = client.as_("viewer").get(f"/relations/sheet/{organisation.id}").text
    for part in ("Échange 6", "Échange 2", "Envoyer le projet", "06 12 34 56 78", "En discussion", GREEK,
                 "Convention d’objectifs", "Sonner deux fois", "On en reparle le 12."):  # fmt: skip
        assert part in page
    assert "Échange 1" not in page and "Parti Depuis" not in page  # the last five, and who is there now


def test_the_pdf_holds_the_same_and_reads_nothing_of_it_as_markup(client, organisation):
    answer = client.as_("staff").get(f"/relations/sheet/{organisation.id}.pdf")
    day = datetime.now(UTC).date()
    assert answer.mimetype == "application/pdf"
    name = answer.headers["Content-Disposition"].partition("filename=")[2].strip('"')
    assert (
        name.endswith("-agence-de-l-eau-d-ore.pdf") and abs((date.fromisoformat(name[:10]) - day).days) <= 1
    )
    reader = PdfReader(io.BytesIO(answer.data))
    text = squeezed("".join(page.extract_text() for page in reader.pages))
    for part in (
        "Agence de l’eau d'ORÉ",
        "Ana D'Artagnan-Ørsted",
        GREEK,
        NASTY,
        "Échange 6",
        "06 12 34 56 78",
    ):
        assert squeezed(part) in text, part
    assert squeezed("Échange 1") not in text
    assert reader.metadata.title == "Agence de l’eau d'ORÉ"
    assert reader.trailer["/Root"]["/Lang"] == "fr"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_an_organisation_of_which_nothing_is_known_has_a_sheet_and_in_english_too(client, make):
    bare = make.organisation("Zéro")
    client.as_("staff", language="en")
    reader = PdfReader(io.BytesIO(client.get(f"/relations/sheet/{bare.id}.pdf").data))
    text = squeezed("".join(page.extract_text() for page in reader.pages))
    assert squeezed("Nothing was promised.") in text and squeezed("My own notes") in text
    assert reader.trailer["/Root"]["/Lang"] == "en"


def test_the_same_sheet_at_the_same_instant_is_the_same_file(app, make):
    words = dict.fromkeys(("title", "house", "made", "notes_title", "notes", "own_notes", "page"), "x")
    told = {**words, "language": "fr", "facts": [], "sections": []}
    assert pdf.pdf_of(told, at=NOW) == pdf.pdf_of(told, at=NOW)
