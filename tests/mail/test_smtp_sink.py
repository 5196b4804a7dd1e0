"""The test server itself: it refuses, stalls and drops when told to."""

import smtplib

import pytest

from tests.bench.smtp_sink import DROP, STALL, SmtpSink, sink_process

LETTER = b"Subject: x\r\n\r\n.hello\r\n"


def send(port: int, to: str = "ada@example.org") -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost", timeout=0.5) as line:
        line.sendmail("from@example.org", [to], LETTER)


def test_it_keeps_what_it_is_given():
    with SmtpSink() as sink:
        send(sink.port)
        send(sink.port, "eve@example.org")
    assert [(kept.sender, kept.to, kept.content) for kept in sink.messages] == [
        ("from@example.org", ["ada@example.org"], LETTER),
        ("from@example.org", ["eve@example.org"], LETTER),
    ]
    assert (sink.count, sink.connections) == (2, 2)


def test_it_refuses_whom_it_is_told_to():
    with SmtpSink() as sink:
        sink.on["RCPT"] = lambda line: "550 5.1.1 no such user" if b"gone@" in line else None
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(sink.port, "gone@example.org")
        send(sink.port)
    assert sink.count == 1


def test_it_drops_the_line_after_it_took_the_message():
    with SmtpSink() as sink:
        sink.on["."] = lambda _line: DROP
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(sink.port)
    assert sink.count == 1


def test_it_says_nothing_more():
    with SmtpSink() as sink:
        sink.on["MAIL"] = lambda _line: STALL
        with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
            send(sink.port)
    assert sink.count == 0


def test_another_process_takes_messages_too():
    with sink_process() as port:
        send(port)
