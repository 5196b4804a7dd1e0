"""Word of an agreement's end, to whoever watches over it."""

from collections.abc import Iterator, Sequence
from datetime import date

from flask_babel import force_locale, gettext
from markupsafe import Markup, escape

from crm import clock
from crm.db import db
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Letter, lay_out
from crm.mail.message import Message
from crm.relations.agreements.models import Agreement, AgreementReminder
from crm.text import N_
from crm.web import i18n, links

OVER = N_("The agreement no longer ends on that day.")


@composes("agreement-ending")
def agreement_ending(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    for delivery in deliveries:
        reminder = db.session.get(AgreementReminder, delivery.subject_id)
        if reminder is None or not _holds(reminder, clock.day(delivery.stamp)):
            yield Suppressed(OVER)
            continue
        agreement = reminder.agreement
        with force_locale(delivery.language):
            said = lay_out(_letter(delivery, agreement, reminder)).fill()
            name = agreement.owner.name if agreement.owner else ""
            yield delivery.message(subject=said.subject, text=said.text, html=said.html, to_name=name)


def _holds(reminder: AgreementReminder, day: date) -> bool:
    """Whether the agreement still ends on the day that was announced."""
    agreement = reminder.agreement
    return agreement.binned_at is None and agreement.end_on(day) == reminder.ends_on


def _letter(delivery: Claimed, agreement: Agreement, reminder: AgreementReminder) -> Letter:
    day = clock.day(delivery.stamp)
    partners = ", ".join(organisation.name for organisation in agreement.organisations)
    goes_on = (
        gettext("Unless one of the two gives notice it renews itself.")
        if agreement.renewal_months
        else gettext("It does not renew itself.")
    )
    facts = [(gettext("With whom"), partners), (gettext("Ends on"), i18n.day(reminder.ends_on))]
    if agreement.notice_days:
        facts.append((gettext("Notice until"), i18n.day(agreement.decide_by(day))))
    return Letter(
        language=delivery.language,
        title=gettext("“%(title)s” ends on %(day)s", title=agreement.title, day=i18n.day(reminder.ends_on)),
        body=Markup("<p>{}</p>").format(escape(goes_on)),
        facts=tuple(facts),
        buttons=(
            Button(
                gettext("Open the agreement"),
                links.absolute("relations.agreement", agreement_id=agreement.id),
            ),
        ),
        house=delivery.origin.name,
    )
