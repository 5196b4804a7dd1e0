"""The “Ready?” list of an event: each thing that is missing is said, and gone when it is mended."""

from datetime import timedelta

import pytest

from crm.events import ready
from crm.events.models import Answer, Attendance, EventKind, EventState, Format, Visibility
from crm.events.programme import queries as programme
from crm.events.queries import agenda as events
from crm.events.ready import Stage
from crm.events.services import seats
from crm.events.services.visitors import Standing
from tests.make import EARLY

# What no engine decides.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def missing(session, make):
    """What the event's next step waits for at that instant, in English; the step must be the one named."""

    def look(event, stage, at=EARLY):
        session.flush()
        with make.app.test_request_context("/?lang=en"):
            found = ready.missing(event, events.figures(event), at=at)
            assert found is not None and found.stage is stage
            assert all(one.href.startswith(f"/events/{event.id}") for one in found.missing)
            return {one.sentence: one.must for one in found.missing}

    return look


def kind_of_event(make):
    number = make.number()
    return make.add(EventKind(slug=f"kind-{number}", name_fr="Atelier", name_en="Workshop")).id


def draft(make, **facts):
    """A draft that lacks nothing."""
    facts = {"description": "Pour tous", "venue": "Mairie", "kind_id": kind_of_event(make), **facts}
    return make.event(state=EventState.DRAFT, **facts)


def test_a_draft_that_lacks_nothing_is_ready_to_open(missing, make):
    assert missing(draft(make), Stage.OPEN) == {}


@pytest.mark.parametrize(
    ("lacking", "said", "mended"),
    [
        ({"description": ""}, "The description is empty", {"description": "Pour qui"}),
        ({"kind_id": None}, "Its kind is not chosen", {"kind_id": ...}),
        ({"venue": ""}, "It has no place yet", {"city": "Angers"}),
        (
            {"format": Format.HYBRID},
            "People who take part online have no link",
            {"join_url": "https://visio.example.org"},
        ),
    ],
)
def test_what_a_draft_lacks_is_said_until_it_is_there(missing, make, lacking, said, mended):
    event = draft(make, **lacking)
    [sentence] = missing(event, Stage.OPEN)
    assert sentence.startswith(said)
    for name, fact in mended.items():
        setattr(event, name, kind_of_event(make) if fact is ... else fact)
    assert missing(event, Stage.OPEN) == {}


def test_a_link_to_join_is_needed_in_the_last_week(missing, make):
    event = draft(make, format=Format.ONLINE)
    assert list(missing(event, Stage.OPEN).values()) == [False]
    assert list(missing(event, Stage.OPEN, at=event.starts_at - timedelta(days=6)).values()) == [True]


def test_a_postponed_event_waits_for_its_new_date(missing, make):
    event = draft(make)
    event.state = EventState.POSTPONED
    [(sentence, must)] = missing(event, Stage.OPEN).items()
    assert sentence.startswith("Its new date is not known") and must
    event.state = EventState.DRAFT
    assert missing(event, Stage.OPEN) == {}


def move(part, by):
    for end in ("starts_wall", "ends_wall", "starts_at", "ends_at"):
        setattr(part, end, getattr(part, end) + by)


def test_overlaps_and_sessions_outside_the_hours_are_said(missing, make, session):
    event, ada = draft(make), make.person("Ada", "Lovelace")
    first = make.programme_session(event, ada)
    second = make.programme_session(event, ada, title="En même temps")
    assert any("overlap" in sentence for sentence in missing(event, Stage.OPEN))
    move(second, timedelta(hours=1))
    assert missing(event, Stage.OPEN) == {}
    move(first, -timedelta(hours=3))
    assert any("outside the hours" in sentence for sentence in missing(event, Stage.OPEN))
    move(first, timedelta(hours=3))
    assert missing(event, Stage.OPEN) == {}


def test_an_open_event_waits_for_its_invitations(missing, make):
    event = draft(make)
    event.state = EventState.OPEN
    assert missing(event, Stage.INVITE) == {"Nobody is invited yet.": False}
    event.visibility = Visibility.INVITATION
    assert missing(event, Stage.INVITE) == {"Nobody is invited yet.": True}
    make.invitation(event, make.person(), answer=Answer.ACCEPTED)
    assert missing(event, Stage.HOLD) == {}


def test_speakers_who_were_not_asked_did_not_answer_or_declined_are_said(missing, make):
    event = draft(make)
    event.state = EventState.OPEN
    make.invitation(event, make.person(), answer=Answer.ACCEPTED)
    make.programme_session(event, make.person("Ada", "Lovelace"))
    [speaker] = programme.speakers(event)
    for facts, said in (
        ({}, "was not asked to speak"),
        ({"asked_at": EARLY}, "asked to speak has not answered"),
        ({"answer": Answer.DECLINED}, "declined: find somebody else"),
    ):
        for name, fact in facts.items():
            setattr(speaker, name, fact)
        [sentence] = missing(event, Stage.HOLD)
        assert said in sentence
    speaker.answer = Answer.ACCEPTED
    assert missing(event, Stage.HOLD) == {}


def test_invited_people_who_have_not_answered_are_counted(missing, make):
    event = draft(make)
    event.state = EventState.OPEN
    invitation = make.invitation(event, make.person())
    assert missing(event, Stage.HOLD) == {"1 invited person has not answered.": False}
    invitation.answer = Answer.DECLINED
    assert missing(event, Stage.HOLD) == {}


def test_after_the_event_who_came_is_asked_for_then_the_documents(missing, make):
    event = draft(make)
    event.state, after = EventState.OPEN, event.ends_at + timedelta(hours=1)
    registration = seats.register(
        event, make.person(), mode=None, address=None, standing=Standing(),
        language="fr", source="staff", at=EARLY,
    )  # fmt: skip
    make.programme_session(event)
    found = missing(event, Stage.ATTEND, at=after)
    assert [must for must in found.values()] == [True, False]
    event.state = EventState.HELD
    [sentence] = missing(event, Stage.ATTEND, at=after)
    assert sentence.startswith("Of 1 registered person nobody knows")
    registration.attendance = Attendance.PRESENT
    assert missing(event, Stage.CLOSE, at=after) == {"No document of the sessions is kept yet.": False}
    make.event_document(event)
    assert missing(event, Stage.CLOSE, at=after) == {}


def test_of_a_cancelled_event_nothing_is_missing(make, session):
    event = make.event(state=EventState.CANCELLED)
    with make.app.test_request_context():
        assert ready.missing(event, events.figures(event), at=EARLY) is None
