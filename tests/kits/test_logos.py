"""Logos of co-signatories: given, looked at, shown, frozen with a press release, taken off, erased."""

import io
import struct
import zlib
from datetime import timedelta
from zipfile import ZipFile

import pypdf
import pytest
import typst
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from crm import clock
from crm.db import db
from crm.directory.merging import services as merging
from crm.kits import logos
from crm.kits import services as kits
from crm.kits.models import Cosignatory
from crm.kits.signing import papers, robots, services
from crm.kits.signing.models import KitRelease, Signing
from crm.mail.models import Address
from crm.web import files, images
from tests.kits.test_signing import FORM, TYPED
from tests.mailings.test_stationery import JPEG, png
from tests.make import EARLY

DAY = clock.day(EARLY)
ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def chosen(content=None, name="logo.png"):
    return FileStorage(io.BytesIO(content or png(400, 100)), filename=name)


def logo(number, **facts):
    told = {"width": 40, "height": 20, "alt": "", "allowed_by": "Ana Roux", "allowed_on": DAY, **facts}
    return logos.Logo(stored_as=f"{number:032x}", **told)


@pytest.fixture
def lying(data_dir):
    """The files that were kept since the test began, when it is called."""
    folder = data_dir / "files"
    before = set(folder.glob("*"))
    return lambda: set(folder.glob("*")) - before


@pytest.fixture
def kit(session, make):
    return session.merge(make.kit(takes_signatures=True, press_release="<p>Nous signons.</p>"))


def signed(kit, make, name="Abbaye"):
    organisation = db.session.merge(make.organisation(name))
    return kits.cosign(kit, organisation, signed_on=DAY, by="test", at=EARLY)


def asked(kit, at=EARLY, **facts):
    return services.ask(kit, services.Asked(**{**TYPED, "logo": logo(1), **facts}), at=at)


# The image itself


@ON_ONE_ENGINE
def test_a_logo_is_drawn_anew_so_that_nothing_else_of_the_file_stays(app):
    with app.test_request_context():
        kept, size = images.keep_drawn(
            chosen(png(1200, 300) + b"<script>alert(1)</script>"), within=(480, 240)
        )
        content = files.path_of(kept.stored_as).read_bytes()
    assert size == images.dimensions(content) == (480, 120)
    assert content.startswith(b"\x89PNG") and b"Ada at home" not in content and b"script" not in content


@ON_ONE_ENGINE
@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', images.NoImage),
        (b"GIF89a" + b"\0" * 40, images.NoImage),
        (png(3_001, 1), images.ImageTooWide),
        (png(40, 20)[:-30], images.BrokenImage),
        (JPEG, images.BrokenImage),
    ],
)
def test_what_is_no_whole_image_of_a_sane_size_is_kept_nowhere(app, lying, content, refusal):
    with app.test_request_context(), pytest.raises(refusal):
        images.keep_drawn(chosen(content), within=(480, 240))
    assert not lying()


@ON_ONE_ENGINE
def test_a_packed_colour_profile_is_never_unpacked(app, monkeypatch):
    """A megabyte of it would become a gigabyte in memory: a stranger could stop the whole service."""
    drawn, compiled = [], typst.compile

    def compile(sheet, **options):
        drawn.append(sheet.with_name("given").read_bytes())
        return compiled(sheet, **options)

    monkeypatch.setattr(typst, "compile", compile)
    profile = b"sRGB\0\0" + zlib.compress(b"\0" * 100_000)
    chunk = struct.pack(">I", len(profile)) + b"iCCP" + profile
    chunk += struct.pack(">I", zlib.crc32(b"iCCP" + profile))
    content = png(40, 20)
    content = content[:33] + chunk + content[33:]
    with app.test_request_context():
        _kept, size = images.keep_drawn(chosen(content), within=(480, 240))
    assert size == (40, 20) and b"IDAT" in drawn[0]
    assert b"iCCP" not in drawn[0] and b"tEXt" not in drawn[0]


# Rules


