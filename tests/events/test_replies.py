"""Answers of calendars: whose they are, which one counts, what waits for a person, what is set aside."""

import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from icalendar import Calendar
from sqlalchemy import func, select

from crm.directory import queries as directory
from crm.events.models import Answer, Format, Invitation, Mode, Registration, Seat
from crm.events.replies import addresses, matching, services
from crm.events.replies.models import CalendarReply, ReplyAddress, ReplyState
from crm.events.replies.reading import Unreadable
from crm.events.services import agenda, inviting, seats, telling
from crm.events.services.visitors import Visitor
from crm.mail.incoming import taking
from crm.mail.models import Delivery
from tests.events.answers import BASE, apple, calendar, mail, outlook, thunderbird
from tests.make import EARLY
from tests.outbox import send_due

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
ONCE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def known(app, tmp_path):
    there = {"FILING_FOLDER": tmp_path / "filing", "REPLIES_FOLDER": tmp_path, "REPLIES_ADDRESS": BASE}
    return {**app.config, **there, "MAIL_AUTHSERV": "mx.example.org"}


@pytest.fixture
def event(session, make):
    """Ada is invited, and her invitation has left."""
    make.person("Ada", "Lovelace", email="ada@example.org", organisation=make.organisation("Ville d’Angers"))
    event = make.event("Webinaire")
    people = directory.people_filtered("", day=EARLY.date())
    inviting.invite(event, people, by="staff@example.org", at=EARLY)
    session.commit()
    send_due(at=EARLY)
    return event


def secret(session, event, email="ada@example.org"):
    """The address that this person's calendar answers to."""
    address = session.scalar(
        select(ReplyAddress)
        .join(ReplyAddress.address)
        .where(ReplyAddress.event_id == event.id, ReplyAddress.address.has(email=email))
    )
    return addresses.written(BASE, address.token)


def come(known, *mails, at=NOW):
    for number, raw in enumerate(mails):
        (Path(known["REPLIES_FOLDER"]) / f"answer{number}.eml").write_bytes(raw)
    return taking.take_all(known, at=at)


def move(event, *, day, hour):
    starts = datetime(2030, 6, day, hour)  # noqa: DTZ001  (a wall)
    agenda.change(event, by="staff", at=NOW, starts_wall=starts, ends_wall=starts + timedelta(hours=2))


def invitation(session):
    session.expire_all()
    return session.scalars(select(Invitation).order_by(Invitation.id)).first()


def only(session):
    session.expire_all()
    return session.scalars(select(CalendarReply)).one()


# Each reader has an address of his own


def test_the_organizer_is_the_readers_own_address_and_stays_so(session, make, event):
    before = Calendar.from_ical(_messages(session, event)[0].ics).events[0]["ORGANIZER"]
    assert before == f"mailto:{secret(session, event)}"
    move(event, day=12, hour=15)
    telling.of_change(event, by="staff", at=NOW)
    session.commit()
    [changed] = send_due(at=NOW)
    assert Calendar.from_ical(changed.ics).events[0]["ORGANIZER"] == before
    inviting.answer(invitation(session), Answer.ACCEPTED, at=NOW)
    session.commit()
    [seat] = send_due(at=NOW + timedelta(hours=1))
    assert Calendar.from_ical(seat.ics).events[0]["ORGANIZER"] == before


def _messages(session, event):
    from crm.mail.models import DeliveryState

    for delivery in session.scalars(select(Delivery)):
        delivery.state = DeliveryState.QUEUED
    session.commit()
    return send_due(at=EARLY)


# Programs


SHAPES = {
    "outlook": lambda uid, to: mail(outlook(uid), to=to, inside="body"),
    "google": lambda uid, to: mail(calendar(uid), to=to, twice=True, Auto_Submitted="auto-generated"),
    "apple": lambda uid, to: mail(apple(uid), to=to),
    "thunderbird": lambda uid, to: mail(thunderbird(uid), to=to),
    "attached": lambda uid, to: mail(calendar(uid), to=to, inside="attachment"),
    "without method": lambda uid, to: mail(calendar(uid, method=""), to=to, inside="attachment"),
    "delivered": lambda uid, to: mail(calendar(uid), to="events <x@example.org>", Delivered_To=to),
    "written in capitals": lambda uid, to: mail(outlook(uid, attendee="ADA@Example.ORG"), to=to.upper()),
}


