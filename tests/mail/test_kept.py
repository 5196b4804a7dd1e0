"""The bytes of each message, kept for a set time and then gone."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from email import message_from_bytes

import pytest
from flask import Flask
from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import clock
from crm.db import db
from crm.mail import addresses, services, tasks
from crm.mail.composers import Claimed, composes
from crm.mail.composing import Letter, lay_out, place
from crm.mail.kept import queries as kept
from crm.mail.kept import services as keeping
from crm.mail.kept.models import KeptForm, KeptMessage
from crm.mail.kept.services import Keeper
from crm.mail.message import Message
from crm.mail.models import Delivery, DeliveryState, Purpose
from crm.mail.senders import Refused, Uncertain
from tests.make import EARLY, Make
from tests.outbox import MemorySender, courier
from tests.pages import Browser

DAYS = 30
SAID = {"greeting": "Bonjour"}


@composes("test.kept")
def _kept(deliveries: Sequence[Claimed]) -> Iterator[Message]:
    for delivery in deliveries:
        letter = Letter(
            language="fr",
            title="Lettre de printemps",
            body=Markup("<p>{} {}</p>").format(SAID["greeting"], place("name"))
            + Markup("<p>Les données de santé, en pratique.</p>") * 20,
            house="Maillage",
            notices=(f"{delivery.preferences_url}",),
        )
        yield delivery.message(**lay_out(letter).fill(name=delivery.facts["name"])._asdict())


@composes("test.secret", is_confidential=True)
def _secret(deliveries: Sequence[Claimed]) -> Iterator[Message]:
    for delivery in deliveries:
        yield delivery.message(subject="Lien", text="https://crm.example.org/secret\n", html="<p>Lien</p>")


def _queue(number: int, *, kind: str = "test.kept", together: bool = True) -> list[Delivery]:
    dispatch = services.dispatch(
        subject="mailings:1", title="Lettre", purpose=Purpose.NEWSLETTER, by="staff", at=EARLY
    )
    queued = [
        services.queue(
            kind=kind,
            subject_id=dispatch.id,
            address=addresses.find_or_add(f"hélène{one}@example.org".replace("é", "e").replace("è", "e")),
            purpose=Purpose.NEWSLETTER,
            language="fr",
            at=EARLY,
            dispatch=dispatch if together else None,
            facts={"name": f"Hélène Martin-{one}"},
        )
        for one in range(number)
    ]
    db.session.commit()
    return queued


def _send(sender: MemorySender | None = None) -> MemorySender:
    sender = sender or MemorySender()
    courier(sender, at=EARLY, keeper=Keeper(DAYS)).run()
    return sender


def test_what_each_reader_got_is_read_again_byte_for_byte_whatever_became_of_its_words(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued = _queue(25)
    sent = {message.to: message.as_bytes() for message in _send().messages}
    monkeypatch.setitem(SAID, "greeting", "Adieu")
    assert [kept.content_of(one.id) == sent[one.address.email] for one in queued] == [True] * 25
    size = session.scalar(select(func.sum(func.length(KeptMessage.content)))) or 0
    assert size < sum(map(len, sent.values())) / 10


def test_what_messages_have_in_common_tells_of_no_reader(session: Session) -> None:
    queued = _queue(25)
    _send()
    [content] = session.scalars(select(KeptForm.content))
    import zlib

    form = zlib.decompress(content).decode()
    assert "pratique" in form
    for one in queued:
        assert one.token not in form and one.address.email not in form
        assert one.message_id not in form and one.facts["name"] not in form


def test_few_messages_or_single_ones_are_kept_whole(session: Session) -> None:
    queued = [*_queue(2), *_queue(3, together=False)]
    sent = {message.message_id: message.as_bytes() for message in _send().messages}
    assert session.scalar(select(func.count()).select_from(KeptForm)) == 0
    for one in queued:
        assert kept.content_of(one.id) == sent[f"{one.message_id}@example.org"]


def test_only_what_may_have_arrived_is_kept(session: Session) -> None:
    refused, uncertain = _queue(2)

    def fails(message: Message) -> None:
        raise Refused if message.to == refused.address.email else Uncertain

    _send(MemorySender(fails))
    assert kept.content_of(refused.id) is None
    content = kept.content_of(uncertain.id)
    assert content is not None and b"Lettre de printemps" in content
    # Sent again and taken, it is one message still.
    services.resend(uncertain.dispatch, at=EARLY, states=frozenset({DeliveryState.UNCERTAIN}))
    session.commit()
    _send()
    assert kept.content_of(uncertain.id) == content


def test_links_that_open_accounts_are_never_kept(session: Session) -> None:
    [delivery] = _queue(1, kind="test.secret")
    assert len(_send().messages) == 1
    assert kept.content_of(delivery.id) is None


def test_a_setting_of_no_days_keeps_nothing(session: Session) -> None:
    _queue(6)
    courier(MemorySender(), at=EARLY, keeper=Keeper(0)).run()
    assert session.scalar(select(func.count()).select_from(KeptMessage)) == 0


def test_when_its_time_is_over_nothing_is_kept(session: Session) -> None:
    _queue(25)
    _send()
    assert keeping.forget(days=DAYS, at=EARLY + timedelta(days=DAYS - 1)) == 0
    assert keeping.forget(days=DAYS, at=EARLY + timedelta(days=DAYS, seconds=1)) == 25
    for model in (KeptMessage, KeptForm):
        assert session.scalar(select(func.count()).select_from(model)) == 0


def test_who_is_erased_leaves_no_message_behind(session: Session) -> None:
    first, second = _queue(2)
    _send()
    assert keeping.erase(Delivery.address_id == first.address_id) == [first.message_id]
    assert kept.content_of(first.id) is None and kept.content_of(second.id) is not None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_page_of_a_message_gives_its_words_and_its_file_to_those_who_send(
    app: Flask, client: Browser, make: Make
) -> None:
    with app.app_context():
        [delivery] = _queue(1)
        key, name = delivery.id, delivery.message_id
        [secret] = _queue(1, kind="test.secret")
        secret_key = secret.id
        tasks.one_pass()
        # The folder of the machine is not where they are read from.
        for file in (app.config["DATA_DIR"] / "outbox").glob("*.eml"):
            file.unlink()
    address = f"/mail/deliveries/{key}"
    assert client.as_("viewer").get(address).status_code == 403
    staff = client.as_("staff")
    page = staff.get(address).text
    assert "Lettre de printemps" in page and "Bonjour Hélène Martin-0" in page
    assert "Hélène Martin-0" in staff.get(f"{address}/html").text
    raw = staff.get(f"{address}/raw")
    assert f'filename="{name}.eml"' in raw.headers["Content-Disposition"]
    assert message_from_bytes(raw.data)["Message-ID"] == f"<{name}@example.org>"
    assert staff.get(f"/mail/deliveries/{secret_key}").status_code == 403
    assert "jamais conservés" in client.as_("admin").get(f"/mail/deliveries/{secret_key}").text
    with app.app_context():
        keeping.forget(days=0, at=clock.now() + timedelta(seconds=1))
        db.session.commit()
    page = client.get(address)
    assert page.status_code == 200 and "Rien n’en est conservé" in page.text
    assert client.get(f"{address}/raw").status_code == 404
