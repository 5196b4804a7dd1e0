"""What is worth mending in a mailing before it leaves: each a sentence, with the page where it is mended.

Links are judged by what can be seen without asking anybody: how they are written, whether they lead into
this house and there to a page that is open to everybody. Foreign pages are not fetched: a server that opens
whatever address somebody typed is a way into the network it stands in.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from crm.db import db
from crm.directory import queries as directory
from crm.directory.models import Organisation, Person, Role
from crm.events.messages import page_url
from crm.events.models import Event
from crm.events.resources import services as resources
from crm.mail import purposes
from crm.mail.domain import records
from crm.mail.domain import services as domains
from crm.mail.domain.records import Sending, State
from crm.mail.models import Address
from crm.mailings import blocks, fields, messages, queries
from crm.mailings.blocks import BlockKind
from crm.mailings.models import Mailing
from crm.mailings.queries import Count
from crm.web import access, i18n
from crm.web.rights import May

LONGEST_SUBJECT = 70
# Gmail cuts what is longer.
LARGEST = 100 * 1024
_HREF = re.compile(r'href="([^"]*)"')
# What merge fields say of a person, where it may be empty.
VALUES: dict[str, ColumnElement[Any]] = {
    "given_name": Person.given_name,  # type: ignore[dict-item]
    "family_name": Person.family_name,  # type: ignore[dict-item]
    "function": Role.function,  # type: ignore[dict-item]
    "organisation": Organisation.name,  # type: ignore[dict-item]
}


@dataclass(frozen=True)
class Check:
    """One thing to look at: how bad it is, what to say of it, where it is mended, and that link's words."""

    tone: str
    sentence: str
    href: str
    label: str


def of(mailing: Mailing, count: Count, *, at: Any, day: date) -> list[Check]:
    """Everything worth mending, the worst first."""
    found = [
        *_languages(mailing, count),
        *_empty(mailing, day),
        *_purpose(mailing),
        *_subjects(mailing),
        *_links(mailing),
        *_blocks(mailing, at),
        *_size(mailing),
        *_sender(),
    ]
    return sorted(found, key=lambda check: check.tone != "bad")


def _edit(mailing: Mailing) -> str:
    return url_for("mailings.edit", mailing_id=mailing.id)


def _languages(mailing: Mailing, count: Count) -> Iterator[Check]:
    """How many would rather read the language that is missing."""
    for (_wished, language), number in count.fallbacks.items():
        if language == "fr":
            sentence = ngettext(
                "There is no English text: %(num)s person who prefers English receives French.",
                "There is no English text: %(num)s people who prefer English receive French.",
                number,
            )
        else:
            sentence = ngettext(
                "There is no French text: %(num)s person who prefers French receives English.",
                "There is no French text: %(num)s people who prefer French receive English.",
                number,
            )
        yield Check("wait", sentence, _edit(mailing), _("Write it"))


def _empty(mailing: Mailing, day: date) -> Iterator[Check]:
    if not mailing.is_aimed:
        return
    for key, number in empty_fields(mailing, day=day).items():
        label = next(str(_(field.label)) for field in fields.FIELDS if field.key == key)
        sentence = ngettext(
            "“%(field)s” is empty for %(num)s reader.",
            "“%(field)s” is empty for %(num)s readers.",
            number,
            field=label,
        )
        yield Check(
            "wait", sentence, url_for("mailings.without", mailing_id=mailing.id, gap=key), _("See them")
        )


def empty_fields(mailing: Mailing, *, day: date) -> dict[str, int]:
    """For each merge field that stands in the text, how many readers of that text it says nothing of."""
    wanted = _wanted(mailing)
    if not wanted:
        return {}
    everyone = queries.recipients(mailing, day=day).subquery()
    columns = [
        func.sum(case((_says_nothing(key, everyone.c.language, languages), 1), else_=0)).label(key)
        for key, languages in wanted.items()
    ]
    found = db.session.execute(_with_roles(select(*columns).select_from(Person), everyone, day)).one()
    return {key: number for key, number in zip(wanted, found, strict=True) if number}


