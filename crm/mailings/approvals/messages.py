"""The notice that asks a colleague to read a mailing."""

from collections.abc import Iterator, Sequence

from flask_babel import force_locale, gettext
from markupsafe import Markup, escape

from crm.db import db
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Letter, lay_out, place
from crm.mail.message import Message
from crm.mailings.approvals import services
from crm.mailings.approvals.models import Approval
from crm.mailings.models import Mailing
from crm.text import N_
from crm.web import links

ANSWERED = N_("The approval was given or asked for again before this message left.")


@composes(services.KIND)
def approval_asked(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """What was approved meanwhile, or asked for again, needs no notice."""
    for delivery in deliveries:
        approval = db.session.get(Approval, delivery.subject_id)
        mailing = db.session.get(Mailing, approval.mailing_id) if approval else None
        if (
            approval is None
            or mailing is None
            or approval.approved_at
            or services.latest(mailing) != approval
        ):
            yield Suppressed(ANSWERED)
            continue
        with force_locale(delivery.language):
            said = lay_out(_letter(delivery, mailing)).fill(
                name=delivery.facts["name"], who=approval.asked_by.name, subject=mailing.subject
            )
        yield delivery.message(subject=said.subject, text=said.text, html=said.html)


def _letter(delivery: Claimed, mailing: Mailing) -> Letter:
    greeting = gettext("Good day %(name)s,", name=place("name"))
    asked = gettext(
        "%(who)s asks you to read “%(mailing)s” before it is sent, and to approve it.",
        who=place("who"),
        mailing=place("subject"),
    )
    return Letter(
        language=delivery.language,
        title=gettext("To approve: %(mailing)s", mailing=place("subject")),
        body=Markup("<p>{}</p><p>{}</p>").format(escape(greeting), escape(asked)),
        buttons=(
            Button(gettext("Read the mailing"), links.absolute("mailings.show", mailing_id=mailing.id)),
        ),
        notices=(gettext("You receive this message because you may send mailings."),),
        house=delivery.origin.name,
    )
