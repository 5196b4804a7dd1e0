"""Calendar entries: invitations by mail (RFC 5545, 5546, 6047), downloads and feeds (RFC 7986).

    entry = Entry(uid=..., title=..., starts_at=..., ends_at=..., zone=..., stamp=..., ...)
    invitation(entry, Attendee("ada@example.org", "Ada Lovelace"))       -> bytes, METHOD:REQUEST

Everything comes in as facts and the same facts give the same bytes: whoever calls keeps the UID,
the SEQUENCE and the stamp. The UID is the same in mail, download and feed. SEQUENCE grows with
every update that is mailed, and for the cancellation.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Component, Event, vCalAddress, vText
from icalendar.parser import Parameters

from crm.events import vtimezone
from crm.mail import mailbox
from crm.text import N_, clean

PRODID = "-//Maillage//Agenda 1.0//FR"
REMIND_BEFORE = timedelta(minutes=30)
FOLD_AFTER = 74
REFRESH_EVERY = timedelta(hours=1)


class Status(StrEnum):
    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class Words:
    """What an entry says by itself, in English unless translated: `Words.by(gettext)`."""

    online: str = N_("Online")
    join: str = N_("Join online")
    join_at: str = N_("Join online: %(url)s")
    page_at: str = N_("Event page: %(url)s")

    @classmethod
    def by(cls, translate: Callable[[str], str]) -> "Words":
        return cls(**{field.name: translate(str(field.default)) for field in fields(cls)})


@dataclass(frozen=True)
class Entry:
    """One event as calendars know it.

    `starts_at` and `ends_at` are aware instants; `zone` is the IANA name of the appointment's zone.
    An all-day entry ends at the midnight after its last day, in that zone. `stamp` (aware) says
    when this version was made: the delivery's stamp in mail, the event's `updated_at` in feeds.
    `description` is plain text. Without a `location`, what `is_online` or has a link to join is said
    to be online. `organizer` must be a mailbox that is read, for answers go there.
    """

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    stamp: datetime
    organizer: str
    organizer_name: str = ""
    is_all_day: bool = False
    description: str = ""
    location: str = ""
    url: str = ""
    join_url: str = ""
    is_online: bool = False
    sequence: int = 0
    status: Status = Status.CONFIRMED
    is_private: bool = False
    words: Words = Words()

    def for_onsite(self) -> "Entry":
        """As those see it who come to the place: without the link to join."""
        return replace(self, join_url="")

    def for_online(self) -> "Entry":
        """As those see it who join from afar: without the place."""
        return replace(self, location="", is_online=True)


@dataclass(frozen=True)
class Attendee:
    """Whom one calendar entry is for. The address is the one that the mail goes to.

    `answers_to` is the mailbox that this person's calendar answers to, the entry's own when empty.
    """

    email: str
    name: str = ""
    answers_to: str = ""


@dataclass(frozen=True)
class _Act:
    """What a calendar object asks of its reader (iTIP)."""

    method: str
    partstat: str = "NEEDS-ACTION"
    rsvp: bool = False
    reminds: bool = False
    cancels_event: bool = False


_INVITE = _Act("REQUEST", rsvp=True, reminds=True)
_DECLINED = _Act("REQUEST", partstat="DECLINED", rsvp=True)
_CONFIRM = _Act("REQUEST", partstat="ACCEPTED", reminds=True)
_CANCEL_EVENT = _Act("CANCEL", cancels_event=True)
_CANCEL_PERSON = _Act("CANCEL")
_PUBLISH = _Act("PUBLISH")
_SOMEONE = Attendee("attendee@calendar.invalid")


def invitation(entry: Entry, attendee: Attendee, *, has_declined: bool = False) -> bytes:
    """Ask the attendee to come, or tell of a change: REQUEST, an answer is wanted.

    `has_declined` keeps the answer that was given. Raises BadMailbox and LocalPartNotAscii, as
    `mailbox.wire`.
    """
    return _addressed(entry, _DECLINED if has_declined else _INVITE, attendee)


def confirmation(entry: Entry, attendee: Attendee) -> bytes:
    """The entry for someone who registered: REQUEST, already accepted, no answer wanted."""
    return _addressed(entry, _CONFIRM, attendee)


def cancellation(entry: Entry, attendee: Attendee, *, whole_event: bool = True) -> bytes:
    """Take the entry out of the attendee's calendar: CANCEL.

    `whole_event=False` when only this person is no longer expected. The entry's sequence is higher
    than that of the last invitation.
    """
    return _addressed(entry, _CANCEL_EVENT if whole_event else _CANCEL_PERSON, attendee)


def publish(entry: Entry) -> bytes:
    """The entry to download: PUBLISH, nobody's name in it."""
    calendar = _calendar(_PUBLISH)
    event = _event(entry, _PUBLISH)
    for zone in _zones([entry]):
        calendar.add_component(vtimezone.component(zone))
    calendar.add_component(event)
    return _written(calendar)


