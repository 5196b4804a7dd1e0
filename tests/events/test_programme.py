"""Programmes: sessions within the event, people printed as they were, their own answers, documents."""

import io
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from crm.db import db
from crm.errors import Changed
from crm.events.models import Answer, EventState
from crm.events.programme import queries, services
from crm.events.programme.models import Document, Does, ProgrammeSession, Room, Speaker
from crm.events.services import agenda, telling
from tests.make import EARLY
from tests.outbox import send_due

DAY = timedelta(days=1)


def wall(hour, minute=0, day=12):
    return datetime(2030, 6, day, hour, minute)  # noqa: DTZ001


def told(title="Ouverture", starts=None, ends=None, room="", description=""):
    starts = starts or wall(14)
    return services.Told(
        title=title,
        starts_wall=starts,
        ends_wall=ends or starts + DAY / 48,
        room=room,
        description=description,
    )


def add(event, *people, does=Does.SPEAKS, **facts):
    return services.add(event, told(**facts), [services.Voice(one, does) for one in people], at=EARLY)


def test_a_session_lies_within_its_event_and_rooms_are_known_by_name(session, make):
    event = make.event()
    add(event, room="Salle A")
    add(event, title="Suite", starts=wall(15), room="salle a")
    assert session.scalar(select(func.count()).select_from(Room)) == 1
    for starts, ends in ((wall(13), wall(15)), (wall(15), wall(17)), (wall(9, day=13), wall(10, day=13))):
        with pytest.raises(services.OutsideTheEvent):
            add(event, starts=starts, ends=ends)
    with pytest.raises(services.EndsBeforeItStarts):
        add(event, starts=wall(15), ends=wall(15))


def test_a_speaker_is_printed_with_the_function_held_when_named(session, make):
    commune = make.organisation("Angers")
    person = make.person("Ada", "Lovelace", organisation=commune, function="Maire")
    event = make.event()
    add(event, person)
    for role in person.roles:
        role.function = "Ancienne maire"
    session.flush()
    [speaker] = queries.speakers(event)
    assert (speaker.function, speaker.organisation_name) == ("Maire", "Angers")


def test_what_cannot_be_at_once_is_pointed_out(session, make):
    event, ada = make.event(), make.person("Ada", "Lovelace")
    one = add(event, ada, room="A", starts=wall(14), ends=wall(15))
    other = add(event, ada, room="A", starts=wall(14, 30), ends=wall(15, 30), title="Atelier")
    after = add(event, ada, room="A", starts=wall(15, 30), ends=wall(16), title="Fin")
    shown = queries.sessions(event)
    assert shown == [one, other, after]
    found = queries.clashes(shown)
    assert {(clash.is_room, clash.what) for clash in found} == {(True, "A"), (False, "Ada Lovelace")}
    assert all((clash.one, clash.other) == (one, other) for clash in found)
    [speaker] = queries.speakers(event)
    services.note_answer(speaker, Answer.DECLINED, at=EARLY)
    assert [clash.is_room for clash in queries.clashes(shown)] == [True]


def test_nobody_is_named_twice_in_a_session(session, make):
    ada = make.person("Ada", "Lovelace")
    with pytest.raises(services.TwiceInASession):
        add(make.event(), ada, ada)


def test_the_programme_moves_with_its_event(session, make):
    event = make.event()
    one = add(event, starts=wall(15), ends=wall(15, 30))
    agenda.change(event, starts_wall=wall(9, day=13), ends_wall=wall(11, day=13), by="staff", at=EARLY)
    assert (one.starts_wall, one.ends_wall) == (wall(10, day=13), wall(10, 30, day=13))
    agenda.change(event, ends_wall=wall(10, day=13), by="staff", at=EARLY)
    assert queries.outside(event, queries.sessions(event)) == [one]


def test_the_hour_that_clocks_leave_out_is_refused(session, make):
    event = make.event(starts_wall=datetime(2030, 3, 31, 1), ends_wall=datetime(2030, 3, 31, 8))  # noqa: DTZ001
    with pytest.raises(services.SkippedStart):
        add(event, starts=datetime(2030, 3, 31, 2, 30), ends=datetime(2030, 3, 31, 4))  # noqa: DTZ001


def test_speakers_are_asked_once_and_answer_by_themselves(session, make):
    ada = make.person("Ada", "Lovelace", email="ada@example.org", language="en")
    silent = make.person("Blaise", "Pascal", email="")
    event = make.event("Colloque")
    add(event, ada, title="Ouverture", room="Salle A")
    add(event, silent, title="Clôture", starts=wall(15))
    assert services.ask(event, queries.speakers(event), by="staff", at=EARLY) == 1
    [message] = send_due(at=EARLY + DAY)
    assert message.subject == "Would you speak at “Colloque”?"
    assert "Ouverture (Salle A)" in message.text and "?answer=accepted" in message.text
    with pytest.raises(services.NobodyToAsk):
        services.ask(event, queries.speakers(event), by="staff", at=EARLY + DAY)
    speaker = next(one for one in queries.speakers(event) if one.person_id == ada.id)
    assert not queries.is_printed(speaker)
    services.answer(speaker, Answer.ACCEPTED, said="Avec plaisir", at=EARLY + DAY)
    assert queries.is_printed(speaker)
    with pytest.raises(services.NothingToAnswer):
        services.answer(speaker, Answer.DECLINED, at=event.starts_at)
    assert speaker.answer is Answer.ACCEPTED


