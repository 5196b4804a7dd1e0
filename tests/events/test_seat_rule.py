"""Whatever happens at an event, in whatever order: no seat is sold twice and nobody is passed over.

Random histories are played against the services on each engine. What must hold is counted here anew,
from the rows alone, and not by the rule that is under test.
"""

from collections import Counter
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from crm.errors import CrmError
from crm.events.models import EventState, Format, Mode, Quota, Registration, Seat
from crm.events.places import services as places
from crm.events.places.rule import Claim, Line, Room, decide, offer_ends
from crm.events.services import agenda, seats
from crm.events.services.visitors import Standing
from tests.make import EARLY

HELD = (Seat.CONFIRMED, Seat.OFFERED)
SIDES = st.sampled_from(list(Mode))
SOMEBODY = st.integers(0, 11)
PEOPLE = 12


class History(RuleBasedStateMachine):
    """One event from its opening on; `before` is how everybody stood ahead of the last step."""

    session = make = people = None

    @initialize(
        format=st.sampled_from([Format.ONSITE, Format.HYBRID]),
        capacity=st.integers(1, 4),
        online=st.one_of(st.none(), st.integers(1, 3)),
        hours=st.one_of(st.none(), st.just(24)),
    )
    def open(self, format, capacity, online, hours):
        self.at = EARLY
        self.event = self.make.event(
            format=format, capacity=capacity, capacity_online=online, offer_hours=hours
        )
        self.may_leave, self.may_pass, self.before = set(), False, {}

    def step(self):
        """A minute later; what is allowed to happen in this step is said by the step."""
        self.at += timedelta(minutes=1)
        self.before = {one.id: (one.seat, one.mode, one.quota_id) for one in self.all()}
        self.may_leave, self.may_pass = set(), False

    def all(self):
        rows = select(Registration).where(Registration.event_id == self.event.id)
        return list(self.session.scalars(rows.order_by(Registration.asked_at, Registration.id)))

    def of(self, number):
        person = self.people[number]
        return seats.of_person(self.event, person)

    # What people do

    @rule(number=SOMEBODY, mode=SIDES)
    def come(self, number, mode):
        self.step()
        if self.event.state != EventState.OPEN:
            return
        seats.register(
            self.event, self.people[number], mode=mode, address=None, standing=Standing(), language="fr",
            source="page", at=self.at,
        )  # fmt: skip

    @rule(number=SOMEBODY)
    def leave(self, number):
        self.step()
        if (registration := self.of(number)) is not None:
            self.may_leave = {registration.id}
            seats.withdraw(registration, by="public", at=self.at)

    @rule(number=SOMEBODY)
    def take(self, number):
        self.step()
        registration = self.of(number)
        if registration is not None:
            self.let_late_ones_go()
            try:
                places.accept(registration, at=self.at)
            except CrmError:
                assert registration.seat not in HELD

    @rule(number=SOMEBODY, mode=SIDES)
    def change(self, number, mode):
        self.step()
        registration = self.of(number)
        if registration is None or self.event.format != Format.HYBRID:
            return
        try:
            with self.session.begin_nested():
                places.change_mode(registration, mode, at=self.at)
        except places.ModeFull:
            self.session.expire_all()

    @rule(hours=st.integers(1, 30))
    def wait(self, hours):
        self.step()
        self.at += timedelta(hours=hours)
        self.let_late_ones_go()
        self.settle()

    # What staff do

    @rule(
        capacity=st.one_of(st.none(), st.integers(1, 6)),
        side=st.sampled_from(["capacity", "capacity_online"]),
    )
    def resize(self, capacity, side):
        self.step()
        agenda.change(self.event, by="staff", at=self.at, knowingly=True, **{side: capacity})
        self.settle()

    @rule(hours=st.one_of(st.none(), st.integers(1, 48)))
    def offer(self, hours):
        self.step()
        agenda.change(self.event, by="staff", at=self.at, offer_hours=hours)

    @rule(number=SOMEBODY)
    def seat(self, number):
        self.step()
        self.may_pass = True
        if (registration := self.of(number)) is not None:
            places.seat_by_hand(registration, by="staff", at=self.at)

    @rule(places_=st.integers(1, 2), number=SOMEBODY, mode=SIDES)
    def hold_back(self, places_, number, mode):
        self.step()
        known = self.session.scalars(select(Quota).where(Quota.event_id == self.event.id)).first()
        try:
            with self.session.begin_nested():
                quota = places.hold_back(
                    self.event, known, name="Speakers", places=places_, mode=mode, at=self.at
                )
                places.admit(self.event, quota, self.people[number], at=self.at)
        except CrmError:
            self.session.expire_all()

    @precondition(lambda self: self.session.scalar(select(Quota).where(Quota.event_id == self.event.id)))
    @rule()
    def release(self):
        self.step()
        quota = self.session.scalars(select(Quota).where(Quota.event_id == self.event.id)).one()
        places.release(self.event, quota, at=self.at)

    @rule()
    def close_or_open(self):
        self.step()
        is_open = self.event.state == EventState.OPEN
        (agenda.close if is_open else agenda.publish)(self.event, by="staff", at=self.at)

    def settle(self):
        agenda.lock(self.event)
        places.settle(self.event, at=self.at)

    def let_late_ones_go(self):
        self.may_leave = {one.id for one in self.all() if one.offer_ends_at and one.offer_ends_at <= self.at}

    def teardown(self):
        if getattr(self, "event", None) is not None:
            self.event.state = EventState.CANCELLED
            self.session.flush()

    # What holds after each step

    def limits(self):
        """By side: how many seats there are, and how many of them are kept for the group."""
        held = {}
        for quota in self.session.scalars(select(Quota).where(Quota.event_id == self.event.id)):
            held[quota.mode, quota.id] = quota.places
        if self.event.format != Format.HYBRID:
            return {None: self.event.capacity}, held
        return {Mode.ONSITE: self.event.capacity, Mode.ONLINE: self.event.capacity_online}, held

    def side(self, mode):
        return mode if self.event.format == Format.HYBRID else None

    def used(self, rows, side):
        """Seats that somebody has, and those nobody but the group may have."""
        _capacities, held = self.limits()
        own = Counter(group for seat, mode, group in rows if seat in HELD and self.side(mode) == side)
        kept = sum(max(n - own[group], 0) for (where, group), n in held.items() if where == side)
        return sum(own.values()), kept, own, held

    @invariant()
    def no_seat_is_sold_twice(self):
        if not hasattr(self, "event") or self.may_pass:
            return
        now = [(one.seat, one.mode, one.quota_id) for one in self.all()]
        for side, capacity in self.limits()[0].items():
            if capacity is None:
                continue
            taken = self.used(now, side)[0]
            had = sum(seat in HELD and self.side(mode) == side for seat, mode, _ in self.before.values())
            assert taken <= max(capacity, had), (side, taken, capacity, had)

    @invariant()
    def nobody_is_passed_over(self):
        if not hasattr(self, "event"):
            return
        rows = self.all()
        now = [(one.seat, one.mode, one.quota_id) for one in rows]
        lines = {}
        for one in rows:
            lines.setdefault((self.side(one.mode), one.quota_id), []).append(one)
        for (side, group), line in lines.items():
            waiting = [one for one in line if one.seat == Seat.WAITING]
            if not waiting:
                continue
            moved = [
                one for one in line
                if one.seat in HELD and self.before.get(one.id, (None,))[0] == Seat.WAITING
                and self.before[one.id][1] == one.mode
            ]  # fmt: skip
            first = (waiting[0].asked_at, waiting[0].id)
            if not self.may_pass:
                assert all((one.asked_at, one.id) < first for one in moved)
            capacity = self.limits()[0][side]
            taken, kept, own, held = self.used(now, side)
            mine = max(held.get((side, group), 0) - own[group], 0)
            assert capacity is not None and taken + kept - mine >= capacity, (side, group, taken, kept)

    @invariant()
    def nobody_loses_a_seat(self):
        if not hasattr(self, "event"):
            return
        now = {one.id: one.seat for one in self.all()}
        lost = {key for key, (seat, *_) in self.before.items() if seat in HELD and now[key] not in HELD}
        assert lost <= self.may_leave

    @invariant()
    def only_an_offer_has_a_deadline(self):
        if hasattr(self, "event"):
            assert all((one.seat == Seat.OFFERED) == (one.offer_ends_at is not None) for one in self.all())


