"""The mail that says what is to be done today; each thing leads to its page, to say that it is done."""

from collections.abc import Iterator, Sequence
from datetime import date

from flask_babel import force_locale, gettext, ngettext
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Letter, lay_out, place
from crm.mail.message import Message
from crm.relations.models import FollowUp
from crm.relations.services.reminders import KIND
from crm.text import N_
from crm.web import i18n, links

NOTHING_LEFT = N_("Everything was done, put off or given to somebody else before this message left.")


@composes(KIND)
def due_today(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """A follow-up that was done or handed on meanwhile is left out."""
    for delivery in deliveries:
        promises = _still_to_do(delivery)
        if not promises:
            yield Suppressed(NOTHING_LEFT)
            continue
        with force_locale(delivery.language):
            doer = promises[0].assigned_to
            name = doer.name if doer else ""
            said = lay_out(_letter(delivery, len(promises))).fill(
                name=name,
                first=promises[0].what,
                list=_list(promises, date.fromisoformat(delivery.facts["on"])),
                link=_address(promises[0]) if len(promises) == 1 else links.absolute("relations.promises"),
                choice=links.absolute("accounts.mine"),
            )
            yield delivery.message(subject=said.subject, text=said.text, html=said.html, to_name=name)


def _still_to_do(delivery: Claimed) -> list[FollowUp]:
    asked = (
        select(FollowUp)
        .where(
            FollowUp.id.in_(delivery.facts["follow_ups"]),
            FollowUp.done_at.is_(None),
            FollowUp.due_on <= date.fromisoformat(delivery.facts["on"]),
            FollowUp.assigned_to_id == delivery.facts["account"],
        )
        .options(
            joinedload(FollowUp.organisation), joinedload(FollowUp.person), joinedload(FollowUp.assigned_to)
        )
        .order_by(FollowUp.due_on, FollowUp.id)
    )
    return list(db.session.scalars(asked))


def _letter(delivery: Claimed, number: int) -> Letter:
    if number == 1:
        title = gettext("To do today: %(what)s", what=place("first"))
        button = gettext("Open it, and say when it is done")
    else:
        title = ngettext("%(num)s follow-up today", "%(num)s follow-ups today", number)
        button = gettext("See my follow-ups")
    body = Markup("<p>{}</p>").format(gettext("Good day %(name)s,", name=place("name"))) + place("list")
    return Letter(
        language=delivery.language,
        title=title,
        body=body,
        buttons=(Button(button, place("link")),),
        notices=(gettext("You are reminded once of each follow-up, on its day."),),
        links=(Button(gettext("Choose whether you are reminded"), place("choice")),),
        house=delivery.origin.name,
    )


def _list(promises: Sequence[FollowUp], today: date) -> Markup:
    return Markup("<ul>{}</ul>").format(Markup("").join(_line(promised, today) for promised in promises))


def _line(promised: FollowUp, today: date) -> Markup:
    about = [promised.organisation.name if promised.organisation else ""]
    about.append(promised.person.name if promised.person else "")
    if promised.due_on and promised.due_on < today:
        about.append(gettext("since %(day)s", day=i18n.day(promised.due_on)))
    facts = " · ".join(fact for fact in about if fact)
    return Markup('<li><a href="{}">{}</a>{}</li>').format(
        _address(promised), promised.what, f" – {facts}" if facts else ""
    )


def _address(promised: FollowUp) -> str:
    return links.absolute("relations.follow_up", follow_up_id=promised.id)
