"""A mailing is one text for many: what its blocks show stays as it was when it left."""

from datetime import timedelta

from sqlalchemy import select

from crm.mail.models import Delivery
from crm.mail.senders import Unavailable
from crm.mailings import letters, messages, services
from crm.relations.models import Consent
from tests.make import EARLY
from tests.outbox import MemorySender, courier, told

LATER = EARLY + timedelta(hours=1)


def leaving(make, body, **facts):
    make.person("Ada", email="ada@example.org")
    mailing = services.create(
        audience="",
        subject_fr="Lettre à {{prénom}}",
        body_fr=f"<div>Bonjour</div><div>{body}</div>",
        at=EARLY,
        **facts,
    )
    services.leave(mailing, by="staff@example.org", at=EARLY)
    return mailing


def test_a_message_that_is_tried_again_says_what_the_first_try_said(session, make):
    event = session.merge(make.event("Webinaire santé"))
    signature = session.merge(make.mail_signature(body_fr="<div>L’équipe</div>"))
    leaving(make, f"[[événement {event.id}]]</div><div>[[signature {signature.id}]]")
    session.commit()
    tried = []

    def not_now(message):
        tried.append(message.as_bytes())
        raise Unavailable(is_channel=False)

    courier(MemorySender(not_now), at=EARLY).run()
    event.title, signature.body_fr = "Tout autre chose", "<div>Personne</div>"
    session.commit()
    again = MemorySender()
    assert courier(again, at=LATER).run() == told(accepted=1)
    assert [message.as_bytes() for message in again.messages] == tried
    assert "Webinaire santé" in again.messages[0].text and again.messages[0].subject == "Lettre à Ada"


def test_a_quote_that_was_taken_back_is_left_out_all_the_same(session, make):
    bob = make.person("Bob", email=None)
    made = make.quote(make.exchange(people=[bob]), bob, words="Un outil utile", agreement=Consent.YES)
    quote = session.merge(made)
    mailing = leaving(make, f"[[citation {quote.id}]]")
    assert quote.words in messages.written(mailing, messages.nobody("fr"), "fr").text
    quote.agreement = Consent.WITHDRAWN
    session.flush()
    shown = messages.written(mailing, messages.nobody("fr"), "fr")
    assert quote.words not in shown.text and "Bonjour" in shown.text


def test_a_draft_shows_what_is_so_now_and_what_left_what_was_so_then(session, make):
    event = session.merge(make.event("Webinaire santé"))
    draft = services.create(subject_fr="x", body_fr=f"<div>[[événement {event.id}]]</div>", at=EARLY)
    left = leaving(make, f"[[événement {event.id}]]")
    event.title = "Tout autre chose"
    session.flush()
    said = [letters.layout(one, "fr").cut.text for one in (draft, left)]
    assert ["Tout autre chose" in str(text) for text in said] == [True, False]
    assert session.scalars(select(Delivery.kind)).one() == services.KIND


def test_a_signature_that_is_removed_meanwhile_stays_in_what_left(session, make):
    """Only what may be shown no longer changes a letter that left: words of somebody, a picture."""
    event = session.merge(make.event("Webinaire santé"))
    signature = session.merge(make.mail_signature(body_fr="<div>L’équipe</div>"))
    mailing = leaving(make, f"[[événement {event.id}]]</div><div>[[signature {signature.id}]]")
    event.title = "Tout autre chose"
    session.delete(signature)
    session.flush()
    shown = messages.written(mailing, messages.nobody("fr"), "fr")
    assert "L’équipe" in shown.text and "Webinaire santé" in shown.text
