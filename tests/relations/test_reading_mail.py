"""Mail as strangers write it: whatever it is made of, its words are read and nothing in it acts."""

import base64
import contextlib
from email import message_from_string
from email.message import EmailMessage

import pytest

from crm.relations.filing import reading

FILING = "journal@example.org"


def read(raw):
    return reading.read(raw if isinstance(raw, bytes) else raw.as_bytes(), filing=FILING)


def test_a_strangers_html_keeps_its_words_and_nothing_that_acts():
    one = EmailMessage()
    one["From"] = "x@y.example"
    html = (
        '<style>p{}</style><p onclick="x()">Oui<script>alert(1)</script><img src="https://spy.example/p"></p>'
        "<table><tr><td>A</td><td>B</td></tr></table>"
        '<a href="javascript:x">z</a><div class="gmail_quote">Avant</div>'
    )
    one.set_content(html, subtype="html")
    told = read(one)
    assert "Oui" in told.body and "A B" in told.body
    assert not any(word in told.body for word in ("script", "onclick", "img", "style", "spy"))
    assert "Avant" in told.tail and "Avant" not in told.body


@pytest.mark.parametrize(
    ("octets", "declared"),
    [
        ("déjà vu".encode("cp1252"), "x-unknown"),
        ("déjà vu".encode("cp1252"), "utf-8"),
        ("déjà vu".encode(), "us-ascii"),
        ("déjà vu".encode("iso-8859-15"), "iso-8859-15"),
        ("déjà vu".encode("utf-16"), "utf-16"),
    ],
)
def test_wrong_charsets_are_read_all_the_same(octets, declared):
    head = f"From: x@y.example\nContent-Type: text/plain; charset={declared}\n"
    head += "Content-Transfer-Encoding: base64\n\n"
    assert "déjà vu" in read(head.encode() + base64.b64encode(octets)).body


def test_raw_octets_and_encoded_words_in_headers_are_read():
    raw = "From: Zoé <zoe@y.example>\nSubject: Été\n\nx".encode("cp1252")
    assert read(raw).subject == "Été"
    assert read(b"From: a@b.example\nSubject: =?utf-8?b?w4l0w6k=?=\n\nx").subject == "Été"
    assert read(b"From: a@b.example\nSubject: =?nonsense?q?a=E9?=\n\nx").subject


def test_a_mail_without_end_or_nested_a_thousand_times_is_survived():
    cut = b'From: a@b.example\nContent-Type: multipart/mixed; boundary="x"\n\n--x\n\nmoiti'
    assert "moiti" in read(cut).body
    nested = b"From: a@b.example\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(1500)
    )
    with contextlib.suppress(reading.Unreadable):
        read(nested)


def test_a_mail_of_countless_tags_keeps_its_words_and_costs_no_more_than_others():
    nested = "<div><font size=1>Bon</font><b>jour</b> " * 5_000
    heads = "From: a@example.org\nContent-Type: text/html; charset=utf-8\n\n"

    told = reading.read(f"{heads}{nested}".encode(), filing=FILING)

    assert told.body.startswith("<p>Bonjour </p><p>Bonjour </p>") and "<div>" not in told.body

    told = reading.read(f"{heads}{nested[:4_000]}".encode(), filing=FILING)
    assert told.body.startswith("<div>Bon<b>jour</b>")


def test_the_texts_of_one_mail_are_read_up_to_a_length_all_together():
    part = "--b\nContent-Type: text/plain\n\n" + "mot " * 40_000 + "\n"
    raw = "From: a@example.org\nContent-Type: multipart/mixed; boundary=b\n\n" + part * 20 + "--b--\n"

    parts = reading._Parts()
    parts.take(message_from_string(raw))

    assert sum(len(text) for _kind, text in parts.texts) == reading.MOST_READ
