"""Files that people attach: known by their content, kept under random names, given back as downloads only.

They lie in `DATA_DIR/files`, outside of anything that is served. Photographs lose what the camera
wrote into them (place, device, owner).
"""

import io
import os
import re
import secrets
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from flask import Response, abort, current_app, send_file
from werkzeug.datastructures import FileStorage

from crm.errors import CrmError
from crm.text import N_, clean
from crm.web import exif

MOST_BYTES = 20 * 1024 * 1024
_NAME = re.compile(r"[0-9a-f]{32}")
_OFFICE = "application/vnd.openxmlformats-officedocument."
_ENDINGS = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/gif": ("gif",),
    f"{_OFFICE}wordprocessingml.document": ("docx",),
    f"{_OFFICE}spreadsheetml.sheet": ("xlsx",),
    f"{_OFFICE}presentationml.presentation": ("pptx",),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/vnd.oasis.opendocument.presentation": ("odp",),
    "text/plain": ("txt", "csv", "md", "ics"),
}
_PARTS = {
    "word/document.xml": f"{_OFFICE}wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OFFICE}presentationml.presentation",
}
_CONTROL_BYTES = frozenset(range(32)) - {9, 10, 12, 13}
ACCEPTED = ",".join(f".{ending}" for endings in _ENDINGS.values() for ending in endings)


class TooLarge(CrmError):
    text = N_("“%(name)s” is larger than %(most)s MB. Send a smaller file, or put a link to it.")
    field = "files"


class Forbidden(CrmError):
    text = N_(
        "“%(name)s” is not a file we keep. Attach a PDF, an image (PNG, JPEG, GIF), "
        "an office document without macros, or plain text."
    )
    field = "files"


class Empty(CrmError):
    text = N_("“%(name)s” is empty. Attach the file again.")
    field = "files"


@dataclass(frozen=True)
class Stored:
    """A file that was kept: the name people see, what it is, its size in bytes, its random name here."""

    name: str
    media_type: str
    size: int
    stored_as: str


