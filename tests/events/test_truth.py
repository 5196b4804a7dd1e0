"""Invitations that stay true: taken back and repeated, left out and meant; what a change says first."""

from datetime import datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from crm.directory import queries as directory
from crm.events.models import Answer, Invitation, Registration
from crm.events.queries import audience
from crm.events.queries.audience import Excluded, Standing
from crm.events.services import agenda, inviting, seats, telling
from crm.mail.models import Delivery, DeliveryState
from tests.make import EARLY
from tests.outbox import send_due

LATE = EARLY + timedelta(days=1)
ONCE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def everyone(filter=""):
    return directory.people_filtered(filter, day=EARLY.date())


def invite(event, filter="", at=EARLY, **facts):
    return inviting.invite(event, everyone(filter), by="staff@example.org", at=at, **facts)


def of(session, person):
    session.expire_all()
    return session.scalars(select(Invitation).where(Invitation.person_id == person.id)).one()


def left(session, at):
    """The mails that leave, with the method and sequence of their calendar entry."""
    session.commit()
    told = []
    for message in send_due(at=at):
        entry = Calendar.from_ical(message.ics).events[0] if message.ics else {}
        told.append((message.to, message.method, int(entry.get("SEQUENCE", -1)), message.subject))
    return told


def move(event, at):
    starts = datetime(2030, 6, 12, 16)  # noqa: DTZ001  (a wall)
    agenda.change(event, by="staff", at=at, starts_wall=starts, ends_wall=starts + timedelta(hours=2))
    telling.of_change(event, by="staff", at=at)


def test_who_is_invited_after_a_change_gets_a_first_invitation_with_the_present_sequence(session, make):
    event = make.event("Webinaire")
    first, later = make.person(email="ada@example.org"), make.person(email="blaise@example.org")
    invite(event, f"chosen={first.id}")
    left(session, EARLY)
    move(event, LATE)
    left(session, LATE)
    invite(event, f"chosen={later.id}", at=LATE)
    [(to, method, sequence, subject)] = left(session, LATE)
    assert (to, method, sequence) == ("blaise@example.org", "REQUEST", 1)
    assert subject.startswith("Invitation")


def test_an_invitation_that_is_taken_back_leaves_the_calendar_of_that_person_alone(session, make):
    event = make.event("Webinaire")
    ada, _other = make.person(email="ada@example.org"), make.person(email="blaise@example.org")
    invite(event)
    left(session, EARLY)
    assert inviting.uninvite(of(session, ada), by="staff", at=LATE)
    session.commit()
    [message] = send_due(at=LATE)
    entry = Calendar.from_ical(message.ics).events[0]
    assert (message.to, message.method, int(entry["SEQUENCE"])) == ("ada@example.org", "CANCEL", 1)
    assert "STATUS" not in entry
    assert telling.told(event) == 1
    with pytest.raises(inviting.Uninvited):
        inviting.answer(of(session, ada), Answer.ACCEPTED, at=LATE)
    move(event, LATE)
    assert [to for to, *_ in left(session, LATE)] == ["blaise@example.org"]


def test_who_is_invited_again_gets_a_newer_entry_than_the_one_taken_back(session, make):
    event = make.event()
    ada = make.person(email="ada@example.org")
    invite(event)
    left(session, EARLY)
    inviting.uninvite(of(session, ada), by="staff", at=LATE)
    left(session, LATE)
    assert inviting.invite_again(of(session, ada), by="staff", at=LATE) == 1
    [(_to, method, sequence, subject)] = left(session, LATE)
    assert (method, sequence, subject[:10]) == ("REQUEST", 2, "Invitation")
    registration = inviting.answer(of(session, ada), Answer.ACCEPTED, at=LATE)
    [(_to, method, sequence, _subject)] = left(session, LATE)
    assert (method, sequence) == ("REQUEST", 2)
    seats.withdraw(registration, by="public", at=LATE)
    assert left(session, LATE)[0][1:3] == ("CANCEL", 3)


def test_what_has_not_left_is_taken_back_without_a_word(session, make):
    event = make.event()
    ada = make.person()
    invite(event)
    assert not inviting.uninvite(of(session, ada), by="staff", at=EARLY)
    assert left(session, LATE) == []
    assert session.scalars(select(Delivery.state)).all() == [DeliveryState.CANCELLED]


