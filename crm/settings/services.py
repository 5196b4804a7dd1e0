"""What a new installation starts with, and what the association says of itself."""

from typing import Any

from sqlalchemy import select

from crm import clock, history
from crm.db import db
from crm.errors import Changed, CrmError
from crm.mail import addresses, look
from crm.settings import lists, queries
from crm.settings.models import Association
from crm.text import N_

NOTICE_FR = (
    "Vos données servent à organiser nos événements et à vous tenir au courant de nos activités. "
    "Elles ne sont ni vendues ni transmises ; elles sont effacées trois ans après votre dernier contact. "
    "Vous pouvez y accéder, les faire corriger ou effacer, et vous opposer à tout envoi en nous écrivant."
)
NOTICE_EN = (
    "Your data serve to organise our events and to keep you informed of our activities. "
    "They are neither sold nor passed on, and are erased three years after your last contact with us. "
    "You may see them, have them corrected or erased, and object to any mailing by writing to us."
)


class BadSiret(CrmError):
    text = N_("“%(siret)s” is not a SIRET: it has 14 digits, the last of which checks the others.")
    field = "siret"


def set_up(*, name: str) -> Association:
    """Give a new installation its association and the usual lists; what is there already stays."""
    for model in lists.models().values():
        lists.fill(model)
    known = db.session.scalar(select(Association).limit(1))
    if known is None:
        zone = clock.office().key
        known = Association(name=name, zone=zone, notice_fr=NOTICE_FR, notice_en=NOTICE_EN)
        db.session.add(known)
        db.session.flush()
        queries.keep(known)
    return known


def describe(
    *, zone: str, siret: str, contact_email: str, version: str | None = None, **facts: Any
) -> Association:
    """Change what the association says of itself; `version` is the last change of it that was seen.

    Raises Changed, UnknownZone, BadSiret, BadAddress.
    """
    from stdnum.fr import siret as checked

    known = queries.association()
    if version is not None and str(history.latest(db.session(), known)) != version:
        raise Changed(who=history.last_actor(db.session(), known))

    if siret and not checked.is_valid(siret):
        raise BadSiret(siret=siret)
    association = queries.association()
    if association.id is None:
        db.session.add(association)
    association.zone = clock.zone(zone).key
    queries.keep(association)
    association.siret = checked.compact(siret) if siret else None
    association.contact_email = addresses.normalise(contact_email) if contact_email else ""
    for name, value in facts.items():
        setattr(association, name, value or "")
    return association


class NoColour(CrmError):
    text = N_("Write the colour as a # and six digits or letters from a to f, such as #1f5a96.")
    field = "colour"


class PaleColour(CrmError):
    text = N_(
        "White words on %(colour)s cannot be read: their contrast is %(contrast)s, and 4.5 is needed. "
        "The nearest colour that works is %(nearest)s."
    )
    field = "colour"


# The largest that a logo stands in a mail, in pixels.
LOGO_WIDTH, LOGO_HEIGHT = 200, 64


def dress(
    *,
    colour: str,
    mailings_need_approval: bool,
    logo: str | None,
    size: tuple[int, int] = (0, 0),
    counts_clicks: bool | None = None,
) -> Association:
    """Say how mails look, whether a colleague approves mailings, and whether links are counted.

    `logo` is a kept image of that width and height; None takes it away. Raises NoColour, PaleColour.
    """
    colour = colour.strip().lower()
    if colour and not look.is_colour(colour):
        raise NoColour
    if colour and (contrast := look.contrast(colour, look.PAPER)) < look.LEAST_CONTRAST:
        raise PaleColour(colour=colour, contrast=f"{contrast:.1f}", nearest=look.darker(colour))
    association = queries.association()
    if association.id is None:
        db.session.add(association)
        queries.keep(association)
    association.colour, association.mailings_need_approval = colour, mailings_need_approval
    if counts_clicks is not None:
        association.counts_clicks = counts_clicks
    association.logo = logo
    width, height = size
    scale = min(1.0, LOGO_WIDTH / width, LOGO_HEIGHT / height) if width and height else 0
    association.logo_width, association.logo_height = round(width * scale), round(height * scale)
    return association