def test_a_logo_goes_with_the_request_into_the_signature_with_who_allowed_it(session, kit):
    signing = asked(kit)
    services.confirm(signing, at=EARLY)
    signature = services.accept(signing, None, by="test", at=EARLY)
    assert logos.of(signature) == logo(1) and signing.logo is None


def test_a_refused_request_and_one_that_nobody_confirmed_leave_no_logo(session, kit):
    refused, silent = asked(kit), asked(kit, email="b@example.org", logo=logo(2))
    asked(kit, email="c@example.org", logo=logo(3), at=EARLY + timedelta(days=3))
    services.confirm(refused, at=EARLY)
    assert services.refuse(refused, reason="Non", by="test", at=EARLY) == [logo(1).stored_as]
    assert services.forget(at=EARLY + timedelta(days=7)) == []
    assert services.forget(at=EARLY + timedelta(days=8)) == [logo(2).stored_as]
    assert session.scalars(select(Signing.logo).order_by(Signing.id)).all() == [None, logo(3).stored_as]
    assert "b@example.org" not in session.scalars(select(Address.email)).all()
    assert silent.id


def test_an_organisation_that_is_not_named_gives_no_logo(session, kit):
    assert asked(kit, is_public=False).logo is None


def test_a_withdrawal_takes_the_logo_off_unless_a_press_release_shows_it(session, kit, make):
    abbey, mill = signed(kit, make), signed(kit, make, "Moulin")
    logos.give(abbey, logo(1), by="test")
    frozen = services.release(kit, released_on=DAY, by="test", at=EARLY)
    logos.give(mill, logo(2), by="test")
    assert kits.withdraw(abbey, on=DAY, by="test", at=EARLY) == []
    assert kits.withdraw(mill, on=DAY, by="test", at=EARLY) == [logo(2).stored_as]
    assert (abbey.logo, mill.logo) == (None, None)
    assert [one["logo"] for one in frozen.signatories] == [logo(1).stored_as, ""]
    assert logos.is_released(abbey) and not logos.is_released(mill)


def test_an_erased_logo_leaves_press_releases_too_and_the_names_stay(session, kit, make):
    abbey = signed(kit, make)
    logos.give(abbey, logo(1), by="test")
    frozen = services.release(kit, released_on=DAY, by="test", at=EARLY)
    assert logos.give(abbey, logo(2), by="test") == []
    assert logos.erase(abbey, by="test") == [logo(1).stored_as, logo(2).stored_as]
    session.expire_all()
    assert [(one["name"], one["logo"]) for one in frozen.signatories] == [("Abbaye", "")]


