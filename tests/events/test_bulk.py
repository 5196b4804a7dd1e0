"""Many people registered for an event at once: no seat too many, nobody written to, taken back exactly."""

import pytest
from sqlalchemy import func, select

from crm.events.bulk import NoEvent
from crm.events.models import Attendance, Invitation, Registration, Seat
from crm.mail.models import Delivery
from tests.directory.test_bulk import everything, press, seen, undo


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