class Kept(Protocol):
    """A file that lies in the folder, as `keep` gives it back or as a record tells of it."""

    @property
    def name(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def stored_as(self) -> str: ...


def folder() -> Path:
    place = Path(current_app.config["DATA_DIR"]) / "files"
    place.mkdir(parents=True, exist_ok=True)
    return place


def check(upload: FileStorage, *, most: int = MOST_BYTES) -> None:
    """Refuse what `keep` would refuse, and keep nothing. Raises TooLarge, Empty, Forbidden."""
    try:
        _read(upload, most)
    finally:
        upload.stream.seek(0)


def _read(upload: FileStorage, most: int) -> tuple[str, bytes, str]:
    """The name to show, the content, and the media type that the content itself shows."""
    name = shown_name(upload.filename)
    content = upload.stream.read(most + 1)
    if len(content) > most:
        raise TooLarge(name=name, most=most // 1024 // 1024)
    if not content:
        raise Empty(name=name)
    media_type = kind_of(content)
    if media_type is None:
        raise Forbidden(name=name)
    return name, content, media_type


def keep(upload: FileStorage) -> Stored:
    """Keep the file. Raises TooLarge, Empty, or Forbidden for a kind that the house does not keep."""
    name, content, media_type = _read(upload, MOST_BYTES)
    return keep_made(_without_traces(content, media_type), name, media_type)


def keep_made(content: bytes, name: str, media_type: str) -> Stored:
    """Keep what we made ourselves, of a kind that the house keeps, under the name that people see."""
    stored_as = secrets.token_hex(16)
    try:
        with (folder() / stored_as).open("xb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    except OSError:
        discard(stored_as)  # Half of it may be there: the disk is full.
        raise
    return Stored(with_ending(shown_name(name), media_type), media_type, len(content), stored_as)


def keep_all(uploads: list[FileStorage]) -> list[Stored]:
    """Keep every file that was chosen; when one is refused none is kept. Raises what `keep` raises."""
    kept: list[Stored] = []
    try:
        for upload in uploads:
            if upload and upload.filename:
                kept.append(keep(upload))
    except (CrmError, OSError):
        discard(*(file.stored_as for file in kept))
        raise
    return kept


def discard(*names: str) -> None:
    """Take files away for good: those of a record that was not saved."""
    for name in names:
        path_of(name).unlink(missing_ok=True)


def path_of(stored_as: str) -> Path:
    """Where that file lies. Raises ValueError for what is none of our random names."""
    if not _NAME.fullmatch(stored_as):
        raise ValueError(stored_as)
    return folder() / stored_as


def answer(*, stored_as: str, name: str, media_type: str) -> Response:
    """The file as a download, never shown inside a page; 404 when it is gone."""
    path = path_of(stored_as)
    if not path.is_file():
        abort(404)
    response = send_file(path, mimetype=media_type, as_attachment=True, download_name=name, etag=False)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def shown_name(name: str | None) -> str:
    """The last part of the name the browser gave, without signs that lead elsewhere or hide its ending."""
    bare = clean(re.split(r"[/\\]", name or "")[-1].replace("\n", " "))
    bare = re.sub(r'[\u200b-\u200f\u202a-\u202e\u2066-\u2069:*?"<>|]', "", bare).strip(" .")
    stem, dot, ending = bare.rpartition(".")
    return f"{stem[:120]}.{ending[:10]}" if dot and stem else bare[:120] or "file"


def with_ending(name: str, media_type: str) -> str:
    """The name with an ending that fits what the file is."""
    endings = _ENDINGS[media_type]
    return name if name.lower().endswith(tuple(f".{e}" for e in endings)) else f"{name}.{endings[0]}"


def kind_of(content: bytes) -> str | None:
    """The media type that the content itself shows, among those we keep; None for any other."""
    for mark, media_type in (
        (b"%PDF-", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
    ):
        if content.startswith(mark):
            return media_type
    if content.startswith(b"PK\x03\x04"):
        return _office_kind(content)
    return "text/plain" if _is_plain_text(content) else None


def _office_kind(content: bytes) -> str | None:
    """Only the list of parts is read, so that nothing can blow up."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            first = archive.infolist()[0]
            told = (
                archive.read(first)[:100] if first.filename == "mimetype" and first.file_size < 100 else b""
            )
    except (zipfile.BadZipFile, IndexError, RuntimeError, NotImplementedError, OSError, ValueError):
        return None
    if any(name.lower().endswith("vbaproject.bin") or name.startswith("Basic/") for name in names):
        return None
    if told:
        kind = told.decode("ascii", "replace").strip()
        return kind if kind in _ENDINGS else None
    return next((kind for part, kind in _PARTS.items() if part in names), None)


def _is_plain_text(content: bytes) -> bool:
    """Text without control signs that no browser could take for a page or a script for a machine."""
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<", b"#!", b"mz", b"{\\rtf")) or b"<script" in head or b"<html" in head:
        return False
    return not _CONTROL_BYTES.intersection(content)


def _without_traces(content: bytes, media_type: str) -> bytes:
    if media_type == "image/jpeg":
        return _bare_jpeg(content)
    if media_type == "image/png":
        return _bare_png(content)
    return content


def _bare_jpeg(content: bytes) -> bytes:
    """Without the application segments (Exif, XMP, IPTC) and comments; JFIF, ICC and Adobe's colours stay.

    Of Exif only stays how the photograph is to be turned, or people on it would lie on their side.
    """
    kept, at = [content[:2], exif.of_turn(exif.turn(content))], 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != 0xDA:
        mark, length = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])[0]
        if not (0xE1 <= mark <= 0xEF and mark not in (0xE2, 0xEE)) and mark != 0xFE:
            kept.append(content[at : at + 2 + length])
        at += 2 + length
    return b"".join([*kept, content[at:]])


def _bare_png(content: bytes) -> bytes:
    """Without the chunks of text, time and Exif."""
    kept, at = [content[:8]], 8
    while at + 12 <= len(content):
        length = struct.unpack(">I", content[at : at + 4])[0]
        if content[at + 4 : at + 8] not in (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"):
            kept.append(content[at : at + 12 + length])
        at += 12 + length
    return b"".join(kept)
