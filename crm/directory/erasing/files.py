"""What lies on the disk: looked through before all is committed, taken away when it is.

Reports of imports lose the rows that name the person; an uploaded file that waits to be taken in, or a
message of the folder of mail, goes whole.
"""

import email
import json
import re
import zipfile
from collections.abc import Iterator
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

from crm.directory.erasing.words import HIDDEN, Words
from crm.mail.senders import folder
from crm.web import files

_TEXTS = frozenset({"text/plain", "text/csv", "text/markdown", "text/calendar"})
_TAG = re.compile(r"<[^>]+>")
_TELLING = ("From", "To", "Cc", "Reply-To", "Subject")
_AT = " · "  # between somebody and the organisation
MOST_BYTES = 40 * 1024 * 1024


def look_through(home: Path, words: Words) -> Iterator[str]:
    """Take the words out of what imports left behind; the names of the messages that hold any."""
    _imports(home / "imports", words)
    for place in sorted((home / "outbox").glob("*.eml")):
        if holds(words, message_text(place.read_bytes())):
            yield place.stem


def holds(words: Words, text: str) -> bool:
    return words.redacted(text) != text


def finish(home: Path, leavings: dict[str, Any]) -> None:
    """Take away, once all is committed, what was named then."""
    folder.discard(home / "outbox", leavings.get("messages", []))
    files.discard(*leavings.get("files", []))


def text_of(place: Path, media_type: str) -> str | None:
    """The text of a file, None where we cannot read it (a picture, a PDF)."""
    if not place.is_file() or place.stat().st_size > MOST_BYTES:
        return None
    if media_type in _TEXTS:
        return _decoded(place.read_bytes())
    return _office(place)


def _office(place: Path) -> str | None:
    """The words of a document or a table, which are a few XML files packed together."""
    if not zipfile.is_zipfile(place):
        return None
    read = []
    with zipfile.ZipFile(place) as packed:
        names = [one for one in packed.infolist() if one.filename.endswith(".xml")]
        if sum(one.file_size for one in names) > MOST_BYTES:
            return None
        read = [_TAG.sub(" ", packed.read(one).decode("utf-8", "replace")) for one in names]
    return "\n".join(read)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def message_text(content: bytes) -> str:
    """The headers and texts of a message as people read them."""
    message = email.message_from_bytes(content)
    read = [_header(message.get(name, "")) for name in _TELLING]
    for part in message.walk():
        told = part.get_payload(decode=True) if not part.is_multipart() else None
        if isinstance(told, bytes) and b"\0" not in told:
            read.append(_decoded(told))
    # A line of a calendar entry is folded (RFC 5545, 3.1).
    return re.sub(r"\r?\n[ \t]", "", "\n".join(read))


def _header(value: Any) -> str:
    """A header as people read it (RFC 2047)."""
    return str(make_header(decode_header(str(value)))) if "=?" in str(value) else str(value)


def _imports(home: Path, words: Words) -> None:
    for place in sorted(home.glob("*")) if home.is_dir() else []:
        if not place.is_file():
            continue
        if place.suffix in (".refused", ".differences", ".erased"):
            _rewrite(place, "".join(_line(line, words) for line in place.read_text("utf-8").splitlines()))
        elif place.suffix == ".results":
            told = words.redacted(place.read_text("utf-8"))
            _rewrite(place, "\n".join(_result(line, words) for line in told.split("\n")))
        elif place.suffix == ".samples":
            rows = [cells_without(row, words) for row in json.loads(place.read_text("utf-8"))]
            _rewrite(place, json.dumps(rows))
        elif not place.suffix and names(words, _table(place)):
            for beside in home.glob(f"{place.name}*"):
                beside.unlink(missing_ok=True)


def names(words: Words, text: str) -> bool:
    """Whether a line of a table names the person, each of its cells having a part of the name."""
    return holds(words, re.sub(r'[;,\t|"]+', " ", text)) or holds(words, text)


def _table(place: Path) -> str:
    text = _office(place)
    return _decoded(place.read_bytes()[:MOST_BYTES]) if text is None else text


def cells_without(cells: list[Any], words: Words) -> list[Any]:
    """The cells of one row; all of them hidden when together they name the person."""
    joined = " ".join(str(cell) for cell in cells)
    return [HIDDEN if cell else cell for cell in cells] if names(words, joined) else cells


def _result(line: str, words: Words) -> str:
    """One line of what became of each row: its number, the outcome, and whom it named."""
    before, tab, name = line.rpartition("\t")
    who, point, where = name.partition(_AT)
    return f"{before}{tab}{HIDDEN}{point}{where}" if words.is_alone(who) else line


def _line(line: str, words: Words) -> str:
    """One line of a report; what a row told of the person goes as a whole."""
    told = json.loads(line)
    is_alone = words.is_alone(str(told.get("name", "")).partition(_AT)[0])
    if not is_alone and not names(words, " ".join(_said(told))):
        return f"{line}\n"
    hidden = {name: _hidden(value) if name in ("cells", "facts", "name", "held", "given") else value
              for name, value in told.items()}  # fmt: skip
    return json.dumps(hidden, ensure_ascii=False) + "\n"


def _said(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _said(one)
    elif isinstance(value, str):
        yield value


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _hidden(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_hidden(one) for one in value]
    return HIDDEN if isinstance(value, str) and value else value


def _rewrite(place: Path, text: str) -> None:
    if text != place.read_text("utf-8"):
        beside = place.with_name(f"{place.name}.new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(place)