def test_random_histories_never_oversell_and_never_pass_anybody_over(session, make):
    people = [make.person(email=None) for _ in range(PEOPLE)]

    def machine():
        played = History()
        played.session, played.make, played.people = session, make, people
        return played

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


# The rule by itself


def given(capacities, held, taken, queue, *, are_offered=False):
    claims = [Claim(key, line) for key, line in enumerate(queue, 1)]
    return list(decide(Room(capacities, held), taken, claims, are_offered=are_offered))


def test_the_sides_of_a_hybrid_event_are_counted_apart():
    room, online = Line(Mode.ONSITE), Line(Mode.ONLINE)
    assert given({Mode.ONSITE: 1, Mode.ONLINE: None}, {}, {room: 1}, [room, online, online]) == [2, 3]


def test_places_held_back_are_for_the_group_and_the_group_queues_like_others_beyond_them():
    anybody, speaker = Line(), Line(None, 7)
    assert given({None: 3}, {speaker: 1}, {}, [anybody, anybody, anybody, speaker]) == [1, 2, 4]
    assert given({None: 3}, {speaker: 1}, {speaker: 1}, [speaker, anybody, anybody]) == [1, 2]


def test_an_offered_place_counts_as_taken_and_newcomers_do_not_pass_those_who_wait():
    claims = [Claim(1, Line()), Claim(2, Line(), is_new=True)]
    assert decide(Room({None: 1}), {}, claims, are_offered=True) == {1: Seat.OFFERED}
    assert decide(Room({None: 2}), {}, claims, are_offered=True) == {1: Seat.OFFERED, 2: Seat.CONFIRMED}


def test_offers_grow_shorter_near_the_start_and_then_end():
    def lasts(days, hours=48):
        starts_at = EARLY + timedelta(days=days)
        ends_at = offer_ends(hours, starts_at=starts_at, at=EARLY)
        return None if ends_at is None else ends_at - EARLY

    assert lasts(30) == timedelta(hours=48)
    assert lasts(2) == timedelta(hours=12)
    assert lasts(0.5) == timedelta(hours=3)
    assert lasts(0.3) is None  # 1 h 48 would be left: the place is given at once
    assert lasts(30, hours=None) is None
    assert lasts(-1) is None
