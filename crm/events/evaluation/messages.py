"""The mail that asks those who came what they thought of it."""

from collections.abc import Iterator, Sequence

from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.events import dates
from crm.events.evaluation import services
from crm.events.messages import name_of
from crm.events.models import Registration
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Letter, lay_out, place
from crm.mail.message import Message
from crm.text import N_

TOO_LATE = N_("The evaluation was closed or answered before this message left.")


@composes(services.MAIL)
def evaluation(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    rows = (
        select(Registration)
        .where(Registration.id.in_([delivery.subject_id for delivery in deliveries]))
        .options(joinedload(Registration.event))
    )
    about = {one.id: one for one in db.session.scalars(rows)}
    for delivery in deliveries:
        one = about.get(delivery.subject_id)
        yield _message(delivery, one) if one and services.may_answer(one) else Suppressed(TOO_LATE)


def _message(delivery: Claimed, one: Registration) -> Message:
    event, asked = one.event, services.check(one)
    with force_locale(delivery.language):
        opening = _("Thank you for having been there. A few questions help us to do better next time.")
        promise = (
            _("Your answers are anonymous: nothing leads from them to you.")
            if asked.is_anonymous
            else _("Your answers bear your name.")
        )
        letter = Letter(
            language=delivery.language,
            title=event.title,
            subject=_("What did you think of it? %(event)s", event=event.title),
            teaser=dates.when(event),
            body=Markup("<p>{}</p><p>{} {}</p>").format(
                _("Hello %(name)s,", name=place("name")), opening, promise
            ),
            facts=((_("When"), dates.when(event)),),
            buttons=(Button(_("Answer a few questions"), place("own_url")),),
            notices=(_("You receive this message because you took part in this event."),),
            house=delivery.origin.name,
        )
    name = name_of(one)
    own_url = f"{delivery.origin.base_url}/r/{one.token}/evaluation"
    return delivery.message(**lay_out(letter).fill(name=name, own_url=own_url)._asdict(), to_name=name)
