"""Many people registered for an event at once, or their invitations prepared: no seat too many, nobody is
written to, all of it taken back exactly."""

import pytest
from sqlalchemy import func, select

from crm.events.bulk import NoEvent
from crm.events.models import (
    Answer,
    Attendance,
    EventState,
    Invitation,
    PreparedInvitation,
    Registration,
    Seat,
)
from crm.events.services import inviting, preparing, seats, visitors
from crm.events.views.agenda import blueprint
from crm.mail.models import Delivery
from crm.relations.models import Act, Note
from tests.directory.test_bulk import everything, press, seen, undo
from tests.make import EARLY


@pytest.fixture(autouse=True)
def _in_a_page(app, request):
    if "client" in request.fixturenames:
        yield
        return
    with app.test_request_context():
        yield


def asked(event):
    return f"{event.id}-onsite" if event.format == "onsite" else f"{event.id}-online"


def of_seat(session, seat):
    return session.scalar(select(func.count(Registration.id)).where(Registration.seat == seat))


def test_seats_are_given_while_there_are_some_and_the_others_wait_and_nobody_is_written_to(session, make):
    event = make.event(capacity=2)
    for _ in range(5):
        make.person()
    before = everything(session)
    act = press(session, "enrol", asked=asked(event))
    assert (act.done, of_seat(session, Seat.CONFIRMED), of_seat(session, Seat.WAITING)) == (5, 2, 3)
    assert session.scalar(select(func.count(Delivery.id))) == 0
    undo(session, act)
    assert act.undone == 5
    assert everything(session) == before


def test_who_is_registered_already_is_left_out_with_the_reason(session, make):
    event, ada = make.event(), make.person("A", "Ada")
    press(session, "enrol", asked=asked(event), chosen=(ada.id,))
    make.person("B", "Bob")
    preview = seen("enrol", asked=asked(event))
    assert (preview.total, preview.left_out) == (1, {"registered": 1})
    assert [name for _id, name in preview.left_examples["registered"]] == ["A Ada"]


def test_what_somebody_changed_since_is_kept_when_the_act_is_taken_back(session, make):
    event, ada, _bob = make.event(), make.person("A", "Ada"), make.person("B", "Bob")
    act = press(session, "enrol", asked=asked(event))
    hers = session.scalar(select(Registration).where(Registration.person_id == ada.id))
    hers.attendance = Attendance.EXCUSED
    undo(session, act)
    assert act.undone == 1
    assert session.scalars(select(Registration.person_id)).all() == [ada.id]


def test_an_event_that_is_not_offered_is_refused(session, make):
    make.person()
    for wrong in ("", "99-online", "x", "1-nowhere"):
        with pytest.raises(NoEvent):
            seen("enrol", asked=wrong)
    assert session.scalar(select(func.count(Invitation.id))) == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_before_the_button_the_page_says_how_many_seats_are_left(client, make):
    event, ada = make.event("Forum", capacity=3), make.person("A", "Ada")
    client.as_("staff", language="en")
    look = client.submit("/people/", to="/selected", chosen=[str(ada.id)], act="enrol").location
    look = f"{look}&what={asked(event)}"
    assert "3 seats left" in client.get(look).text
    result = client.submit_and_follow(look)
    assert "seats left" not in result.text.split("<main")[1]
    assert "Forum" in result.text
    client.submit(result.request.path, to="/undo")


def register(event, person):
    standing = visitors.main_standing(person, EARLY.date())
    facts = {"mode": None, "address": None, "language": "fr", "source": "staff"}
    return seats.register(event, person, standing=standing, at=EARLY, **facts)


def test_each_one_registered_has_the_line_in_the_log_that_a_single_registration_writes(session, make):
    event, town = make.event(), make.organisation()
    alone, many = make.role(organisation=town).person, make.role(organisation=town).person
    register(event, alone)
    press(session, "enrol", asked=asked(event), chosen=(many.id,))
    noted = {
        one.person_id: (one.act, one.subject, one.title, one.organisation_id, one.at)
        for one in session.scalars(select(Note).where(Note.act == Act.REGISTERED))
    }
    assert noted[many.id] == noted[alone.id] == (
        Act.REGISTERED, f"events:{event.id}", event.title, town.id, EARLY,
    )  # fmt: skip


