"""The demo year: what it shows, and that it stays out of other people's data."""

import json
from pathlib import Path

from sqlalchemy import func, select

import crm.demo
from crm import clock
from crm.accounts import sign_ins as doors
from crm.db import db
from crm.demo import loading, webinar
from crm.demo.accounts import PEOPLE as TEAM
from crm.demo.accounts import sign_ins
from crm.directory.models import Organisation
from crm.events.assemblies import queries as assemblies
from crm.events.certificates import queries as certificates
from crm.events.checkin import queries as checkin
from crm.events.checkin.models import Passage
from crm.events.evaluation import services as evaluation
from crm.events.models import Attendance, Event, Registration, Seat
from crm.events.places import queries as places
from crm.events.publics.kinds import By
from crm.events.queries.attendance import Chosen
from crm.events.replies import queries as replies
from crm.events.resources import services as resources
from crm.kits.models import Cosignatory, Kit
from crm.mail.models import Address
from crm.relations.models import Interaction, Note
from crm.reports.publics import queries as figures


def test_the_year_is_there_in_the_reports_own_proportions(app):
    with app.app_context():
        is_whole = db.engine.dialect.name == "sqlite"
        # The figures are drawn above the database: a smaller house shows that the other engine takes it in.
        loading.load(people=700 if is_whole else 60, seed=1, at=clock.now())
        registered = select(func.count()).select_from(Registration).join(Event)
        health = registered.where(Event.title.startswith("Les données de santé"))
        sold_out = registered.where(Event.title.startswith("Assises d'Open"))

        if is_whole:
            assert db.session.scalar(health) == 552
            assert _public_of("Les données de santé") == {
                "citizens and nonprofits": 138,  # a quarter
                "institutions": 88,  # 16 %
                "health": 20,
                "authorities": 20,
                "university": 20,
                "air": 20,
            }
            assert db.session.scalar(sold_out.where(Registration.seat == Seat.CONFIRMED)) == 120
            assert db.session.scalar(sold_out.where(Registration.seat == Seat.WAITING)) > 0
        assert db.session.scalar(health.where(Registration.attendance == Attendance.UNKNOWN)) > 0
        signed = select(func.count()).select_from(Cosignatory).join(Kit).where(Kit.title.startswith("Non au"))
        assert db.session.scalar(signed) == 11
        assert db.session.scalar(select(func.count()).select_from(Interaction)) >= 11
        assert db.session.scalar(select(func.count(func.distinct(Note.act)))) >= 5
        dinum = db.session.scalar(select(Organisation).where(Organisation.acronym == "DINUM"))
        assert dinum is not None and dinum.followed_by is not None

        _shows_each_day_of_an_event()

        # Nobody can be written to: every address is under a name that is reserved for examples.
        assert all(email.endswith("@example.org") for email in db.session.scalars(select(Address.email)))

        # Its accounts sign in with the passwords that the start prints.
        printed = sign_ins(db.session())
        assert [right for right, _, _ in printed] == [right.value for right, _, _ in TEAM]
        for _right, email, password in printed:
            assert doors.verified(email=email, password=password) is not None


def _shows_each_day_of_an_event():
    """A waiting list with an offer, a held group, the door, proxies, a certificate, replies, what stays."""
    workshop, meeting, general, health, crossed = (
        db.session.scalars(select(Event).where(Event.title.startswith(title))).one()
        for title in ("Atelier : le schéma", "Rencontre annuelle", "Assemblée g", "Les données de san", "Reg")
    )
    seats = select(Registration.seat, func.count()).where(Registration.event_id == workshop.id)
    workshop_seats = dict(db.session.execute(seats.group_by(Registration.seat)).all())
    assert workshop_seats[Seat.OFFERED] == 1
    assert workshop_seats[Seat.WAITING] == 5
    [group] = db.session.scalars(places.quotas(meeting))
    assert (group.places, len(group.members)) == (12, 2)

    assert checkin.doors(general)
    assert all(
        db.session.scalar(select(func.count()).where(Passage.event_id == event.id)) > 5
        for event in (general, crossed)
    )
    quorum = assemblies.quorum(assemblies.of(general))
    assert quorum.represented == 3 and quorum.excused == 2 and quorum.is_reached
    assert certificates.given(crossed) == 1

    assert replies.waiting_number(meeting) == 2
    assert [one.kind for one in resources.of(health)] == ["replay", "summary", "faq"]
    tallies = evaluation.results(evaluation.of(health))
    assert tallies is not None and tallies[0].answered > 10


def _public_of(title):
    """The figures that the event's page shows by kind of organisation, as the year's report groups them."""
    event = db.session.scalars(select(Event).where(Event.title.startswith(title))).one()
    counted = figures.counted(figures.of_event(event), By.KIND, Chosen())
    groups = {
        "citizens and nonprofits": ("none", *webinar.NONPROFITS),
        "institutions": webinar.INSTITUTIONS,
        "health": ("health",),
        "authorities": ("commune", "epci", "department", "region", "joint_body"),
        "university": ("university",),
        "air": ("air",),
    }
    return {
        group: sum(counted[kind].registered for kind in kinds if kind in counted)
        for group, kinds in groups.items()
    }


def test_the_demo_does_not_mix_with_what_is_there(app, make):
    make.person()
    told = app.test_cli_runner().invoke(args=["demo", "load"])
    assert told.exit_code == 1
    assert "empty" in told.output


def test_the_banner_says_that_people_are_invented(client, app):
    with app.app_context():
        from crm.settings import services as settings

        settings.set_up(name="OpenDataFrance").is_demo = True
        db.session.commit()
    assert "inventées" in client.get("/sign-in").text
    assert "inventées" in client.as_("viewer").get("/").text


def test_the_facts_travel_with_the_package():
    folder = Path(crm.demo.__file__).parent
    year = json.loads((folder / "year_2024.json").read_text())
    assert year["association"]["name"] == "OpenDataFrance"
    assert not any("../shared" in file.read_text() for file in folder.glob("*.py"))