@ONCE
def test_whoever_has_a_seat_is_not_uninvited(session, make):
    event = make.event()
    ada = make.person()
    invite(event)
    inviting.answer(of(session, ada), Answer.ACCEPTED, at=EARLY)
    with pytest.raises(inviting.IsRegistered):
        inviting.uninvite(of(session, ada), by="staff", at=EARLY)


def test_who_declined_is_left_out_unless_meant(session, make):
    event = make.event()
    ada = make.person(email="ada@example.org")
    invite(event)
    left(session, EARLY)
    inviting.answer(of(session, ada), Answer.DECLINED, at=EARLY)
    considered = audience.considered(event, everyone(), day=EARLY.date())
    assert audience.counted(considered) == {Excluded.DECLINED: 1}
    with pytest.raises(inviting.NobodyToInvite):
        invite(event, at=LATE)
    assert invite(event, at=LATE, asking=[Excluded.DECLINED]) == 1
    assert of(session, ada).answer == Answer.NONE
    assert left(session, LATE)[0][1:3] == ("REQUEST", 1)


def test_who_was_invited_three_times_in_vain_is_left_out_unless_meant(session, make):
    silent, lively = make.person(email="ada@example.org"), make.person(email="blaise@example.org")
    for number in range(audience.VAIN):
        event = make.event()
        at = EARLY + timedelta(days=number)
        invite(event, at=at)
        if number == 1:
            row = select(Invitation).where(Invitation.person_id == lively.id, Invitation.event_id == event.id)
            inviting.answer(session.scalars(row).one(), Answer.DECLINED, at=at)
    event = make.event()
    considered = audience.considered(event, everyone(), day=EARLY.date())
    assert audience.counted(considered) == {None: 1, Excluded.IN_VAIN: 1}
    [left_out] = audience.named(considered, most=5)[Excluded.IN_VAIN]
    assert left_out.person_id == silent.id
    assert invite(event, at=LATE + timedelta(days=9), asking=[Excluded.IN_VAIN]) == 2


@ONCE
def test_all_who_share_a_mailbox_are_invited_when_that_is_meant(session, make):
    for name in ("Ada", "Blaise", "Carl"):
        make.person(name, "Martin", email="mairie@example.org")
    event = make.event()
    assert invite(event) == 1
    assert invite(event, at=LATE, asking=[Excluded.SHARED]) == 2


@ONCE
def test_what_came_back_is_a_list_of_its_own(session, make):
    event = make.event()
    make.person(), make.person()
    invite(event)
    session.scalars(select(Delivery).order_by(Delivery.id)).first().state = DeliveryState.BOUNCED
    session.flush()
    assert audience.numbers(event, Standing.BOUNCED, Standing.NONE) == (1, 2)
    [row] = session.execute(audience.invited(event, standing=Standing.BOUNCED)).all()
    assert row.delivery == DeliveryState.BOUNCED


def test_a_new_title_is_told_when_somebody_says_so_and_not_before(session, make):
    event = make.event("Webinaire")
    make.person(email="ada@example.org")
    invite(event)
    left(session, EARLY)
    assert agenda.change(event, by="staff", at=LATE, title="Webinaire santé") == frozenset()
    assert event.words_changed_at == LATE
    assert left(session, LATE) == []
    assert telling.of_words(event, by="staff", at=LATE) == 1
    assert left(session, LATE)[0][1:3] == ("REQUEST", 1)
    with pytest.raises(telling.AlreadyTold):
        telling.of_words(event, by="staff", at=LATE)


@ONCE
def test_the_page_of_a_change_shows_what_each_group_reads_and_writes_nothing(client, make):
    make.person("Ada", "Lovelace", email="ada@example.org")
    event = make.event("Webinaire")
    client.as_("staff")
    client.submit(f"/events/{event.id}/invite", to="/invite", sure="9")
    edit = f"/events/{event.id}/edit"
    asked = client.submit(edit, to="/edit", starts="2030-06-12T17:30", ends="2030-06-12T19:00")
    assert asked.status_code == 422
    assert "de 17\u202fh\u202f30 à 19\u202fh\u202f00" in asked.text and "SEQUENCE:1" in asked.text
    assert "REQUEST · SEQUENCE 1" in asked.text
    # Nobody answers for somebody else: the secret links are left out.
    assert "/i/…" in asked.text
    with make.app.app_context():
        from crm.db import db

        assert db.session.get(type(event), event.id).sequence == 0
        for delivery in db.session.scalars(select(Delivery)):
            delivery.state = DeliveryState.ACCEPTED
        db.session.commit()
    shown = client.get(f"/events/{event.id}/cancel").text
    assert "METHOD:CANCEL" in shown and "ada@example.org" in shown