def prepared(session):
    return set(session.scalars(select(PreparedInvitation.person_id)))


def test_invitations_are_prepared_and_nobody_is_written_to_until_they_are_sent(session, make):
    event, town = make.event(state=EventState.DRAFT), make.organisation()
    ada = make.person("Ada", email="ada@example.org")
    make.role(person=ada, organisation=town)
    silent = make.person("Bob", email="")
    before = everything(session)
    act = press(session, "prepare", asked=str(event.id))
    assert (act.done, prepared(session)) == (2, {ada.id, silent.id})
    assert seen("prepare", asked=str(event.id)).left_out == {"prepared": 2}
    assert session.scalar(select(func.count(Delivery.id))) == 0
    with pytest.raises(inviting.NotInvitable):
        preparing.send(event, at_most=2, by="staff@example.org", at=EARLY)
    undo(session, act)
    assert everything(session) == before

    event.state = EventState.OPEN
    press(session, "prepare", asked=str(event.id))
    make.person("Cy", email="cy@example.org")
    assert preparing.send(event, at_most=1, by="staff@example.org", at=EARLY) == 1
    assert session.scalars(select(Invitation.person_id)).all() == [ada.id]
    assert session.scalars(select(Delivery.person_id)).all() == [ada.id]
    noted = session.execute(select(Note.person_id, Note.organisation_id).where(Note.act == Act.INVITED))
    assert noted.all() == [(ada.id, town.id)]
    # Whoever has no address yet is still meant.
    assert prepared(session) == {silent.id}


def test_what_was_sent_meanwhile_is_not_taken_back_with_the_preparing(session, make):
    event = make.event()
    ada, bob = (make.person(name, email=f"{name}@example.org") for name in ("ada", "bob"))
    act = press(session, "prepare", asked=str(event.id))
    only = select(type(ada)).where(type(ada).id == ada.id)
    inviting.invite(event, only, by="staff@example.org", at=EARLY)
    assert prepared(session) == {bob.id}
    undo(session, act)
    assert (act.undone, prepared(session)) == (1, set())
    assert session.scalars(select(Invitation.person_id)).all() == [ada.id]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_who_is_invited_registered_or_declined_is_not_prepared_and_the_reason_told(session, make):
    event = make.event()
    invited, declined, comes = (make.person(name) for name in ("A", "B", "C"))
    make.invitation(event, invited)
    make.invitation(event, declined, answer=Answer.DECLINED)
    register(event, comes)
    preview = seen("prepare", asked=str(event.id))
    assert (preview.total, preview.left_out) == (0, {"invited": 1, "declined": 1, "registered": 1})
    event.state = EventState.CANCELLED
    session.flush()
    with pytest.raises(NoEvent):
        seen("prepare", asked=str(event.id))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_event_shows_what_is_prepared_and_one_press_sends_it(client, make, monkeypatch):
    event, ada, bob = (
        make.event("Forum"),
        make.person("Ada", email="ada@example.org"),
        make.person("Bob", email=""),
    )
    client.as_("staff", language="en")
    chosen = [str(ada.id), str(bob.id)]
    look = client.submit("/people/", to="/selected", chosen=chosen, act="prepare").location
    client.submit(f"{look}&what={event.id}")
    page = f"/events/{event.id}"
    assert "2 invitations are prepared and not sent." in client.get(page).text
    whom = client.get(f"{page}/prepared").text
    assert "No e-mail address" in whom and "Send 1 invitation" in whom
    monkeypatch.setattr(blueprint, "UNASKED", 0)
    # So many that a box is ticked first: the button leads there.
    assert (
        "Send the invitations…" in client.get(page).text and "Send 1 invitation" not in client.get(page).text
    )
    monkeypatch.undo()
    sent = client.submit_and_follow(page, to="/prepared")
    assert "1 person is invited" in sent.text
    assert "1 invitation is prepared and not sent." in sent.text
    client.submit(f"{page}/prepared", to="/leave-out")
    assert "prepared and not sent" not in client.get(page).text
