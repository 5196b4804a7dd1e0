"""The two mails to readers of a kit: a reminder, and the question whether an answer came."""

from collections.abc import Iterator, Sequence

from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from crm import clock
from crm.db import db
from crm.kits.acting import reminding
from crm.kits.acting.models import KitReader
from crm.kits.models import Kit
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Letter, lay_out
from crm.mail.message import Message
from crm.text import N_
from crm.web import i18n, links

OVER = N_("The mobilisation was over when this message was about to leave.")
ACTED = N_("The person acted before this message left.")
TAKEN_BACK = N_("The person took the letter back before this message left.")


@composes(reminding.REMIND)
def reminder(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """To who opened the page and did not act; nothing once they did."""
    for delivery in deliveries:
        reader, kit = _about(delivery)
        if reader is None or kit is None:
            yield Suppressed(OVER)
        elif reader.acted_at is not None:
            yield Suppressed(ACTED)
        else:
            yield _message(delivery, reader, kit)


@composes(reminding.ASK)
def answer(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """To who wrote: did they answer?"""
    for delivery in deliveries:
        reader, kit = _about(delivery)
        if reader is None or kit is None:
            yield Suppressed(OVER)
        elif reader.acted_at is None:
            yield Suppressed(TAKEN_BACK)
        else:
            yield _message(delivery, reader, kit)


def _about(delivery: Claimed) -> tuple[KitReader | None, Kit | None]:
    """The reader and the kit, as long as it runs."""
    reader = db.session.get(KitReader, delivery.subject_id)
    kit = db.session.get(Kit, reader.kit_id) if reader is not None else None
    if reader is None or reader.person_id is None or kit is None:
        return None, None
    return (reader, kit) if reminding.is_running(kit, clock.now()) else (None, None)


def _message(delivery: Claimed, reader: KitReader, kit: Kit) -> Message:
    name = reader.person.given_name if reader.person else ""
    with force_locale(delivery.language):
        asks = delivery.kind == reminding.ASK
        if asks:
            title, button = _("Did they answer? %(kit)s", kit=kit.title), _("Tell what came back")
            said = [
                _("You wrote two weeks ago. Did an answer come, or none? Both help to see who can be won.")
            ]
        else:
            title, button = _("Still time to write: %(kit)s", kit=kit.title), _("Write my letter")
            said = [_("You opened this kit and may not have written yet. The letter is ready for you.")]
            if kit.deadline:
                said.append(_("You can act until %(day)s.", day=i18n.day(kit.deadline)))
        hello = _("Good day %(name)s,", name=name) if name else _("Good day,")
        letter = Letter(
            language=delivery.language,
            title=title,
            body=Markup("").join(Markup("<p>{}</p>").format(sentence) for sentence in (hello, *said)),
            buttons=(Button(button, links.absolute("public_kits.mine", slug=kit.slug, token=reader.token)),),
            notices=(_("We ask once only. Whatever you do, no other message about it comes by itself."),),
            links=(Button(_("Choose what you receive"), delivery.preferences_url),),
            house=delivery.origin.name,
        )
        filled = lay_out(letter).fill()
    return delivery.message(**filled._asdict(), to_name=name)