def feed(name: str, entries: Iterable[Entry], *, with_links: bool = False) -> bytes:
    """A calendar to subscribe to: PUBLISH, asked for again every hour.

    Links to join are left out unless `with_links`: feeds are shared. Cancelled entries stay for a
    while, as such. Rendering an entry again that has not changed costs next to nothing.
    """
    listed = [entry if with_links or not entry.join_url else replace(entry, join_url="") for entry in entries]
    calendar = _calendar(_PUBLISH)
    calendar.add("NAME", _Text(_line(name)))
    calendar.add("X-WR-CALNAME", _Text(_line(name)))
    calendar.add("REFRESH-INTERVAL", REFRESH_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT1H")
    for zone in _zones(listed):
        calendar.add_component(vtimezone.component(zone))
    head = _written(calendar).removesuffix(b"END:VCALENDAR\r\n")
    return b"".join([head, *map(_published, listed), b"END:VCALENDAR\r\n"])


@lru_cache(4096)
def _published(entry: Entry) -> bytes:
    return _written(_event(entry, _PUBLISH))


def _addressed(entry: Entry, act: _Act, attendee: Attendee) -> bytes:
    before, between, after = _around_people(entry, act)
    organizer = _organizer_line(attendee.answers_to or entry.organizer, entry.organizer_name)
    return before + _attendee_line(act, attendee) + between + organizer + after


@lru_cache(256)
def _around_people(entry: Entry, act: _Act) -> tuple[bytes, bytes, bytes]:
    """The calendar object around its ATTENDEE and ORGANIZER lines, the same for everyone who is asked."""
    written = _written(_laid_out(entry, act, _SOMEONE))
    before, _, rest = written.partition(_attendee_line(act, _SOMEONE))
    # A line of its own: a title may say “ORGANIZER:” too.
    line = b"\r\n" + _organizer_line(entry.organizer, entry.organizer_name)
    between, _, after = (b"\r\n" + rest).partition(line)
    return before, (between + b"\r\n").removeprefix(b"\r\n"), after


def _attendee_line(act: _Act, attendee: Attendee) -> bytes:
    """The line as icalendar writes it in ten times the time; a name from `mailbox` needs no escaping."""
    asked = "TRUE" if act.rsvp else "FALSE"
    return _folded(
        f"ATTENDEE{_common_name(attendee.name)};CUTYPE=INDIVIDUAL;PARTSTAT={act.partstat}"
        f";ROLE=REQ-PARTICIPANT;RSVP={asked}:mailto:{mailbox.wire(attendee.email)}"
    )


def _organizer_line(address: str, name: str) -> bytes:
    return _folded(f"ORGANIZER{_common_name(name)}:mailto:{mailbox.wire(address)}")


def _common_name(typed: str) -> str:
    name = mailbox.name(typed)
    if not name:
        return ""
    quoted = any(sign in name for sign in " '’")
    return f';CN="{name}"' if quoted else f";CN={name}"


def _written(component: Component) -> bytes:
    """The component as its own `to_ical` writes it, which folds letter by letter and takes far longer."""
    return b"".join(_folded(line) for line in component.content_lines() if line)


def _folded(line: str) -> bytes:
    """A content line in pieces of at most 74 octets; neither a letter nor an escaped sign is split."""
    raw = line.encode()
    if len(raw) <= FOLD_AFTER:
        return raw + b"\r\n"
    pieces, begins = [], 0
    while len(raw) - begins > FOLD_AFTER:
        ends = begins + FOLD_AFTER
        while raw[ends] & 0xC0 == 0x80:
            ends -= 1
        if raw[ends - 1] in b"\\^":
            ends -= 1
        pieces.append(raw[begins:ends])
        begins = ends
    pieces.append(raw[begins:] + b"\r\n")
    return b"\r\n ".join(pieces)


def _laid_out(entry: Entry, act: _Act, attendee: Attendee) -> Calendar:
    """The whole object as icalendar holds it."""
    calendar = _calendar(act)
    for zone in _zones([entry]):
        calendar.add_component(vtimezone.component(zone))
    event = _event(entry, act)
    event.add("ATTENDEE", _attendee(act, attendee))
    calendar.add_component(event)
    return calendar


def _calendar(act: _Act) -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", PRODID)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", act.method)
    return calendar


