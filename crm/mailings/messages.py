"""The messages of mailings: laid out once for a mailing and language, filled in for each reader."""

from collections.abc import Iterator, Sequence

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from crm import clock
from crm.db import db
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Filled, Layout, Letter, lay_out, place
from crm.mail.message import Message
from crm.mailings import letters, own_links, queries, services
from crm.mailings.models import Mailing
from crm.mailings.queries import Reader
from crm.text import N_
from crm.web import links

GONE = N_("The mailing was removed before this message left.")
PERSON_GONE = N_("The person was removed from the directory before this message left.")

_TITLES = {
    ("fr", "mme"): "Madame",
    ("fr", "m"): "Monsieur",
    ("fr", "none"): "Madame, Monsieur",
    ("en", "mme"): "Madam",
    ("en", "m"): "Sir",
    ("en", "none"): "Sir or Madam",
}


@composes(services.KIND)
def mailing(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """One message of a mailing."""
    people = _people([delivery.person_id for delivery in deliveries], deliveries)
    layouts: Layouts = {}
    house = letters.house()
    for delivery in deliveries:
        layout, about = _layout(delivery, layouts)
        reader = people.get(delivery.person_id or 0)
        if layout is None:
            yield Suppressed(GONE)
        elif reader is None:
            yield Suppressed(PERSON_GONE)
        else:
            said = _filled(layout, reader, delivery.language, delivery.preferences_url, about)
            yield delivery.message(**said._asdict(), to_name=reader.name, sender_name=house)


@composes(services.TEST)
def test(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """A message to oneself, as one person of the audience would read it."""
    people = _people([delivery.facts.get("person") for delivery in deliveries], deliveries)
    layouts: Layouts = {}
    house = letters.house()
    for delivery in deliveries:
        layout, about = _layout(delivery, layouts)
        if layout is None:
            yield Suppressed(GONE)
            continue
        reader = people.get(delivery.facts.get("person") or 0) or nobody(delivery.language)
        said = _filled(layout, reader, delivery.language, delivery.preferences_url, about)
        with force_locale(delivery.language):
            subject = _("[Test] %(subject)s", subject=said.subject)
        yield delivery.message(**said._replace(subject=subject)._asdict(), sender_name=house)


@composes(services.STAYED)
def stayed(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """To its writer: the hour came, the mailing did not leave, and why."""
    for delivery in deliveries:
        mailing = db.session.get(Mailing, delivery.subject_id)
        if mailing is None:
            yield Suppressed(GONE)
            continue
        with force_locale(delivery.language):
            said = lay_out(_stayed(delivery, mailing)).fill(
                name=delivery.facts["name"], why=delivery.facts["why"], subject=mailing.subject
            )
        yield delivery.message(**said._asdict())


def _stayed(delivery: Claimed, mailing: Mailing) -> Letter:
    told = _("Your mailing “%(mailing)s” was scheduled, and could not leave:", mailing=place("subject"))
    return Letter(
        language=delivery.language,
        title=_("Not sent: %(mailing)s", mailing=place("subject")),
        body=Markup("<p>{}</p><p>{}</p><p>{}</p><p>{}</p>").format(
            _("Good day %(name)s,", name=place("name")),
            told,
            Markup("<strong>{}</strong>").format(place("why")),
            _("It is a draft again. Mend what is missing, then send or schedule it anew."),
        ),
        buttons=(Button(_("Open the mailing"), links.absolute("mailings.show", mailing_id=mailing.id)),),
        notices=(_("You receive this message because you wrote this mailing."),),
        house=delivery.origin.name,
    )


def written(mailing: Mailing, reader: Reader, language: str) -> Filled:
    """What that person would read, for the preview; the link to preferences is not theirs yet."""
    return _filled(
        letters.layout(mailing, language),
        reader,
        language,
        f"{current_app.config['BASE_URL']}/u/…",
        mailing.subject_ref,
    )


def nobody(language: str) -> Reader:
    """Somebody made up, to show a mailing that has no audience yet."""
    if language == "en":
        return Reader(0, "Ada", "Martin", "mme", "Mayor", "Town of Example")
    return Reader(0, "Ada", "Martin", "mme", "Maire", "Commune d’Exemple")


def _people(keys: Sequence[int | None], deliveries: Sequence[Claimed]) -> dict[int, Reader]:
    """The readers, in the roles of the day the messages were queued, so that a retry says the same."""
    day = clock.day(deliveries[0].stamp)
    return queries.readers([key for key in keys if key is not None], day=day)


# By mailing and language: the letter in its form, and what the mailing is about.
Layouts = dict[tuple[int, str], tuple[Layout | None, str | None]]


def _layout(delivery: Claimed, known: Layouts) -> tuple[Layout | None, str | None]:
    key = delivery.subject_id, delivery.language
    if key not in known:
        found = db.session.get(Mailing, delivery.subject_id)
        known[key] = (letters.layout(found, delivery.language), found.subject_ref) if found else (None, None)
    return known[key]


def _filled(layout: Layout, reader: Reader, language: str, preferences_url: str, about: str | None) -> Filled:
    return layout.fill(
        given_name=reader.given_name,
        family_name=reader.family_name,
        salutation=_TITLES.get((language, reader.civility), _TITLES[language, "none"]),
        function=reader.function,
        organisation=reader.organisation,
        preferences_url=preferences_url,
        own_url=own_links.value(about, reader.person_id),
    )