@ONCE
@pytest.mark.parametrize("shape", SHAPES)
def test_an_acceptance_of_each_program_gives_a_seat_as_the_page_does(session, known, event, shape):
    assert come(known, SHAPES[shape](event.uid, secret(session, event))) == {"taken": 1}
    registration = session.scalars(select(Registration)).one()
    assert (registration.seat, registration.organisation_name) == (Seat.CONFIRMED, "Ville d’Angers")
    assert (invitation(session).answer, invitation(session).answered_by) == (Answer.ACCEPTED, "calendar")
    assert [d.kind for d in session.scalars(select(Delivery).order_by(Delivery.id))] == [
        telling.INVITATION, telling.SEAT,
    ]  # fmt: skip
    assert not list(Path(known["REPLIES_FOLDER"]).glob("*.eml"))


def test_the_same_answer_twice_is_one(session, known, event):
    raw = mail(calendar(event.uid), to=secret(session, event), twice=True)
    come(known, raw)
    assert come(known, raw) == {"again": 1}
    assert session.scalar(select(func.count()).select_from(CalendarReply)) == 1
    assert session.scalar(select(func.count()).select_from(Registration)) == 1


def test_the_last_answer_counts_whatever_the_order_in_which_they_come(session, known, event):
    to = secret(session, event)
    later = mail(calendar(event.uid, answer="DECLINED", stamp="20260303T093000Z"), to=to)
    come(known, later)
    assert come(known, mail(calendar(event.uid, stamp="20260303T090000Z"), to=to)) == {"outdated": 1}
    assert invitation(session).answer == Answer.DECLINED
    reasons = session.scalars(select(CalendarReply.reason).order_by(CalendarReply.id)).all()
    assert reasons == ["", services.NEWER_KNOWN]


def test_declining_gives_the_seat_back_to_whoever_waits(session, make, known, event):
    event.capacity = 1
    inviting.answer(invitation(session), Answer.ACCEPTED, at=EARLY)
    visitor = Visitor(given_name="Blaise", family_name="Pascal", email="blaise@example.org")
    waiting = seats.ask(event, visitor, mode=None, language="fr", at=EARLY)
    session.commit()
    come(known, mail(calendar(event.uid, answer="DECLINED"), to=secret(session, event)))
    session.refresh(waiting)
    assert waiting.seat == Seat.CONFIRMED
    assert invitation(session).answer == Answer.DECLINED


def test_accepting_for_a_full_event_is_waiting(session, known, event):
    event.capacity = 1
    visitor = Visitor(given_name="Blaise", family_name="Pascal", email="blaise@example.org")
    seats.ask(event, visitor, mode=None, language="fr", at=EARLY)
    session.commit()
    come(known, mail(calendar(event.uid), to=secret(session, event)))
    assert seats.of_person(event, invitation(session).person).seat == Seat.WAITING


def test_whoever_registered_without_an_invitation_withdraws_by_calendar(session, make, known):
    event = make.event("Webinaire")
    visitor = Visitor(given_name="Blaise", family_name="Pascal", email="blaise@example.org")
    registration = seats.ask(event, visitor, mode=None, language="fr", at=EARLY)
    session.commit()
    to = secret(session, event, "blaise@example.org")
    raw = mail(
        calendar(event.uid, attendee="blaise@example.org", answer="DECLINED"),
        to=to,
        sender="blaise@example.org",
    )
    assert come(known, raw) == {"taken": 1}
    session.refresh(registration)
    assert registration.seat == Seat.WITHDRAWN


@ONCE
def test_a_hybrid_event_seats_who_answers_by_calendar_on_site(session, known, event):
    event.format = Format.HYBRID
    session.commit()
    come(known, mail(calendar(event.uid), to=secret(session, event)))
    assert session.scalars(select(Registration)).one().mode == Mode.ONSITE


@ONCE
def test_perhaps_is_kept_and_answers_nothing(session, known, event):
    assert come(known, mail(calendar(event.uid, answer="TENTATIVE"), to=secret(session, event))) == {
        "taken": 1
    }
    assert invitation(session).answer == Answer.NONE
    assert only(session).reason == services.PERHAPS


def test_an_answer_to_the_former_date_is_kept_as_such_and_changes_nothing(session, known, event):
    to = secret(session, event)
    move(event, day=19, hour=14)
    telling.of_change(event, by="staff", at=NOW)
    session.commit()
    late = NOW + timedelta(hours=1)
    raw = mail(calendar(event.uid, stamp="20260303T103000Z"), to=to)
    assert come(known, raw, at=late) == {"outdated": 1}
    assert (only(session).reason, invitation(session).answer) == (services.OLD_DATE, Answer.NONE)
    newer = mail(calendar(event.uid, sequence=1, stamp="20260303T104000Z"), to=to)
    assert come(known, newer, at=late) == {"taken": 1}
    assert invitation(session).answer == Answer.ACCEPTED


