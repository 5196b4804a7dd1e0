"""Whose a mail is found to be, by our server's own header; and mail that is made to break its readers."""

import pytest
from sqlalchemy import select

from crm.events.replies import proving
from crm.events.replies.models import CalendarReply
from crm.mail.incoming import taking
from tests.events.answers import BASE, calendar, mail
from tests.make import EARLY

ONCE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    "results",
    [
        'spf=pass smtp.mailfrom="x;dmarc=pass header.from=example.org;y"@evil.example; dmarc=fail',
        'spf=pass smtp.mailfrom="x\\";dmarc=pass header.from=example.org"@evil.example; dmarc=none',
        "spf=pass (said (x); dmarc=pass header.from=example.org) smtp.mailfrom=a@evil.example",
        "spf=pass (said \\) ; dmarc=pass header.from=example.org",
        'dkim=pass header.i="a@example.org; "@evil.example',
        "dkim=pass header.d=evil.example header.from=example.org header.i=@example.org",
        "dmarc=pass header.from=evil.example header.d=example.org",
        "dkim=pass header.d=evil.example header.d=example.org",
        "dmarc=fail header.from=example.org; dkim=fail header.d=example.org",
        'dmarc=pass header.from=example.org "never ended',
    ],
)
def test_what_the_sender_chose_proves_no_domain(results):
    heads = [("authentication-results", f"mx.example.org; {results}")]
    assert "example.org" not in proving.domains(heads, "mx.example.org")


@pytest.mark.parametrize(
    "results",
    [
        "mx.example.org 1; spf=pass (ok) smtp.mailfrom=a@b.test;\n dmarc=pass header.from=example.org",
        'mx.example.org; dkim=pass reason="a; b" header.d=Example.org header.i=@mail.example.org',
        'mx.example.org; dkim=pass header.i="a b"@example.org header.s=one',
        'mx.example.org (our (own)); dmarc=pass header.from="example.org"',
    ],
)
def test_what_our_server_found_proves_the_domain(results):
    assert proving.domains([("authentication-results", results)], "mx.example.org") == {"example.org"}


@ONCE
@pytest.mark.parametrize("sender", ["(" * 5_000, "a:" * 3_000])
def test_a_mail_that_nests_without_end_does_not_keep_the_next_one_waiting(session, app, tmp_path, sender):
    known = {**app.config, "FILING_FOLDER": tmp_path / "no", "REPLIES_FOLDER": tmp_path}
    known |= {"REPLIES_ADDRESS": BASE, "BOUNCE_FOLDER": tmp_path / "none"}
    (tmp_path / "a.eml").write_bytes(f"From: {sender}\nTo: {BASE}\n\n.".encode())
    (tmp_path / "b.eml").write_bytes(mail(calendar("nobody-knows-it")))
    assert sum(taking.take_all(known, at=EARLY).values()) == 2
    assert "ada@example.org" in session.scalars(select(CalendarReply.sender)).all()
    assert not list(tmp_path.glob("*.eml"))


@ONCE
def test_a_mail_that_breaks_its_takers_is_set_aside(session, app, tmp_path, monkeypatch):
    def break_down(found, settings, at):
        if b"bad" in found.raw:
            raise RecursionError
        return "taken"

    monkeypatch.setattr(taking, "_TAKERS", {})
    taking.enter("one", break_down)
    for name in ("bad", "good"):
        (tmp_path / f"{name}.eml").write_bytes(name.encode())
    folders = ("FILING_FOLDER", "REPLIES_FOLDER", "BOUNCE_FOLDER")
    known = {**app.config, **dict.fromkeys(folders, tmp_path)}
    assert taking.take_all(known, at=EARLY) == {"broken": 1, "taken": 1}
    assert (tmp_path / "done" / "bad.eml").exists()
