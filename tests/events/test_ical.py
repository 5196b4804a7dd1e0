"""Calendar entries: the rules of iTIP, one's own name, and text that strangers typed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event
from icalendar.parser import Contentline

from crm.errors import CrmError
from crm.events import ical
from crm.events.ical import Attendee, Entry, Status, Words
from crm.text import clean
from tests.events.readers import by_ical_js, by_vobject

ADA = Attendee("ada@example.org", "Ada Lovelace")
HOUR = timedelta(hours=1)


def entry(**facts: Any) -> Entry:
    usual: dict[str, Any] = {
        "uid": "7d1f0f1e-0001@example.org",
        "title": "Les données de santé",
        "starts_at": datetime(2026, 3, 26, 17, tzinfo=UTC),
        "ends_at": datetime(2026, 3, 26, 18, tzinfo=UTC),
        "zone": "Europe/Paris",
        "stamp": datetime(2026, 3, 1, 8, 30, tzinfo=UTC),
        "organizer": "agenda@example.org",
        "organizer_name": "L’association",
        "description": "Trois régions, un modèle ;\nquestions à la fin.",
        "location": "12 rue de la Paix, Paris",
        "url": "https://crm.example.org/e/donnees-de-sante",
        "join_url": "https://meet.example.org/j/4711?pwd=a,b;c",
    }
    return Entry(**{**usual, **facts})


def event(raw: bytes) -> Event:
    found = Calendar.from_ical(raw).events
    assert len(found) == 1
    return found[0]


def unfolded(raw: bytes) -> list[str]:
    return raw.decode().replace("\r\n ", "").split("\r\n")


def everything(**facts: Any) -> dict[str, bytes]:
    """One of each kind of calendar object about the same entry."""
    about = entry(**facts)
    return {
        "invitation": ical.invitation(about, ADA),
        "confirmation": ical.confirmation(about, ADA),
        "cancellation": ical.cancellation(about, ADA),
        "release": ical.cancellation(about, ADA, whole_event=False),
        "publish": ical.publish(about),
        "feed": ical.feed("Agenda", [about], with_links=True),
    }


KINDS = tuple(everything())


def test_an_invitation_asks_one_person_for_an_answer():
    raw = ical.invitation(entry(), ADA)
    found = event(raw)
    assert "METHOD:REQUEST" in unfolded(raw)
    assert str(found["ATTENDEE"]) == "mailto:ada@example.org"
    asked = found["ATTENDEE"].params
    assert dict(asked) == {
        "CN": "Ada Lovelace",
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
    }
    assert str(found["ORGANIZER"]) == "mailto:agenda@example.org"
    assert found["ORGANIZER"].params["CN"] == "L’association"
    assert found["STATUS"] == "CONFIRMED"
    assert found["X-MICROSOFT-CDO-BUSYSTATUS"] == "BUSY"


def test_who_registered_is_not_asked_again():
    asked = event(ical.confirmation(entry(), ADA))["ATTENDEE"].params
    assert (asked["PARTSTAT"], asked["RSVP"]) == ("ACCEPTED", "FALSE")


def test_a_cancelled_event_says_so_to_each():
    raw = ical.cancellation(entry(sequence=2), ADA)
    found = event(raw)
    assert "METHOD:CANCEL" in unfolded(raw)
    assert found["STATUS"] == "CANCELLED"
    assert found["SEQUENCE"] == 2
    assert str(found["ATTENDEE"]) == "mailto:ada@example.org"


def test_one_person_is_let_go_without_cancelling_the_event():
    found = event(ical.cancellation(entry(), ADA, whole_event=False))
    assert "STATUS" not in found


@pytest.mark.parametrize("kind", ["publish", "feed"])
def test_what_is_published_names_nobody_who_was_asked(kind):
    raw = everything()[kind]
    assert "METHOD:PUBLISH" in unfolded(raw)
    assert "ATTENDEE" not in event(raw)
    assert b"ORGANIZER" in raw


@pytest.mark.parametrize("kind", KINDS)
def test_every_object_has_what_itip_asks_for(kind):
    raw = everything()[kind]
    found = event(raw)
    for needed in ("UID", "DTSTAMP", "SEQUENCE", "DTSTART", "SUMMARY", "ORGANIZER"):
        assert needed in found, needed
    assert found["UID"] == "7d1f0f1e-0001@example.org"
    assert found["DTSTAMP"].dt == datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    assert "UID" not in Calendar.from_ical(raw)
    assert raw.count(b"BEGIN:VTIMEZONE") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_only_requests_remind(kind):
    reminders = everything()[kind].count(b"BEGIN:VALARM")
    assert reminders == (1 if kind in ("invitation", "confirmation") else 0)


@pytest.mark.parametrize("kind", KINDS)
def test_lines_end_in_crlf_and_are_75_octets_at_most(kind):
    raw = everything(title="« Étés à l’œuvre »; " * 20)[kind]
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_rendering_gives_the_same_bytes(kind):
    first = everything()[kind]
    ical._published.cache_clear()
    ical._around_people.cache_clear()
    assert everything()[kind] == first


NAMES = st.text(max_size=120)


@settings(max_examples=150, deadline=None)
@given(
    name=NAMES,
    local=st.from_regex(r"[a-z0-9+_-]{1,64}", fullmatch=True),
    title=st.text(max_size=120),
    sequence=st.integers(0, 99),
    house=NAMES,
    answers_to=st.sampled_from(["", "agenda+0123456789abcdef0123@example.org"]),
)
def test_the_quick_bytes_are_those_that_icalendar_writes(name, local, title, sequence, house, answers_to):
    about = entry(title=title, sequence=sequence, organizer_name=house)
    attendee = Attendee(f"{local}@exämple.org", name, answers_to)
    own = replace(about, organizer=answers_to or about.organizer)
    assert ical.invitation(about, attendee) == ical._laid_out(own, ical._INVITE, attendee).to_ical()
    assert ical.cancellation(about, attendee) == ical._laid_out(own, ical._CANCEL_EVENT, attendee).to_ical()


def test_a_title_that_looks_like_the_organizer_stays_a_title():
    about = entry(title="ORGANIZER:mailto:eve@example.org", organizer_name="", organizer="eve@example.org")
    written = ical.invitation(about, Attendee("ada@example.org", "", "agenda+1@example.org"))
    event = Calendar.from_ical(written).events[0]
    assert event["SUMMARY"] == "ORGANIZER:mailto:eve@example.org"
    assert event["ORGANIZER"] == "mailto:agenda+1@example.org"


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        st.one_of(st.sampled_from("\\^aé😀;"), st.characters(codec="utf-8", exclude_characters="\n")),
        max_size=400,
    )
)
def test_lines_are_folded_as_icalendar_folds_them(text):
    assert ical._folded(text) == Contentline(text).to_ical() + b"\r\n"


def test_a_feed_is_what_icalendar_writes_for_the_same_entries():
    entries = [entry(uid=f"{i}@example.org", zone=z) for i, z in enumerate(("Europe/Paris", "Asia/Kolkata"))]
    raw = ical.feed("Agenda, public", entries, with_links=True)
    assert Calendar.from_ical(raw).to_ical() == raw


PAYLOADS = [
    "a\r\nATTENDEE:mailto:eve@example.org",
    "a\nEND:VEVENT\nBEGIN:VEVENT",
    "a\rb",
    'quotes " ; , : \\ \\N \\n ^n ^^',
    "nul\x00 bell\x07 tab\x0b esc\x1b nel\x85 ls\u2028 ps\u2029",
    "<script>alert(1)</script> & <b>",
    "‮right to left‬ 😀",
]
TYPED = ("title", "description", "location", "organizer_name", "url", "join_url")
EXPECTED = {
    "ATTENDEE", "CLASS", "CONFERENCE", "DESCRIPTION", "DTEND", "DTSTAMP", "DTSTART", "LOCATION",
    "ORGANIZER", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "UID", "URL", "X-MICROSOFT-CDO-BUSYSTATUS",
}  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("field", TYPED)
def test_typed_text_adds_no_property(field, payload):
    prefix = "https://example.org/" if field.endswith("url") else ""
    raw = ical.invitation(entry(**{field: prefix + payload}), Attendee("ada@example.org", payload))
    found = event(raw)
    assert set(found) == EXPECTED
    assert not isinstance(found["ATTENDEE"], list)
    assert not found.errors
    assert not any(ord(sign) < 32 for line in unfolded(raw) for sign in line)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_typed_text_is_read_back_as_it_was_typed(payload):
    """By the rules of RFC 5545 and not by icalendar, which takes a typed `\\N` for a line break."""
    raw = ical.publish(entry(title=payload, description=payload, url="", join_url=""))
    values = {line.partition(":")[0]: line.partition(":")[2] for line in unfolded(raw)}
    assert unescaped(values["SUMMARY"]) == " ".join(clean(payload).split())
    assert unescaped(values["DESCRIPTION"]) == clean(payload)


def unescaped(value: str) -> str:
    signs, result = iter(value), []
    for sign in signs:
        if sign == "\\":
            sign = {"n": "\n", "N": "\n"}.get(after := next(signs), after)
        result.append(sign)
    return "".join(result)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://x.org", "meet.example.org", "", " data:x"])
def test_what_is_no_web_address_is_left_out(url):
    found = event(ical.invitation(entry(url=url, join_url=url), ADA))
    assert "URL" not in found
    assert "CONFERENCE" not in found
    assert "script" not in found["DESCRIPTION"]


def test_people_on_site_get_no_link_to_join():
    raw = ical.invitation(entry().for_onsite(), ADA)
    found = event(raw)
    assert found["LOCATION"] == "12 rue de la Paix, Paris"
    assert "CONFERENCE" not in found
    assert "meet.example.org" not in "".join(unfolded(raw))


@pytest.mark.parametrize(("words", "place"), [(Words(), "Online"), (Words(online="En ligne"), "En ligne")])
def test_people_online_are_told_that_it_is_online(words, place):
    found = event(ical.invitation(entry(words=words).for_online(), ADA))
    assert found["LOCATION"] == place
    assert str(found["CONFERENCE"]) == "https://meet.example.org/j/4711?pwd=a,b;c"


def test_an_online_event_is_online_also_for_those_who_get_no_link():
    found = event(ical.publish(entry(location="", join_url="", is_online=True)))
    assert found["LOCATION"] == "Online"
    assert "LOCATION" not in event(ical.publish(entry(location="", join_url="")))


def test_the_link_to_join_is_told_twice_for_those_who_know_no_conference():
    raw = ical.invitation(entry(), ADA)
    assert "CONFERENCE;FEATURE=AUDIO,VIDEO;LABEL=Join online;VALUE=URI:https://meet" in "\n".join(
        unfolded(raw)
    )
    description = event(raw)["DESCRIPTION"]
    assert "Join online: https://meet.example.org/j/4711?pwd=a,b;c" in description
    assert "Event page: https://crm.example.org/e/donnees-de-sante" in description


def test_words_are_translated():
    french = {"Online": "En ligne", "Join online: %(url)s": "Rejoindre en ligne : %(url)s"}
    words = Words.by(lambda english: french.get(english, english))
    found = event(ical.invitation(entry(words=words).for_online(), ADA))
    assert found["LOCATION"] == "En ligne"
    assert "Rejoindre en ligne : https://meet" in found["DESCRIPTION"]


def test_whole_days_are_dates_and_end_after_the_last():
    paris_midnights = {
        "starts_at": datetime(2026, 3, 28, 23, tzinfo=UTC),
        "ends_at": datetime(2026, 3, 30, 22, tzinfo=UTC),
    }
    raw = ical.invitation(entry(is_all_day=True, **paris_midnights), ADA)
    found = event(raw)
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (date(2026, 3, 29), date(2026, 3, 31))
    assert b"DTSTART;VALUE=DATE:20260329\r\n" in raw
    assert b"VTIMEZONE" not in raw
    assert b"VALARM" not in raw


def test_an_address_that_mail_cannot_reach_is_refused():
    with pytest.raises(CrmError):
        ical.invitation(entry(), Attendee("hélène@example.org"))
    with pytest.raises(CrmError):
        ical.invitation(entry(organizer="a b"), ADA)


def test_an_address_is_the_one_of_the_mail():
    found = event(ical.invitation(entry(), Attendee("ada@exämple.org", "")))
    assert str(found["ATTENDEE"]) == "mailto:ada@xn--exmple-cua.org"
    assert "CN" not in found["ATTENDEE"].params


def test_invitations_to_closed_events_are_private():
    assert event(ical.invitation(entry(is_private=True), ADA))["CLASS"] == "PRIVATE"
    assert event(ical.invitation(entry(), ADA))["CLASS"] == "PUBLIC"


def test_a_feed_says_its_name_and_how_often_to_ask():
    lines = unfolded(ical.feed("Agenda, public", [entry()]))
    for line in (
        "NAME:Agenda\\, public",
        "X-WR-CALNAME:Agenda\\, public",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ):
        assert line in lines


def test_a_feed_tells_no_link_to_join_unless_asked():
    assert b"meet.example.org" not in ical.feed("Agenda", [entry()])
    assert b"meet.example.org" in ical.feed("Agenda", [entry()], with_links=True)


def test_a_cancelled_event_stays_in_the_feed_as_such():
    found = event(ical.feed("Agenda", [entry(status=Status.CANCELLED, sequence=3)]))
    assert (found["STATUS"], found["TRANSP"], found["SEQUENCE"]) == ("CANCELLED", "TRANSPARENT", 3)


def test_an_empty_feed_is_still_a_calendar():
    assert ical.feed("Agenda", []).startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")


@pytest.mark.parametrize("kind", KINDS)
def test_other_programs_read_the_stored_instants(kind):
    about = entry()
    times = [(about.uid, int(about.starts_at.timestamp()), int(about.ends_at.timestamp()))]
    raw = everything()[kind]
    assert by_vobject(raw) == times
    assert by_ical_js([raw]) == [times]


def test_a_changed_entry_is_another_entry():
    """The parts laid out once are told apart by every fact of the entry."""
    later = replace(entry(), starts_at=entry().starts_at + HOUR / 2, sequence=1)
    assert ical.invitation(later, ADA) != ical.invitation(entry(), ADA)
    assert event(ical.invitation(later, ADA))["SEQUENCE"] == 1
