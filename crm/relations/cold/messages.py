"""The Monday list as a mail: who is cold, since when, what was promised, with the way to each page."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import force_locale, gettext, ngettext
from markupsafe import Markup, escape

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Letter, lay_out, place
from crm.mail.message import Message
from crm.relations.cold import queries
from crm.relations.partnerships import words
from crm.text import N_
from crm.web import i18n, links

KIND = "monday-list"
NOBODY = N_("Nobody was going cold that Monday.")
GONE = N_("The account is no longer open.")


@composes(KIND)
def monday_list(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Each with the lines that the delivery keeps; a Monday on which nobody is cold sends nothing."""
    for delivery in deliveries:
        account = db.session.get(Account, delivery.subject_id)
        if account is None or not account.is_open:
            yield Suppressed(GONE)
            continue
        rows = [queries.Row(*row) for row in delivery.facts["rows"]]
        lines = queries.told(rows, today=clock.day(delivery.stamp))
        if not lines:
            yield Suppressed(NOBODY)
            continue
        with force_locale(delivery.language):
            letter = _letter(delivery, lines, int(delivery.facts["number"]))
            said = lay_out(letter).fill(name=account.name)
            yield delivery.message(subject=said.subject, text=said.text, html=said.html, to_name=account.name)


def _letter(delivery: Claimed, lines: Sequence[queries.Cold], number: int) -> Letter:
    greeting = gettext("Good day %(name)s,", name=place("name"))
    told = ngettext(
        "nothing of substance was exchanged with %(num)s organisation for longer than was meant.",
        "nothing of substance was exchanged with %(num)s organisations for longer than was meant.",
        number,
    )
    items = Markup("").join(Markup("<li>{}</li>").format(_line(line)) for line in lines)
    body = Markup("<p>{}</p><p>{}</p><ul>{}</ul>").format(escape(greeting), escape(told), items)
    if number > len(lines):
        more = gettext("The list in the back office has the others.")
        body += Markup("<p>{}</p>").format(more)
    title = ngettext("%(num)s relation going cold", "%(num)s relations going cold", number)
    return Letter(
        language=delivery.language,
        title=title,
        body=body,
        buttons=(Button(gettext("Open the list"), links.absolute("relations.quiet", who=_who(delivery))),),
        notices=(gettext("You asked for this list every Monday; on its page you choose whether it comes."),),
        house=delivery.origin.name,
    )


def _who(delivery: Claimed) -> Any:
    return "me" if delivery.facts["whose"] == "mine" else None


def _line(line: queries.Cold) -> Markup:
    address = links.absolute("organisations.show", organisation_id=line.organisation.id, tab="journal")
    last = (
        gettext("last exchange on %(day)s", day=i18n.day(line.last))
        if line.last
        else gettext("no exchange yet")
    )
    parts = [words.late(line.late), last]
    if line.promised:
        parts.append(gettext("promised: %(what)s", what=line.promised[0].what))
    if line.known:
        parts.append(gettext("we know %(name)s", name=line.known[0].name))
    return Markup('<a href="{}">{}</a><br>{}').format(address, line.organisation.name, " · ".join(parts))
