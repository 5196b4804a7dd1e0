"""The amendment of a kit in versions, and the one reminder and one question to its readers."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.kits import services as kits
from crm.kits.acting import reminding, results, services
from crm.kits.acting.about import about
from crm.kits.acting.models import KitReader, Reply
from crm.kits.amending import queries as amendments
from crm.kits.amending import services as amending
from crm.kits.amending.models import Outcome
from crm.kits.amending.services import Told, Way
from crm.kits.services import NotALink
from crm.mail import services as outbox
from crm.mail.composers import Claimed, Origin, Suppressed, composer
from crm.mail.models import Delivery, DeliveryState, Purpose
from tests.make import EARLY
from tests.outbox import send_due

DAY = clock.day(EARLY)
WEEK, FORTNIGHT = timedelta(days=7), timedelta(days=14)


# The amendment


def test_a_version_that_somebody_relays_stays_as_it_is(session, make):
    kit, one = make.kit(), session.merge(make.parliamentarian())
    first = amending.write(kit, Told("Un"), by="test", at=EARLY)
    amending.change(first, Told("Un, corrigé"), by="test", at=EARLY)
    amending.relay(first, one, by="test")
    with pytest.raises(amending.AlreadyRelayed):
        amending.change(first, Told("Autre"), by="test", at=EARLY)
    with pytest.raises(amending.RelaysAlready):
        amending.relay(first, one, by="test")
    second = amending.write(kit, Told("Deux"), by="test", at=EARLY)
    assert [(one.number, one.provision) for one in amendments.versions(kit)] == [
        (second.number, "Deux"), (1, "Un, corrigé"),
    ]  # fmt: skip


def test_an_outcome_has_its_day_which_lies_between_tabling_and_today(session, make):
    kit, one = make.kit(), session.merge(make.parliamentarian())
    relay = amending.relay(amending.write(kit, Told("Un"), by="test", at=EARLY), one, by="test")
    for way, refusal in (
        (Way(outcome=Outcome.ADOPTED), amending.OutcomeWithoutDay),
        (Way(outcome_on=DAY), amending.OutcomeWithoutDay),
        (Way(outcome=Outcome.ADOPTED, outcome_on=DAY + timedelta(days=1)), amending.OutcomeBeforeTabling),
        (
            Way(tabled_on=DAY, outcome=Outcome.ADOPTED, outcome_on=DAY - timedelta(days=1)),
            amending.OutcomeBeforeTabling,
        ),
        (Way(link="javascript:alert(1)"), NotALink),
    ):
        with pytest.raises(refusal):
            amending.follow(relay, way, by="test", at=EARLY)
    amending.follow(
        relay, Way(DAY, "II-1680", "https://example.org/a", Outcome.REJECTED, DAY), by="test", at=EARLY
    )
    assert (relay.tabled_number, relay.outcome, relay.outcome_on) == ("II-1680", Outcome.REJECTED, DAY)


def test_the_amendment_goes_its_way_on_the_pages(client, make):
    kit, one = make.kit(amendment="Ancien texte", slug="eau"), make.parliamentarian("Lis", "49-01")
    client.as_("staff")
    base = f"/kits/{kit.id}"
    assert "Ancien texte" in client.get("/k/eau").text
    new = client.submit(f"{base}/amendment/new", article="Après l’article 42", reasons="Parce que.")
    assert new.status_code == 302
    assert client.submit(f"{base}/amendment", to="/relays", name="lis").status_code == 302
    [relay] = [
        part
        for part in client.get(f"{base}/amendment").text.split('"')
        if "/relays/" in part and "remove" not in part
    ]
    followed = client.submit(
        relay, tabled_number="II-1680", tabled_on="2026-01-02", link="https://example.org/a",
        outcome="adopted", outcome_on="2026-01-05",
    )  # fmt: skip
    assert followed.status_code == 302
    for page in ("/k/eau", f"{base}/results", f"/kits/parliament/{one.id}"):
        told = client.get(page).text
        assert "II-1680" in told and "Adopté" in told, page
    assert "Après l’article 42" in client.get("/k/eau").text


# Reminders


def opened(session, make, kit, name="Roux", email="ana@example.org", **facts):
    person = session.merge(make.person("Ana", name, email=email))
    reader = services.reader_of(kit, person, at=EARLY)
    services.opened(reader, at=EARLY)
    session.flush()
    return reader


def mails(session, kind=None):
    rows = session.scalars(select(Delivery).order_by(Delivery.id))
    return [mail for mail in rows if kind is None or mail.kind == kind]


@pytest.fixture
def kit(session, make):
    return session.merge(make.kit())


def test_who_opened_and_did_not_act_is_reminded_after_a_week_once(session, make, kit):
    reader = opened(session, make, kit)
    assert reminding.remind(at=EARLY + WEEK - timedelta(minutes=1)) == 0
    assert reminding.remind(at=EARLY + WEEK) == 1
    assert reminding.remind(at=EARLY + WEEK * 3) == 0
    [mail] = mails(session)
    assert (mail.purpose, mail.address.email) == (Purpose.MOBILISATION, "ana@example.org")
    session.refresh(reader)
    assert reader.reminded_at == EARLY + WEEK


def test_who_wrote_is_not_reminded_but_asked_after_a_fortnight_once_unless_an_answer_was_told(
    session, make, kit
):
    lis = session.merge(make.parliamentarian())
    wrote, told = opened(session, make, kit), opened(session, make, kit, "Bo", "bo@example.org")
    for reader in (wrote, told):
        reader.keeps_name = True
        services.wrote(kit, reader, lis, at=EARLY)
    services.replied(kit, told, lis, Reply.ANSWERED, at=EARLY)
    assert reminding.remind(at=EARLY + WEEK) == 0
    assert reminding.remind(at=EARLY + FORTNIGHT) == 1
    assert reminding.remind(at=EARLY + FORTNIGHT * 2) == 0
    assert [(mail.kind, mail.subject_id) for mail in mails(session)] == [(reminding.ASK, wrote.id)]


def test_who_wrote_under_nobodys_name_is_neither_reminded_nor_asked(session, make, kit):
    reader = opened(session, make, kit)
    reader.acted_at = EARLY
    session.flush()
    assert reminding.remind(at=EARLY + FORTNIGHT) == 0


@pytest.mark.parametrize("way", ["closed", "deadline", "binned", "stranger"])
def test_nobody_is_reminded_of_a_kit_that_is_over_nor_who_is_unknown(session, make, kit, way):
    reader = opened(session, make, kit)
    if way == "closed":
        kits.close(kit, by="test", at=EARLY)
    elif way == "deadline":
        kit.deadline = DAY
    elif way == "binned":
        reader.person.binned_at = EARLY
    else:
        services.disown(reader)
    session.flush()
    assert reminding.remind(at=EARLY + WEEK) == 0


def claimed(mail):
    facts = {name: getattr(mail, name) for name in Claimed.__slots__ if hasattr(mail, name)}
    origin = Origin("maillage@example.org", "Maison", "", "https://example.org")
    return Claimed(**facts, email=mail.address.email, origin=origin)


def letter(app, mail):
    with app.test_request_context():
        [made] = composer(mail.kind)([claimed(mail)])
    return made


def test_the_reminder_leads_to_ones_own_page_and_says_nothing_once_one_acted(app, make, client):
    made, person = make.kit(slug="eau"), make.person("Ana", "Roux", email="ana@example.org")
    with app.app_context():
        kit = db.session.merge(made)
        reader = services.reader_of(kit, db.session.merge(person), at=EARLY)
        services.opened(reader, at=EARLY)
        reminding.remind(at=EARLY + WEEK)
        db.session.commit()
        [mail] = mails(db.session)
        said = letter(app, mail)
        assert said.unsubscribe_url and letter(app, mail).as_bytes() == said.as_bytes()
        token = db.session.scalar(select(KitReader.token))
        assert f"/k/eau/mine/{token}" in said.text
        db.session.get(KitReader, reader.id).acted_at = EARLY
        db.session.commit()
        assert isinstance(letter(app, mail), Suppressed)
    assert "Ana Roux" in client.get(f"/k/eau/mine/{token}").text


def test_an_objection_made_meanwhile_keeps_the_reminder_back(app, make):
    made, person = make.kit(), make.person("Ana", "Roux", email="ana@example.org")
    with app.app_context():
        reader = services.reader_of(db.session.merge(made), db.session.merge(person), at=EARLY)
        services.opened(reader, at=EARLY)
        reminding.remind(at=EARLY + WEEK)
        [mail] = mails(db.session)
        outbox.object_to(mail.address, frozenset({Purpose.MOBILISATION}), source="test", at=EARLY)
        db.session.commit()
        assert send_due(at=EARLY + WEEK) == []
        db.session.refresh(mail)
        assert mail.state is DeliveryState.SUPPRESSED


# Results by place, and one member's page


def test_the_map_shades_departments_by_the_share_written_to(session, make, kit):
    lis = session.merge(make.parliamentarian("Lis", "49-01"))
    for place in ("49-02", "49-03", "75-01"):
        make.parliamentarian("Autre", place)
    for _ in range(2):
        services.wrote(kit, services.reader_of(kit, None, at=EARLY), lis, at=EARLY)
    sums = {one.code: one for one in results.of(kit).by("department")}
    assert (sums["49"].shade, sums["75"].shade) == (2, 0)
    [told] = about(lis)
    assert (told.kit, told.contacted, told.replied) == (kit, 2, 0)


def test_the_results_show_the_map_and_the_members_page_its_kits(client, app, make):
    kit, one = make.kit("Pour l’eau"), make.parliamentarian("Lis", "49-01")
    make.kit_target(kit, one)
    client.as_("staff")
    assert "sur 1 ont reçu" in client.get(f"/kits/{kit.id}/results?by=department").text
    page = client.get(f"/kits/parliament/{one.id}").text
    assert "Pour l’eau" in page and "Rapporteure" in page
