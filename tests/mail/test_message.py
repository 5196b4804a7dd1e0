"""A message and its bytes: what every mail program and provider must be able to read."""

import email
import re
import smtplib
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.errors import CrmError
from crm.mail.mailbox import BadMailbox, LocalPartNotAscii, name, wire
from crm.mail.message import POLICY, Attached, BrokenHeader, Message
from tests.bench.smtp_sink import SmtpSink

SENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CALENDAR = "BEGIN:VCALENDAR\r\nSUMMARY:Été\r\nEND:VCALENDAR\r\n".encode()


def letter(**facts: Any) -> Message:
    usual: dict[str, Any] = {
        "to": "ada@example.org",
        "to_name": "Ada Lovelace",
        "subject": "Les données de l’été",
        "text": "Bonjour à vous,\nà bientôt.\n",
        "html": '<html lang="fr"><body><p style="color:red">Bonjour à vous</p></body></html>',
        "sender": "agenda@example.org",
        "sender_name": "L’association",
        "reply_to": "reponses@example.org",
        "message_id": "<0001@example.org>",
        "sent_at": SENT,
    }
    return Message(**{**usual, **facts})


def invitation(**facts: Any) -> Message:
    return letter(**{"ics": CALENDAR, "method": "REQUEST", **facts})


def read(message: Message) -> EmailMessage:
    found = email.message_from_bytes(message.as_bytes(), policy=POLICY)
    assert isinstance(found, EmailMessage)
    return found


def as_the_library_builds_it(message: Message) -> EmailMessage:
    """The same facts through `EmailMessage`, slowly: what the quick bytes are held against."""
    built = EmailMessage(policy=POLICY)
    built["From"] = Address(message.sender_name, addr_spec=message.sender)
    built["To"] = Address(message.to_name, addr_spec=message.to)
    built["Subject"] = message.subject
    built["Date"] = message.sent_at
    built["Message-ID"] = f"<{message.message_id}>"
    if message.reply_to:
        built["Reply-To"] = message.reply_to
    built["Auto-Submitted"] = "auto-generated"
    built["X-Auto-Response-Suppress"] = "OOF, AutoReply, RN, NRN"
    if message.unsubscribe_url:
        built["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        built["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    for header, value in message.headers:
        built[header] = value
    built.set_content(message.text)
    built.add_alternative(message.html, subtype="html")
    if message.ics:
        calendar = message.ics.decode()
        built.add_alternative(calendar, subtype="calendar", params={"method": message.method}, cte="base64")
        built.add_attachment(message.ics, maintype="application", subtype="ics", filename="invite.ics")
    for file in message.files:
        kind, _slash, subtype = file.media_type.partition("/")
        built.add_attachment(file.content, maintype=kind, subtype=subtype, filename=file.name)
    return built


def said(built: EmailMessage) -> list[Any]:
    """Everything a mail program gets to see: headers, shape, types, contents."""
    headers = {k.lower(): v for k, v in built.items() if not k.lower().startswith(("content-", "mime-"))}
    people = {header: [a.addr_spec for a in built[header].addresses] for header in ("from", "to")}
    parts = []
    for part in built.walk():
        kind = (part.get_content_type(), part.get_content_disposition(), part.get_filename())
        details = (part.get_param("method"), part.get_content_charset())
        content = None if part.is_multipart() else _content(part)
        parts.append((*kind, *details, content))
    return [{**headers, **people}, parts]


def _content(part: EmailMessage) -> Any:
    raw = part.get_payload(decode=True)
    if part.get_content_maintype() == "text" and part.get_content_subtype() != "calendar":
        return raw.decode("utf-8").replace("\r\n", "\n").rstrip("\n")
    return raw


def shown(raw: bytes, header: str) -> str:
    """The name in an address header, read by RFC 2047.

    The newer parser leaves a space between two encoded words of a name, which the RFC drops.
    """
    encoded, _ = parseaddr(email.message_from_bytes(raw)[header])
    return str(make_header(decode_header(encoded)))


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\n\t"))


def calendar_of(text: str) -> bytes:
    return b"BEGIN:" + text.replace("\n", "\r\n").encode() + b"\r\n"


LOCAL = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\.[a-z0-9+-]{1,10})?", fullmatch=True)


