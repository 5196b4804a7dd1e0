"""The words of a mailing about a kit, before anyone changes them."""

from typing import TypedDict

from flask_babel import force_locale, gettext
from markupsafe import Markup

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