def people_without(mailing: Mailing, key: str, *, day: date) -> Select[Any]:
    """The readers of whom that merge field says nothing, with their addresses."""
    everyone = queries.recipients(mailing, day=day).subquery()
    asked = select(everyone.c.person_id, everyone.c.address_id).select_from(Person)
    languages = _wanted(mailing).get(key, [])
    gaps = (
        _with_roles(asked, everyone, day)
        .where(_says_nothing(key, everyone.c.language, languages))
        .subquery("gaps")
    )
    rows: Select[Any] = select(Person, Address.email)  # type: ignore[assignment]
    return rows.join(gaps, gaps.c.person_id == Person.id).join(Address, Address.id == gaps.c.address_id)


def _with_roles(rows: Select[Any], everyone: Any, day: date) -> Select[Any]:
    return (
        rows.join(everyone, everyone.c.person_id == Person.id)
        .outerjoin(Role, Role.id == directory.main_role_id(Person.id, day))
        .outerjoin(Organisation, Organisation.id == Role.organisation_id)
    )


def _says_nothing(key: str, language: ColumnElement[str], languages: list[str]) -> ColumnElement[bool]:
    value = VALUES[key]
    return and_(language.in_(languages), or_(value.is_(None), value == ""))


def _wanted(mailing: Mailing) -> dict[str, list[str]]:
    """By merge field that can be empty, the languages of the texts it stands in."""
    wanted: dict[str, list[str]] = {}
    for language in mailing.languages:
        body = mailing.body_in(language)
        signed = [
            signature.body_in(language)
            for block in blocks.used(body)
            if block.kind is BlockKind.SIGNATURE and (signature := blocks.what(block)) is not None
        ]
        for key in sorted(fields.used(mailing.subject_in(language), body, *signed)):
            if key in VALUES:
                wanted.setdefault(key, []).append(language)
    return wanted


def _purpose(mailing: Mailing) -> Iterator[Check]:
    if mailing.purpose not in {one.key for one in purposes.offered()}:
        yield Check("bad", _("It has no purpose that may be used."), _edit(mailing), _("Choose one"))


def _subjects(mailing: Mailing) -> Iterator[Check]:
    for language in mailing.languages:
        length = len(mailing.subject_in(language))
        if length > LONGEST_SUBJECT:
            sentence = {
                "fr": _("The French subject has %(length)s characters: phones cut it after some 70."),
                "en": _("The English subject has %(length)s characters: phones cut it after some 70."),
            }[language] % {"length": length}
            yield Check("wait", sentence, f"{_edit(mailing)}#subject_{language}", _("Shorten it"))


def _links(mailing: Mailing) -> Iterator[Check]:
    told: set[str] = set()
    for language in mailing.languages:
        body = mailing.body_in(language)
        buttons = [block.url for block in blocks.used(body) if block.kind is BlockKind.BUTTON]
        for url in [*(html.unescape(found) for found in _HREF.findall(body)), *buttons]:
            fault = None if url in told else wrong_with(url)
            told.add(url)
            if fault is not None:
                tone, sentence = fault
                yield Check(tone, sentence, f"{_edit(mailing)}#body_{language}", _("Mend the link"))


def wrong_with(url: str) -> tuple[str, str] | None:
    """What is wrong with an address that a mailing leads to, and how bad that is; None for nothing."""
    shown = url if len(url) < 70 else f"{url[:67]}…"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "bad", _("“%(link)s” is no address.", link=shown)
    if parts.scheme == "mailto":
        is_mailbox = re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", parts.path) is not None
        return None if is_mailbox else ("bad", _("“%(link)s” names no mailbox.", link=shown))
    if parts.netloc and url.startswith(current_app.config["BASE_URL"]):
        return _wrong_here(parts.path, shown)
    if not _is_reachable(host):
        return "bad", _("“%(link)s” leads nowhere outside this network.", link=shown)
    if parts.scheme == "http":
        return "wait", _(
            "“%(link)s” is not protected: begin it with https:// if the site has that.", link=shown
        )
    return None


