"""Certificates: for those who were there, for the hours they were there, checked by anybody."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.events.certificates import queries, services
from crm.events.certificates.models import Certificate
from crm.events.checkin import services as doors
from crm.events.checkin.models import Act
from crm.events.checkin.services import Asked
from crm.events.models import Attendance, Event, Registration
from crm.events.services import attendance, seats
from crm.events.services.visitors import Visitor
from crm.mail.models import Delivery

ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)
AFTER = datetime(2026, 3, 9, 9, tzinfo=UTC)


@pytest.fixture
def colloquium(make):
    """Two days, from nine to five."""
    return make.event("Colloque", starts_wall=datetime(2026, 3, 2, 9), ends_wall=datetime(2026, 3, 3, 17))  # noqa: DTZ001


def registered(event, given="Ada"):
    visitor = Visitor(given_name=given, family_name="Lovelace", email=f"{given.lower()}@example.org")
    return seats.ask(event, visitor, mode=None, language="fr", at=FIRST - timedelta(days=9))


def came(event, one, *moments):
    for moment in moments:
        asked = Asked(Act.ENTER, f"{one.badge}{moment}", "Ana", moment)
        doors.note(event, one.badge, asked, at=moment)


def agree(event, minutes=840):
    facts = {"signer_name": "Ana Roux", "signer_function": "Directrice"}
    return services.agree(event, minutes=minutes, by="staff", at=AFTER, **facts)


def test_the_hours_are_those_of_the_days_on_which_somebody_came(session, colloquium):
    both, one_day, marked = (registered(colloquium, name) for name in ("Ada", "Blaise", "Chloe"))
    came(colloquium, both, FIRST, FIRST + timedelta(days=1))
    came(colloquium, one_day, FIRST)
    attendance.mark(colloquium, [marked.id], Attendance.PRESENT, by="staff", at=AFTER)
    agree(colloquium)
    got = [services.issue(one, by="public", at=AFTER).minutes for one in (both, one_day, marked)]
    assert got == [840, 420, 840]


@ON_ONE_ENGINE
def test_the_length_is_proposed_without_the_nights(session, make, colloquium):
    assert queries.usual_minutes(colloquium) == 2 * 8 * 60
    assert queries.usual_minutes(make.event()) == 120
    whole = {"starts_wall": datetime(2026, 3, 2), "ends_wall": datetime(2026, 3, 4), "is_all_day": True}  # noqa: DTZ001
    assert queries.usual_minutes(make.event(**whole)) == 2 * 7 * 60


def test_a_certificate_is_given_once_and_only_to_who_was_there_when_it_is_over(session, colloquium):
    ada = registered(colloquium)
    with pytest.raises(services.NoTerms):
        services.issue(ada, by="public", at=AFTER)
    agree(colloquium)
    with pytest.raises(services.WasNotThere):
        services.issue(ada, by="public", at=AFTER)
    came(colloquium, ada, FIRST)
    with pytest.raises(services.NotOver):
        services.issue(ada, by="public", at=FIRST)
    first = services.issue(ada, by="public", at=AFTER)
    assert services.issue(ada, by="public", at=AFTER).number == first.number


def test_everybody_who_was_there_is_given_one_and_told_once(session, colloquium):
    people = [registered(colloquium, name) for name in ("Ada", "Blaise", "Chloe")]
    for one in people[:2]:
        came(colloquium, one, FIRST)
    agree(colloquium)
    assert services.issue_all(colloquium, by="staff", at=AFTER) == 2
    assert services.issue_all(colloquium, by="staff", at=AFTER) == 0
    kinds = session.scalars(select(Delivery.kind).where(Delivery.kind == services.KIND)).all()
    assert len(kinds) == len(session.scalars(select(Certificate)).all()) == 2


def test_a_number_is_found_however_it_is_typed_and_holds_no_more_when_absence_is_found(session, colloquium):
    ada = registered(colloquium)
    came(colloquium, ada, FIRST)
    agree(colloquium)
    one = services.issue(ada, by="public", at=AFTER)
    typed = one.number.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert queries.by_number(typed).id == one.id
    assert queries.is_good(one)
    attendance.mark(colloquium, [ada.id], Attendance.ABSENT, by="staff", at=AFTER)
    session.expire_all()
    assert not queries.is_good(queries.by_number(one.number))
    for nothing in ("", "0000-0000-0000", "x" * 500, "%", "12345678901é"):
        assert queries.by_number(nothing) is None


def test_it_goes_on_saying_what_it_said(session, colloquium):
    ada = registered(colloquium)
    came(colloquium, ada, FIRST)
    agree(colloquium)
    one = services.issue(ada, by="public", at=AFTER)
    colloquium.title = "Autre titre"
    ada.family_name = "Byron"
    agree(colloquium, 60)
    session.flush()
    assert (one.event_title, one.name, services.issue(ada, by="x", at=AFTER).minutes) == (
        "Colloque", "Ada Lovelace", 420,
    )  # fmt: skip


@ON_ONE_ENGINE
def test_the_person_fetches_theirs_and_anybody_checks_it_and_reads_no_more_than_is_needed(
    client, make, colloquium, monkeypatch
):
    with make.app.app_context():
        event = db.session.merge(colloquium)
        ada = registered(event)
        token, badge = ada.token, ada.badge
        db.session.commit()
    monkeypatch.setattr(clock, "now", lambda: FIRST)
    page = client.get(f"/r/{token}").text
    assert "Votre code pour l’entrée" in page and "<svg" in page and badge not in page
    with make.app.app_context():
        event = db.session.get(Event, colloquium.id)
        came(event, db.session.scalar(select(Registration)), FIRST)
        agree(event)
        db.session.commit()
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    assert "Votre code" not in client.get(f"/r/{token}").text
    assert client.get(f"/r/{token}/certificate.pdf").status_code == 404
    paper = client.submit_and_follow(f"/r/{token}", to="/certificate")
    assert paper.mimetype == "application/pdf" and paper.data.startswith(b"%PDF")
    assert paper.data == client.get(f"/r/{token}/certificate.pdf").data
    with make.app.app_context():
        number = db.session.scalar(select(Certificate.number))
    checked = client.get(f"/certificates?number={number.lower()}", follow_redirects=True)
    assert "Authentique" in checked.text and "Ada Lovelace" in checked.text and "7 heures" in checked.text
    assert "example.org" not in checked.text.partition("<main")[2]
    assert '<meta name="robots" content="noindex">' in checked.text
    assert client.get("/certificates/0000-0000-0000").status_code == 404
    assert "Aucune attestation" in client.get("/certificates?number=nonsense").text


@ON_ONE_ENGINE
def test_staff_say_the_hours_as_the_french_write_them_and_give_everybody_theirs(client, make, monkeypatch):
    nine = datetime(2026, 3, 2, 9)  # noqa: DTZ001
    event = make.event("Rencontre", starts_wall=nine, ends_wall=nine + timedelta(hours=6))
    with make.app.app_context():
        mine = db.session.merge(event)
        came(mine, registered(mine), FIRST)
        db.session.commit()
    address = f"/events/{event.id}/certificates"
    client.as_("staff")
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    assert client.submit(address, hours="0").status_code == 422
    too_long = client.submit(address, hours="6,5")
    assert too_long.status_code == 422 and "L’événement a duré 6 heures" in too_long.text
    assert client.submit(address, hours="5,5", signer_name="Ana Roux").status_code == 302
    told = client.submit_and_follow(address, to="/send")
    assert "1 personne est prévenue par courriel" in told.text
    with make.app.app_context():
        one = db.session.scalar(select(Certificate))
        assert (one.minutes, one.signer_name, one.issued_by) == (330, "Ana Roux", "staff@example.org")
        number, page = one.number, f"/events/{event.id}/registrations/{one.registration_id}"
    assert client.get(f"{page}/certificate.pdf").mimetype == "application/pdf"
    client.submit(page, to="/certificate/withdraw")
    assert "a retirée" in client.get(f"/certificates/{number}").text
    assert "Ada Lovelace" not in client.get(f"/certificates/{number}").text
