"""Templates, signatures and images, as those who write see them."""

import io
import struct
import zlib

import pytest
from sqlalchemy import select

from crm.db import db
from crm.mailings.models import Mailing
from crm.mailings.stationery.models import Picture, Signature, Template
from crm.web import images


def png(width=40, height=20):
    """A grey image, with words that a camera might have written into it."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    rows = b"".join(b"\0" + b"\x80" * width for _row in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"tEXt", b"Author\0Ada at home")
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc2\x00\x0b\x08\x01\x2c\x02\x58\x01\x01\x11\x00\xff\xd9"
)


@pytest.mark.parametrize(
    "content, size",
    [
        (png(40, 20), (40, 20)),
        (JPEG, (600, 300)),
        (JPEG[:20], None),
        (b"GIF89a" + b"\0" * 20, None),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 30, None),
    ],
)
def test_the_size_of_an_image_is_read_off_its_head(content, size):
    assert images.dimensions(content) == size


@pytest.mark.parametrize("size", [(2**32 - 1, 2**32 - 1), (50_000, 1)])
def test_an_image_that_only_says_it_is_huge_is_refused_with_its_size(app, client, size):
    content = png(1, 1).replace(struct.pack(">II", 1, 1), struct.pack(">II", *size))
    action, fields = client.as_("writer").filled("/mailings/pictures/new", alt_fr="Carte")
    answer = client.post(action, data={**fields, "file": (io.BytesIO(content), "carte.png")})
    assert answer.status_code == 422 and "8\u202f000" in answer.text
    with app.app_context():
        assert db.session.scalar(select(Picture)) is None


def test_a_template_makes_a_draft_and_a_mailing_makes_a_template(app, client, make):
    writer = client.as_("writer")
    mailing = make.mailing(subject="Lettre", body_fr="<p>Bonjour {{prénom}}</p>")
    assert writer.submit(f"/mailings/{mailing.id}/template", name="Lettre mensuelle").status_code == 302
    assert "Lettre mensuelle" in writer.get("/mailings/templates").text
    answer = writer.submit("/mailings/templates", to="/use")
    assert answer.status_code == 302
    page = writer.get(answer.headers["Location"]).text
    assert "Bonjour {{prénom}}" in page
    with app.app_context():
        first, second = db.session.scalars(select(Mailing).order_by(Mailing.id))
        assert (second.subject_fr, second.body_fr, second.parts) == (first.subject_fr, first.body_fr, [])


def test_a_template_with_an_unknown_field_is_refused_beside_its_text(app, client):
    answer = client.as_("writer").submit("/mailings/templates/new", name="A", body_fr="<p>{{ami}}</p>")
    assert answer.status_code == 422 and "{{ami}}" in answer.text
    with app.app_context():
        assert db.session.scalar(select(Template)) is None


def test_two_who_change_a_template_see_both(client, make):
    template = make.mailing_template()
    url = f"/mailings/templates/{template.id}"
    action, stale = client.as_("staff").filled(url)
    client.submit(url, subject_fr="Nouveau")
    answer = client.post(action, data={**stale, "subject_fr": "Ancien"})
    assert answer.status_code == 422 and "Nouveau" in answer.text and "Ancien" in answer.text


def test_a_signature_is_ones_own_unless_it_is_shared(app, client, make):
    client.as_("staff").submit("/mailings/signatures/new", name="Moi", whose="mine", body_fr="<p>Ada</p>")
    with app.app_context():
        signature = db.session.scalars(select(Signature)).one()
        assert signature.account.email == "staff@example.org"
        url = f"/mailings/signatures/{signature.id}"
    other = client.as_("director")
    assert url not in other.get("/mailings/signatures").text
    refused = other.submit(url, name="Lui")
    assert refused.status_code == 422 and "C’est la signature de Staff" in refused.text
    # Nor is it offered to others who write.
    assert "Moi" not in other.get("/mailings/blocks").text


def test_an_image_is_kept_without_what_the_camera_wrote_and_given_to_anybody(app, client):
    file = (io.BytesIO(png()), "carte.png")
    staff = client.as_("staff")
    action, fields = staff.filled("/mailings/pictures/new", alt_fr="Carte")
    answer = staff.post(action, data={**fields, "file": file}, content_type="multipart/form-data")
    assert answer.status_code == 302
    with app.app_context():
        picture = db.session.scalars(select(Picture)).one()
        assert (picture.name, picture.width, picture.height) == ("carte.png", 40, 20)
        stored_as = picture.stored_as
    shown = app.test_client().get(f"/mailings/pictures/{stored_as}")
    assert shown.status_code == 200 and shown.mimetype == "image/png"
    assert b"Ada at home" not in shown.data
    assert (
        "immutable" in shown.headers["Cache-Control"]
        and "sandbox" in shown.headers["Content-Security-Policy"]
    )
    assert "Set-Cookie" not in shown.headers
    shown.close()
    assert app.test_client().get("/mailings/pictures/" + "f" * 32).status_code == 404


@pytest.mark.parametrize(
    "content, alt, sentence",
    [
        (png(), "", "Dites en mots ce que montre l’image"),
        (b"GIF89a" + b"\0" * 40, "Carte", "un fichier PNG ou JPEG"),
        (b"<svg onload=alert(1)>", "Carte", "Choisissez une image"),
        (b"", "Carte", "est vide"),
        (png() + b"\0" * 9_000, "Carte", "dépasse"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_is_no_image_or_says_nothing_is_refused_and_nothing_stays(
    client, data_dir, monkeypatch, content, alt, sentence
):
    monkeypatch.setattr(images, "MOST_BYTES", 8_000)
    staff = client.as_("staff")
    before = set((data_dir / "files").glob("*"))
    action, fields = staff.filled("/mailings/pictures/new", alt_fr=alt)
    file = (io.BytesIO(content), "carte.png")
    answer = staff.post(action, data={**fields, "file": file}, content_type="multipart/form-data")
    assert answer.status_code == 422 and sentence in answer.text
    file = (io.BytesIO(content), "carte.png")
    told = staff.post(
        action,
        data={**staff.filled("/mailings/pictures/new", alt_fr=alt)[1], "file": file},
        content_type="multipart/form-data",
        headers={"Accept": "application/json"},
    )
    assert told.status_code == 422 and sentence in told.json["said"]
    assert set((data_dir / "files").glob("*")) == before


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("made", "page"),
    [
        ("mailing_template", "/mailings/templates"),
        ("mail_signature", "/mailings/signatures"),
        ("picture", "/mailings/pictures"),
        ("minutes", "/relations/minutes"),
    ],
)
def test_what_is_archived_is_said_with_the_way_back_and_comes_back_without_a_word(client, make, made, page):
    getattr(make, made)()
    client.as_("admin")
    shown = client.submit_and_follow(page, to="/archive").text
    # Beside the one in the list of what was archived, there is the button that takes it back.
    assert "n’est plus proposé" in shown and shown.count('/back"') == 2
    shown = client.submit_and_follow(page, to="/back").text
    assert "n’est plus proposé" not in shown and '/archive"' in shown
