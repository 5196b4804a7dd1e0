"""What people read when a place is offered to them, and when they did not take it in time."""

from collections.abc import Callable, Iterator, Sequence

from flask_babel import force_locale
from flask_babel import gettext as _

from crm.events import dates
from crm.events.messages import GONE, SEAT_CHANGED, facts_of, greeting, name_of, subjects, too_late
from crm.events.models import Event, Registration, Seat
from crm.events.services import telling
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Letter, lay_out, place
from crm.mail.message import Message
from crm.text import N_
from crm.web.i18n import moment

OVER = N_("The offer was over before this message left.")
BECAUSE = N_("You receive this message because you asked for a seat at this event.")


@composes(telling.OFFER)
def offer(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Ask someone who waited whether they take the place that became free, and until when."""
    yield from _each(deliveries, _not_offered, _offer)


def _not_offered(registration: Registration) -> str:
    if registration.seat == Seat.OFFERED:
        return ""
    return OVER if registration.lapsed_at else SEAT_CHANGED


def _each(
    deliveries: Sequence[Claimed],
    why_not: Callable[[Registration], str],
    compose: Callable[[Claimed, Registration], Message],
) -> Iterator[Message | Suppressed]:
    """A message for each that still holds; `why_not` says why one does no more."""
    about = subjects(Registration, deliveries)
    for delivery in deliveries:
        registration = about.get(delivery.subject_id)
        if registration is None:
            yield Suppressed(GONE)
        elif reason := too_late(registration.event) or why_not(registration):
            yield Suppressed(reason)
        else:
            yield compose(delivery, registration)


def until(event: Event, registration: Registration) -> str:
    """The last moment to take the place, in the event's zone, which is named."""
    return f"{moment(registration.offer_ends_at, event.zone)} ({dates.zone_name(event.zone)})"


def _offer(delivery: Claimed, registration: Registration) -> Message:
    event, name = registration.event, name_of(registration)
    with force_locale(delivery.language):
        deadline = until(event, registration)
        opening = _(
            "A place has become free, and you are the next on the waiting list. "
            "It is kept for you until %(deadline)s; after that it goes to the next person.",
            deadline=deadline,
        )
        letter = Letter(
            language=delivery.language,
            title=event.title,
            subject=_("A place for you, to be confirmed: %(event)s", event=event.title),
            teaser=_("Kept for you until %(deadline)s", deadline=deadline),
            body=greeting(opening),
            facts=(*facts_of(event, registration.mode), (_("To be taken until"), deadline)),
            buttons=(
                Button(_("I take the place"), place("own_url") + "?answer=accepted"),
                Button(_("I leave it to someone else"), place("own_url") + "?answer=declined"),
            ),
            notices=(_(BECAUSE),),
            house=delivery.origin.name,
        )
    said = lay_out(letter).fill(name=name, own_url=_own_url(delivery, registration))
    return delivery.message(**said._asdict(), to_name=name)


@composes(telling.LAPSED)
def lapsed(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Tell someone that the place they did not take went on, and how to ask again."""
    yield from _each(deliveries, _not_lapsed, _lapsed)


def _not_lapsed(registration: Registration) -> str:
    return "" if registration.lapsed_at is not None else SEAT_CHANGED


def _lapsed(delivery: Claimed, registration: Registration) -> Message:
    event, name = registration.event, name_of(registration)
    with force_locale(delivery.language):
        letter = Letter(
            language=delivery.language,
            title=event.title,
            subject=_("The place went to someone else: %(event)s", event=event.title),
            teaser=dates.when(event),
            body=greeting(
                _(
                    "The place that was kept for you was not taken in time, and went to the next person. "
                    "If you still wish to come, ask for a place again."
                )
            ),
            facts=facts_of(event, registration.mode),
            buttons=(Button(_("Ask for a place again"), place("own_url")),),
            notices=(_(BECAUSE),),
            house=delivery.origin.name,
        )
    said = lay_out(letter).fill(name=name, own_url=_own_url(delivery, registration))
    return delivery.message(**said._asdict(), to_name=name)


def _own_url(delivery: Claimed, registration: Registration) -> str:
    return f"{delivery.origin.base_url}/r/{registration.token}"
