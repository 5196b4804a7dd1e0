"""A small IMAP server on loopback (RFC 9051): one account, one mailbox, what imaplib asks of it."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Mailbox:
    """What the server holds: the mails by their UID, with their flags, and what was moved where."""

    def __init__(self, *mails: bytes) -> None:
        self.mails = dict(enumerate(mails, 1))
        self.flags: dict[int, set[str]] = {uid: set() for uid in self.mails}
        self.moved: dict[str, list[bytes]] = {}
        self.log: list[str] = []
        self.can_move = True


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, _space, rest = line.partition(" ")
            self.box.log.append(re.sub(r"LOGIN.*", "LOGIN", rest))
            verb, _space, words = rest.partition(" ")
            if verb.upper() == "UID":
                verb, _space, words = words.partition(" ")
            answer = getattr(self, f"do_{verb.lower()}", None)
            if answer is None:
                self.say(f"{tag} BAD unknown")
                continue
            done = answer(words)
            self.say(f"{tag} {done or 'OK done'}")
            if verb.upper() == "LOGOUT":
                return

    @property
    def box(self) -> Mailbox:
        return self.server.box  # type: ignore[attr-defined]

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def do_capability(self, _words: str) -> None:
        self.say("* CAPABILITY IMAP4rev1 UIDPLUS" + (" MOVE" if self.box.can_move else ""))

    def do_login(self, words: str) -> str | None:
        return None if words == 'journal "secret"' else "NO wrong"

    def do_select(self, words: str) -> str | None:
        if words.strip('"') != "INBOX":
            return "NO there is no such mailbox"
        self.say(f"* {len(self.box.mails)} EXISTS")
        return "OK [READ-WRITE] done"

    def do_search(self, _words: str) -> None:
        unseen = [str(uid) for uid in self.box.mails if not {"\\Seen", "\\Deleted"} & self.box.flags[uid]]
        self.say(" ".join(["* SEARCH", *unseen]))

    def do_fetch(self, words: str) -> None:
        uid, asked = int(words.split()[0]), words.split(" ", 1)[1]
        raw = self.box.mails[uid]
        if "SIZE" in asked:
            self.say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(raw)})")
            return
        part = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if "HEADER" in asked else raw
        self.wfile.write(
            f"* {uid} FETCH (UID {uid} {asked[1:-1]} {{{len(part)}}}\r\n".encode() + part + b")\r\n"
        )

    def do_store(self, words: str) -> None:
        uid = int(words.split()[0])
        self.box.flags[uid] |= set(re.findall(r"\\\w+", words))

    def do_copy(self, words: str) -> None:
        uid, _space, there = words.partition(" ")
        self.box.moved.setdefault(there.strip('"'), []).append(self.box.mails[int(uid)])

    def do_move(self, words: str) -> None:
        self.do_copy(words)
        del self.box.mails[int(words.split()[0])]

    def do_expunge(self, words: str) -> None:
        if "\\Deleted" in self.box.flags[int(words)]:
            del self.box.mails[int(words)]

    def do_create(self, _words: str) -> None: ...

    def do_logout(self, _words: str) -> None:
        self.say("* BYE")


@contextmanager
def serving(box: Mailbox) -> Iterator[int]:
    """The port on which the mailbox is served."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session) as server:
        server.daemon_threads = True
        server.box = box  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
