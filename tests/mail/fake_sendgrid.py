"""A SendGrid on loopback that answers as it is told, and counts what each address received.

    with FakeSendGrid() as provider:
        provider.answer = answer(429, Retry_After="90")     # or accept, hang, drop_after_accepting
        provider.answers = iter([answer(500)])              # for the next calls only, then `answer` again
        provider.refuses = {"bad@example.org"}              # a call with such a reader is answered with 400

What was accepted is in `received`, as each reader would read it: substitutions made in one pass.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["FakeSendGrid", BaseHTTPRequestHandler, dict[str, Any]], None]
MOST = 1_000


@dataclass(frozen=True)
class Read:
    """What one reader got."""

    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    message_id: str


class FakeSendGrid:
    def __init__(self) -> None:
        self.answer: Answer = accept
        self.answers: Iterator[Answer] = iter(())
        self.refuses: set[str] = set()
        self.calls: list[dict[str, Any]] = []
        self.received: list[Read] = []
        # Entries of its own lists that were removed, and how it answers to that.
        self.removed: list[str] = []
        self.removing = 204
        self.ended = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fake.calls.append(call)
                fault = fake.fault(call)
                next(fake.answers, answer(400, fault) if fault else fake.answer)(fake, self, call)

            def do_DELETE(self) -> None:
                fake.removed.append(self.path)
                _say(self, fake.removing, b"" if fake.removing == 204 else b'{"errors": []}')

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> "FakeSendGrid":
        serve = self.server.serve_forever
        self._thread = threading.Thread(target=serve, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def fault(self, call: dict[str, Any]) -> str:
        """What the real one answers with 400, of what its description says."""
        people = call["personalizations"]
        if not 0 < len(people) <= MOST:
            return "too many personalizations"
        if any(len(person["to"]) != 1 for person in people):
            return "readers would see each other"
        for person in people:
            own = person.get("substitutions", {})
            if sum(len(value.encode()) for value in own.values()) > 10_000:
                return "substitutions are too long"
            if not all(isinstance(value, str) for value in (*own.values(), *person["custom_args"].values())):
                return "not a string"
        if self.refuses & {person["to"][0]["email"] for person in people}:
            return "does not contain a valid address"
        return ""

    def take(self, call: dict[str, Any]) -> None:
        for person in call["personalizations"]:
            own = person.get("substitutions", {})
            text, html = (_substituted(part["value"], own) for part in call["content"][:2])
            self.received.append(
                Read(
                    to=person["to"][0]["email"],
                    subject=_substituted(person.get("subject", call["subject"]), own),
                    text=text,
                    html=html,
                    headers={**call["headers"], **person.get("headers", {})},
                    message_id=person["custom_args"]["message_id"],
                )
            )

    @property
    def counts(self) -> Counter[str]:
        """How many messages each address received."""
        return Counter(read.to for read in self.received)


def _substituted(text: str, own: dict[str, str]) -> str:
    if not own:
        return text
    return re.sub("|".join(map(re.escape, own)), lambda found: own[found[0]], text)


def accept(fake: FakeSendGrid, request: BaseHTTPRequestHandler, call: dict[str, Any]) -> None:
    fake.take(call)
    _say(request, 202, b"", X_Message_Id=f"sg-{len(fake.calls)}")


def answer(status: int, words: str = "because", **headers: str) -> Answer:
    told = json.dumps({"errors": [{"message": words}]}).encode()
    return lambda _fake, request, _call: _say(request, status, told, **headers)


def hang(fake: FakeSendGrid, request: BaseHTTPRequestHandler, call: dict[str, Any]) -> None:
    """Take the call and say nothing."""
    fake.ended.wait(10)


def drop_after_accepting(fake: FakeSendGrid, request: BaseHTTPRequestHandler, call: dict[str, Any]) -> None:
    fake.take(call)
    request.connection.shutdown(2)


def _say(request: BaseHTTPRequestHandler, status: int, told: bytes, **headers: str) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.send_header("Content-Length", str(len(told)))
    request.end_headers()
    request.wfile.write(told)
