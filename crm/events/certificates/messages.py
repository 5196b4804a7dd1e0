"""The mail by which people learn that their certificate is there."""

from collections.abc import Iterator, Sequence

from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.events.certificates import services, words
from crm.events.certificates.models import Certificate
from crm.events.certificates.queries import is_good
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Letter, lay_out, place
from crm.mail.message import Attached, Message
from crm.text import N_
from crm.web import pdf

GONE = N_("The certificate was taken back before this message left.")


@composes(services.KIND)
def certificate(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Tell somebody that their certificate is there to be fetched."""
    rows = (
        select(Certificate)
        .where(Certificate.registration_id.in_([delivery.subject_id for delivery in deliveries]))
        .options(joinedload(Certificate.registration))
    )
    found = {one.registration_id: one for one in db.session.scalars(rows)}
    for delivery in deliveries:
        one = found.get(delivery.subject_id)
        yield Suppressed(GONE) if one is None or not is_good(one) else _message(delivery, one)


def _message(delivery: Claimed, one: Certificate) -> Message:
    with force_locale(delivery.language):
        opening = _("Thank you for having been there. Your certificate of attendance is attached.")
        letter = Letter(
            language=delivery.language,
            title=one.event_title,
            subject=_("Your certificate of attendance: %(event)s", event=one.event_title),
            teaser=words.when(one),
            body=Markup("<p>{}</p><p>{}</p>").format(_("Hello %(name)s,", name=place("name")), opening),
            facts=(
                (_("When"), words.when(one)),
                (_("Attended"), words.length(one.minutes)),
                (_("Certificate number"), place("number")),
            ),
            buttons=(Button(_("Fetch the certificate"), place("own_url")),),
            notices=(_("You receive this message because you took part in this event."),),
            house=delivery.origin.name,
        )  # fmt: skip
    own_url = f"{delivery.origin.base_url}/r/{one.registration.token}/certificate.pdf"
    said = lay_out(letter).fill(name=one.name, number=one.number, own_url=own_url)
    paper = Attached(f"{one.number}.pdf", pdf.MEDIA_TYPE, words.made(one, house=delivery.origin.name))
    return delivery.message(**said._asdict(), to_name=one.name, files=(paper,))
