"""Holding robots back at the form to sign: a field nobody sees, a signed stamp, and how often one may ask."""

from datetime import UTC, datetime, timedelta

from crm.errors import CrmError
from crm.kits.models import Kit
from crm.kits.signing.forms import SignForm
from crm.text import N_
from crm.web import links
from crm.web.robots import Door, mailbox

QUICKEST, OLDEST = timedelta(seconds=2), timedelta(hours=24)
NETWORKS = Door("kit-signing", most_per_network=20)
ADDRESSES = Door("kit-signing-address", most_per_network=5)  # each new kit is one mail to that address
PURPOSE = "kit-signing-form"


class Robot(CrmError):
    """A field that nobody sees was filled in: the sender is told that all went well."""


class TooQuick(CrmError):
    text = N_("That was very quick: check what you typed, then send the form again.")


class ShownTooLongAgo(CrmError):
    text = N_("This page was open for too long. Check what you typed, then send the form again.")


def stamp(kit: Kit, at: datetime) -> str:
    """When the kit's form was shown, signed."""
    return links.sign(PURPOSE, [kit.id, at.timestamp()])


def check(kit: Kit, form: SignForm, *, network: str, at: datetime) -> None:
    """Let the form pass, and count it. Raises Robot, TooQuick, ShownTooLongAgo, Crowded."""
    if form.website.data:
        raise Robot
    try:
        kit_id, shown = links.read(PURPOSE, str(form.opened.data or ""))
        age = at - datetime.fromtimestamp(shown, UTC)
    except (links.BadLink, TypeError, ValueError):
        kit_id, age = None, OLDEST
    if kit_id != kit.id or age >= OLDEST:
        form.opened.data = stamp(kit, at)
        raise ShownTooLongAgo
    if age < QUICKEST:
        raise TooQuick
    NETWORKS.count(network=network, at=at)
    ADDRESSES.count(network=mailbox(form.email.data or ""), at=at)
