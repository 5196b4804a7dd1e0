"""Copies of one letter leave by one call to SendGrid; every reader gets one, or is known as uncertain."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from markupsafe import Markup
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from crm.db import db
from crm.mail import addresses, services
from crm.mail.composers import Claimed, composes
from crm.mail.composing import Letter, lay_out, place
from crm.mail.message import Message
from crm.mail.models import Channel, Delivery, DeliveryState, Dispatch, DispatchState, Purpose
from crm.mail.outbox import HANDFUL
from crm.mail.senders.sendgrid import SendGridSender
from tests.mail.fake_sendgrid import FakeSendGrid, accept, answer, drop_after_accepting
from tests.make import EARLY
from tests.outbox import courier

LATER = EARLY + timedelta(minutes=20)
READERS = 60


@composes("test.copies")
def _copies(deliveries: Sequence[Claimed]) -> Iterator[Message]:
    for delivery in deliveries:
        letter = Letter(
            language=delivery.language,
            title=f"Lettre à {place('name')}"
            if delivery.language == "fr"
            else f"A letter to {place('name')}",
            body=Markup("<p>{}</p>").format(place("name")),
            house="Maillage",
        )
        said = lay_out(letter).fill(name=delivery.facts.get("name", delivery.email))
        ics = {"ics": b"BEGIN:VCALENDAR", "method": "REQUEST"} if delivery.facts.get("ics") else {}
        yield delivery.message(**said._asdict(), **ics)


@pytest.fixture
def provider() -> Iterator[FakeSendGrid]:
    with FakeSendGrid() as fake:
        yield fake


@pytest.fixture
def dispatch(session: Session) -> Dispatch:
    opened = services.dispatch(
        subject="mailings:1", title="Lettre", purpose=Purpose.NEWSLETTER, by="staff", at=EARLY
    )
    session.commit()
    return opened


def _queue(dispatch: Dispatch, number: int = READERS, **facts: object) -> None:
    for one in range(number):
        services.queue(
            kind="test.copies",
            subject_id=1,
            address=addresses.find_or_add(f"p{one}@example.org"),
            purpose=Purpose.NEWSLETTER,
            language="en" if one % 3 == 0 else "fr",
            at=EARLY,
            dispatch=dispatch,
            facts=facts,
        )
    db.session.commit()


def _send(provider: FakeSendGrid, at: object = EARLY) -> Counter[DeliveryState]:
    sender = SendGridSender(key="SG.test", url=provider.url, timeout=1)
    return courier(sender, at=at).run()  # type: ignore[arg-type]


def _states() -> dict[str, DeliveryState]:
    rows = select(Delivery).execution_options(populate_existing=True)
    return {delivery.address.email: delivery.state for delivery in db.session.scalars(rows)}


def test_each_reader_gets_one_copy_with_words_and_links_of_their_own(
    session: Session, provider: FakeSendGrid, dispatch: Dispatch
) -> None:
    _queue(dispatch)
    assert _send(provider) == {DeliveryState.ACCEPTED: READERS}
    assert set(provider.counts.values()) == {1} and len(provider.received) == READERS
    # A call for each language of the first handful; what is left goes by two more.
    assert len(provider.calls) <= 4 + READERS // HANDFUL
    by_id = {one.message_id: one for one in provider.received}
    for delivery in session.scalars(select(Delivery)):
        read = by_id[f"{delivery.message_id}@example.org"]
        to = delivery.address.email
        assert read.to == to
        assert read.subject == (f"A letter to {to}" if delivery.language == "en" else f"Lettre à {to}")
        assert f"<p>{to}</p>" in read.html.replace("\n", "") or to in read.html
        assert to in read.text
        assert read.headers["List-Unsubscribe"] == f"<https://crm.example.org/u/{delivery.token}>"
        assert read.headers["Message-ID"] == f"<{delivery.message_id}@example.org>"
        assert delivery.provider_id is not None and delivery.provider_id.startswith("sg-")


def test_a_large_mailing_leaves_by_a_thousand_in_one_call(
    session: Session, provider: FakeSendGrid, dispatch: Dispatch
) -> None:
    rows = [{"email": f"p{number}@example.org", "id": number} for number in range(1, 1_500)]
    session.execute(addresses.Address.__table__.insert(), rows)
    everyone = select(
        addresses.Address.id.label("address_id"),
        literal(None).label("person_id"),
        literal("fr").label("language"),
    )
    number = services.queue_many(
        everyone, kind="test.copies", subject_id=1, purpose=Purpose.NEWSLETTER, dispatch=dispatch, at=EARLY
    )
    session.commit()
    assert _send(provider) == {DeliveryState.ACCEPTED: number}
    assert [len(call["personalizations"]) for call in provider.calls] == [HANDFUL, 1_000, 479]
    assert set(provider.counts.values()) == {1}


def test_what_looks_like_a_mark_in_a_name_stays_a_name(
    session: Session, provider: FakeSendGrid, dispatch: Dispatch
) -> None:
    _queue(dispatch, 4, name="-t0- {{prénom}} <b> & %name%")
    _send(provider)
    assert {
        read.subject.partition("à ")[2] or read.subject.partition("to ")[2] for read in provider.received
    } == {"-t0- {{prénom}} <b> & %name%"}
    assert all("-t0- {{prénom}} &lt;b&gt; &amp; %name%" in read.html for read in provider.received)


def test_messages_with_a_calendar_entry_stay_one_call_each(
    session: Session, provider: FakeSendGrid, dispatch: Dispatch
) -> None:
    _queue(dispatch, 3, ics=True)
    _send(provider)
    assert [len(call["personalizations"]) for call in provider.calls] == [1, 1, 1]


def test_long_words_of_ones_own_go_alone(
    session: Session, provider: FakeSendGrid, dispatch: Dispatch
) -> None:
    _queue(dispatch, 3, name="x" * 6_000)
    assert _send(provider) == {DeliveryState.ACCEPTED: 3}
    assert [len(call["personalizations"]) for call in provider.calls] == [1, 1, 1]


def test_a_call_that_is_refused_is_parted_until_the_bad_ones_stand_alone(
    session: Session, provider: FakeSendGrid, dispatch: Dispatch
) -> None:
    _queue(dispatch)
    provider.refuses = {"p7@example.org", "p31@example.org"}
    assert _send(provider) == {DeliveryState.ACCEPTED: READERS - 2, DeliveryState.FAILED: 2}
    assert {to for to, state in _states().items() if state is DeliveryState.FAILED} == provider.refuses
    assert set(provider.counts.values()) == {1} and len(provider.counts) == READERS - 2
    session.refresh(dispatch)
    assert dispatch.state is DispatchState.LEAVING


def test_a_letter_that_is_refused_to_all_pauses_its_dispatch_after_a_few(
    session: Session, provider: FakeSendGrid, dispatch: Dispatch
) -> None:
    _queue(dispatch)
    provider.answer = answer(400)
    told = _send(provider)
    session.refresh(dispatch)
    assert dispatch.state is DispatchState.PAUSED
    assert told[DeliveryState.FAILED] <= HANDFUL
    assert Counter(_states().values())[DeliveryState.QUEUED] >= READERS - HANDFUL


@pytest.mark.parametrize(
    ("status", "needs_person", "rest"), [(429, False, 90), (500, False, 90), (401, True, 0), (403, True, 0)]
)
def test_a_provider_that_takes_none_loses_none(
    session: Session, provider: FakeSendGrid, dispatch: Dispatch, status: int, needs_person: bool, rest: int
) -> None:
    _queue(dispatch)
    provider.answer = answer(status, Retry_After="90")
    _send(provider)
    assert len(provider.calls) == 1
    assert set(_states().values()) == {DeliveryState.QUEUED}
    assert set(session.scalars(select(Delivery.attempts))) == {0}
    channel = session.get_one(Channel, "sendgrid", populate_existing=True)
    assert channel.needs_person is needs_person
    if rest:
        assert channel.rests_until is not None and channel.rests_until >= EARLY + timedelta(seconds=rest)
        provider.answer = accept
        assert _send(provider, LATER) == {DeliveryState.ACCEPTED: READERS}


def test_a_line_that_breaks_after_the_call_makes_all_of_it_uncertain_and_nothing_else(
    session: Session, provider: FakeSendGrid, dispatch: Dispatch
) -> None:
    _queue(dispatch)
    provider.answers = iter([drop_after_accepting])
    _send(provider)
    uncertain = {to for to, state in _states().items() if state is DeliveryState.UNCERTAIN}
    assert uncertain == set(provider.counts)
    assert len(uncertain) == len(provider.calls[0]["personalizations"])
    provider.answers = iter(())
    _send(provider, LATER)
    assert set(provider.counts.values()) == {1} and len(provider.counts) == READERS
    assert Counter(_states().values()) == {
        DeliveryState.ACCEPTED: READERS - len(uncertain),
        DeliveryState.UNCERTAIN: len(uncertain),
    }