def drawings(pdf):
    return len(pypdf.PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"].get("/XObject", {}))


@ON_ONE_ENGINE
def test_the_press_release_shows_the_logos_with_their_words_and_does_without_a_lost_file(app, make):
    with app.test_request_context():
        kept, _size = images.keep_drawn(chosen(), within=logos.LARGEST)
        one = {"key": 1, "name": "Abbaye", "signer": "", "function": "", "logo_alt": "depuis 1900"}
        frozen = KitRelease(
            kit=make.kit(), released_on=DAY, title="Titre", body="<p>Oui</p>", made_at=EARLY, made_by="test",
            signatories=[{**one, "logo": kept.stored_as}, {**one, "name": "Moulin", "logo": "f" * 32}],
        )  # fmt: skip
        pdf, word = papers.pdf(frozen), papers.word(frozen)
        files.discard(kept.stored_as)
        bare = papers.pdf(frozen)
    assert [drawings(made) for made in (pdf, bare)] == [1, 0]
    document = ZipFile(io.BytesIO(word))
    told = document.read("word/document.xml").decode()
    assert 'descr="Logo\xa0: Abbaye, depuis 1900"' in told and told.count("<pic:pic") == 1
    assert [name for name in document.namelist() if name.startswith("word/media/")] == [
        "word/media/image1.png"
    ]


# Pages


@pytest.fixture
def open_kit(make, monkeypatch):
    monkeypatch.setattr(robots, "QUICKEST", timedelta(0))
    return make.kit("Pour l’eau", slug="eau", takes_signatures=True, press_release="<p>Nous signons.</p>")


def send(client, page, content=None, to=None, **typed):
    address, fields = client.filled(page, to=to, **typed)
    name = "logo" if page.endswith("/sign") else "file"
    return client.post(
        address,
        data={**fields, name: (io.BytesIO(content or png(400, 100)), "logo.png")},
        content_type="multipart/form-data",
    )


@ON_ONE_ENGINE
def test_a_logo_is_public_only_after_somebody_looked_at_it_and_no_longer_once_it_is_taken_off(
    client, app, lying, open_kit
):
    assert send(client, "/k/eau/sign", logo_allowed="y", **FORM).status_code == 302
    with app.app_context():
        signing = db.session.scalars(select(Signing)).one()
        services.confirm(signing, at=EARLY)
        db.session.commit()
        name, key = signing.logo, signing.id
    public, own = f"/k/eau/logos/{name}", f"/kits/{open_kit.id}/logos/{name}"
    assert client.get(public).status_code == 404 and client.get(own).status_code == 302
    client.as_("staff")
    request = f"/kits/{open_kit.id}/signing/{key}"
    assert own in client.get(request).text
    with client.get(own) as seen:
        assert seen.mimetype == "image/png"
    assert client.submit(request, to=f"/signing/{key}", takes_logo="y").status_code == 302
    assert public in client.get("/k/eau").text
    with client.get(public) as shown:
        assert shown.mimetype == "image/png" and "sandbox" in shown.headers["Content-Security-Policy"]
    with app.app_context():
        key = db.session.scalar(select(Cosignatory.id))
    assert client.submit(f"/kits/{open_kit.id}/signatures/{key}/logo", to="/off").status_code == 302
    assert client.get(public).status_code == 404 and "logos/" not in client.get("/k/eau").text
    assert not lying()


@ON_ONE_ENGINE
def test_a_logo_that_the_moderator_does_not_take_is_thrown_away(client, app, lying, open_kit):
    send(client, "/k/eau/sign", logo_allowed="y", **FORM)
    with app.app_context():
        signing = db.session.scalars(select(Signing)).one()
        services.confirm(signing, at=EARLY)
        db.session.commit()
        key = signing.id
    client.as_("staff")
    request = f"/kits/{open_kit.id}/signing/{key}"
    assert client.submit(request, to=f"/signing/{key}", takes_logo=None).status_code == 302
    assert not lying()


@ON_ONE_ENGINE
@pytest.mark.parametrize(
    ("content", "allowed", "sentence"),
    [
        (None, None, "Cochez que le logo"),
        (b"<svg onload=alert(1)>", "y", "Choisissez une image"),
        (png()[:-30], "y", "illisible"),
    ],
)
def test_a_logo_without_leave_or_that_is_no_image_is_refused_beside_its_field(
    client, app, lying, open_kit, content, allowed, sentence
):
    typed = {**FORM, **({"logo_allowed": allowed} if allowed else {})}
    answer = send(client, "/k/eau/sign", content, **typed)
    assert answer.status_code == 422 and sentence in answer.text
    assert not lying()
    with app.app_context():
        assert db.session.scalar(select(Signing.id)) is None


@ON_ONE_ENGINE
def test_a_second_request_from_an_address_leaves_no_file_behind(client, lying, open_kit):
    for _time in range(2):
        assert send(client, "/k/eau/sign", logo_allowed="y", **FORM).headers["Location"] == "/k/eau/signed"
    assert len(lying()) == 1


@ON_ONE_ENGINE
def test_staff_give_a_logo_say_who_allowed_it_and_erase_it_from_a_press_release(client, app, lying, make):
    kit = make.kit(press_release="<p>Nous signons.</p>")
    signature = make.cosignatory(kit, make.organisation("Abbaye"))
    client.as_("staff")
    page = f"/kits/{kit.id}/signatures/{signature.id}/logo"
    assert send(client, page).status_code == 422
    assert client.submit(page, logo_allowed_by="Ana Roux").status_code == 422
    assert send(client, page, logo_allowed_by="Ana Roux", logo_alt="depuis 1900").status_code == 302
    assert client.submit(page, logo_allowed_by="Ana Roux, par courriel", logo_alt="").status_code == 302
    assert 'alt="Logo\xa0: Abbaye"' in client.get(f"/k/{kit.slug}").text
    client.submit(f"/kits/{kit.id}/signing", to="/releases", released_on="2026-03-02")
    assert len(lying()) == 1
    client.submit(f"/kits/{kit.id}/signatures/{signature.id}/withdraw", withdrawn_on="2026-03-02")
    assert len(lying()) == 1
    assert client.submit(page, to="/erase").status_code == 302
    assert not lying()
    with app.app_context():
        assert db.session.scalars(select(KitRelease)).one().signatories[0]["logo"] == ""


@ON_ONE_ENGINE
def test_the_doctor_says_whose_logo_cannot_be_read(session, kit, make, tmp_path):
    from crm.reports import health

    abbey = signed(kit, make)
    logos.give(abbey, logo(1), by="test")
    [problem] = health._files(tmp_path)
    assert "Abbaye" in problem


# Two organisations that turn out to be one


def stored(name="logo.png"):
    """A logo whose file lies in the folder."""
    kept, (width, height) = images.keep_drawn(chosen(name=name), within=logos.LARGEST)
    facts = {"alt": name, "allowed_by": "Ana Roux", "allowed_on": DAY}
    return logos.Logo(stored_as=kept.stored_as, width=width, height=height, **facts)


def facts_of(signature_id):
    rows = db.session.execute(select(Cosignatory.__table__).where(Cosignatory.id == signature_id))
    return dict(rows.mappings().one())


@pytest.mark.parametrize("given", [("gone",), ("kept", "gone")], ids=" and ".join)
def test_a_merged_signature_keeps_a_logo_and_undoing_brings_back_what_was(session, kit, make, lying, given):
    signatures = {name: signed(kit, make, name) for name in ("kept", "gone")}
    for name in given:
        logos.give(signatures[name], stored(name), by="test")
    session.commit()
    kept, gone = (signatures[name].organisation for name in ("kept", "gone"))
    before = [facts_of(signature.id) for signature in signatures.values()]
    mine, files_before = signatures["kept"].id, lying()

    made = merging.merge(kept, gone, by="test", at=EARLY)
    session.commit()
    session.expire_all()

    only = session.scalars(select(Cosignatory).where(Cosignatory.kit_id == kit.id)).one()
    assert (only.id, only.logo_alt, only.logo_allowed_by) == (mine, given[0], "Ana Roux")
    assert files.path_of(only.logo).is_file()
    merging.undo(made, by="test", at=EARLY + timedelta(hours=1))
    session.commit()
    assert [facts_of(row["id"]) for row in before] == before and lying() == files_before


def test_a_logo_replaced_since_the_merge_comes_back_with_the_undoing(session, kit, make, lying):
    kept, gone = (signed(kit, make, name) for name in ("kept", "gone"))
    logos.give(gone, stored("gone"), by="test")
    session.commit()
    before = facts_of(gone.id)
    made = merging.merge(kept.organisation, gone.organisation, by="test", at=EARLY)
    session.expire_all()
    files.discard(*logos.give(kept, stored("newer"), by="test"))
    merging.undo(made, by="test", at=EARLY + timedelta(hours=1))
    session.commit()
    session.expire_all()
    assert facts_of(before["id"]) == before and files.path_of(before["logo"]).is_file()
    assert kept.logo_alt == "newer" and len(lying()) == 2


def test_a_logo_that_was_erased_since_the_merge_is_gone_for_good(session, kit, make, lying):
    kept, gone = (signed(kit, make, name) for name in ("kept", "gone"))
    for signature, name in ((kept, "kept"), (gone, "gone")):
        logos.give(signature, stored(name), by="test")
    session.commit()
    key = gone.id
    made = merging.merge(kept.organisation, gone.organisation, by="test", at=EARLY)
    session.expire_all()
    files.discard(*logos.erase(kept, by="test"))
    assert lying() == set()
    merging.undo(made, by="test", at=EARLY + timedelta(hours=1))
    session.commit()
    told = facts_of(key)
    assert (told["logo"], told["logo_alt"], told["logo_allowed_on"]) == (None, "", None)