@ONCE
def test_a_change_of_place_leaves_earlier_answers_worth_something(session, known, event):
    agenda.change(event, by="staff", at=NOW, venue="Mairie")
    telling.of_change(event, by="staff", at=NOW)
    session.commit()
    raw = mail(calendar(event.uid), to=secret(session, event))
    assert come(known, raw, at=NOW + timedelta(hours=1)) == {"taken": 1}


@ONCE
def test_what_was_answered_on_the_page_since_stays(session, known, event):
    inviting.answer(invitation(session), Answer.DECLINED, at=NOW)
    session.commit()
    raw = mail(calendar(event.uid, stamp="20260303T090000Z"), to=secret(session, event))
    assert come(known, raw, at=NOW + timedelta(hours=1)) == {"outdated": 1}
    assert (only(session).reason, invitation(session).answer) == (services.ANSWERED_SINCE, Answer.DECLINED)


@ONCE
def test_a_clock_that_is_ahead_does_not_win_for_ever(session, known, event):
    to = secret(session, event)
    come(known, mail(calendar(event.uid, stamp="20360101T000000Z"), to=to))
    later = mail(calendar(event.uid, answer="DECLINED", stamp="20260303T110000Z"), to=to)
    assert come(known, later, at=NOW + timedelta(hours=2)) == {"taken": 1}
    assert invitation(session).answer == Answer.DECLINED


@ONCE
def test_an_answer_after_the_event_began_or_was_called_off_is_kept_as_too_late(session, known, event):
    agenda.cancel(event, by="staff", at=NOW)
    session.commit()
    assert come(known, mail(calendar(event.uid), to=secret(session, event))) == {"outdated": 1}
    assert only(session).reason == seats.EventCancelled.text


@ONCE
def test_acceptance_when_registration_is_closed_waits_for_a_person(session, known, event):
    agenda.close(event, by="staff", at=NOW)
    session.commit()
    assert come(known, mail(calendar(event.uid), to=secret(session, event))) == {"waiting": 1}
    assert only(session).reason == seats.RegistrationClosed.text


# Who is believed


PASSED = "mx.example.org; dkim=pass header.d=example.org; spf=fail"
FORGED = "evil.example; dkim=pass header.d=example.org"


@ONCE
@pytest.mark.parametrize(
    ("heads", "became"),
    [
        ({}, "waiting"),
        ({"Authentication_Results": PASSED}, "taken"),
        ({"Authentication_Results": FORGED}, "waiting"),
        ({"Authentication_Results": "mx.example.org; dkim=fail header.d=example.org"}, "waiting"),
        ({"Authentication_Results": "mx.example.org; dkim=pass header.d=mailer.example"}, "waiting"),
        (
            {
                "Authentication_Results": "mx.example.org; dmarc=pass header.from=example.org",
                "sender": "eve@example.net",
            },
            "waiting",
        ),
    ],
)
def test_without_the_secret_address_our_own_server_must_say_who_sent_it(session, known, event, heads, became):
    assert come(known, mail(calendar(event.uid), **heads)) == {became: 1}
    assert (invitation(session).answer == Answer.ACCEPTED) is (became == "taken")
    if became == "waiting":
        assert only(session).reason == matching.UNPROVEN


@ONCE
def test_a_forged_result_below_that_of_our_server_is_not_read(session, known, event):
    raw = mail(calendar(event.uid))
    raw = (
        b"Authentication-Results: mx.example.org; dkim=none\r\nAuthentication-Results: "
        + PASSED.encode()
        + b"\r\n"
        + raw
    )
    assert come(known, raw) == {"waiting": 1}


@ONCE
def test_who_was_passed_the_invitation_on_waits_for_a_person(session, known, event):
    raw = mail(
        calendar(event.uid, attendee="bob@example.net"), to=secret(session, event), sender="bob@example.net"
    )
    assert come(known, raw) == {"waiting": 1}
    assert only(session).reason == matching.STRANGER
    assert invitation(session).answer == Answer.NONE
    assert session.scalar(select(func.count()).select_from(Registration)) == 0