def _event(entry: Entry, act: _Act) -> Event:
    event = Event()
    event.add("UID", entry.uid)
    event.add("DTSTAMP", entry.stamp.astimezone(UTC))
    event.add("SEQUENCE", entry.sequence)
    starts, ends = _span(entry)
    event.add("DTSTART", starts)
    event.add("DTEND", ends)
    event.add("SUMMARY", _Text(_line(entry.title)))
    event.add("ORGANIZER", _cal_address(entry.organizer, entry.organizer_name))
    event.add("CLASS", "PRIVATE" if entry.is_private else "PUBLIC")
    _add_places(event, entry)
    is_off = act.method == "CANCEL" or entry.status is Status.CANCELLED
    if act.cancels_event or act.method != "CANCEL":
        event.add("STATUS", (Status.CANCELLED if act.cancels_event else entry.status).value)
    event.add("TRANSP", "TRANSPARENT" if is_off else "OPAQUE")
    event.add("X-MICROSOFT-CDO-BUSYSTATUS", "FREE" if is_off else "BUSY")
    if act.reminds and not entry.is_all_day:
        event.add_component(_reminder(entry))
    return event


def _add_places(event: Event, entry: Entry) -> None:
    """Where: the place, the page, the link to join, which most programs show only in the description."""
    url, join_url = _uri(entry.url), _uri(entry.join_url)
    location = _line(entry.location) or (entry.words.online if join_url or entry.is_online else "")
    lines = [clean(entry.description)]
    if join_url:
        lines.append(entry.words.join_at % {"url": join_url})
        event.add("CONFERENCE", join_url, parameters=_conference(entry.words))
    if url:
        lines.append(entry.words.page_at % {"url": url})
        event.add("URL", url)
    if location:
        event.add("LOCATION", _Text(location))
    if description := "\n\n".join(line for line in lines if line):
        event.add("DESCRIPTION", _Text(description))


def _conference(words: Words) -> Parameters:
    # A list, so that each feature is a value of its own and not part of one quoted value.
    return Parameters({"VALUE": "URI", "FEATURE": ["AUDIO", "VIDEO"], "LABEL": _line(words.join)})


def _reminder(entry: Entry) -> Alarm:
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", _Text(_line(entry.title)))
    alarm.add("TRIGGER", -REMIND_BEFORE)
    return alarm


def _span(entry: Entry) -> tuple[date, date]:
    """Start and exclusive end: days, wall times with their zone, or UTC where the zone cannot be told."""
    zone = ZoneInfo(entry.zone)
    starts, ends = entry.starts_at.astimezone(zone), entry.ends_at.astimezone(zone)
    if entry.is_all_day:
        return starts.date(), max(ends.date(), starts.date() + timedelta(days=1))
    if _zone(entry):
        return starts, ends
    return starts.astimezone(UTC), ends.astimezone(UTC)


def _zone(entry: Entry) -> str | None:
    """The name of the zone that the entry's times are written in; None for whole days and for UTC."""
    if entry.is_all_day or not vtimezone.holds(entry.zone, entry.starts_at, entry.ends_at):
        return None
    return entry.zone


def _zones(entries: Iterable[Entry]) -> list[str]:
    return sorted({zone for entry in entries if (zone := _zone(entry))})


def _attendee(act: _Act, attendee: Attendee) -> vCalAddress:
    address = _cal_address(attendee.email, attendee.name)
    address.params["CUTYPE"] = "INDIVIDUAL"
    address.params["ROLE"] = "REQ-PARTICIPANT"
    address.params["PARTSTAT"] = act.partstat
    address.params["RSVP"] = "TRUE" if act.rsvp else "FALSE"
    return address


def _cal_address(email: str, name: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{mailbox.wire(email)}")
    if shown := mailbox.name(name):
        address.params["CN"] = shown
    return address


class _Text(vText):  # type: ignore[misc]
    r"""A TEXT value escaped by RFC 5545 3.3.11; the library's own takes a typed `\N` for a line break."""

    def to_ical(self) -> bytes:
        escaped = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return escaped.replace("\n", "\\n").encode()


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def _uri(url: str) -> str:
    """The address as a URI, or nothing when it is no web address."""
    if not url.lower().startswith(("http://", "https://")):
        return ""
    return quote(url.strip(), safe="!#$%&'()*+,/:;=?@[]~")
