"""Sixty people want five seats at the same moment; with the lock taken out, too many get one."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError

from crm.db import db, reading
from crm.directory.erasing import services as erasing
from crm.directory.models import Person
from crm.events.models import Event, Registration, Seat
from crm.events.places import queries as places
from crm.events.services import seats
from crm.events.services.visitors import Standing, Visitor
from tests.make import EARLY

PEOPLE, SEATS = 60, 5


def _visitor(number: int) -> Visitor:
    return Visitor(given_name="Ada", family_name=f"Martin{number}", email=f"ada{number}@example.org")


def _ask(event_id: int, number: int) -> None:
    event = db.session.get_one(Event, event_id)
    seats.ask(event, _visitor(number), mode=None, language="fr", at=EARLY)
    db.session.commit()


def _all_at_once(app: Flask, act: Any, people: int = PEOPLE) -> None:
    """Run `act(number)` for everyone, each in a thread and a unit of work of its own, let loose together."""
    gate = threading.Barrier(people)

    def come(number: int) -> None:
        with app.app_context():
            gate.wait(timeout=30)
            act(number)

    with ThreadPoolExecutor(people) as crowd:
        for done in [crowd.submit(come, number) for number in range(people)]:
            done.result(timeout=60)


def _seats(app: Flask, event_id: int) -> Counter[Seat]:
    with app.app_context():
        rows = (
            select(Registration.seat, func.count())
            .where(Registration.event_id == event_id)
            .group_by(Registration.seat)
        )
        return Counter(dict(db.session.execute(rows).all()))


def test_sixty_people_at_once_get_exactly_the_five_seats_and_the_others_wait(app, make):
    event = make.event(capacity=SEATS)
    _all_at_once(app, lambda number: _ask(event.id, number))
    assert _seats(app, event.id) == {Seat.CONFIRMED: SEATS, Seat.WAITING: PEOPLE - SEATS}


def test_control_with_the_lock_taken_out_more_seats_are_sold_than_there_are(app, make, monkeypatch):
    """The same crowd, but each looks for a free seat before the lock: the first test would see it."""
    event, seen = make.event(capacity=SEATS), threading.local()
    locked = places.look
    looked = threading.Barrier(PEOPLE)

    def look_then_ask(number: int) -> None:
        with reading():
            asked = db.session.get_one(Event, event.id)
            seen.places = locked(asked)
            db.session.rollback()
        looked.wait(timeout=60)
        _ask(event.id, number)

    monkeypatch.setattr(places, "look", lambda event, at=None: seen.places)
    _all_at_once(app, look_then_ask)
    assert _seats(app, event.id)[Seat.CONFIRMED] > SEATS


def test_the_same_person_clicking_twenty_times_at_once_is_registered_once(app, make):
    event = make.event(capacity=SEATS)
    _all_at_once(app, lambda number: _ask(event.id, 1), people=20)
    assert _seats(app, event.id) == {Seat.CONFIRMED: 1}


def test_seats_given_back_at_once_go_to_as_many_who_wait(app, make):
    event = make.event(capacity=SEATS)
    with app.app_context():
        for number in range(3 * SEATS):
            _ask(event.id, number)
        rows = select(Registration.id).where(Registration.seat == Seat.CONFIRMED)
        seated = list(db.session.scalars(rows))

    def leave(number: int) -> None:
        seats.withdraw(db.session.get_one(Registration, seated[number]), by="public", at=EARLY)
        db.session.commit()

    _all_at_once(app, leave, people=SEATS)
    assert _seats(app, event.id) == {
        Seat.CONFIRMED: SEATS,
        Seat.WAITING: SEATS,
        Seat.WITHDRAWN: SEATS,
    }


@pytest.mark.parametrize("free", [1, 3])
def test_withdrawing_and_registering_at_once_never_sells_a_seat_twice(app, make, free):
    event = make.event(capacity=free)
    with app.app_context():
        for number in range(free):
            _ask(event.id, number)
        seated = list(db.session.scalars(select(Registration.id)))

    def come_or_go(number: int) -> None:
        if number < free:
            seats.withdraw(db.session.get_one(Registration, seated[number]), by="public", at=EARLY)
            db.session.commit()
        else:
            _ask(event.id, 100 + number)

    _all_at_once(app, come_or_go, people=20)
    assert _seats(app, event.id)[Seat.CONFIRMED] == free


def test_two_forms_sent_at_once_from_a_shared_mailbox_add_one_person(app, make):
    """Before the lock neither finds the other; whoever gets it second does."""
    event = make.event(capacity=SEATS)
    make.person("Grace", "Hopper", email="ada1@example.org")
    _all_at_once(app, lambda number: _ask(event.id, 1), people=8)
    assert _seats(app, event.id) == {Seat.CONFIRMED: 1}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Person)) == 2


@pytest.mark.parametrize("comes_again", [False, True])
def test_whoever_registers_while_they_are_erased_is_somebody_new(app, make, data_dir, comes_again):
    """An erased row would keep the name that was typed, and nothing could take it out any more."""
    event, person = make.event(capacity=SEATS), make.person("Ada", "Martin1", email="ada1@example.org")
    if comes_again:
        with app.app_context():
            _ask(event.id, 1)
    is_held = threading.Event()

    def erase_or_ask(number: int) -> None:
        if number:
            is_held.wait(timeout=30)
            _ask(event.id, 1)
            return
        one = db.session.get_one(Person, person.id)
        erasing.erase(one, reason="r", home=data_dir, by="ana@example.org", at=EARLY)
        is_held.set()
        time.sleep(0.3)
        db.session.commit()

    _all_at_once(app, erase_or_ask, people=2)
    with app.app_context():
        named = db.session.scalars(select(Registration).where(Registration.family_name == "Martin1")).all()
        assert [one.seat for one in named] == [Seat.CONFIRMED]
        assert not named[0].erased_at and not named[0].person.erased_at and named[0].person_id != person.id
        assert [read.address.email for read in named[0].person.addresses] == ["ada1@example.org"]
    assert _seats(app, event.id)[Seat.CONFIRMED] == 1


def test_whoever_is_invited_and_erased_at_the_same_moment_gets_no_seat(app, make, data_dir):
    event, person = make.event(capacity=SEATS), make.person("Ada", "Martin1", email="ada1@example.org")
    is_held = threading.Event()

    def erase_or_accept(number: int) -> None:
        if number:
            is_held.wait(timeout=30)
            here, one = db.session.get_one(Event, event.id), db.session.get_one(Person, person.id)
            facts = {"mode": None, "address": None, "standing": Standing(), "language": "fr"}
            with pytest.raises(StaleDataError):
                seats.register(here, one, **facts, source="invitation", at=EARLY)
            db.session.rollback()
            return
        one = db.session.get_one(Person, person.id)
        erasing.erase(one, reason="r", home=data_dir, by="ana@example.org", at=EARLY)
        is_held.set()
        time.sleep(0.3)
        db.session.commit()

    _all_at_once(app, erase_or_accept, people=2)
    assert not _seats(app, event.id)
