"""A calendar asks for its entry: its reader gets what holds now, once, seldom; nobody else does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from sqlalchemy import select

from crm.directory import queries as directory
from crm.events.models import Answer, Invitation, Registration, Seat
from crm.events.own import erasing
from crm.events.own import queries as own
from crm.events.replies import addresses, again, matching, services
from crm.events.replies.models import CalendarReply, ReplyAddress, ReplyState
from crm.events.services import agenda, inviting, seats, telling
from crm.events.services.visitors import Visitor
from crm.mail import services as outbox
from crm.mail.incoming import taking
from crm.mail.models import Delivery, DeliveryState, Purpose
from tests.events.answers import BASE, calendar, mail
from tests.make import EARLY
from tests.outbox import send_due

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
SAMPLE = (Path(__file__).parent / "received" / "refresh.eml").read_text()
ONCE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def known(app, tmp_path):
    there = {"FILING_FOLDER": tmp_path / "filing", "REPLIES_FOLDER": tmp_path, "REPLIES_ADDRESS": BASE}
    return {**app.config, **there, "MAIL_AUTHSERV": "mx.example.org"}


@pytest.fixture
def event(session, make):
    """Ada is invited, and her invitation has left."""
    make.person("Ada", "Lovelace", email="ada@example.org")
    event = make.event("Webinaire")
    inviting.invite(event, directory.people_filtered("", day=EARLY.date()), by="staff@example.org", at=EARLY)
    session.commit()
    send_due(at=EARLY)
    return event


def secret(session, event):
    given = session.scalar(select(ReplyAddress).where(ReplyAddress.event_id == event.id))
    return addresses.written(BASE, given.token)


def request(session, event, number=0, **heads):
    """The mail of a calendar that asks; each number is another request."""
    written = SAMPLE.format(to=secret(session, event), uid=event.uid)
    written = written.replace("20260303T090040Z", f"20260303T0900{40 + number}Z")
    lines = [f"{name.replace('_', '-')}: {value}\n" for name, value in heads.items()]
    return ("".join(lines) + written).encode()


def come(known, *mails, at=NOW):
    for number, raw in enumerate(mails):
        (Path(known["REPLIES_FOLDER"]) / f"request{number}.eml").write_bytes(raw)
    return taking.take_all(known, at=at)


def sent(at=NOW):
    """The messages that leave, each with its METHOD and its entry."""
    found = []
    for message in send_due(at=at):
        read = Calendar.from_ical(message.ics) if message.ics else None
        found.append((message, read["METHOD"] if read else "", read.events[0] if read else None))
    return found


def replies(session):
    session.expire_all()
    return list(session.scalars(select(CalendarReply).order_by(CalendarReply.id)))


def invitation(session):
    session.expire_all()
    return session.scalars(select(Invitation)).one()


def test_who_was_invited_gets_the_invitation_as_it_stands_now_and_has_answered_nothing(session, known, event):
    agenda.change(event, by="staff", at=NOW, venue="Mairie d’Angers")
    session.commit()
    assert come(known, request(session, event)) == {"taken": 1}
    [(message, method, entry)] = sent()
    assert (message.to, method) == ("ada@example.org", "REQUEST")
    assert message.subject.startswith("L’entrée pour votre agenda")
    assert (entry["UID"], entry["SEQUENCE"]) == (event.uid, 0)
    assert "Mairie d’Angers" in entry["LOCATION"]
    assert entry["ATTENDEE"] == "mailto:ada@example.org"
    assert entry["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert entry["ORGANIZER"] == f"mailto:{secret(session, event)}"
    [reply] = replies(session)
    assert (reply.state, reply.reason, reply.answer) == (ReplyState.TAKEN, services.SENT_AGAIN, "")
    assert invitation(session).answer == Answer.NONE


@ONCE
def test_the_entry_says_what_its_reader_had_answered(session, known, event):
    inviting.answer(invitation(session), Answer.DECLINED, at=EARLY)
    session.commit()
    come(known, request(session, event))
    assert sent()[0][2]["ATTENDEE"].params["PARTSTAT"] == "DECLINED"
    inviting.answer(invitation(session), Answer.ACCEPTED, at=NOW)
    session.commit()
    sent()
    come(known, request(session, event, 1), at=NOW)
    [(_message, method, entry)] = sent()
    assert (method, entry["ATTENDEE"].params["PARTSTAT"]) == ("REQUEST", "ACCEPTED")


@ONCE
def test_a_seat_that_was_given_back_leaves_the_calendar_anew(session, known, event):
    inviting.answer(invitation(session), Answer.ACCEPTED, at=EARLY)
    inviting.answer(invitation(session), Answer.DECLINED, at=EARLY)
    session.commit()
    [(_told, _method, gone)] = sent(at=EARLY)
    come(known, request(session, event))
    [(_message, method, entry)] = sent()
    assert (method, entry["SEQUENCE"]) == ("CANCEL", gone["SEQUENCE"])
    inviting.invite_again(invitation(session), by="staff", at=NOW)
    session.commit()
    [(_message, _method, anew)] = sent()
    come(known, request(session, event, 1))
    [(_message, method, entry)] = sent()
    assert (method, entry["SEQUENCE"]) == ("REQUEST", anew["SEQUENCE"])


@ONCE
@pytest.mark.parametrize("off", [agenda.cancel, agenda.postpone])
def test_an_event_that_is_off_is_called_off_again(session, known, event, off):
    off(event, by="staff", at=NOW)
    session.commit()
    come(known, request(session, event))
    [(message, method, entry)] = sent()
    assert (method, entry["STATUS"], entry["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)
    assert message.subject.startswith("Annulé" if off is agenda.cancel else "Reporté")


@ONCE
def test_who_waits_is_told_the_place_in_the_queue(session, known, event):
    event.capacity = 1
    visitor = Visitor(given_name="Blaise", family_name="Pascal", email="blaise@example.org")
    seats.ask(event, visitor, mode=None, language="fr", at=EARLY)
    inviting.answer(invitation(session), Answer.ACCEPTED, at=EARLY)
    session.commit()
    send_due(at=EARLY)
    come(known, request(session, event))
    [(message, method, _entry)] = sent()
    assert (message.to, method) == ("ada@example.org", "")
    assert message.subject.startswith("Sur la liste d’attente")


# Once, seldom, and to nobody else


def test_the_same_request_is_followed_once(session, known, event):
    raw = request(session, event)
    come(known, raw)
    assert come(known, raw) == {"again": 1}
    assert len(sent()) == 1


def test_one_address_is_sent_a_few_within_a_day_and_again_on_the_next(session, known, event):
    many = [request(session, event, number) for number in range(again.MOST + 1)]
    assert come(known, *many) == {"taken": again.MOST, "set_aside": 1}
    assert len(sent()) == again.MOST
    assert replies(session)[-1].reason == again.TooOften.text
    late = NOW + timedelta(hours=25)
    assert come(known, request(session, event, 9), at=late) == {"taken": 1}


@ONCE
@pytest.mark.parametrize(
    "heads",
    [{"Auto_Submitted": "auto-generated"}, {"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}],
)
def test_a_machine_that_writes_by_itself_is_sent_nothing(session, known, event, heads):
    assert come(known, request(session, event, **heads)) == {"set_aside": 1}
    assert (sent(), replies(session)[0].reason) == ([], services.AUTOMATIC)


@ONCE
def test_a_stranger_who_asks_waits_for_a_person(session, known, event):
    raw = request(session, event).replace(b"ada@example.org", b"bob@example.net")
    assert come(known, raw) == {"waiting": 1}
    assert (sent(), replies(session)[0].reason) == ([], matching.STRANGER)


@ONCE
def test_without_the_secret_address_it_is_sent_only_by_hand(session, client, known, event):
    raw = request(session, event).replace(secret(session, event).encode(), BASE.encode())
    assert come(known, raw) == {"waiting": 1}
    assert (sent(), replies(session)[0].reason) == ([], matching.UNPROVEN)
    facts = {"by": "staff@example.org", "at": NOW}
    services.send_again(replies(session)[0], **facts)
    session.commit()
    [(message, _method, _entry)] = sent()
    assert message.to == "ada@example.org"
    [reply] = replies(session)
    assert (reply.state, reply.decided_by) == (ReplyState.SETTLED, "staff@example.org")
    with pytest.raises(services.Settled):
        services.send_again(reply, **facts)


@ONCE
def test_an_objection_made_since_is_respected(session, known, event):
    outbox.object_to(invitation(session).address, {Purpose.INVITATION}, source="staff", at=EARLY)
    session.commit()
    come(known, request(session, event))
    assert sent() == []
    states = session.scalars(select(Delivery.state).where(Delivery.kind == again.KIND)).all()
    assert states == [DeliveryState.SUPPRESSED]


@ONCE
@pytest.mark.parametrize("is_registered", [False, True])
def test_an_address_that_takes_no_mail_is_not_written_to_again(session, known, event, is_registered):
    if is_registered:
        inviting.answer(invitation(session), Answer.ACCEPTED, at=EARLY)
        session.commit()
        send_due(at=EARLY)
    outbox.hold(invitation(session).address, reason="5.1.1", at=EARLY)
    session.commit()
    come(known, request(session, event))
    assert sent() == []
    states = session.scalars(select(Delivery.state).where(Delivery.kind == again.KIND)).all()
    assert states == [DeliveryState.SUPPRESSED]


@ONCE
def test_after_the_event_nothing_is_sent(session, known, event):
    late = event.ends_at + timedelta(hours=1)
    assert come(known, request(session, event), at=late) == {"outdated": 1}
    assert replies(session)[0].reason == seats.EventOver.text


# What it leaves of answers


@ONCE
def test_asking_makes_no_answer_of_before_too_late_and_one_to_what_was_sent_anew_counts(
    session, known, event
):
    to = secret(session, event)
    come(known, request(session, event), at=NOW)
    earlier = mail(calendar(event.uid, answer="DECLINED", stamp="20260303T083000Z"), to=to)
    assert come(known, earlier, at=NOW) == {"taken": 1}
    starts = datetime(2030, 6, 19, 14)  # noqa: DTZ001  (a wall)
    agenda.change(event, by="staff", at=NOW, starts_wall=starts, ends_wall=starts + timedelta(hours=2))
    session.commit()
    late = NOW + timedelta(hours=1)
    come(known, request(session, event, 1), at=late)
    raw = mail(calendar(event.uid, stamp="20260303T113000Z"), to=to)
    assert come(known, raw, at=NOW + timedelta(hours=2)) == {"taken": 1}
    assert invitation(session).answer == Answer.ACCEPTED


@ONCE
def test_who_is_erased_keeps_nothing_of_it(session, known, event):
    inviting.answer(invitation(session), Answer.ACCEPTED, at=EARLY)
    session.commit()
    send_due(at=EARLY)
    come(known, request(session, event))
    registration = session.scalars(select(Registration)).one()
    assert registration.seat is Seat.CONFIRMED
    assert [one.kind for one in own.messages(registration)] == [again.KIND, telling.SEAT]
    [(message, _method, _entry)] = sent()
    names = erasing.erase(registration, at=NOW)
    assert message.message_id.partition("@")[0] in names
    [about] = session.scalars(select(Delivery).where(Delivery.kind == again.KIND))
    assert (about.person_id, about.facts) == (None, {})


@ONCE
def test_the_page_shows_what_was_asked_and_offers_to_send_it(client, make):
    person, event = make.person("Ada", "Lovelace"), make.event("Webinaire")
    facts = {"state": ReplyState.WAITING, "method": again.METHOD, "stamp": NOW, "came_at": NOW}
    reply = make.add(
        CalendarReply(
            key="one", reason=matching.UNKNOWN_EVENT, event_id=event.id, person_id=person.id, **facts
        )
    )
    client.as_("staff")
    assert "Demande l’entrée" in client.get("/events/replies").text
    page = client.get(f"/events/replies/{reply.id}").text
    assert f"/events/replies/{reply.id}/send" in page
    assert "Demande\xa0: Ada Lovelace</h1>" in page and "qui a demandé" in page
    assert "Noter cette réponse" not in page