@ONCE
def test_another_address_of_the_same_person_is_the_same_person(session, make, known, event):
    from crm.directory.models import PersonAddress

    person = invitation(session).person
    make.add(PersonAddress(person_id=person.id, address_id=make.address("ada@perso.example").id))
    session.commit()
    raw = mail(
        calendar(event.uid, attendee="ada@perso.example"),
        to=secret(session, event),
        sender="ada@perso.example",
    )
    assert come(known, raw) == {"taken": 1}


@ONCE
def test_an_assistant_answers_for_whom_he_works(session, known, event):
    text = calendar(event.uid, params=';SENT-BY="mailto:secretariat@example.org"')
    raw = mail(text, to=secret(session, event), sender="secretariat@example.org")
    assert come(known, raw) == {"taken": 1}


@ONCE
def test_the_address_of_another_event_answers_for_none(session, make, known, event):
    other = make.event("Autre")
    visitor = Visitor(given_name="Ada", family_name="Lovelace", email="ada@example.org")
    seats.ask(other, visitor, mode=None, language="fr", at=EARLY)
    session.commit()
    assert come(known, mail(calendar(event.uid), to=secret(session, other))) == {"waiting": 1}
    assert only(session).reason == matching.OTHER_EVENT
    assert invitation(session).answer == Answer.NONE


@ONCE
def test_two_who_share_a_mailbox_are_told_apart_by_name_or_wait(session, make, known):
    for name in ("Ada", "Blaise"):
        make.person(name, "Martin", email="mairie@example.org")
    event = make.event("Webinaire")
    people = directory.people_filtered("", day=EARLY.date())
    inviting.invite(event, people, asking=inviting.audience.CHOOSABLE, by="staff", at=EARLY)
    session.commit()
    to = secret(session, event, "mairie@example.org")
    named = calendar(event.uid, attendee="mairie@example.org").replace("CN=Ada", "CN=Blaise Martin")
    assert come(known, mail(named, to=to, sender="mairie@example.org")) == {"taken": 1}
    assert session.scalars(select(Registration)).one().given_name == "Blaise"
    nameless = calendar(event.uid, attendee="mairie@example.org", answer="DECLINED")
    assert come(known, mail(nameless, to=to, sender="mairie@example.org")) == {"waiting": 1}


# What waits


@ONCE
def test_delegation_and_another_time_wait_for_a_person(session, known, event):
    to = secret(session, event)
    delegated = calendar(event.uid, answer="DELEGATED", params=';DELEGATED-TO="mailto:bob@example.net"')
    counter = calendar(event.uid, answer="TENTATIVE", method="COUNTER")
    assert come(known, mail(delegated, to=to), mail(counter, to=to)) == {"waiting": 2}
    first, second = session.scalars(select(CalendarReply).order_by(CalendarReply.id))
    assert (first.reason, first.facts["delegate"]) == (matching.DELEGATED, "bob@example.net")
    assert (second.reason, second.proposed["starts"]) == (matching.COUNTER, "2030-06-12T12:00:00+00:00")
    assert invitation(session).answer == Answer.NONE


@ONCE
def test_an_answer_to_an_invitation_that_was_taken_back_waits(session, known, event):
    to = secret(session, event)
    inviting.uninvite(invitation(session), by="staff", at=NOW)
    session.commit()
    assert come(known, mail(calendar(event.uid), to=to)) == {"waiting": 1}
    assert only(session).reason == matching.TAKEN_BACK


def test_a_stranger_is_let_in_by_hand_once(session, known, event):
    raw = mail(
        calendar(event.uid, attendee="bob@example.net"), to=secret(session, event), sender="bob@example.net"
    )
    come(known, raw)
    reply = only(session)
    visitor = Visitor(given_name="Bob", family_name="Noyce", email="bob@example.net")
    facts = {"mode": None, "version": reply.version, "by": "staff@example.org", "at": NOW}
    registration = services.register(reply, visitor, **facts)
    assert (registration.seat, registration.source) == (Seat.CONFIRMED, "calendar")
    assert (reply.state, reply.decided_by) == (ReplyState.SETTLED, "staff@example.org")
    with pytest.raises(services.Settled):
        services.dismiss(reply, by="staff@example.org", at=NOW)


@ONCE
def test_an_unproven_answer_is_noted_by_hand(session, known, event):
    come(known, mail(calendar(event.uid)))
    reply = only(session)
    facts = {"mode": None, "version": reply.version, "by": "staff@example.org", "at": NOW}
    services.note(reply, Answer.ACCEPTED, **facts)
    assert invitation(session).answered_by == "staff@example.org"
    assert session.scalars(select(Registration)).one().seat == Seat.CONFIRMED


