"""Papers of an event: the sheet to sign, badges, the list; right with two thousand names and long ones."""

import re
from datetime import datetime, timedelta

import pytest

from crm.events import days
from crm.events.models import Format, Mode
from crm.events.papers import codes, words
from crm.events.papers.facts import Participant
from crm.events.services import seats
from crm.events.services.visitors import Visitor
from crm.web import pdf
from crm.web.models import Export
from tests.make import EARLY
from tests.outbox import send_due

ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LONG = Participant(
    "Marie-Clémentine-Éléonore",
    "de La Rochefoucauld-Montmorency-Bouteville-Luxembourg-Donaudessolemnité",
    "Vice-présidente chargée de la transition numérique, de l’ouverture des données et de l’inclusion",
    "Communauté d’agglomération du Grand Avignon, des pays de Vaucluse et des communes associées du Comtat",
    "0123456789ABCDEFGHJK",
)
# Signs that would be markup if they were read as such, and some that the shipped fonts lack.
ODD = Participant(
    "#set page() $x$ *b* [",
    "_\\ud <script> @ref `raw` 漢字 😀",
    "= 1",
    '#import "x"',
    "Z" * 20,
)


def on(make, starts, ends, **facts):
    return make.event("Rencontre", starts_wall=datetime(*starts), ends_wall=datetime(*ends), **facts)  # noqa: DTZ001


def made(paper, event, rows, **told):
    return words.made(paper, event, rows, house="OpenDataFrance", at=EARLY, **told)


def pages(octets):
    return len(re.findall(rb"/Type\s*/Page\b", octets))


@ON_ONE_ENGINE
def test_half_days_are_counted_where_the_event_is(session, make):
    halves = days.half_days(on(make, (2026, 3, 2, 14), (2026, 3, 4, 12, 30)))
    assert [(half.day.day, half.is_morning) for half in halves] == [
        (2, False), (3, True), (3, False), (4, True),
    ]  # fmt: skip
    assert len(days.half_days(on(make, (2026, 3, 2, 14), (2026, 3, 2, 16)))) == 1
    assert len(days.half_days(on(make, (2026, 3, 2), (2026, 3, 3), is_all_day=True))) == 2


@ON_ONE_ENGINE
def test_the_sheet_has_a_column_to_sign_for_each_half_day(app, make, session):
    def columns(starts, ends):
        return [sheet["columns"] for sheet in words._signing(on(make, starts, ends), [], 0)["sheets"]]

    with app.test_request_context():
        assert columns((2026, 3, 2, 14), (2026, 3, 2, 16)) == [["Signature"]]
        assert columns((2026, 3, 2, 9), (2026, 3, 2, 16)) == [["Matin", "Après-midi"]]
        assert [len(one) for one in columns((2026, 3, 2, 9), (2026, 3, 4, 12))] == [5]
        # Too many to stand side by side: one sheet for each day.
        assert [len(one) for one in columns((2026, 3, 2, 9), (2026, 3, 6, 17))] == [2] * 5


@ON_ONE_ENGINE
@pytest.mark.parametrize("paper", list(words.PAPERS))
def test_papers_are_tagged_and_hold_long_names_and_signs_that_look_like_markup(app, make, session, paper):
    with app.test_request_context():
        octets = made(paper, on(make, (2026, 3, 2, 9), (2026, 3, 2, 16)), [LONG, ODD], blank=2)
        again = made(paper, on(make, (2026, 3, 2, 9), (2026, 3, 2, 16)), [LONG], blank=2)
    assert octets.startswith(b"%PDF") and b"/StructTreeRoot" in octets and pages(octets) == 1
    assert b"pdfuaid" in again, "names in known signs make a paper that PDF/UA readers take"


@ON_ONE_ENGINE
def test_eight_badges_fill_a_sheet(app, make, session):
    event = on(make, (2026, 3, 2, 9), (2026, 3, 2, 16))
    with app.test_request_context():
        assert [pages(made("badges", event, [LONG] * n)) for n in (8, 9, 17)] == [1, 2, 3]


@ON_ONE_ENGINE
def test_two_thousand_names_make_one_sheet(app, make, session):
    with app.test_request_context():
        octets = made("signing", on(make, (2026, 3, 2, 14), (2026, 3, 2, 16)), [LONG] * 2_000)
    assert pages(octets) > 80


def test_the_code_is_drawn_without_styles():
    drawn = codes.svg("0123456789ABCDEFGHJK")
    assert drawn.startswith("<svg") and "style" not in drawn
    assert codes.png("0123456789ABCDEFGHJK").startswith(b"\x89PNG")


def test_what_is_no_lack_of_a_sign_is_not_hidden(tmp_path):
    broken = tmp_path / "broken.typ"
    broken.write_text("#unknown")
    import typst

    with pytest.raises(typst.TypstError):
        pdf.made(broken, {}, at=EARLY)


@ON_ONE_ENGINE
def test_whoever_takes_a_paper_is_written_down(client, make):
    event = on(make, (2026, 3, 2, 9), (2026, 3, 2, 16))
    person = make.person("Ada", "Lovelace")
    client.as_("staff").submit(
        f"/events/{event.id}/registrations/new", to="/known", person=person.name, person_key=str(person.id)
    )
    answer = client.submit(f"/events/{event.id}/papers", paper="signing", who="everybody", blank="3")
    assert answer.mimetype == "application/pdf"
    assert "feuille-d-emargement.pdf" in answer.headers["Content-Disposition"]
    with make.app.app_context():
        from crm.db import db

        taken = db.session.query(Export).one()
        assert (taken.actor, taken.what, taken.format) == ("staff@example.org", f"events:{event.id}", "pdf")
        assert taken.purpose == "À avoir le jour de l’événement"
    assert client.submit(f"/events/{event.id}/papers", paper="signing", purpose="").status_code == 422
    assert client.submit(f"/events/{event.id}/papers", paper="signing", blank="900").status_code == 422
    client.as_("viewer", email="v@example.org")
    assert client.get(f"/events/{event.id}/papers").status_code == 403


@ON_ONE_ENGINE
def test_the_confirmation_brings_the_code_to_whoever_comes_and_to_nobody_who_follows_online(session, make):
    event = make.event("Rencontre", format=Format.HYBRID)
    for name, mode in (("Ada", Mode.ONSITE), ("Blaise", Mode.ONLINE)):
        visitor = Visitor(given_name=name, family_name="Martin", email=f"{name.lower()}@example.org")
        seats.ask(event, visitor, mode=mode, language="fr", at=EARLY)
    messages = {message.to_name: message for message in send_due(at=EARLY + timedelta(hours=1))}
    [code] = messages["Ada Martin"].files
    assert (code.name, code.content[:4]) == ("code.png", b"\x89PNG")
    assert "Le code joint" in messages["Ada Martin"].text
    assert messages["Blaise Martin"].files == ()
    assert "Le code joint" not in messages["Blaise Martin"].text
