"""The words of a mailing about a kit, before anyone changes them."""

from typing import TypedDict

from flask_babel import force_locale, gettext
from markupsafe import Markup

from crm.db import db
from crm.kits.acting import finding
from crm.kits.models import Kit
from crm.mail.models import Purpose
from crm.web import i18n, links
from crm.web.richtext import sanitise


class Texts(TypedDict, total=False):
    purpose: Purpose
    subject_fr: str
    body_fr: str
    subject_en: str
    body_en: str


def public_url(kit: Kit) -> str:
    return links.absolute("public_kits.show", slug=kit.slug)


def public_address(kit_id: int) -> str:
    """The address that anyone may open; "" when the kit is gone."""
    kit = db.session.get(Kit, kit_id)
    return public_url(kit) if kit is not None else ""


def own_address(kit_id: int, person_id: int) -> str:
    """The person's own way to the kit: the page knows whose deputies to show."""
    kit = db.session.get(Kit, kit_id)
    if kit is None:
        return ""
    return links.absolute("public_kits.mine", slug=kit.slug, token=finding.own_link(kit_id, person_id))


def mailing(kit: Kit) -> Texts:
    """Subject and text in the kit's own language: the call, the deadline, the link to the public page."""
    address = public_url(kit)
    with force_locale(kit.language):
        paragraphs = [sanitise(kit.call) or Markup("<p>{}</p>").format(kit.objective)]
        if kit.deadline:
            until = gettext("You can act until %(day)s.", day=i18n.day(kit.deadline))
            paragraphs.append(Markup("<p>{}</p>").format(until))
        ready = gettext("The model letter and everything you need are here:")
        paragraphs.append(Markup('<p>{} <a href="{}">{}</a></p>').format(ready, address, address))
    body = str(Markup("").join(paragraphs))
    if kit.language == "en":
        return {"purpose": Purpose.MOBILISATION, "subject_en": kit.title, "body_en": body}
    return {"purpose": Purpose.MOBILISATION, "subject_fr": kit.title, "body_fr": body}
