"""What leaves, when, and what becomes of what does not."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, literal, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from crm.db import db
from crm.mail import outbox, services
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.message import Message
from crm.mail.models import (
    Address,
    Channel,
    Delivery,
    DeliveryState,
    Dispatch,
    DispatchState,
    Objection,
    Purpose,
)
from crm.mail.senders import ChannelRefused, Refused, Unavailable, Uncertain
from tests.make import EARLY, Make
from tests.outbox import MemorySender, courier, send_due, told

LATER = EARLY + timedelta(minutes=10)
MUCH_LATER = EARLY + timedelta(days=1)


@composes("test.letter")
def _letter(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    for delivery in deliveries:
        if delivery.facts.get("away"):
            raise OperationalError("SELECT 1", {}, Exception("the server closed the connection"))
        if delivery.facts.get("breaks"):
            raise LookupError("the record is gone")
        if delivery.facts.get("nothing"):
            yield Suppressed("Nothing to say.")
        else:
            yield delivery.message(
                subject=f"Letter {delivery.subject_id}", text="Hello\n", html="<p>Hello</p>"
            )


def _queued(make: Make, **facts: Any) -> Delivery:
    facts = {
        "kind": "test.letter",
        "subject_id": 1,
        "purpose": Purpose.NEWSLETTER,
        "language": "fr",
        "at": EARLY,
        **facts,
    }
    address = facts.pop("address", None) or make.address()
    delivery = services.queue(address=address, **facts)
    db.session.commit()
    return delivery


def _dispatch(**facts: Any) -> Dispatch:
    facts = {"purpose": Purpose.NEWSLETTER, **facts}
    return services.dispatch(subject="mailings:1", title="Lettre", by="staff@example.org", at=EARLY, **facts)


def _raising(error: Exception, only: str = "") -> MemorySender:
    def fails(message: Message) -> None:
        if not only or message.to == only:
            raise error

    return MemorySender(fails)


def test_what_was_queued_leaves_once(session: Session, make: Make) -> None:
    delivery = _queued(make, address=make.address("ada@example.org"))
    sender = MemorySender()
    assert courier(sender, at=EARLY).run() == told(accepted=1)
    assert courier(sender, at=EARLY).run() == told()
    assert [message.to for message in sender.messages] == ["ada@example.org"]
    assert (delivery.state, delivery.provider_id, delivery.ended_at) == (
        DeliveryState.ACCEPTED,
        "memory-1",
        EARLY,
    )


def test_the_same_message_asked_for_twice_is_one(session: Session, make: Make) -> None:
    address = make.address()
    assert _queued(make, address=address) is _queued(make, address=address)


def test_what_is_for_later_waits(session: Session, make: Make) -> None:
    _queued(make, not_before=LATER)
    assert send_due(at=EARLY) == []
    assert len(send_due(at=LATER)) == 1


def test_a_message_carries_its_one_click_address_but_a_service_message_does_not(
    session: Session, make: Make
) -> None:
    news = _queued(make, subject_id=1)
    _queued(make, subject_id=2, purpose=Purpose.SERVICE)
    first, second = sorted(send_due(at=EARLY), key=lambda message: message.subject)
    assert first.unsubscribe_url == f"https://crm.example.org/u/{news.token}"
    assert second.unsubscribe_url == ""


def test_an_objection_made_after_queueing_holds(session: Session, make: Make) -> None:
    delivery = _queued(make)
    services.object_to(delivery.address, frozenset({Purpose.NEWSLETTER}), source="page", at=EARLY)
    session.commit()
    assert send_due(at=EARLY) == []
    assert (delivery.state, delivery.attempts) == (DeliveryState.SUPPRESSED, 0)
    assert "does not want" in str(delivery.reason)


def test_an_objection_to_another_purpose_does_not_hold(session: Session, make: Make) -> None:
    delivery = _queued(make)
    services.object_to(delivery.address, frozenset({Purpose.MOBILISATION}), source="page", at=EARLY)
    session.commit()
    assert len(send_due(at=EARLY)) == 1


def test_a_service_message_cannot_be_objected_to_but_is_held_with_its_address(
    session: Session, make: Make
) -> None:
    address = make.address()
    services.object_to(address, frozenset(Purpose), source="page", at=EARLY)
    _queued(make, address=address, purpose=Purpose.SERVICE)
    assert len(send_due(at=EARLY)) == 1
    services.hold(address, reason="gone", at=EARLY)
    second = _queued(make, address=address, purpose=Purpose.SERVICE, subject_id=2)
    assert send_due(at=EARLY) == []
    assert second.state is DeliveryState.SUPPRESSED


def test_a_newer_version_replaces_what_has_not_left(session: Session, make: Make) -> None:
    address = make.address()
    old = _queued(make, address=address, sequence=0)
    new = _queued(make, address=address, sequence=1)
    assert len(send_due(at=EARLY)) == 1
    assert (old.state, new.state) == (DeliveryState.CANCELLED, DeliveryState.ACCEPTED)


def test_many_are_queued_in_one_statement_each_with_names_of_its_own(session: Session, make: Make) -> None:
    dispatch = _dispatch()
    for _ in range(3):
        make.address()
    everyone = select(
        Address.id.label("address_id"), literal(None).label("person_id"), literal("fr").label("language")
    )
    facts = {"kind": "test.letter", "subject_id": 1, "purpose": Purpose.NEWSLETTER, "dispatch": dispatch}
    assert services.queue_many(everyone, at=EARLY, facts={"note": "é"}, **facts) == 3
    assert services.queue_many(everyone, at=EARLY, **facts) == 0
    session.commit()
    rows = session.scalars(select(Delivery)).all()
    assert len({row.token for row in rows} | {row.message_id for row in rows}) == 6
    assert {len(row.token) for row in rows} == {40}
    assert [row.facts for row in rows] == [{"note": "é"}] * 3
    assert len(send_due(at=EARLY)) == 3


def test_a_paused_dispatch_waits_and_goes_on_when_resumed(session: Session, make: Make) -> None:
    dispatch = _dispatch()
    _queued(make, dispatch=dispatch)
    services.pause(dispatch)
    session.commit()
    assert send_due(at=EARLY) == []
    services.resume(dispatch)
    session.commit()
    assert len(send_due(at=EARLY)) == 1


def test_a_cancelled_dispatch_never_leaves_and_cannot_be_resumed(session: Session, make: Make) -> None:
    dispatch = _dispatch()
    delivery = _queued(make, dispatch=dispatch)
    assert services.cancel(dispatch, at=EARLY) == 1
    session.commit()
    assert send_due(at=EARLY) == []
    session.refresh(delivery)
    assert delivery.state is DeliveryState.CANCELLED
    with pytest.raises(services.DispatchOver):
        services.resume(dispatch)


def test_pausing_takes_effect_within_a_handful(session: Session, make: Make) -> None:
    dispatch = _dispatch()
    for number in range(50):
        _queued(make, dispatch=dispatch, subject_id=number)
    sender = MemorySender()

    def pause_at_the_third(_message: Message) -> None:
        if len(sender.messages) == 2:
            services.pause(db.session.get_one(Dispatch, dispatch.id))
            db.session.commit()

    sender.fails = pause_at_the_third
    courier(sender, at=EARLY).run()
    assert len(sender.messages) == outbox.HANDFUL


def test_a_single_message_does_not_wait_behind_a_mailing(session: Session, make: Make) -> None:
    dispatch = _dispatch()
    for number in range(30):
        _queued(make, dispatch=dispatch, subject_id=number)
    _queued(make, subject_id=99, at=LATER)
    sender = MemorySender()
    courier(sender, at=LATER).run(most=20)
    assert "Letter 99" in [message.subject for message in sender.messages]


def test_a_refused_message_fails_with_the_answer_word_for_word(session: Session, make: Make) -> None:
    delivery = _queued(make)
    courier(_raising(Refused("The mail server refused the message.", "554 5.6.0 too odd")), at=EARLY).run()
    assert (delivery.state, delivery.said) == (DeliveryState.FAILED, "554 5.6.0 too odd")
    assert delivery.address.held_since is None


def test_an_address_that_nobody_reads_is_put_on_hold(session: Session, make: Make) -> None:
    delivery = _queued(make)
    courier(_raising(Refused(said="550 5.1.1 no such user", is_dead=True)), at=EARLY).run()
    session.refresh(delivery.address)
    assert (delivery.state, delivery.address.held_since) == (DeliveryState.FAILED, EARLY)


def test_what_one_recipient_cannot_take_now_is_tried_later_and_not_for_ever(
    session: Session, make: Make
) -> None:
    delivery = _queued(make)
    sender = _raising(Unavailable(said="450 4.2.1 busy", is_channel=False))
    at = EARLY
    tries = 0
    while delivery.state in (DeliveryState.QUEUED, DeliveryState.SENDING) and tries < 100:
        courier(sender, at=at).run()
        session.refresh(delivery)
        at, tries = max(at, delivery.not_before), tries + 1
    assert (delivery.state, delivery.attempts, tries) == (DeliveryState.FAILED, 30, 30)
    assert timedelta(hours=12) < at - EARLY < timedelta(hours=36)


def test_a_provider_in_trouble_is_left_in_peace_and_no_message_loses_a_try(
    session: Session, make: Make
) -> None:
    deliveries = [_queued(make, subject_id=number) for number in range(5)]
    sender = _raising(Unavailable(said="421 4.3.2 closing"))
    asked: list[Message] = []
    refuse = sender.fails
    sender.fails = lambda message: (asked.append(message), refuse(message))[1]  # type: ignore[func-returns-value]
    courier(sender, at=EARLY).run()
    courier(sender, at=EARLY).run()
    assert len(asked) == 1
    assert [delivery.state for delivery in deliveries] == [DeliveryState.QUEUED] * 5
    assert {delivery.attempts for delivery in deliveries} == {0}
    channel = session.get_one(Channel, "memory")
    assert (channel.failures, channel.said) == (1, "421 4.3.2 closing")
    assert channel.rests_until is not None and channel.rests_until > EARLY
    healthy = MemorySender()
    courier(healthy, at=LATER).run()
    assert len(healthy.messages) == 5
    session.refresh(channel)
    assert (channel.failures, channel.reason, channel.rests_until) == (0, None, None)


def test_a_provider_that_says_how_long_to_wait_is_obeyed(session: Session, make: Make) -> None:
    _queued(make)
    courier(_raising(Unavailable(said="429", after=1234)), at=EARLY).run()
    assert session.get_one(Channel, "memory").rests_until == EARLY + timedelta(seconds=1234)


def test_a_provider_that_refuses_our_account_waits_for_a_person(session: Session, make: Make) -> None:
    delivery = _queued(make)
    courier(_raising(ChannelRefused(said="535 5.7.8 wrong password")), at=EARLY).run()
    assert send_due(at=MUCH_LATER) == []
    assert delivery.state is DeliveryState.QUEUED
    from crm.mail import breaker

    breaker.recover(session.get_one(Channel, "memory"))
    session.commit()
    assert len(send_due(at=MUCH_LATER)) == 1


def test_silence_after_the_text_leaves_the_message_uncertain_and_nothing_sends_it_again(
    session: Session, make: Make
) -> None:
    delivery = _queued(make)
    courier(_raising(Uncertain(said="timed out")), at=EARLY).run()
    assert delivery.state is DeliveryState.UNCERTAIN
    assert send_due(at=MUCH_LATER) == []
    services.resend(None, at=MUCH_LATER)
    session.commit()
    assert len(send_due(at=MUCH_LATER)) == 1


def test_what_a_dead_worker_had_in_hand_becomes_uncertain_when_its_lease_runs_out(
    session: Session, make: Make
) -> None:
    delivery = _queued(make)

    def dies(_message: Message) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        courier(MemorySender(dies), at=EARLY).run()
    assert send_due(at=EARLY + timedelta(minutes=2)) == []
    assert delivery.state is DeliveryState.SENDING
    assert send_due(at=EARLY + timedelta(minutes=4)) == []
    session.refresh(delivery)
    assert (delivery.state, delivery.attempts) == (DeliveryState.UNCERTAIN, 1)


def test_a_worker_told_to_stop_gives_back_what_it_has_not_begun(session: Session, make: Make) -> None:
    for number in range(25):
        _queued(make, subject_id=number)
    sender = MemorySender()
    courier(sender, at=EARLY, stopping=lambda: len(sender.messages) >= 3).run()
    counted = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
    states = {state: number for state, number in counted}
    assert states == {DeliveryState.ACCEPTED: 3, DeliveryState.QUEUED: 22}
    assert {delivery.attempts for delivery in session.scalars(select(Delivery))} == {0, 1}
    assert len(send_due(at=EARLY)) == 22


def test_a_message_that_cannot_be_written_fails_alone(session: Session, make: Make) -> None:
    good, bad = _queued(make, subject_id=1), _queued(make, subject_id=2, facts={"breaks": True})
    unknown = _queued(make, subject_id=3, kind="test.nobody")
    assert len(send_due(at=EARLY)) == 1
    assert good.state is DeliveryState.ACCEPTED
    assert (bad.state, bad.said) == (DeliveryState.FAILED, "LookupError")
    assert (unknown.state, unknown.said) == (DeliveryState.FAILED, "test.nobody: no composer")


def test_a_message_that_the_database_kept_from_being_written_waits_for_its_next_try(
    session: Session, make: Make
) -> None:
    delivery = _queued(make, facts={"away": True})
    assert send_due(at=EARLY) == []
    session.refresh(delivery)
    assert (delivery.state, delivery.attempts) == (DeliveryState.QUEUED, 1)
    assert delivery.not_before > EARLY and "database" in str(delivery.reason)
    delivery.facts = {}
    session.commit()
    assert len(send_due(at=LATER)) == 1


def test_a_composer_may_find_that_there_is_nothing_to_say(session: Session, make: Make) -> None:
    delivery = _queued(make, facts={"nothing": True})
    assert send_due(at=EARLY) == []
    assert (delivery.state, delivery.reason) == (DeliveryState.SUPPRESSED, "Nothing to say.")


def test_a_dispatch_of_which_every_message_is_refused_is_paused(session: Session, make: Make) -> None:
    dispatch = _dispatch()
    for number in range(45):
        _queued(make, subject_id=number, dispatch=dispatch)
    courier(_raising(Refused(said="554 spam")), at=EARLY).run()
    session.refresh(dispatch)
    assert dispatch.state is DispatchState.PAUSED
    assert "Ten messages" in str(dispatch.pause_reason)
    failed = select(func.count()).where(Delivery.state == DeliveryState.FAILED)
    assert session.scalar(failed) == 20


def test_the_same_delivery_gives_the_same_bytes_again(session: Session, make: Make) -> None:
    _queued(make)
    [first] = send_due(at=EARLY)
    services.resend(None, at=LATER, states=frozenset({DeliveryState.ACCEPTED}))
    session.commit()
    [second] = send_due(at=LATER)
    assert first.as_bytes() == second.as_bytes()


def test_a_choice_of_purposes_replaces_the_one_before_and_keeps_the_day_of_what_stays(
    session: Session, make: Make
) -> None:
    address = make.address()
    services.object_to(address, frozenset({Purpose.NEWSLETTER, Purpose.INVITATION}), source="a", at=EARLY)
    services.object_to(address, frozenset({Purpose.NEWSLETTER, Purpose.SERVICE}), source="b", at=LATER)
    kept = session.scalars(select(Objection)).all()
    assert [(objection.purpose, objection.at, objection.source) for objection in kept] == [
        (Purpose.NEWSLETTER, EARLY, "a")
    ]
