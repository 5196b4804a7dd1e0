"""The floor of sending: plain smtplib on one open connection, to a sink in another process."""

import smtplib

from tests.bench.harness import seconds
from tests.bench.smtp_sink import sink_process

LETTERS = 1_000


def bare_rate(messages: list[bytes], port: int, *, runs: int = 3) -> float:
    """Messages per second that smtplib alone hands over, one recipient each."""

    def send_all() -> None:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as line:
            line.ehlo()
            for message in messages:
                line.sendmail("from@example.org", ["to@example.org"], message)

    return len(messages) / seconds(send_all, runs=runs)


def bare_smtp_rate(messages: list[bytes]) -> float:
    """`bare_rate` to a sink of its own: what the outbox's sending rate is held against."""
    with sink_process() as port:
        return bare_rate(messages, port)