@pytest.mark.parametrize(
    ("what", "subject"),
    [("moved", "Changed: Colloque"), ("off", "Cancelled: Colloque"), ("postponed", "Postponed: Colloque")],
)
def test_speakers_hear_what_becomes_of_the_event_but_not_those_who_declined(session, make, what, subject):
    event = make.event("Colloque")
    for name in ("Ada", "Blaise"):
        add(event, make.person(name, "X", email=f"{name.lower()}@example.org", language="en"), title=name)
    services.ask(event, queries.speakers(event), by="staff", at=EARLY)
    send_due(at=EARLY)
    services.answer(queries.speakers(event)[1], Answer.DECLINED, at=EARLY)
    if what == "moved":
        agenda.change(event, starts_wall=wall(13), by="staff", at=EARLY)
        telling.of_change(event, by="staff", at=EARLY)
    elif what == "off":
        agenda.cancel(event, by="staff", at=EARLY)
        telling.of_cancellation(event, by="staff", at=EARLY)
    else:
        agenda.postpone(event, by="staff", at=EARLY)
        telling.of_postponement(event, by="staff", at=EARLY)
    assert [(one.to, one.subject) for one in send_due(at=EARLY + DAY)] == [("ada@example.org", subject)]


def test_who_speaks_nowhere_any_more_leaves_the_programme_unless_asked(session, make):
    event = make.event()
    ada, alan = make.person("Ada", "L"), make.person("Alan", "T")
    one = add(event, ada, alan)
    services.ask(event, [queries.speakers(event)[0]], by="staff", at=EARLY)
    services.change(one, told(), (), at=EARLY)
    assert [speaker.person_id for speaker in queries.speakers(event)] == [ada.id]


def test_two_people_who_change_a_session_at_once_are_told(session, make):
    one = add(make.event())
    services.change(one, told(title="Autre"), (), seen=one.version, at=EARLY)
    with pytest.raises(Changed):
        services.change(one, told(title="Encore"), (), seen=1, at=EARLY)


def test_staff_make_a_programme_and_the_public_reads_it(client, make):
    make.person("Ada", "Lovelace", organisation=make.organisation("Angers"), function="Maire")
    event = make.event("Colloque", state=EventState.OPEN)
    client.as_("staff")
    page = f"/events/{event.id}/programme"
    client.submit_and_follow(
        f"{page}/new",
        title="Ouverture",
        starts="2030-06-12T14:00",
        ends="2030-06-12T14:30",
        room="Amphi",
        **{"voices-0-name": "Ada Lovelace"},
    )
    public = client.get(f"/e/{event.slug}").text
    for words in ("Programme", "Ouverture", "Amphi", "Ada Lovelace", "Maire", "Angers"):
        assert words in public
    refused = client.submit(
        f"{page}/new", title="X", starts="2030-06-12T14:00", ends="2030-06-12T15:00",
        description="<p>Deux tours de parole</p>",
        **{"voices-0-name": "Personne Inconnue"},
    )  # fmt: skip
    assert refused.status_code == 422 and "Personne Inconnue" in refused.text
    # Nothing that was typed is lost with the name that nobody has.
    for typed in ('value="X"', 'value="2030-06-12T15:00"', "Deux tours de parole"):
        assert typed in refused.text


def answered(client, address):
    with client.get(address) as answer:
        return answer.status_code


def test_a_document_is_public_only_when_said_so(client, make):
    event = make.event("Colloque")
    client.as_("staff")
    page = f"/events/{event.id}/programme"
    kept = client.submit(
        page, to="/documents", files=(io.BytesIO(b"%PDF-1.7 diapositives"), "diapos.pdf"), session=""
    )
    assert kept.status_code == 302, kept.location
    with make.app.app_context():
        document = db.session.scalars(select(Document)).one()
        stored, key = document.stored_as, document.id
    public = f"/e/{event.slug}/documents/{stored}"
    assert answered(client, public) == 404
    assert answered(client, f"/events/{event.id}/documents/{key}") == 200
    client.submit(page, to=f"/documents/{key}/publish")
    assert answered(client, public) == 200
    assert "diapos.pdf" in client.get(f"/e/{event.slug}").text
    assert answered(client, f"/e/{make.event().slug}/documents/{stored}") == 404


def test_a_speaker_answers_by_the_link_and_looking_changes_nothing(client, make):
    person, event = make.person("Ada", "Lovelace"), make.event("Colloque")
    with make.app.app_context():
        services.add(db.session.merge(event), told(), [services.Voice(db.session.merge(person))], at=EARLY)
        speaker = db.session.scalars(select(Speaker)).one()
        speaker.asked_at, token = EARLY, speaker.token
        db.session.commit()
    page = f"/speaking/{token}"
    assert "Ouverture" in client.get(f"{page}?answer=accepted").text
    client.submit(page, answer="declined", said="Je suis en congé")
    with make.app.app_context():
        answered = db.session.scalars(select(Speaker)).one()
        assert (answered.answer, answered.said) == (Answer.DECLINED, "Je suis en congé")
    assert "Lovelace" not in client.get(f"/e/{event.slug}").text
    client.as_("viewer")
    assert "Je suis en congé" in client.get(f"/events/{event.id}/programme").text


def test_a_session_taken_out_leaves_its_documents_with_the_event(session, make):
    event = make.event()
    one = add(event)
    kept = type("F", (), {"name": "a.pdf", "media_type": "application/pdf", "size": 3, "stored_as": "a" * 32})
    services.attach(event, [kept], session=one, is_public=True, at=EARLY)
    services.remove(one)
    assert session.scalars(select(ProgrammeSession)).all() == []
    assert [document.session_id for document in queries.documents(event)] == [None]