@settings(max_examples=150, deadline=None)
@given(
    local=LOCAL,
    to_name=WORDS,
    sender_name=WORDS,
    subject=WORDS,
    text=TEXTS,
    html=TEXTS,
    ics=st.one_of(st.just(b""), TEXTS.map(calendar_of)),
    reply_to=st.sampled_from(["", "reponses@example.org"]),
    path=st.one_of(
        st.just(""), st.from_regex(r"https://example\.org/u/[A-Za-z0-9_.-]{1,160}", fullmatch=True)
    ),
)
def test_the_quick_bytes_are_read_as_those_of_the_library(
    local, to_name, sender_name, subject, text, html, ics, reply_to, path
):
    message = letter(
        to=f"{local}@example.org",
        to_name=to_name,
        sender_name=sender_name,
        subject=" ".join(subject.split()),
        text=text + "\n",
        html=html + "\n",
        ics=ics,
        method="REQUEST" if ics else "",
        reply_to=reply_to,
        unsubscribe_url=path,
    )
    raw = message.as_bytes()
    ours = email.message_from_bytes(raw, policy=POLICY)
    assert isinstance(ours, EmailMessage)
    theirs = email.message_from_bytes(as_the_library_builds_it(message).as_bytes(), policy=POLICY)
    assert isinstance(theirs, EmailMessage)

    assert said(ours) == said(theirs)
    assert [shown(raw, "From"), shown(raw, "To")] == [name(sender_name), name(to_name)]
    assert not [part.defects for part in ours.walk() if part.defects]
    assert raw.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\x00", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_an_invitation_has_three_alternatives_and_the_file():
    found = read(invitation())
    shape = [part.get_content_type() for part in found.walk()]
    assert shape == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    calendar, attached = list(found.walk())[4:]
    assert calendar.get_param("method") == "REQUEST"
    assert calendar.get_payload(decode=True) == attached.get_payload(decode=True) == CALENDAR
    assert attached.get_filename() == "invite.ics"


def test_a_letter_without_a_calendar_is_the_alternatives_alone():
    assert [part.get_content_type() for part in read(letter()).walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_the_same_facts_give_the_same_bytes():
    assert invitation().as_bytes() == invitation().as_bytes()
    assert invitation().as_bytes() != invitation(message_id="<0002@example.org>").as_bytes()


def test_machines_are_told_that_no_person_wrote_this():
    found = read(letter())
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["X-Auto-Response-Suppress"] == "OOF, AutoReply, RN, NRN"


def test_a_long_unsubscribe_address_is_written_as_it_is():
    url = "https://crm.example.org/u/" + "a1B2" * 30
    assert len(url) > 140
    raw = letter(unsubscribe_url=url).as_bytes()
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_encoded_words_are_no_longer_than_mail_allows():
    raw = letter(subject="é" * 150, to_name="à" * 100, sender_name="Œ" * 120).as_bytes()
    words = re.findall(rb"=\?utf-8\?[bq]\?[^?]*\?=", raw, re.IGNORECASE)
    assert len(words) > 10
    assert max(map(len, words)) <= 75
    assert read(letter(subject="é" * 150))["Subject"] == "é" * 150


@pytest.mark.parametrize("before", range(0, 60, 3))
def test_a_subject_keeps_its_spaces_wherever_its_line_is_folded(before):
    subject = "x" * before + " « données » 🎒 d’été « à l’école » é à ü ö"
    raw = letter(subject=subject).as_bytes()
    assert read(letter(subject=subject))["Subject"] == subject
    written = raw.partition(b"Subject: ")[2].partition(b"\r\nDate:")[0]
    assert str(make_header(decode_header(written.replace(b"\r\n", b"").decode()))) == subject
    assert max(map(len, raw.partition(b"Date:")[0].splitlines())) <= 76


def test_a_domain_beyond_ascii_travels_in_punycode():
    found = read(letter(to="ada@exämple.org"))
    assert found["To"].addresses[0].addr_spec == "ada@xn--exmple-cua.org"


def test_a_local_part_beyond_ascii_is_refused_with_a_sentence():
    with pytest.raises(LocalPartNotAscii, match=r"before the @"):
        letter(to="hélène@example.org")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@ex ample.org",
        "a b@example.org",
        "ada@example.org\r\nBcc: all@example.org",
        "ada@example.org\n",
        "ada\x00@example.org",
        "<ada@example.org>",
        "ada@example.org,eve@example.org",
        '"ada,eve"@example.org',
        "ada@-example.org",
        "ada..b@example.org",
        "ada@example..org",
        "a" * 65 + "@example.org",
        "ada@" + "a" * 64 + ".org",
    ],
)
@pytest.mark.parametrize("field", ["to", "sender", "reply_to"])
def test_what_is_no_plain_address_is_refused(field, address):
    if field == "reply_to" and not address:
        return
    with pytest.raises(BadMailbox):
        letter(**{field: address})


