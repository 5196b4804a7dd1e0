"""What is written to people once an event is over: the draft, with its audience and its first words."""

from datetime import datetime
from enum import StrEnum

from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from crm.accounts.models import Account
from crm.events.models import Event
from crm.mail.models import Purpose
from crm.mailings import services
from crm.mailings.models import Mailing


class Whom(StrEnum):
    CAME = "came"
    ABSENT = "absent"
    ASKED = "asked"


_AUDIENCES = {
    Whom.CAME: "where=all(events.came.yes;event:{0})",
    Whom.ABSENT: "where=any(events.came.absent;event:{0},events.came.excused;event:{0})",
    Whom.ASKED: "where=all(events.replay.yes;event:{0})",
}


def draft(event: Event, whom: Whom, *, base_url: str, by: Account | None, at: datetime) -> Mailing:
    """A draft in both languages, to the people of the saved-view condition."""
    page = f"{base_url}/e/{event.slug}"
    words = {language: _words(event, whom, page, language) for language in ("fr", "en")}
    return services.create(
        audience=audience(event, whom),
        subject_ref=f"events:{event.id}",
        by=by,
        at=at,
        purpose=Purpose.INVITATION,
        subject_fr=words["fr"][0],
        body_fr=words["fr"][1],
        subject_en=words["en"][0],
        body_en=words["en"][1],
    )


def audience(event: Event, whom: Whom) -> str:
    return _AUDIENCES[whom].format(event.id)


def _words(event: Event, whom: Whom, page: str, language: str) -> tuple[str, str]:
    """Subject and text."""
    with force_locale(language):
        hello = _("Hello,")
        link = _("The replay, the slides and what was asked and answered are on the page of the event:")
        if whom is Whom.CAME:
            subject = _("Thank you for having come: %(event)s", event=event.title)
            opening = _("Thank you for having taken part in “%(event)s”.", event=event.title)
        elif whom is Whom.ABSENT:
            subject = _("You could not come: %(event)s", event=event.title)
            opening = _("We missed you at “%(event)s”. Here is what you need to catch up.", event=event.title)
        else:
            subject = _("The replay is there: %(event)s", event=event.title)
            opening = _(
                "You asked to be told when the replay of “%(event)s” is there: it is.", event=event.title
            )
    body = Markup('<div>{}<br><br>{}<br><br>{} <a href="{}">{}</a></div>').format(
        hello, opening, link, page, event.title
    )
    return subject[:150], str(body)
