"""Images that people give: how large one is, whether it is one that pages show, and one drawn anew.

The size is read off the image's own head (PNG specification, 11.2.2; ITU T.81, B.2.2), before anything
decodes it. Vector drawings are not taken: they can hold scripts and fetch from elsewhere.
"""

import struct
import tempfile
from pathlib import Path
from typing import Any

from flask import Response, abort, send_file

from crm.errors import CrmError
from crm.text import N_
from crm.web import exif, files, i18n

MOST_BYTES = 2 * 1024 * 1024
# Mail programs show some 600 pixels; what says that it has more than this would fill a phone's memory.
LONGEST_SIDE = 8_000
# What is decoded here takes four bytes a pixel meanwhile.
LONGEST_DRAWN = 3_000
TYPES = {"image/png": "png", "image/jpeg": "jpg"}
# Marks of a frame: all from SOF0 to SOF15 but those of tables (DHT, JPG, DAC).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# The chunks of a PNG that hold its pixels (PNG specification, 11.2 and 11.3.1.1).
_DRAWN = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})

Size = tuple[int, int]


class NoImage(CrmError):
    text = N_("Choose an image: a PNG or JPEG file.")
    field = "file"


class ImageTooWide(CrmError):
    text = N_("This image is %(width)s by %(height)s pixels. Send one of at most %(most)s on each side.")
    field = "file"


class BrokenImage(CrmError):
    text = N_("This image cannot be read: it is damaged or not whole. Save it anew as PNG or JPEG.")
    field = "file"


def dimensions(content: bytes) -> Size | None:
    """Width and height of a PNG or JPEG in pixels, as it is seen; None for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return (width, height) if width and height else None
    if not content.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        if content[at + 1] in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            if exif.lies_on_its_side(content):
                width, height = height, width
            return (width, height) if width and height else None
        at += 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]
    return None


def keep(upload: Any) -> tuple[files.Stored, Size]:
    """Keep an uploaded PNG or JPEG, with its width and height.

    Raises NoImage, ImageTooWide, TooLarge, Empty.
    """
    _content, _kind, size = _looked_at(upload, LONGEST_SIDE)
    return files.keep(upload), size


def keep_drawn(upload: Any, *, within: Size) -> tuple[files.Stored, Size]:
    """Keep a PNG drawn anew from the upload, no larger than `within`: nothing else of the file stays.

    Raises what `keep` raises, and BrokenImage.
    """
    content, kind, size = _looked_at(upload, LONGEST_DRAWN)
    scale = min(1.0, within[0] / size[0], within[1] / size[1])
    size = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    return files.keep_made(drawn(content, kind, size), upload.filename, "image/png"), size


def drawn(content: bytes, kind: str, size: Size) -> bytes:
    """The PNG or JPEG (`kind`: png, jpg), drawn as a PNG of that width and height. Raises BrokenImage."""
    # Heavy, and only those who give an image need it.
    import typst

    width, height = size
    page = (
        f"#set page(width: {width}pt, height: {height}pt, margin: 0pt, fill: none)\n"
        f'#image("given", width: {width}pt, height: {height}pt, format: "{kind}")'
    )
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder, "sheet.typ")
        sheet.write_text(page)
        sheet.with_name("given").write_bytes(_colours_of(content) if kind == "png" else content)
        try:
            made: bytes = typst.compile(
                sheet, root=sheet.parent, format="png", ppi=72, ignore_system_fonts=True
            )
        except typst.TypstError:
            raise BrokenImage from None
    return made


def _colours_of(png: bytes) -> bytes:
    """Nothing but what the picture is drawn with: a few hundred kilobytes of a packed colour profile, or of
    packed text, would become gigabytes in memory before the drawing begins."""
    kept, at = [png[:8]], 8
    while at + 12 <= len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] in _DRAWN:
            kept.append(png[at:end])
        at = end
    return b"".join(kept)


def answer(stored_as: str) -> Response:
    """The kept image itself, for a page to show; 404 when it is gone, or no image."""
    path = files.path_of(stored_as)
    media_type = files.kind_of(path.read_bytes()) if path.is_file() else None
    if media_type not in TYPES:
        abort(404)
    response: Response = send_file(path, mimetype=media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _looked_at(upload: Any, longest: int) -> tuple[bytes, str, Size]:
    if not upload or not getattr(upload, "filename", ""):
        raise NoImage
    try:
        files.check(upload, most=MOST_BYTES)
    except files.Forbidden:
        # It names all files that are kept elsewhere; here only an image will do.
        raise NoImage from None
    content: bytes = upload.stream.read()
    upload.stream.seek(0)
    size, kind = dimensions(content), TYPES.get(files.kind_of(content) or "")
    if kind is None or size is None:
        raise NoImage
    if max(size) > longest:
        width, height, most = (i18n.number(side) for side in (*size, longest))
        raise ImageTooWide(width=width, height=height, most=most)
    return content, kind, size
