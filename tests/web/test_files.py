"""Files of strangers: known by their content, kept under random names, given back as downloads."""

import io
import struct
import zipfile

import pytest
from werkzeug.datastructures import FileStorage

from crm.web import exif, files, images


def upload(content: bytes, name: str = "note.pdf") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def office(*parts: str, mimetype: str | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for part in parts:
            archive.writestr(part, "x")
    return out.getvalue()


KEPT = {
    "application/pdf": b"%PDF-1.7 ...",
    "image/gif": b"GIF89a....",
    "text/plain": "Réunion ; compte rendu\r\n".encode(),
    files._PARTS["word/document.xml"]: office("[Content_Types].xml", "word/document.xml"),
    "application/vnd.oasis.opendocument.text": office(
        "content.xml", mimetype="application/vnd.oasis.opendocument.text"
    ),
}


@pytest.mark.parametrize("media_type", KEPT)
def test_what_a_file_is_shows_in_its_content(media_type: str) -> None:
    assert files.kind_of(KEPT[media_type]) == media_type


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>",
        b"  \n<!DOCTYPE html><script>alert(1)</script>",
        b"hello <script>alert(1)</script>",
        b"MZ\x90\x00",
        b"#!/bin/sh\nrm -rf /",
        b"\x7fELF\x02\x01",
        b"PK\x03\x04 broken",
        office("anything.txt"),
        office("word/document.xml", "word/vbaProject.bin"),
        office("content.xml", mimetype="text/html"),
    ],
)
def test_pages_scripts_programs_archives_and_macros_are_refused(app, content: bytes) -> None:
    with app.app_context(), pytest.raises(files.Forbidden, match="harmless"):
        files.keep(upload(content, "harmless.pdf"))


def test_a_file_lies_under_a_random_name_with_an_ending_that_fits(app, data_dir) -> None:
    with app.app_context():
        kept = files.keep(upload(b"%PDF-1.7", "../../etc/Compte rendu\u202e.exe"))
        assert kept.name == "Compte rendu.exe.pdf"
        assert (data_dir / "files" / kept.stored_as).read_bytes() == b"%PDF-1.7"
        files.discard(kept.stored_as)
        assert not (data_dir / "files" / kept.stored_as).exists()


def test_one_refused_file_keeps_the_others_out(app, data_dir) -> None:
    before = set((data_dir / "files").glob("*"))
    with app.app_context(), pytest.raises(files.Forbidden):
        files.keep_all([upload(b"%PDF-1.7"), upload(b"<html>")])
    assert set((data_dir / "files").glob("*")) == before


def test_an_oversized_and_an_empty_file_are_refused(app, monkeypatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 1024 * 1024)
    with app.app_context():
        with pytest.raises(files.TooLarge, match="larger than 1 MB"):
            files.keep(upload(b"%PDF-" + b"x" * 1024 * 1024))
        with pytest.raises(files.Empty):
            files.keep(upload(b""))


def test_photographs_lose_where_and_with_what_they_were_taken(app) -> None:
    exif = b"\xff\xe1" + struct.pack(">H", 12) + b"Exif\0\0GPS!"
    comment = b"\xff\xfe" + struct.pack(">H", 8) + b"Olivia"
    jfif = b"\xff\xe0" + struct.pack(">H", 8) + b"JFIF\0\1"
    jpeg = b"\xff\xd8" + jfif + exif + comment + b"\xff\xda" + b"pixels\xff\xd9"
    assert files._without_traces(jpeg, "image/jpeg") == b"\xff\xd8" + jfif + b"\xff\xda" + b"pixels\xff\xd9"

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + b"crc!"

    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"size") + chunk(b"tEXt", b"Author") + chunk(b"IEND", b"")
    bare = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"size") + chunk(b"IEND", b"")
    assert files._without_traces(png, "image/png") == bare


@pytest.mark.parametrize(
    ("order", "turned", "size"),
    [
        (">", 6, (300, 600)),
        ("<", 8, (300, 600)),
        (">", 3, (600, 300)),
        ("<", 1, (600, 300)),
        (">", 9, (600, 300)),
    ],
)
def test_of_what_a_camera_wrote_only_the_way_up_stays(order, turned, size):
    mark = b"II" if order == "<" else b"MM"
    maker = struct.pack(f"{order}HHI4s", 0x010F, 2, 4, b"Ana\0")
    orientation = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, turned, 0)
    tiff = mark + struct.pack(f"{order}HIH", 42, 8, 2) + maker + orientation + b"\0" * 4
    told = b"\xff\xe1" + struct.pack(">H", 8 + len(tiff)) + b"Exif\0\0" + tiff
    frame = b"\xff\xc2\x00\x0b\x08\x01\x2c\x02\x58\x01\x01\x11\x00\xff\xda"
    jpeg = b"\xff\xd8" + told + frame
    bare = files._without_traces(jpeg, "image/jpeg")
    assert images.dimensions(jpeg) == images.dimensions(bare) == size
    assert b"Ana" not in bare and exif.turn(bare) == (turned if turned < 9 else 1)
    assert files._without_traces(bare, "image/jpeg") == bare


def test_a_name_that_is_none_of_ours_leads_nowhere(app) -> None:
    with app.app_context():
        for name in ("../maillage.db", "", "secret.key", "g" * 32):
            with pytest.raises(ValueError):
                files.path_of(name)