# What is set aside, and never answered


def absence():
    message = EmailMessage()
    message["From"], message["To"] = "ada@example.org", BASE
    message["Subject"], message["Auto-Submitted"] = "Absente jusqu’au 9", "auto-replied"
    message.set_content("Je suis absente.")
    return message.as_bytes()


def report():
    message = EmailMessage()
    message["From"], message["To"], message["Return-Path"] = "MAILER-DAEMON@example.net", BASE, "<>"
    message.set_content("Your message could not be delivered.")
    message.set_type("multipart/report")
    return message.as_bytes()


ASIDE = {
    "an absence note": (absence, services.AUTOMATIC),
    "a report of the post": (report, services.AUTOMATIC),
    "words alone": (lambda: mail("", inside="none"), services.NO_CALENDAR),
    "an invitation of theirs": (
        lambda: mail(calendar("x", method="REQUEST", answer="NEEDS-ACTION")), services.NOT_AN_ANSWER,
    ),
    "a cancellation of theirs": (lambda: mail(calendar("x", method="CANCEL")), services.NOT_AN_ANSWER),
    "garbage": (lambda: mail("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n\x00;;"), Unreadable.text),
    "an object without an end": (
        lambda: mail("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x\r\n"),
        Unreadable.text,
    ),
}  # fmt: skip


@ONCE
@pytest.mark.parametrize("what", ASIDE)
def test_what_is_no_answer_is_set_aside_with_the_reason_and_nothing_is_sent(session, known, event, what):
    before = session.scalar(select(func.count()).select_from(Delivery))
    made, reason = ASIDE[what]
    assert come(known, made()) == {"set_aside": 1}
    assert only(session).reason == reason
    assert session.scalar(select(func.count()).select_from(Delivery)) == before
    assert invitation(session).answer == Answer.NONE


@ONCE
def test_twenty_megabytes_and_ten_thousand_events_are_set_aside_at_once(session, known, event):
    one = calendar(event.uid)
    body = one[one.index("BEGIN:VEVENT") : one.index("END:VCALENDAR")]
    many = one.replace(body, body * 10_000)[: answers_most(body)]
    large = mail(calendar(event.uid), to=secret(session, event)) + b"\r\n" + b"x" * 20_000_000
    began = time.process_time()
    assert come(known, mail(many), large) == {"set_aside": 2}
    assert time.process_time() - began < 5
    assert invitation(session).answer == Answer.NONE


def answers_most(body):
    return len(body) * 10_001


@ONCE
def test_an_answer_to_what_is_not_ours_waits_and_changes_nothing(session, known, event):
    assert come(known, mail(calendar("somebody-elses@example.net"))) == {"waiting": 1}
    assert only(session).reason == matching.UNKNOWN_EVENT


@ONCE
def test_what_was_set_aside_goes_after_a_month(session, known, event):
    come(known, absence())
    services.forget(at=NOW + timedelta(days=31))
    assert session.scalar(select(func.count()).select_from(CalendarReply)) == 0


@ONCE
def test_mail_to_be_filed_is_left_to_those_who_file(session, known, event):
    raw = mail(
        calendar("x", method="REQUEST"),
        to="x@example.org",
        Delivered_To="journal+0123456789abcdef0123@example.org",
    )
    assert come(known, raw) == {"refused": 1}
    assert session.scalar(select(func.count()).select_from(CalendarReply)) == 0


def test_two_workers_that_read_the_same_answer_take_it_once(session, known, event, monkeypatch):
    """The second looked before the first had committed: the database holds them apart."""
    raw = mail(calendar(event.uid), to=secret(session, event))
    come(known, raw)
    monkeypatch.setattr(services, "known", lambda key: None)
    assert come(known, raw) == {"again": 1}
    assert session.scalar(select(func.count()).select_from(CalendarReply)) == 1


@ONCE
def test_the_page_marks_which_answers_it_shows(client):
    client.as_("staff")
    pages = [client.get(f"/events/replies{query}").text for query in ("", "?state=set_aside")]
    waiting, aside = (page.partition('class="choice"')[2] for page in pages)
    assert waiting.count('aria-current="true"') == aside.count('aria-current="true"') == 1
    assert "Aucune réponse en attente" in waiting
    assert "un mois" in aside and "Aucune réponse en attente" not in aside
