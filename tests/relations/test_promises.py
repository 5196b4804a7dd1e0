"""Follow-ups: put off, repeated, reminded of once, counted by person."""

import threading
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from crm import clock
from crm.db import db
from crm.errors import Changed
from crm.mail.models import Delivery
from crm.relations import queries, services
from crm.relations.models import Every, FollowUp
from crm.relations.services import Repeat, next_day
from tests.outbox import send_due
from tests.pages import forms

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)


def promise(make, *, due_on=TODAY, who=None, **facts):
    who = who or make.account()
    return services.promise(
        what="Rappeler la DINUM", assigned_to=who, due_on=due_on, by=who, at=NOON, **facts
    )


def monthly(until=None):
    return Repeat(every=1, unit=Every.MONTHS, until=until)


# Again and again


@pytest.mark.parametrize(
    ("first", "every", "unit", "after", "expected"),
    [
        (date(2026, 1, 31), 1, Every.MONTHS, date(2026, 1, 31), date(2026, 2, 28)),
        (date(2026, 1, 31), 1, Every.MONTHS, date(2026, 2, 28), date(2026, 3, 31)),
        (date(2024, 2, 29), 12, Every.MONTHS, date(2024, 2, 29), date(2025, 2, 28)),
        (date(2024, 2, 29), 12, Every.MONTHS, date(2027, 12, 1), date(2028, 2, 29)),
        (date(2026, 1, 5), 2, Every.WEEKS, date(2026, 1, 5), date(2026, 1, 19)),
        (date(2026, 1, 5), 2, Every.WEEKS, date(2026, 3, 1), date(2026, 3, 2)),
        (date(2026, 11, 30), 3, Every.MONTHS, date(2026, 11, 30), date(2027, 2, 28)),
        (date(2026, 5, 10), 1, Every.MONTHS, date(2026, 5, 1), date(2026, 6, 10)),
    ],
)
def test_a_series_keeps_its_own_days(first, every, unit, after, expected):
    assert next_day(first, every=every, unit=unit, after=after) == expected


def test_done_makes_the_next_one_once(session, make):
    me = make.account()
    promised = promise(make, who=me, repeat=monthly(), organisation=make.organisation())
    following = services.done(promised, by=me, at=NOON)
    assert (following.due_on, following.what, following.organisation_id, following.assigned_to_id) == (
        date(2026, 4, 2), promised.what, promised.organisation_id, me.id,
    )  # fmt: skip
    assert services.done(promised, by=me, at=NOON) is None
    assert session.scalar(select(func.count()).select_from(FollowUp)) == 2


def test_taken_back_and_done_again_there_is_still_one_next(session, make):
    me = make.account()
    promised = promise(make, who=me, repeat=monthly())
    services.done(promised, by=me, at=NOON)
    services.not_done(promised, by=me)
    session.flush()
    assert session.scalars(select(FollowUp)).all() == [promised]
    following = services.done(promised, by=me, at=NOON)
    services.put_off(following, to=date(2026, 4, 9), by=me)
    services.not_done(promised, by=me)
    assert services.done(promised, by=me, at=NOON) is None
    assert session.scalar(select(func.count()).select_from(FollowUp)) == 2


def test_done_late_the_next_one_is_still_to_come_and_put_off_it_returns_to_its_own_day(session, make):
    me = make.account()
    late = promise(make, who=me, due_on=date(2025, 12, 15), repeat=monthly())
    assert services.done(late, by=me, at=NOON).due_on == date(2026, 3, 15)
    other = promise(make, who=me, due_on=date(2026, 3, 15), repeat=monthly())
    services.put_off(other, to=date(2026, 3, 28), by=me)
    assert services.done(other, by=me, at=NOON).due_on == date(2026, 4, 15)


def test_after_its_last_day_a_series_is_over(session, make):
    me = make.account()
    promised = promise(make, who=me, repeat=monthly(until=date(2026, 4, 1)))
    assert services.done(promised, by=me, at=NOON) is None


def test_a_series_ends_where_the_calendar_does(session, make):
    me = make.account()
    promised = promise(make, who=me, due_on=date(9999, 12, 15), repeat=monthly())
    assert services.done(promised, by=me, at=NOON) is None
    assert promised.done_at == NOON


