"""Answers of calendars as Outlook, Google, Apple and Thunderbird lay them out, from invented people."""

from datetime import datetime
from email.message import EmailMessage

BASE = "agenda@example.org"


def calendar(
    uid,
    *,
    attendee="ada@example.org",
    answer="ACCEPTED",
    sequence=0,
    stamp="20260303T090000Z",
    method="REPLY",
    more=(),
    params="",
):
    """The calendar object of an answer, in Google's way."""
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//Google Inc//Google Calendar 70.9054//EN",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        *([f"METHOD:{method}"] if method else []),
        "BEGIN:VEVENT",
        "DTSTART:20300612T120000Z",
        "DTEND:20300612T140000Z",
        f"DTSTAMP:{stamp}",
        "ORGANIZER;CN=Maillage:mailto:agenda@example.org",
        f"UID:{uid}",
        f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={answer};CN=Ada{params}:mailto:{attendee}",
        f"SEQUENCE:{sequence}",
        "SUMMARY:Webinaire",
        *more,
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "\r\n".join(lines) + "\r\n"


def outlook(uid, *, attendee="ada@example.org", answer="ACCEPTED", sequence=0, stamp="20260303T090000Z"):
    """Outlook: `MAILTO:`, a zone with a name of its own, Microsoft's own properties, base64."""
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "METHOD:REPLY",
            "PRODID:Microsoft Exchange Server 2010",
            "VERSION:2.0",
            "BEGIN:VTIMEZONE",
            "TZID:Romance Standard Time",
            "BEGIN:STANDARD",
            "DTSTART:16010101T030000",
            "TZOFFSETFROM:+0200",
            "TZOFFSETTO:+0100",
            "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10",
            "END:STANDARD",
            "BEGIN:DAYLIGHT",
            "DTSTART:16010101T020000",
            "TZOFFSETFROM:+0100",
            "TZOFFSETTO:+0200",
            "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3",
            "END:DAYLIGHT",
            "END:VTIMEZONE",
            "BEGIN:VEVENT",
            f"ATTENDEE;PARTSTAT={answer};CN=Lovelace Ada:MAILTO:{attendee}",
            "COMMENT;LANGUAGE=fr-FR:Avec plaisir\\, à bientôt.\\n",
            f"UID:{uid}",
            "SUMMARY;LANGUAGE=fr-FR:Accepté : Webinaire",
            "DTSTART;TZID=Romance Standard Time:20300612T140000",
            "DTEND;TZID=Romance Standard Time:20300612T160000",
            "CLASS:PUBLIC",
            "PRIORITY:5",
            f"DTSTAMP:{stamp}",
            "TRANSP:OPAQUE",
            "STATUS:CONFIRMED",
            f"SEQUENCE:{sequence}",
            "LOCATION;LANGUAGE=fr-FR:En ligne",
            "X-MICROSOFT-CDO-APPT-SEQUENCE:0",
            "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
            "X-MICROSOFT-DISALLOW-COUNTER:FALSE",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )


def apple(uid, *, attendee="ada@example.org", answer="ACCEPTED", sequence=0, stamp="20260303T090000Z"):
    """Apple Calendar: EMAIL= beside the address, no organizer's name, folded lines."""
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "CALSCALE:GREGORIAN",
            "VERSION:2.0",
            "PRODID:-//Apple Inc.//macOS 15.1//EN",
            "METHOD:REPLY",
            "BEGIN:VEVENT",
            "ATTENDEE;CN=Ada Lovelace;CUTYPE=INDIVIDUAL;EMAIL=" + attendee + ";PARTSTAT=",
            f" {answer}:mailto:{attendee}",
            "DTEND:20300612T140000Z",
            f"UID:{uid}",
            f"DTSTAMP:{stamp}",
            "DTSTART:20300612T120000Z",
            f"SEQUENCE:{sequence}",
            "ORGANIZER:mailto:agenda@example.org",
            "SUMMARY:Webinaire",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )


def thunderbird(uid, *, attendee="ada@example.org", answer="ACCEPTED", sequence=0, stamp="20260303T090000Z"):
    """Thunderbird: the whole entry comes back, alarms left out, one attendee with his answer."""
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "PRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN",
            "VERSION:2.0",
            "METHOD:REPLY",
            "BEGIN:VEVENT",
            "CREATED:20260302T090000Z",
            "LAST-MODIFIED:20260303T090000Z",
            f"DTSTAMP:{stamp}",
            f"UID:{uid}",
            "SUMMARY:Webinaire",
            "ORGANIZER;CN=Maillage:mailto:agenda@example.org",
            f"ATTENDEE;RSVP=TRUE;CN=Ada Lovelace;PARTSTAT={answer};CUTYPE=INDIVIDUAL;ROLE=REQ-P",
            f" ARTICIPANT:mailto:{attendee}",
            "DTSTART:20300612T120000Z",
            "DTEND:20300612T140000Z",
            f"SEQUENCE:{sequence}",
            "CLASS:PUBLIC",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )


def mail(
    text, *, to=BASE, sender="Ada Lovelace <ada@example.org>", twice=False, inside="alternative", **heads
):
    """The mail around a calendar object; `twice` is how Google sends it, `inside` where the object stands."""
    message = EmailMessage()
    heads = {"From": sender, "To": to, "Subject": "Accepté : Webinaire", "Date": _rfc(), **heads}
    for name, value in heads.items():
        if value is not None:
            message[name.replace("_", "-")] = value
    if inside == "body":
        message.set_content(text, subtype="calendar", params={"method": "REPLY"}, cte="base64")
        return message.as_bytes()
    message.set_content("Ada a accepté cette invitation.")
    if inside == "alternative":
        message.add_alternative(text, subtype="calendar", params={"method": "REPLY"}, cte="base64")
    if twice or inside == "attachment":
        message.add_attachment(text.encode(), maintype="application", subtype="ics", filename="invite.ics")
    return message.as_bytes()


def _rfc():
    return datetime(2026, 3, 3, 9, 1).strftime("%a, %d %b %Y %H:%M:%S +0000")  # noqa: DTZ001