@ONCE
def test_an_invitation_is_taken_back_and_repeated_on_its_page(client, make):
    make.person("Ada", "Lovelace", email="ada@example.org")
    event = make.event("Webinaire")
    client.as_("staff")
    client.submit(f"/events/{event.id}/invite", to="/invite", sure="9")
    with make.app.app_context():
        from crm.db import db

        key = db.session.scalars(select(Invitation.id)).one()
    page = f"/events/{event.id}/invitations/{key}/uninvite"
    assert "n’êtes plus invité" in client.get(page).text
    client.submit(page, to="/uninvite")
    assert "Invitation retirée" in client.get(f"/events/{event.id}/invitations?answer=uninvited").text
    client.submit(f"/events/{event.id}/invitations?answer=uninvited", to="/again")
    assert "ada@example.org" in client.get(f"/events/{event.id}/invitations?answer=none").text


@ONCE
def test_a_reminder_is_planned_shown_and_taken_away(client, make):
    event = make.event("Webinaire")
    client.as_("staff")
    page = f"/events/{event.id}/reminders"
    done = client.submit_and_follow(page, to="/reminders", readers="registered", number="1", unit="hours")
    assert "une heure avant" in done.text
    assert "une heure avant" in client.get(f"/events/{event.id}").text
    refused = client.submit(page, to="/reminders", readers="present", number="1", unit="hours")
    assert refused.status_code == 422 and "Les remerciements partent" in refused.text


@ONCE
def test_my_calendar_has_a_secret_address_that_can_be_taken_back(client, make):
    from crm.events.models import EventState, Visibility

    event = make.event("Bureau", visibility=Visibility.INVITATION, join_url="https://visio.example.org/a")
    make.event("Brouillon", state=EventState.DRAFT)
    make.event("Colloque annulé", state=EventState.CANCELLED)
    client.as_("staff")
    client.submit("/events/calendars", to="/agenda/give")
    with make.app.app_context():
        from crm.db import db
        from crm.events.feeds.models import Feed

        token = db.session.scalars(select(Feed.token)).one()
    address = f"/calendar/{token}.ics"
    answer = client.get(address)
    entries = {str(one["SUMMARY"]): one for one in Calendar.from_ical(answer.data).events}
    assert set(entries) == {"Bureau", "Colloque annulé"}
    assert entries["Colloque annulé"]["STATUS"] == "CANCELLED"
    assert b"visio.example.org" in answer.data and b"ATTENDEE" not in answer.data
    tag = answer.headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    client.submit(f"/events/{event.id}/edit", to="/edit", title="Bureau élargi")
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 200
    client.submit("/events/calendars", to="/agenda/revoke")
    assert client.get(address).status_code == 404


@ONCE
def test_my_events_are_those_i_planned_and_those_that_expect_me(session, make):
    from crm.events.feeds import queries, services
    from crm.events.feeds.models import Scope

    me = make.account("staff", email="ana@example.org")
    person = make.person(email="ana@example.org")
    invited, declined = make.event("Invitée"), make.event("Déclinée")
    make.event("Des autres")
    make.event("Prévue par moi", created_by="ana@example.org")
    invite(invited, f"chosen={person.id}")
    invite(declined, f"chosen={person.id}", at=LATE)
    row = select(Invitation).where(Invitation.event_id == declined.id)
    inviting.answer(session.scalars(row).one(), Answer.DECLINED, at=LATE)
    feed = services.give(me, Scope.MINE, at=EARLY)
    shown = {event.title for event in session.scalars(queries.entries(feed, at=EARLY))}
    assert shown == {"Invitée", "Prévue par moi"}
    me.is_open = False
    session.flush()
    assert queries.by_token(feed.token) is None


@ONCE
def test_a_stranger_of_the_calendars_is_let_in_on_the_page(client, make):
    event = make.event("Webinaire")
    reply = make.calendar_reply(event)
    client.as_("staff")
    assert "n’était pas invité" in client.get("/events/replies").text
    client.submit(f"/events/replies/{reply.id}", to="/register", given_name="Bob", family_name="Noyce")
    with make.app.app_context():
        from crm.db import db

        assert db.session.scalars(select(Registration.source)).all() == ["calendar"]
    assert "Réglée à la main" in client.get(f"/events/replies/{reply.id}").text
