"""Copies and templates: what is taken along was chosen, and nobody comes with it unasked."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.directory.models import Organisation
from crm.events.admission import services as admission
from crm.events.copying import pieces, services
from crm.events.copying.models import EventTemplate
from crm.events.models import Event, EventPartner, EventState, Format, Part, Quota, Visibility
from crm.events.programme import queries as programme
from crm.events.programme import services as sessions
from crm.events.questions import queries as questions
from crm.events.reminders import services as reminders
from crm.events.reminders.models import Readers, Reminder
from tests.make import EARLY

DAY = timedelta(days=1)
NEXT_YEAR = datetime(2031, 5, 20, 9, 30)  # noqa: DTZ001


def colloquium(make, **facts):
    event = make.event(
        "Colloque", capacity=80, venue="Mairie", city="Angers", description="<p>Bienvenue</p>", **facts
    )
    make.add(EventPartner(event_id=event.id, organisation_id=make.organisation("Région").id, part=Part.HOST))
    told = sessions.Told(
        title="Ouverture",
        starts_wall=event.starts_wall + timedelta(minutes=30),
        ends_wall=event.starts_wall + timedelta(minutes=60),
        room="Amphi",
    )
    sessions.add(event, told, [sessions.Voice(make.person("Ada", "Lovelace"))], at=EARLY)
    db.session.refresh(event)
    return event


def copy(event, keys, starts=NEXT_YEAR):
    return services.copy(event, keys, starts_wall=starts, title="Édition 2031", by="staff", at=EARLY)


def test_what_is_copied_is_what_was_chosen(session, make):
    event = colloquium(make)
    whole = copy(event, [piece.key for piece in services.pieces()])
    assert (whole.title, whole.state, whole.venue, whole.capacity) == (
        "Édition 2031", EventState.DRAFT, "Mairie", 80,
    )  # fmt: skip
    assert whole.ends_wall - whole.starts_wall == event.ends_wall - event.starts_wall
    assert [partner.part for partner in whole.partners] == [Part.HOST]
    [one] = programme.sessions(whole)
    assert one.starts_wall == NEXT_YEAR + timedelta(minutes=30) and one.room.name == "Amphi"
    [speaker] = programme.speakers(whole)
    assert (speaker.person.name, speaker.asked_at) == ("Ada Lovelace", None)

    bare = copy(event, ["seats"])
    assert (bare.venue, bare.description, bare.capacity, bare.partners) == ("", "", 80, [])
    assert programme.sessions(bare) == []


def test_a_copy_of_a_copy_of_a_copy_is_one_event_each_time(session, make):
    event = colloquium(make)
    for _turn in range(3):
        event = copy(event, [piece.key for piece in services.pieces()], NEXT_YEAR)
        template = services.keep(
            event, services.without_people(), name="Colloque", at=EARLY,
            instead_of=session.scalar(select(EventTemplate)),
        )  # fmt: skip
        event = services.put_down(template.pieces, starts_wall=NEXT_YEAR, by="staff", at=EARLY)
    assert len(programme.sessions(event)) == 1 and len(event.partners) == 1


FACTS = {
    "title": "Colloque", "description": "<p>Bienvenue</p>", "language": "en", "part": Part.HOST,
    "format": Format.HYBRID, "venue": "Mairie", "city": "Angers", "join_url": "https://example.org/x",
    "capacity": 80, "visibility": Visibility.MEMBERS, "capacity_online": 90, "offer_hours": 12,
    "withdraw_hours": 24, "needs_approval": True, "is_list_closed": True, "takes_groups": False,
    "zone": "Indian/Reunion", "is_all_day": False,
}  # fmt: skip


def test_each_column_of_an_event_goes_along_or_is_its_own(session, make):
    assert {column.name for column in Event.__table__.columns} == pieces.CARRIED | pieces.OWN
    assert not pieces.CARRIED & pieces.OWN
    reckoned = {"kind_id", "starts_wall", "ends_wall", "starts_at", "ends_at"}
    assert FACTS.keys() == pieces.CARRIED - reckoned
    event = make.event(**FACTS)
    keys = [piece.key for piece in services.pieces()]
    made = services.copy(event, keys, starts_wall=NEXT_YEAR, by="staff", at=EARLY)
    assert {name: getattr(made, name) for name in FACTS} == FACTS


def test_a_copy_is_never_open_to_more_people_than_its_source_by_an_oversight(session, make):
    event = make.event(needs_approval=True, is_list_closed=True, takes_groups=False)
    admission.write_list(event, ["ada@example.org"], by="staff", at=EARLY)
    template = services.keep(event, ["texts", "listed"], name="Fermé", at=EARLY)
    assert "ada@" not in str(template.pieces) and "listed" not in template.pieces
    of_template = services.put_down(template.pieces, starts_wall=NEXT_YEAR, by="staff", at=EARLY)
    for made in (copy(event, ["texts"]), of_template):
        assert made.needs_approval and made.is_list_closed and not made.takes_groups
        assert not admission.is_listed(made, "ada@example.org")
    assert admission.listed(copy(event, ["listed"])) == ["ada@example.org"]


def test_a_template_names_nobody_and_does_not_change_with_its_event(session, make):
    event = colloquium(make)
    template = services.keep(event, [piece.key for piece in services.pieces()], name="Colloque", at=EARLY)
    assert "speakers" not in template.pieces and "Lovelace" not in str(template.pieces)
    event.venue = "Ailleurs"
    made = services.put_down(template.pieces, starts_wall=NEXT_YEAR, by="staff", at=EARLY)
    assert made.venue == "Mairie" and programme.speakers(made) == []
    with pytest.raises(services.NameTaken):
        services.keep(event, ["texts"], name="Colloque", at=EARLY)
    with pytest.raises(services.NameMissing):
        services.keep(event, ["texts"], name=" ", at=EARLY)


def test_a_partner_merged_or_binned_since_is_followed_or_left_out(session, make):
    event = colloquium(make)
    template = services.keep(event, ["partners"], name="Colloque", at=EARLY)
    region = session.scalar(select(Organisation).where(Organisation.name == "Région"))
    kept = make.organisation("Région fusionnée")
    region.merged_into_id = kept.id
    session.flush()
    made = services.put_down(template.pieces, starts_wall=NEXT_YEAR, title="X", by="staff", at=EARLY)
    assert [partner.organisation_id for partner in made.partners] == [kept.id]
    kept.binned_at = EARLY
    session.flush()
    assert (
        services.put_down(template.pieces, starts_wall=NEXT_YEAR, title="X", by="s", at=EARLY).partners == []
    )


def test_the_questions_of_the_form_go_along_when_chosen(session, make):
    event = make.event()
    make.question(event, "Atelier choisi")
    assert [one.title_fr for one in questions.asked(copy(event, ["questions"]))] == ["Atelier choisi"]
    assert questions.asked(copy(event, ["texts"])) == []


def test_another_room_enters_its_own_piece(session, make, monkeypatch):
    given = []
    monkeypatch.setattr(services, "_pieces", dict(services._pieces))
    services.enter(
        services.Piece(
            key="menu",
            label="Menu",
            take=lambda event: ["Régime ?"],
            give=lambda event, held, at: given.append((event.title, held)),
        )
    )
    copy(make.event(), ["menu"])
    assert given == [("Édition 2031", ["Régime ?"])]


def test_staff_copy_an_event_as_another_edition_and_begin_one_with_a_template(client, make):
    event = make.event("Colloque", venue="Mairie")
    client.as_("staff")
    made = client.submit_and_follow(
        f"/events/{event.id}/copy", title="Colloque 2031", starts="2031-05-20T09:30", is_edition="y"
    )
    assert "Colloque 2031" in made.text and "Série" in made.text
    client.submit_and_follow(f"/events/{event.id}/template", name="Colloque annuel", note="Chaque mai")
    with make.app.app_context():
        key = db.session.scalars(select(EventTemplate.id)).one()
    page = f"/events/new?template={key}"
    begun = client.get(page).text
    assert 'value="Mairie"' in begun and "Colloque annuel" in begun
    client.submit(page, title="Neuf", starts="2031-09-01T10:00", ends="2031-09-01T12:00")
    with make.app.app_context():
        assert db.session.scalars(select(Event.venue).where(Event.title == "Neuf")).one() == "Mairie"
        template = db.session.get_one(EventTemplate, key)
        template.pieces = {name: held for name, held in template.pieces.items() if name != "admission"}
        db.session.commit()
    unsaid = "vérifiez l’approbation et la liste fermée"
    assert unsaid not in begun and unsaid in client.get(page).text


def test_hours_groups_and_reminders_go_along_as_far_from_the_new_event(session, make):
    event = make.event(capacity=10)
    make.quota(event, name="Élus", places=3)
    event.opens_wall, event.closes_wall = event.starts_wall - 30 * DAY, event.starts_wall - DAY
    reminders.add(event, by="staff", at=EARLY, readers=Readers.REGISTERED, minutes=60)
    session.flush()
    keys = ("seats", "hours", "held", "reminders")
    made = services.copy(event, keys, starts_wall=event.starts_wall + 365 * DAY, by="staff", at=EARLY)
    assert made.opens_wall == made.starts_wall - 30 * DAY and made.closes_wall == made.starts_wall - DAY
    assert made.opens_at is not None and made.closes_at is not None
    [group] = session.scalars(select(Quota).where(Quota.event_id == made.id))
    assert (group.name, group.places, group.members) == ("Élus", 3, [])
    [reminder] = session.scalars(select(Reminder).where(Reminder.event_id == made.id))
    assert made.starts_at - reminder.leaves_at == timedelta(hours=1)
    without = services.copy(event, ("seats",), starts_wall=event.starts_wall + DAY, by="staff", at=EARLY)
    assert without.opens_at is None
    for kind in (Quota, Reminder):
        assert not session.scalars(select(kind).where(kind.event_id == without.id)).all()