def _is_reachable(host: str) -> bool:
    """Whether readers elsewhere can reach a host of that name, as far as its name tells."""
    try:
        return ip_address(host).is_global
    except ValueError:
        last = host.rpartition(".")[2]
        return (
            "." in host
            and last not in ("local", "localhost", "internal", "lan", "invalid")
            and " " not in host
        )


def _wrong_here(path: str, shown: str) -> tuple[str, str] | None:
    gone = "bad", str(_("“%(link)s” leads to no page of ours.", link=shown))
    try:
        endpoint, values = current_app.url_map.bind("x").match(path or "/")
    except RequestRedirect:
        return None
    except HTTPException:
        return gone
    if access.declared(current_app, endpoint) is not None:
        return "bad", _(
            "“%(link)s” leads to a page for those who sign in: readers cannot open it.", link=shown
        )
    if endpoint == "agenda.event":
        event = db.session.scalar(select(Event).where(Event.slug == values["slug"]))
        return None if event is not None and page_url(event) else gone
    return None


def _blocks(mailing: Mailing, at: Any) -> Iterator[Check]:
    for language in mailing.languages:
        where = f"{_edit(mailing)}#body_{language}"
        for block in blocks.used(mailing.body_in(language)):
            record = blocks.what(block)
            if record is None:
                continue
            if block.kind is BlockKind.IMAGE and language == "en" and not record.alt_en:
                sentence = _(
                    "The image “%(name)s” says nothing in English to those who do not see it.",
                    name=record.name,
                )
                yield Check(
                    "wait", sentence, url_for("mailings.edit_picture", picture_id=record.id), _("Describe it")
                )
            elif block.kind is BlockKind.EVENT and not page_url(record):
                sentence = _(
                    "“%(event)s” has no page that strangers may open: its card has no button.",
                    event=record.title,
                )
                yield Check("wait", sentence, url_for("events.show", event_id=record.id), _("Open the event"))
            elif block.kind is BlockKind.EVENT and record.is_over(at):
                yield Check("wait", _("“%(event)s” is over.", event=record.title), where, _("Take it out"))
            elif block.kind is BlockKind.RESOURCES and not resources.shown(
                record, to_registered=False, at=at
            ):
                sentence = _("“%(event)s” has no document that everybody may open yet.", event=record.title)
                yield Check("wait", sentence, url_for("events.show", event_id=record.id), _("Open the event"))


def _size(mailing: Mailing) -> Iterator[Check]:
    for language in mailing.languages:
        size = len(messages.written(mailing, messages.nobody(language), language).html.encode())
        if size > LARGEST:
            sentence = _("The message takes %(size)s: Gmail cuts what is over 100 kB.", size=i18n.size(size))
            yield Check("bad", sentence, f"{_edit(mailing)}#body_{language}", _("Shorten it"))


def _sender() -> Iterator[Check]:
    """Whether the domain that mail leaves from vouches for it; nothing while mail stays on this machine."""
    sending = Sending.of(current_app.config)
    last = domains.last(sending.domain)
    if sending.sender == "folder" and last is None:
        return
    where = url_for("domain.show") if access.may(May.SEND) else ""
    if last is None:
        sentence = _("Nobody has checked yet that %(domain)s vouches for our mail.", domain=sending.domain)
        yield Check("wait", sentence, where, _("Check it"))
        return
    bad = [one.record.kind.value for one in records.findings(sending, last.found) if one.state is State.BAD]
    if bad:
        kinds = ", ".join(dict.fromkeys(bad))
        sentence = _(
            "%(domain)s does not vouch for our mail (%(kinds)s).", domain=sending.domain, kinds=kinds
        )
        yield Check("bad", sentence, where, _("See what to set"))
