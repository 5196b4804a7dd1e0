"""The one mail of a subscription: to the address that was typed, before anything is written down."""

from collections.abc import Iterator, Sequence

from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from crm.db import db
from crm.mail import purposes
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Letter, lay_out
from crm.mail.message import Message
from crm.mailings.subscribing import services
from crm.mailings.subscribing.models import Subscription
from crm.text import N_
from crm.web import links

GONE = N_("The subscription was confirmed or forgotten before this message left.")


@composes(services.CONFIRM)
def confirm(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """What was asked for, and the link that confirms it."""
    for delivery in deliveries:
        subscription = db.session.get(Subscription, delivery.subject_id)
        if subscription is None or subscription.confirmed_at is not None:
            yield Suppressed(GONE)
            continue
        with force_locale(delivery.language):
            said = lay_out(_letter(subscription, delivery)).fill()
        yield delivery.message(**said._asdict())


def _letter(subscription: Subscription, delivery: Claimed) -> Letter:
    form, language = subscription.form, delivery.language
    wanted = purposes.of_keys(subscription.texts)
    items = Markup("").join(Markup("<li>{}</li>").format(one.name(language)) for one in wanted)
    body = Markup("<p>{}</p><p>{}</p><ul>{}</ul>").format(
        _("Hello,"), _("Somebody asked that we write to this address:"), items
    )
    address = links.absolute("subscribe.confirm", slug=form.slug, token=delivery.facts["link"])
    return Letter(
        language=language,
        title=_("Confirm your subscription: %(form)s", form=form.title(language)),
        body=body,
        buttons=(Button(_("Confirm my subscription"), address),),
        notices=(
            _("Was it not you? Do nothing: no more mail comes, and the request is forgotten within a week."),
        ),
        house=delivery.origin.name,
    )
