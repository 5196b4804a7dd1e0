"""A tiny, fast SMTP server on loopback that keeps or only counts what it is given.

In a test, in a thread of the same process:

    with SmtpSink() as sink:
        send(port=sink.port)
        assert sink.messages[0].to == ["ada@example.org"]

In a bench, in another process, counting only: `with sink_process() as port`. `on` decides what
each command is answered, so that a test can refuse, stall or drop at will:

    sink.on["RCPT"] = lambda line: "550 5.1.1 no such user" if b"gone@" in line else None
    sink.on["."] = lambda line: DROP          # closes the line after the message was taken in
    sink.on["MAIL"] = lambda line: STALL      # says nothing more

`slow` is how many seconds the end of a message is answered after; `most_at_once` tells how many messages to a
domain were under way at the same time, each from its recipient to that answer.

An answer of None is the usual one. Keys are HELO, EHLO, MAIL, RCPT, DATA, RSET, NOOP, QUIT, and
"." for the end of a message.
"""

import asyncio
import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

DROP = "drop"
STALL = "stall"
Answer = Callable[[bytes], str | None]

USUAL = {
    "HELO": b"250 sink\r\n",
    "EHLO": b"250-sink\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go on\r\n",
    "RSET": b"250 2.0.0 ok\r\n",
    "NOOP": b"250 2.0.0 ok\r\n",
    ".": b"250 2.0.0 taken\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
}


@dataclass(frozen=True)
class Received:
    """One message as it came over the wire, dots unstuffed, CRLF kept."""

    sender: str
    to: list[str]
    content: bytes


@dataclass
class _Envelope:
    sender: str = ""
    to: list[str] = field(default_factory=list)


class _Session(asyncio.Protocol):
    """One connection; lines and messages are cut out of one buffer."""

    def __init__(self, sink: "SmtpSink") -> None:
        self.sink = sink
        self.buffer = bytearray()
        self.in_content = False
        self.stalled = False
        self.envelope = _Envelope()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.sink.connections += 1
        self.sink.open.add(transport)
        transport.write(b"220 sink ESMTP\r\n")

    def connection_lost(self, error: Exception | None) -> None:
        self.sink.open.discard(self.transport)
        self._begin()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while not self.stalled and not self.transport.is_closing():
            if not (self._content() if self.in_content else self._command()):
                return

    def _command(self) -> bool:
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 2]
        verb = line[:4].decode("ascii", "replace").upper()
        if self._is_out_of_order(verb):
            self.transport.write(b"503 5.5.1 not now\r\n")
        elif self._answer(verb, line):
            self._note(verb, line)
        elif verb == "MAIL":
            self._begin()
        return True

    def _begin(self, sender: str = "") -> None:
        """What was said of a message is over, whatever became of it."""
        self.sink.ended(self.envelope)
        self.envelope = _Envelope(sender=sender)

    def _is_out_of_order(self, verb: str) -> bool:
        """RCPT needs a sender, DATA a recipient (RFC 5321, 4.1.4)."""
        return (verb == "RCPT" and not self.envelope.sender) or (verb == "DATA" and not self.envelope.to)

    def _note(self, verb: str, line: bytes) -> None:
        """Remember what an accepted command said."""
        if verb == "MAIL":
            self._begin(_mailbox(line))
        elif verb == "RCPT":
            self.envelope.to.append(_mailbox(line))
            self.sink.begun(self.envelope)
        elif verb == "DATA":
            self.in_content = True
        elif verb == "RSET":
            self._begin()
        elif verb == "QUIT":
            self.transport.close()

    def _content(self) -> bool:
        if self.buffer.startswith(b".\r\n"):
            end, rest = 0, 3
        else:
            end = self.buffer.find(b"\r\n.\r\n") + 2
            rest = end + 3
        if end == 1:
            return False
        content = bytes(self.buffer[:end])
        del self.buffer[:rest]
        self.in_content = False
        self.sink.take(self.envelope, content)
        if self.sink.slow:
            asyncio.get_running_loop().call_later(self.sink.slow, self._taken)
        else:
            self._taken()
        return True

    def _taken(self) -> None:
        self._begin()
        self._answer(".", b"")

    def _answer(self, verb: str, line: bytes) -> bool:
        """Answer a command; whether it was accepted."""
        said = self.sink.on[verb](line) if verb in self.sink.on else None
        if said == STALL:
            self.stalled = True
        elif said == DROP:
            self.transport.abort()
        elif said:
            self.transport.write(said.encode() + b"\r\n")
        else:
            self.transport.write(USUAL.get(verb, b"502 5.5.2 not known\r\n"))
            return verb in USUAL
        return said is not None and said[:1] in ("2", "3")


def _mailbox(line: bytes) -> str:
    """The address between the angle brackets of MAIL FROM or RCPT TO."""
    return line.partition(b"<")[2].partition(b">")[0].decode("utf-8", "replace")


class SmtpSink:
    """The server; a port of the system's choice on 127.0.0.1. `keep=False` only counts."""

    def __init__(self, *, keep: bool = True) -> None:
        self.keep = keep
        self.on: dict[str, Answer] = {}
        self.messages: list[Received] = []
        self.count = 0
        self.connections = 0
        self.open: set[asyncio.Transport] = set()
        self.slow = 0.0
        self.under_way: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def take(self, envelope: _Envelope, content: bytes) -> None:
        self.count += 1
        if self.keep:
            unstuffed = content.replace(b"\r\n..", b"\r\n.").removeprefix(b".")
            self.messages.append(Received(envelope.sender, list(envelope.to), unstuffed))

    def begun(self, envelope: _Envelope) -> None:
        domain = envelope.to[-1].rpartition("@")[2]
        self.under_way[domain] += 1
        self.most_at_once[domain] = max(self.most_at_once[domain], self.under_way[domain])

    def ended(self, envelope: _Envelope) -> None:
        for email in envelope.to:
            self.under_way[email.rpartition("@")[2]] -= 1

    async def listen(self) -> None:
        """Open the port, in the running loop."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Session(self), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def __enter__(self) -> "SmtpSink":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.listen(), self._loop).result(5)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        for transport in list(self.open):
            transport.abort()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()


def _serve(line: Connection) -> None:
    async def serve() -> None:
        sink = SmtpSink(keep=False)
        await sink.listen()
        line.send(sink.port)
        await asyncio.Event().wait()

    asyncio.run(serve())


@contextmanager
def sink_process() -> Iterator[int]:
    """The port of a counting sink in a process of its own, ended afterwards."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join(5)
