"""A certificate in words: the paper itself, and what its number tells to whoever checks it."""

from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from crm.events.certificates.models import Certificate
from crm.events.papers.words import FOLDER
from crm.web import i18n, links, pdf


def made(certificate: Certificate, *, house: str) -> bytes:
    """The certificate as a PDF; whenever it is made it is the same octets."""
    with force_locale(certificate.language):
        told = _told(certificate, house)
    return pdf.made(FOLDER / "certificate.typ", told, at=certificate.issued_at)


def _told(one: Certificate, house: str) -> dict[str, Any]:
    url = links.absolute("certificates.show", number=one.number)
    standing = ", ".join(part for part in (one.function, one.organisation_name) if part)
    return {
        "language": "en" if one.language == "en" else "fr",
        "title": _("Certificate of attendance: %(name)s", name=one.name),
        "house": house,
        "heading": _("Certificate of attendance"),
        "opening": _("%(association)s certifies that", association=house),
        "name": one.name,
        "standing": standing,
        "took_part": _("took part in"),
        "event": one.event_title,
        "when": when(one),
        "hours": _("for %(length)s", length=length(one.minutes)),
        "issued": _("Issued on %(day)s", day=i18n.day(one.issued_at)),
        "signer": one.signer_name,
        "signer_function": one.signer_function,
        "number_label": _("Number, to be checked at this address:"),
        "number": one.number,
        "url": url,
        "url_shown": url.partition("://")[2],
    }


def when(one: Certificate) -> str:
    """The day or days, and the town: `le 12/06/2030, à Nantes`."""
    first, last = i18n.day(one.begins_on), i18n.day(one.ends_on)
    facts = {"first": first, "last": last, "place": one.place}
    if one.begins_on == one.ends_on:
        return str(_("on %(first)s, in %(place)s", **facts) if one.place else _("on %(first)s", **facts))
    if one.place:
        return str(_("from %(first)s until %(last)s, in %(place)s", **facts))
    return str(_("from %(first)s until %(last)s", **facts))


def length(minutes: int) -> str:
    """How long: `5 h 30`."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return str(_("%(minutes)s minutes", minutes=rest))
    if not rest:
        return str(_("%(hours)s hours", hours=hours)) if hours > 1 else str(_("1 hour"))
    return str(_("%(hours)s h %(minutes)s", hours=hours, minutes=f"{rest:02}"))


def file_name(one: Certificate) -> str:
    return f"{one.begins_on.isoformat()}-{_('certificate')}-{one.number}.pdf"