def test_what_cannot_repeat_is_refused(session, make):
    with pytest.raises(services.RepeatsWithoutDay):
        promise(make, due_on=None, repeat=monthly())
    with pytest.raises(services.RepeatsUntilBefore):
        promise(make, repeat=monthly(until=date(2026, 1, 1)))
    with pytest.raises(services.RepeatsTooSeldom):
        promise(make, repeat=Repeat(every=0, unit=Every.WEEKS))


def test_who_says_done_over_an_older_page_is_told_not_repeated(session, make):
    me = make.account()
    promised = promise(make, who=me, repeat=monthly())
    session.execute(FollowUp.__table__.update().values(version=9))
    with pytest.raises(Changed):
        services.done(promised, by=me, at=NOON)


def test_what_is_done_is_not_put_off(session, make):
    me = make.account()
    promised = promise(make, who=me)
    services.done(promised, by=me, at=NOON)
    with pytest.raises(services.AlreadyDone):
        services.put_off(promised, to=None, by=me)


# The mail of the day


def remind(at=NOON, zone=clock.PARIS):
    return services.remind(at=at, zone=zone)


def mails(session):
    return session.scalars(select(Delivery).order_by(Delivery.id)).all()


def test_on_its_day_one_mail_lists_what_is_due_and_never_again(session, make):
    me, other = make.account(), make.account()
    first, second = promise(make, who=me), promise(make, who=me)
    promise(make, who=other)
    promise(make, who=me, due_on=TODAY + timedelta(days=1))
    assert remind() == 2
    assert remind(NOON + timedelta(minutes=1)) == 0
    assert mails(session)[0].facts["follow_ups"] == [first.id, second.id]


def test_not_before_seven_on_the_offices_clock_whatever_the_season(session, make):
    promise(make, due_on=date(2026, 3, 29))  # clocks go forward that night
    promise(make, due_on=date(2026, 10, 25))  # and back that one
    assert remind(datetime(2026, 3, 29, 4, 59, tzinfo=UTC)) == 0
    assert remind(datetime(2026, 3, 29, 5, 0, tzinfo=UTC)) == 1
    assert remind(datetime(2026, 10, 25, 5, 59, tzinfo=UTC)) == 0
    assert remind(datetime(2026, 10, 25, 6, 0, tzinfo=UTC)) == 1


def test_the_day_is_that_of_the_office(session, make):
    promise(make, due_on=date(2026, 3, 3))
    reunion, guadeloupe = ZoneInfo("Indian/Reunion"), ZoneInfo("America/Guadeloupe")
    early = datetime(2026, 3, 3, 3, 30, tzinfo=UTC)  # 7:30 in Réunion, still the evening before in Guadeloupe
    assert remind(early, guadeloupe) == 0
    assert remind(early, reunion) == 1


def test_a_worker_that_was_off_over_the_weekend_reminds_when_it_is_back_but_not_of_old_ones(session, make):
    promise(make, due_on=TODAY - timedelta(days=2))
    promise(make, due_on=TODAY - timedelta(days=30))
    assert remind() == 1
    assert len(mails(session)[0].facts["follow_ups"]) == 1


def test_put_off_or_handed_on_it_is_reminded_of_anew(session, make):
    me, other = make.account(), make.account()
    promised = promise(make, who=me)
    remind()
    services.put_off(promised, to=TODAY + timedelta(days=3), by=me)
    assert remind(NOON + timedelta(days=3)) == 1
    services.change_promise(
        promised, what="À toi", assigned_to=other, due_on=promised.due_on, version=promised.version, by=me
    )
    assert remind(NOON + timedelta(days=3, minutes=1)) == 1
    assert mails(session)[-1].address.email == other.email


def test_who_does_not_want_reminders_whose_account_is_closed_or_whose_exchange_is_binned_gets_none(
    session, make
):
    unwilling, closed, me = make.account(), make.account(), make.account()
    unwilling.mails_reminders = False
    promise(make, who=unwilling)
    promise(make, who=closed)
    closed.is_open = False
    exchange = make.exchange(
        organisations=[make.organisation()],
        by=me,
        follow_up={"what": "x", "assigned_to": me, "due_on": TODAY},
    )
    services.bin(exchange, by=me, at=NOON)
    session.flush()
    assert remind() == 0


def test_two_workers_in_the_same_minute_send_one_mail(app, make):
    """Both begin before either has committed; the second waits for the first one's rows."""
    me = make.account()
    with app.app_context():
        promise(make, who=db.session.merge(me))
        db.session.commit()
    barrier, sent = threading.Barrier(2, timeout=10), []

    def work():
        with app.app_context():
            barrier.wait()
            sent.append(remind())
            db.session.commit()
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(sent) == [0, 1]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Delivery)) == 1