@pytest.mark.parametrize(
    "sign", ["\r", "\n", "\r\n", "\x00", "\x0b", "\x0c", "\x1b", "\x85", "\u2028", "\u2029"]
)
@pytest.mark.parametrize("field", ["subject", "message_id", "unsubscribe_url", "headers"])
def test_no_header_can_be_broken_into_two(field, sign):
    bad: dict[str, Any] = {
        "subject": f"Hello{sign}Bcc: eve@example.org",
        "message_id": f"<1{sign}Bcc: eve@example.org>",
        "unsubscribe_url": f"https://example.org/{sign}Bcc: eve@example.org",
        "headers": (("X-Maillage", f"1{sign}Bcc: eve@example.org"),),
    }
    with pytest.raises(BrokenHeader):
        letter(**{field: bad[field]})


@pytest.mark.parametrize("header", ["Bcc", "To", "X A", "X:", "", "Été", "content-type"])
def test_a_further_header_cannot_take_the_place_of_ours(header):
    with pytest.raises(BrokenHeader):
        letter(headers=((header, "1"),))


@given(st.text(max_size=300))
def test_a_name_never_adds_a_header_or_an_address(typed):
    message = letter(to_name=typed)
    found = read(message)
    assert [a.addr_spec for a in found["To"].addresses] == ["ada@example.org"]
    assert found["Bcc"] is None
    assert shown(message.as_bytes(), "To") == name(typed)


def test_names_lose_the_signs_that_clients_cut_them_at():
    assert name('Dupont, Jean; "le maire" <jean@x.org>\r\nBcc: y') == "Dupont Jean le maire jean x.org Bcc y"


@pytest.mark.parametrize("text", [".\n", "\n.\n", "From x\n", "a \n\tb\t\n", "=20\n", "x" * 3000])
def test_awkward_lines_arrive_unchanged(text):
    body = read(letter(text=text)).get_body(("plain",))
    assert body is not None
    assert _content(body) == text.rstrip("\n")


def test_every_byte_survives_a_mail_server():
    message = invitation(
        text=".\n..\nFrom the start\n", unsubscribe_url="https://crm.example.org/u/" + "x" * 140
    )
    with SmtpSink() as sink, smtplib.SMTP("127.0.0.1", sink.port) as line:
        line.sendmail(message.sender, [message.to], message.as_bytes())
    assert [(kept.to, kept.content) for kept in sink.messages] == [([message.to], message.as_bytes())]


def test_a_calendar_without_its_method_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="method"):
        letter(ics=CALENDAR)
    with pytest.raises(ValueError, match="method"):
        letter(ics=CALENDAR, method="REPLY")
    with pytest.raises(ValueError, match="aware"):
        letter(sent_at=SENT.replace(tzinfo=None))


def test_every_refusal_is_one_that_is_shown_to_people():
    for kind in (BadMailbox, LocalPartNotAscii, BrokenHeader):
        assert issubclass(kind, CrmError)


def test_a_message_is_a_value():
    message = letter()
    assert replace(message, subject="Other").subject == "Other"
    assert message == letter()
    assert wire("Ada@Example.ORG") == "Ada@Example.ORG"


def test_files_go_with_a_message_also_without_a_calendar():
    code, paper = (
        Attached("code.png", "image/png", b"\x89PNG\r\n"),
        Attached("a-1.pdf", "application/pdf", b"%PDF"),
    )
    for facts in ({}, {"ics": CALENDAR, "method": "REQUEST"}):
        message = letter(files=(code, paper), **facts)
        found = {part.get_filename(): part.get_content() for part in read(message).iter_attachments()}
        assert found["code.png"] == b"\x89PNG\r\n" and found["a-1.pdf"] == b"%PDF"
        assert said(read(message)) == said(as_the_library_builds_it(message))
    with pytest.raises(BrokenHeader):
        Attached('x"\r\nBcc: eve@example.org', "image/png", b"")
