"""Where mail that comes in lies: folders of .eml files, or a mailbox read by IMAP (RFC 9051).

A box gives its mails one by one; each is marked as done only when the one who took it says so, after
the commit. What dies in between is given again.
"""

import base64
import contextlib
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

MOST_AT_ONCE = 200
TIMEOUT = 30  # seconds
DONE = "done"
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class BoxClosed(Exception):
    """The mailbox cannot be read now; says why."""


@dataclass(frozen=True)
class Found:
    """One mail. Of one that is too large only the headers are in `raw`."""

    raw: bytes
    size: int
    is_whole: bool
    done: Callable[[], None]


class Box(Protocol):
    def mails(self) -> Iterator[Found]: ...


def boxes(settings: Mapping[str, Any]) -> list[Box]:
    """The mailbox that the settings name, else the folders: to be filed, answers to invitations, bounces."""
    most = settings["FILING_MOST_MB"] * 1024 * 1024
    if settings["IMAP_HOST"]:
        return [ImapBox(settings, most)]
    names = ("FILING_FOLDER", "REPLIES_FOLDER", "BOUNCE_FOLDER")
    folders = dict.fromkeys(Path(settings[name]) for name in names)
    return [FolderBox(folder, most) for folder in folders]


class FolderBox:
    """A folder into which a mail server, or a person, puts .eml files; they go on to `done` inside it."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most = Path(folder), most

    def mails(self) -> Iterator[Found]:
        if not self._folder.is_dir():
            return
        # Listed first: the folder changes while its files are moved.
        files = sorted(path for path in self._folder.iterdir() if path.suffix.lower() == ".eml")
        for path in files[:MOST_AT_ONCE]:
            try:
                size = path.stat().st_size
                with path.open("rb") as source:
                    raw = source.read(self._most if size <= self._most else 64 * 1024)
            except OSError:
                continue  # Somebody took it away, or it may not be read: the next look finds it or not.
            yield Found(raw, size, size <= self._most, partial(self._move, path))

    def _move(self, path: Path) -> None:
        there = self._folder / DONE
        there.mkdir(exist_ok=True)
        place, number = there / path.name, 1
        while place.exists():
            number += 1
            place = there / f"{path.stem}-{number}{path.suffix}"
        with contextlib.suppress(FileNotFoundError):
            path.rename(place)


class ImapBox:
    """A mailbox on a server: unseen mails are fetched without a mark, then marked as seen or moved."""

    def __init__(self, settings: Mapping[str, Any], most: int) -> None:
        self._settings, self._most = settings, most

    def mails(self) -> Iterator[Found]:
        """Raises BoxClosed."""
        try:
            connection = self._opened()
        except (OSError, imaplib.IMAP4.error) as error:
            raise BoxClosed(str(error)) from error
        try:
            for uid in self._unseen(connection)[:MOST_AT_ONCE]:
                found = self._fetched(connection, uid)
                if found is not None:
                    yield found
        except (OSError, imaplib.IMAP4.error) as error:
            raise BoxClosed(str(error)) from error
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                connection.logout()

    def _opened(self) -> imaplib.IMAP4:
        known = self._settings
        host, port, tls = known["IMAP_HOST"], known["IMAP_PORT"], known["IMAP_TLS"]
        connection: imaplib.IMAP4
        if tls == "ssl":
            connection = imaplib.IMAP4_SSL(
                host, port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT
            )
        else:
            connection = imaplib.IMAP4(host, port, timeout=TIMEOUT)
        try:
            if tls == "starttls":
                connection.starttls(ssl.create_default_context())
            connection.login(known["IMAP_USER"], known["IMAP_PASSWORD"])
            _ok(connection.select(_quoted(known["IMAP_FOLDER"])))
        except (OSError, imaplib.IMAP4.error):
            connection.shutdown()
            raise
        return connection

    @staticmethod
    def _unseen(connection: imaplib.IMAP4) -> list[bytes]:
        answer = _ok(connection.uid("SEARCH", "UNSEEN", "UNDELETED"))
        return bytes(answer[0] or b"").split()

    def _fetched(self, connection: imaplib.IMAP4, uid: bytes) -> Found | None:
        number = uid.decode()
        size = _SIZE.search(_joined(_ok(connection.uid("FETCH", number, "(RFC822.SIZE)"))))
        if size is None:
            return None  # Another program took it away since the search.
        is_whole = int(size[1]) <= self._most
        wanted = "(BODY.PEEK[])" if is_whole else "(BODY.PEEK[HEADER])"
        for piece in _ok(connection.uid("FETCH", number, wanted)):
            if isinstance(piece, tuple):
                return Found(piece[1], int(size[1]), is_whole, lambda: self._mark(connection, number))
        return None

    def _mark(self, connection: imaplib.IMAP4, number: str) -> None:
        there = self._settings["IMAP_DONE_FOLDER"]
        if not there:
            _ok(connection.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen)"))
            return
        with contextlib.suppress(imaplib.IMAP4.error):
            connection.create(_quoted(there))
        # Asked once more: many servers tell only those who have signed in.
        can = bytes(_ok(connection.capability())[0] or b"").upper().split()
        if b"MOVE" in can:
            _ok(connection.uid("MOVE", number, _quoted(there)))
            return
        _ok(connection.uid("COPY", number, _quoted(there)))
        _ok(connection.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen \Deleted)"))
        if b"UIDPLUS" in can:
            _ok(connection.uid("EXPUNGE", number))


def _ok(answer: tuple[str, Any]) -> Any:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(str(answer[1]))
    return answer[1]


def _joined(pieces: list[Any]) -> bytes:
    """An answer's pieces, some of which are pairs, as one."""
    flat = (part for piece in pieces for part in (piece if isinstance(piece, tuple) else (piece,)))
    return b" ".join(part or b"" for part in flat)


def _quoted(name: str) -> str:
    """A mailbox's name on the wire: signs beyond ASCII in modified UTF-7 (RFC 3501, 5.1.3)."""
    name = re.sub(r"[^\x20-\x7e]+", _base64, name.replace("&", "&-"))
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _base64(run: re.Match[str]) -> str:
    octets = base64.b64encode(run[0].encode("utf-16-be")).decode().rstrip("=")
    return f"&{octets.replace('/', ',')}-"
