"""The log of a record: folded lines, filters, paging; what the house notes by itself."""

from datetime import UTC, date, datetime, timedelta

from flask_babel import force_locale
from sqlalchemy import func, literal, select

from crm.db import db
from crm.directory.models import Person
from crm.relations import messages, queries, services
from crm.relations.models import Act, Note
from crm.relations.queries import AUTOMATIC, Chosen
from crm.web.tables import page_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def log_of(record, **asked):
    chosen = Chosen(**asked)
    rows = queries.log_of(record, chosen)
    order = queries.log_order(rows)
    found = db.session.execute(rows.order_by(order.by.desc(), order.key.desc())).all()
    return queries.entries(found, record, chosen)


def people_at(make, organisation, number):
    return [make.person(organisation=organisation) for _ in range(number)]


def invite(title="Webinaire", event=12, at=NOW):
    everyone = select(Person.id.label("person_id"))
    return services.note_many(everyone, act=Act.INVITED, subject=f"events:{event}", title=title, at=at)


def test_a_note_stands_on_the_organisation_of_the_main_role_that_day(session, make):
    city, union = make.organisation("Ville"), make.organisation("Union")
    person = make.person(organisation=city)
    make.role(person=person, organisation=union, is_main=False)
    assert invite() == 1
    assert session.scalars(select(Note.organisation_id)).all() == [city.id]


def test_someone_who_held_the_role_then_but_not_now_is_noted_where_he_stood_then(session, make):
    before, now = make.organisation(), make.organisation()
    person = make.person(email="")
    make.role(person=person, organisation=before, ends_on=date(2025, 12, 31))
    make.role(person=person, organisation=now, begins_on=date(2026, 1, 1))
    invite(at=datetime(2025, 6, 1, tzinfo=UTC))
    services.note(act=Act.ATTENDED, subject="events:12", title="Webinaire", person_id=person.id, at=NOW)
    noted = dict(session.execute(select(Note.act, Note.organisation_id)).all())
    assert noted == {Act.INVITED: before.id, Act.ATTENDED: now.id}


def test_people_without_a_role_are_noted_all_the_same(session, make):
    person = make.person()
    assert invite() == 1
    assert [entry.folded.title for entry in log_of(person)] == ["Webinaire"]


def test_noting_twice_changes_nothing(session, make):
    organisation = make.organisation()
    people_at(make, organisation, 3)
    assert (invite(), invite(at=NOW + timedelta(hours=1))) == (3, 0)
    for _ in range(2):
        services.note(
            act=Act.COSIGNED, subject="kits:1", title="Kit", organisation_id=organisation.id, at=NOW
        )
    assert session.scalar(select(func.count()).select_from(Note)) == 4


def test_a_select_that_knows_the_organisation_is_believed(session, make):
    city, union = make.organisation(), make.organisation()
    person = make.person(organisation=city)
    rows = select(literal(person.id).label("person_id"), literal(union.id).label("organisation_id"))
    services.note_many(rows, act=Act.REGISTERED, subject="events:1", title="Atelier", at=NOW)
    assert session.scalars(select(Note.organisation_id)).all() == [union.id]


def test_fourteen_invitations_are_one_line_with_their_number(session, make):
    organisation = make.organisation()
    people = people_at(make, organisation, 14)
    invite()
    for person in people[:5]:
        services.note(act=Act.REGISTERED, subject="events:12", title="Webinaire", person_id=person.id, at=NOW)
    (entry,) = log_of(organisation)
    assert [(noted.act, noted.number) for noted in entry.folded.acts] == [
        (Act.INVITED, 14),
        (Act.REGISTERED, 5),
    ]
    assert len(entry.folded.acts[0].people) == queries.NAMED


def test_each_event_and_mailing_has_a_line_of_its_own_newest_first(session, make):
    organisation = make.organisation()
    people_at(make, organisation, 2)
    invite("Premier", 1, NOW)
    invite("Second", 2, NOW + timedelta(days=1))
    exchange = make.exchange(at=NOW + timedelta(hours=1), organisations=[organisation])
    told = [entry.folded.title if entry.folded else entry.exchange for entry in log_of(organisation)]
    assert told == ["Second", exchange, "Premier"]


def test_what_others_do_does_not_stand_in_a_persons_log(session, make):
    organisation = make.organisation()
    ana, ben = people_at(make, organisation, 2)
    invite()
    exchange = make.exchange(organisations=[organisation], people=[ben])
    assert [bool(entry.folded) for entry in log_of(ana)] == [True]
    assert [entry.exchange for entry in log_of(ben, kind="meeting")] == [exchange]


def test_the_log_is_filtered_by_kind_person_and_period(session, make):
    organisation = make.organisation()
    ana, ben = people_at(make, organisation, 2)
    invite()
    call = make.exchange(
        "Appel", kind=make.interaction_kind("call"), organisations=[organisation], people=[ana]
    )
    visit = make.exchange("Visite", at=NOW - timedelta(days=40), organisations=[organisation], people=[ben])

    def exchanges(**asked):
        return [entry.exchange for entry in log_of(organisation, **asked) if entry.exchange]

    assert exchanges(kind="call") == [call]
    assert [bool(entry.folded) for entry in log_of(organisation, kind=AUTOMATIC)] == [True]
    assert exchanges(person_id=ben.id) == [visit]
    assert log_of(organisation, person_id=ana.id, kind=AUTOMATIC)[0].folded.acts[0].number == 1
    assert exchanges(since=date(2026, 3, 2)) == [call]
    assert exchanges(until=date(2026, 1, 31)) == [visit]
    assert exchanges(since=date(2026, 2, 1), until=date(2026, 3, 1)) == []
    assert exchanges(kind="no-such-kind") == []


def test_days_of_the_filter_are_days_of_the_office(session, make):
    organisation = make.organisation()
    at_night = make.exchange(at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC), organisations=[organisation])
    assert [entry.exchange for entry in log_of(organisation, since=date(2026, 3, 2))] == [at_night]
    assert log_of(organisation, until=date(2026, 3, 1)) == []


def test_a_folded_line_is_said_in_words(session, make, app):
    organisation = make.organisation()
    people_at(make, organisation, 2)
    invite()
    (entry,) = log_of(organisation)
    with app.test_request_context():
        with force_locale("en"):
            assert messages.acts(entry.folded, of_person=False) == "2 people invited"
        with force_locale("fr"):
            assert messages.acts(entry.folded, of_person=False) == "2 personnes invitées"
            assert messages.acts(entry.folded, of_person=True) == "invitation"
        assert messages.page_of("events:12") == "/events/12"
        assert messages.page_of("people:12") is None


def test_a_long_log_is_paged_and_no_line_is_lost_or_shown_twice(session, make):
    organisation = make.organisation()
    person = make.person(organisation=organisation)
    same = {"act": Act.MAILED, "organisation_id": organisation.id, "person_id": person.id, "title": "Lettre"}
    rows = [{**same, "at": NOW - timedelta(minutes=n), "subject": f"mailings:{n}"} for n in range(1, 121)]
    session.execute(Note.__table__.insert(), rows)
    seen, cursor = [], None
    while True:
        found = queries.log_of(organisation, Chosen())
        page = page_of(db.session(), found, queries.log_order(found), cursor=cursor, size=50)
        seen += [row.subject for row in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [f"mailings:{n}" for n in range(1, 121)]