def test_the_mail_leads_to_the_page_where_it_is_done_after_signing_in(client, app, make):
    me = make.account(email="camille@example.org", name="Camille", password="trois tuiles bleues au grenier")
    with app.app_context():
        org = db.session.merge(make.organisation("Région Bretagne"))
        key = promise(make, who=db.session.merge(me), organisation=org).id
        remind()
        db.session.commit()
        message = send_due(at=NOON)[0]
    assert message.to == me.email and message.subject == "À faire aujourd’hui : Rappeler la DINUM"
    link = f"http://127.0.0.1:8000/relations/follow-ups/{key}"
    assert link in message.text and link in message.html and "Région Bretagne" in message.text

    path = f"/relations/follow-ups/{key}"
    door = client.get(path)
    assert door.headers["Location"] == f"/sign-in?next={path}"
    landed = client.submit(
        door.headers["Location"], email=me.email, password="trois tuiles bleues au grenier"
    )
    assert landed.headers["Location"] == path
    assert "Rappeler la DINUM" in client.get(path).text
    with app.app_context():
        assert db.session.get(FollowUp, key).done_at is None  # reading it did nothing
    client.submit(path, to=f"{path}/done")
    with app.app_context():
        assert db.session.get(FollowUp, key).done_at is not None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_was_done_before_the_mail_left_is_not_in_it(app, make):
    me = make.account()
    with app.app_context():
        mine = db.session.merge(me)
        promised = promise(make, who=mine)
        remind()
        services.done(promised, by=mine, at=NOON)
        db.session.commit()
        assert send_due(at=NOON) == []


# Lists and pages


def test_the_late_ones_are_counted_by_person_whoever_is_latest_first(session, make):
    ana, bob = make.account(name="Ana"), make.account(name="Bob")
    for days in (1, 40):
        promise(make, who=bob, due_on=TODAY - timedelta(days=days))
    promise(make, who=ana, due_on=TODAY + timedelta(days=6))
    services.promise(what="À prendre", assigned_to=None, due_on=None, by=ana, at=NOON)
    told = [
        (load.account.name if load.account else None, load.late, load.this_week, load.open, load.oldest)
        for load in queries.loads(today=TODAY)
    ]
    assert told == [
        ("Bob", 2, 0, 2, date(2026, 1, 21)), (None, 0, 0, 1, None), ("Ana", 0, 1, 1, None),
    ]  # fmt: skip


def test_a_follow_up_of_an_organisation_alone_is_planned_from_its_page(client, app, make):
    organisation, person = make.organisation("Région Bretagne"), make.person("Ana", "Roux")
    client.as_("staff")
    assert (
        f"/relations/follow-ups/new?organisation={organisation.id}"
        in client.get(f"/organisations/{organisation.id}").text
    )
    answer = client.submit(
        f"/relations/follow-ups/new?organisation={organisation.id}",
        what="Préparer la convention",
        due="2099-01-31",
        every="3",
        unit="months",
        person=str(person.id),
        person_name="Ana Roux",
    )
    assert answer.headers["Location"] == f"/organisations/{organisation.id}"
    page = client.get(answer.headers["Location"]).text
    assert "Préparer la convention" in page and "tous les 3 mois" in page
    assert "Préparer la convention" in client.get(f"/people/{person.id}").text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_put_off_to_tomorrow_and_back_again(client, app, make):
    client.as_("staff")
    with app.app_context():
        key = promise(make, who=db.session.merge(client.account), due_on=date(2026, 1, 5)).id
        db.session.commit()
    answer = client.submit(f"/relations/follow-ups/{key}", to="/put-off")
    with app.app_context():
        assert db.session.get(FollowUp, key).due_on == clock.day(clock.now()) + timedelta(days=1)
    landed = answer.headers["Location"]
    undo = next(form for form in forms(client.get(landed).text) if "to=2026-01-05" in form.action)
    client.post(undo.action, data=undo.fields)
    with app.app_context():
        assert db.session.get(FollowUp, key).due_on == date(2026, 1, 5)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_account_chooses_whether_it_is_reminded(client, app):
    client.as_("staff")
    client.submit("/account", mails_reminders=None)
    with app.app_context():
        from crm.accounts.models import Account

        assert db.session.scalar(select(Account.mails_reminders)) is False
