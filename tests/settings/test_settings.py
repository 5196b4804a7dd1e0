"""What the association says of itself, the table of rights, the history, the exports."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from crm import clock
from crm.clock import UnknownZone
from crm.db import db
from crm.history import Change
from crm.settings import services
from crm.settings.models import Association
from crm.web import exports
from crm.web.rights import MEANS, TABLE, Right
from tests.make import EARLY

FACTS = {
    "name": "OpenDataFrance",
    "siret": "732 829 320 00074",
    "zone": "Europe/Paris",
    "contact_email": "Contact@Example.org",
    "website": "https://example.org",
}


def test_the_association_is_described_once(session):
    first = services.describe(**FACTS)
    session.flush()
    second = services.describe(**{**FACTS, "name": "ODF"})
    assert first is second and (second.name, second.siret) == ("ODF", "73282932000074")
    assert second.contact_email == "contact@example.org"


def test_a_siret_that_does_not_check_and_an_unknown_zone_are_refused(session):
    with pytest.raises(services.BadSiret):
        services.describe(**{**FACTS, "siret": "73282932000075"})
    with pytest.raises(UnknownZone):
        services.describe(**{**FACTS, "zone": "Europe/Angers"})


def test_days_begin_in_the_zone_that_the_association_chose(session):
    evening = datetime(2026, 3, 2, 20, tzinfo=UTC)
    assert clock.day(evening) == date(2026, 3, 2)
    services.describe(**{**FACTS, "zone": "Pacific/Noumea"})
    assert clock.day(evening) == date(2026, 3, 3)
    services.describe(**{**FACTS, "zone": "America/Guadeloupe"})
    assert clock.day(datetime(2026, 3, 2, 2, tzinfo=UTC)) == date(2026, 3, 1)


def test_a_new_association_has_the_zone_of_the_settings_file(session, app, monkeypatch):
    monkeypatch.setitem(app.config, "ZONE", "Indian/Reunion")
    assert clock.office().key == "Indian/Reunion"
    assert services.set_up(name="Réunion").zone == "Indian/Reunion"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_directory_has_the_day_of_the_association(client, make, monkeypatch):
    """In Nouméa it is the third already: who left on the second has left."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 2, 20, tzinfo=UTC))
    client.as_("admin", language="en")
    client.submit("/settings/association", **{**FACTS, "zone": "Pacific/Noumea"})
    town = make.organisation("Nouméa")
    make.role(person=make.person("Ana", "Roux"), organisation=town, ends_on=date(2026, 3, 2))
    page = client.get(f"/organisations/{town.id}?tab=own").text
    assert "Nobody here yet" in page and "Earlier" in page


def test_the_page_saves_and_refuses_with_a_sentence(client):
    client.as_("admin")
    page = "/settings/association"
    assert "est enregistré" in client.submit_and_follow(page, **FACTS).text
    for field, typed, sentence in (
        ("siret", "123", "n’est pas un SIRET"),
        ("website", "ftp://x", "commence par https://"),
        ("name", "", "Indiquez le nom"),
    ):
        answer = client.submit(page, **{field: typed})
        assert answer.status_code == 422 and sentence in answer.text
    with client._client.application.app_context():
        assert db.session.scalars(select(Association.name)).all() == ["OpenDataFrance"]


def test_a_form_cannot_turn_the_demonstration_on(client):
    client.as_("admin")
    action, fields = client.filled("/settings/association", **FACTS)
    client.post(action, data={**fields, "is_demo": "1", "id": "7"})
    with client._client.application.app_context():
        association = db.session.scalars(select(Association)).one()
        assert association.is_demo is False


@pytest.mark.parametrize("right", list(Right))
def test_everyone_sees_the_table_of_rights_as_it_is_held(client, right):
    client.as_(right.value, language="en")
    text = client.get("/settings/rights").text
    for sentence in MEANS.values():
        assert sentence in text
    yes = text.count("yes</td>")
    assert yes == sum(len(allowed) for allowed in TABLE.values())


def test_a_viewer_exports_nothing_and_only_an_admin_opens_accounts():
    assert {right for right in Right if "export" not in TABLE[right]} == {Right.WRITER, Right.VIEWER}
    assert {right for right in Right if "accounts" in TABLE[right]} == {Right.ADMIN}
    assert {right for right in Right if "steer" in TABLE[right]} == {Right.ADMIN, Right.DIRECTOR}


def test_every_change_is_in_the_history_with_its_author_and_without_secrets(client, make):
    client.as_("admin")
    client.submit("/settings/association", **FACTS)
    client.submit("/settings/association", name="ODF")
    page = client.get("/settings/changes", query_string={"record": "association"}).text
    assert "admin@example.org" in page and "OpenDataFrance" in page and "ODF" in page
    accounts = client.get("/settings/changes", query_string={"record": "accounts"}).text
    assert "argon2" not in accounts
    assert "OpenDataFrance" not in client.get("/settings/changes?record=people").text
    with client._client.application.app_context():
        last = db.session.scalars(select(Change).order_by(Change.id.desc())).first()
        assert (last.actor, last.act) == ("admin@example.org", "changed")
        assert last.values == {"name": ["OpenDataFrance", "ODF"]}


def test_the_history_is_paged_and_nothing_is_lost_between_pages(client):
    client.as_("admin")
    with client._client.application.app_context():
        for number in range(120):
            db.session.add(
                Change(
                    at=EARLY, actor="cli", act="made", record=f"people:{number}", values={"n": [None, number]}
                )
            )
        db.session.commit()
    from html import unescape
    from re import findall

    seen, url = [], "/settings/changes?record=people"
    while url:
        text = client.get(url).text
        seen += findall(r"record=people:(\d+)|record=people%3A(\d+)", text)
        following = findall(r'rel="next" href="([^"]+)"', text)
        url = unescape(following[0]) if following else None
    assert [int(a or b) for a, b in seen] == list(range(119, -1, -1))


def test_exports_are_listed_with_who_and_how_many(client):
    client.as_("admin")
    with client._client.application.app_context():
        exports.log(
            what="people", chosen="q=ang", format="csv", rows=312, by="ana@example.org", at=clock.now()
        )
        db.session.commit()
    page = client.get("/settings/exports").text
    assert "ana@example.org" in page and "312" in page and "CSV" in page
    assert "ana@example.org" not in client.get("/settings/exports?actor=bob").text.partition("<main")[2]


def test_the_settings_show_each_right_what_it_may_change(client):
    assert "/settings/accounts" in client.as_("admin").get("/settings").text


def test_a_viewer_finds_rights_and_own_account_in_the_settings(client):
    text = client.as_("viewer").get("/settings").text
    assert "/settings/rights" in text and "/settings/accounts" not in text and "/settings/lists" not in text


def test_set_up_from_the_command_line_can_be_run_again(app):
    for _ in range(2):
        assert app.test_cli_runner().invoke(args=["settings", "set-up"]).exit_code == 0
    with app.app_context():
        assert len(db.session.scalars(select(Association)).all()) == 1


def test_mail_is_signed_with_the_name_on_the_settings_page(app):
    from crm.db import db
    from crm.mail import tasks
    from crm.settings import services

    with app.app_context():
        services.set_up(name="OpenDataFrance")
        db.session.flush()
        assert tasks.origin(app.config).name == "OpenDataFrance"
