"""The three ways out: what they hand over, and what each failure of theirs is called."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crm.mail.message import Message
from crm.mail.senders import ChannelRefused, Refused, Unavailable, Uncertain, sender
from crm.mail.senders.folder import FolderSender
from crm.mail.senders.sendgrid import SendGridSender, body
from crm.mail.senders.smtp import SmtpSender
from tests.bench.smtp_sink import DROP, STALL, SmtpSink
from tests.mail.fake_sendgrid import Answer, FakeSendGrid, answer, drop_after_accepting, hang

ICS = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


def _message(**facts: Any) -> Message:
    facts = {
        "to": "ada@example.org",
        "to_name": "Ada Lovelace",
        "subject": "Invitation",
        "text": "Bonjour\n.\n..fin\n",
        "html": "<p>Bonjour</p>",
        "sender": "maillage@example.org",
        "reply_to": "contact@example.org",
        "message_id": "abc123@example.org",
        "sent_at": datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        "unsubscribe_url": "https://crm.example.org/u/token",
        **facts,
    }
    return Message(**facts)


# Folder


def test_the_folder_holds_one_whole_file_for_each_message(tmp_path: Path) -> None:
    folder = FolderSender(tmp_path / "outbox")
    assert folder.send(_message()) == folder.send(_message()) == "abc123.eml"
    assert [file.name for file in (tmp_path / "outbox").iterdir()] == ["abc123.eml"]
    assert (tmp_path / "outbox" / "abc123.eml").read_bytes() == _message().as_bytes()


def test_a_folder_that_cannot_be_written_is_not_now(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file stands where the folder should be")
    with pytest.raises(Unavailable):
        FolderSender(tmp_path / "outbox").send(_message())


# SMTP


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


def _smtp(sink: SmtpSink, **facts: Any) -> SmtpSender:
    facts = {"user": "", "password": "", "tls": "none", "timeout": 1.0, **facts}
    return SmtpSender(host="127.0.0.1", port=sink.port, **facts)


def _without_pipelining(_line: bytes) -> str:
    return "250-sink\r\n250 8BITMIME"


@pytest.mark.parametrize("pipelines", [True, False])
def test_messages_arrive_byte_for_byte_over_one_connection(sink: SmtpSink, pipelines: bool) -> None:
    if not pipelines:
        sink.on["EHLO"] = _without_pipelining
    smtp = _smtp(sink)
    for number in range(3):
        smtp.send(_message(to=f"p{number}@example.org"))
    smtp.close()
    assert sink.connections == 1
    assert [received.to for received in sink.messages] == [[f"p{number}@example.org"] for number in range(3)]
    assert sink.messages[0].content == _message(to="p0@example.org").as_bytes()


@pytest.mark.parametrize("pipelines", [True, False])
@pytest.mark.parametrize(
    ("step", "answer", "failure", "is_dead"),
    [
        ("RCPT", "550 5.1.1 no such user", Refused, True),
        ("RCPT", "550 5.7.1 not from you", Refused, False),
        ("RCPT", "552 5.2.2 mailbox full", Refused, False),
        (".", "554 5.6.0 content not liked", Refused, False),
        ("RCPT", "450 4.2.1 busy", Unavailable, None),
        (".", "451 4.3.0 try again", Unavailable, None),
        ("MAIL", "421 4.3.2 closing", Unavailable, None),
        ("MAIL", "550 5.7.1 sender not yours", ChannelRefused, None),
        ("MAIL", "530 5.7.0 authenticate first", ChannelRefused, None),
        ("MAIL", DROP, Unavailable, None),
        (".", DROP, Uncertain, None),
        (".", STALL, Uncertain, None),
    ],
)
def test_each_answer_of_a_server_has_its_meaning(
    sink: SmtpSink, pipelines: bool, step: str, answer: str, failure: type[Exception], is_dead: bool | None
) -> None:
    if not pipelines:
        sink.on["EHLO"] = _without_pipelining
    sink.on[step] = lambda _line: answer
    smtp = _smtp(sink)
    with pytest.raises(failure) as failed:
        smtp.send(_message())
    assert type(failed.value) is failure
    if is_dead is not None:
        assert failed.value.is_dead is is_dead  # type: ignore[attr-defined]
    # Whatever happened, the next message is not harmed.
    del sink.on[step]
    smtp.send(_message(to="next@example.org"))
    assert sink.messages[-1].to == ["next@example.org"]
    smtp.close()


def test_a_server_that_ends_an_old_connection_is_called_again_at_once(sink: SmtpSink) -> None:
    smtp = _smtp(sink)
    smtp.send(_message())
    answers = iter(["421 4.7.0 too many messages on this connection"])
    sink.on["MAIL"] = lambda _line: next(answers, None)
    smtp.send(_message(to="second@example.org"))
    assert [received.to for received in sink.messages] == [["ada@example.org"], ["second@example.org"]]
    assert sink.connections == 2
    smtp.close()


def test_a_connection_takes_so_many_messages_and_is_ended_with_a_farewell(sink: SmtpSink) -> None:
    said: list[bytes] = []
    sink.on["QUIT"] = lambda line: said.append(line)  # type: ignore[func-returns-value]
    smtp = _smtp(sink, most=2)
    for number in range(5):
        smtp.send(_message(to=f"p{number}@example.org"))
    assert (sink.connections, len(said)) == (3, 2)
    smtp.close()
    assert len(sink.messages) == 5 and len(said) == 3


def test_a_connection_that_rested_is_tried_before_it_is_used(
    sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.mail.senders.smtp.IDLE", 0)
    smtp = _smtp(sink)
    smtp.send(_message())
    sink.on["NOOP"] = lambda _line: DROP
    smtp.send(_message(to="second@example.org"))
    assert [received.to for received in sink.messages] == [["ada@example.org"], ["second@example.org"]]
    assert sink.connections == 2
    smtp.close()


def test_nobody_at_the_door_is_not_now() -> None:
    smtp = SmtpSender(host="127.0.0.1", port=1, user="", password="", tls="none", timeout=1)
    with pytest.raises(Unavailable):
        smtp.send(_message())


def test_a_server_that_cannot_sign_us_in_waits_for_a_person(sink: SmtpSink) -> None:
    with pytest.raises(ChannelRefused):
        _smtp(sink, user="me", password="wrong").send(_message())


def test_a_server_without_the_encryption_asked_for_gets_nothing(sink: SmtpSink) -> None:
    with pytest.raises(ChannelRefused):
        _smtp(sink, tls="starttls").send(_message())
    assert sink.messages == []


# SendGrid


@pytest.fixture
def provider() -> Iterator[FakeSendGrid]:
    with FakeSendGrid() as fake:
        yield fake


def _sendgrid(provider: FakeSendGrid) -> SendGridSender:
    return SendGridSender(key="SG.test", url=provider.url, timeout=0.5)


def test_sendgrid_is_given_one_recipient_the_parts_in_order_and_no_tracking(provider: FakeSendGrid) -> None:
    assert _sendgrid(provider).send(_message(ics=ICS, method="REQUEST")) == "sg-1"
    [call] = provider.calls
    assert [part["type"] for part in call["content"]] == [
        "text/plain",
        "text/html",
        "text/calendar; method=REQUEST",
    ]
    assert [person["to"] for person in call["personalizations"]] == [
        [{"email": "ada@example.org", "name": "Ada Lovelace"}]
    ]
    assert call["attachments"][0]["type"] == "application/ics"
    [person] = call["personalizations"]
    assert person["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert person["headers"]["Message-ID"] == "<abc123@example.org>"
    tracking = call["tracking_settings"]
    assert [
        tracking[name]["enable"] for name in ("click_tracking", "open_tracking", "subscription_tracking")
    ] == [
        False,
        False,
        False,
    ]
    assert not {"From", "To", "Subject", "Reply-To"} & (call["headers"] | person["headers"]).keys()


def test_a_service_message_tells_sendgrid_of_no_unsubscribing() -> None:
    [person] = body(_message(unsubscribe_url=""))["personalizations"]
    assert "List-Unsubscribe" not in person["headers"]


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (400, Refused),
        (413, Refused),
        (401, ChannelRefused),
        (403, ChannelRefused),
        (429, Unavailable),
        (500, Unavailable),
        (503, Unavailable),
    ],
)
def test_each_answer_of_sendgrid_has_its_meaning(
    provider: FakeSendGrid, status: int, failure: type[Exception]
) -> None:
    provider.answer = answer(status)
    with pytest.raises(failure) as failed:
        _sendgrid(provider).send(_message())
    assert type(failed.value) is failure
    assert "because" in failed.value.said  # type: ignore[attr-defined]


def test_sendgrid_says_how_long_to_wait(provider: FakeSendGrid) -> None:
    provider.answer = answer(429, Retry_After="90")
    with pytest.raises(Unavailable) as failed:
        _sendgrid(provider).send(_message())
    assert failed.value.after == 90


@pytest.mark.parametrize("answers", [hang, drop_after_accepting])
def test_silence_after_the_call_is_uncertain(provider: FakeSendGrid, answers: Answer) -> None:
    provider.answer = answers
    with pytest.raises(Uncertain):
        _sendgrid(provider).send(_message())


def test_sendgrid_that_cannot_be_reached_is_not_now() -> None:
    with pytest.raises(Unavailable):
        SendGridSender(key="SG.test", url="http://127.0.0.1:1", timeout=0.5).send(_message())


@pytest.mark.parametrize(
    ("name", "kind"), [("folder", FolderSender), ("smtp", SmtpSender), ("sendgrid", SendGridSender)]
)
def test_the_setting_chooses_the_way_out(name: str, kind: type, tmp_path: Path) -> None:
    import config

    chosen = config.load(
        {"DATA_DIR": str(tmp_path), "MAIL_SENDER": name, "SENDGRID_API_KEY": "SG.x", "SECRET_KEY": "s" * 40}
    )
    assert isinstance(sender(chosen), kind)
