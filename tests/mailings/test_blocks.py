"""Blocks of a mailing: what a marker becomes for each reader, and what is refused."""

import pytest
from markupsafe import Markup

from crm.mailings import blocks, drawing, fields, messages, services
from crm.mailings.stationery import services as stationery
from crm.mailings.stationery.models import Signature
from crm.relations.models import Consent
from crm.web import richtext
from tests.make import EARLY


def read_by(mailing, person=None, language="fr"):
    reader = (
        messages.nobody(language)
        if person is None
        else messages.queries.readers([person.id], day=EARLY.date())[person.id]
    )
    return messages.written(mailing, reader, language)


def test_an_event_is_a_card_with_its_hour_zone_place_and_link_in_both_parts(session, make):
    event = make.event("Webinaire santé")
    said = read_by(make.mailing(body_fr=f"<div>Venez !<br>[[événement {event.id}]]<br>À bientôt</div>"))
    for part in (said.html, said.text):
        assert "Webinaire santé" in part and "heure de Paris" in part and f"/e/{event.slug}" in part
    assert "[[" not in said.html
    lines = said.text.splitlines()
    assert lines.index("Webinaire santé") > lines.index("Venez !")
    assert "À bientôt" in lines


def test_each_block_is_drawn_in_the_language_of_its_text(session, make):
    picture = make.picture(stored_as="0" * 32)
    event = make.event("Webinaire")
    button = "[[button Join | https://example.org/a?b=1&amp;c=2]]"
    body = f"<div>[[event {event.id}]]<br>{button}<br>[[image {picture.id}]]</div>"
    said = read_by(make.mailing(subject_en="Letter", body_en=body), language="en")
    assert "Paris time" in said.text and "See the event and register" in said.text
    assert 'href="https://example.org/a?b=1&amp;c=2"' in said.html
    assert "Join (https://example.org/a?b=1&c=2)" in said.text
    assert 'alt="Carte des membres"' in said.html and "[Carte des membres]" in said.text
    assert 'width="552"' in said.html and "/mailings/pictures/" + "0" * 32 in said.html


def test_a_quote_is_printed_with_name_and_function_and_never_after_a_withdrawal(session, make):
    ana = make.person("Ana", "{{nom}}")
    quote = make.quote(
        make.exchange(people=[ana]), ana, words="Un outil utile", printed_as="maire", agreement=Consent.YES
    )
    mailing = make.mailing(body_fr=f"<div>[[citation {quote.id}]]</div>")
    said = read_by(mailing)
    # A name that looks like a field stays a name.
    assert "« Un outil utile »" in said.text.replace("\xa0", " ").replace("\u202f", " ")
    assert "— Ana {{nom}}, maire" in said.text
    quote.agreement = Consent.WITHDRAWN
    session.flush()
    assert "outil utile" not in read_by(mailing).html
    with pytest.raises(blocks.GoneBlock):
        services.check_ready(mailing)


def test_a_signature_may_hold_fields_and_has_one_language_where_the_other_is_empty(session, make):
    mine = make.account("staff")
    signature = stationery.write_signature(
        Signature(), name="Équipe", account=None, body_fr="<div>L’équipe, à {{organisation}}</div>", by=mine
    )
    said = read_by(
        make.mailing(subject_en="Hi", body_en=f"<div>[[signature {signature.id}]]</div>"), language="en"
    )
    assert "L’équipe, à Town of Example" in said.text


def test_nobody_changes_the_signature_of_another(session, make):
    mine, other = make.account("staff"), make.account("director")
    signature = stationery.write_signature(
        Signature(), name="Moi", account=mine, body_fr="<div>Moi</div>", by=mine
    )
    with pytest.raises(stationery.NotYours):
        stationery.write_signature(signature, name="Lui", account=None, body_fr="<div>Lui</div>", by=other)


@pytest.mark.parametrize(
    "typed, drawn",
    [
        ("<p>Avant [[bouton A | https://e.org]] après</p>", "<p>Avant </p>BLOCK<p> après</p>"),
        ("<p>[[bouton A | https://e.org]]</p>", "BLOCK"),
        (
            "<div><strong>x[[bouton A | https://e.org]]y</strong></div>",
            "<div><strong>x</strong>BLOCK<strong>y</strong></div>",
        ),
        ("<ul><li>[[bouton A | https://e.org]]</li></ul>", "<ul><li>BLOCK</li></ul>"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_block_ends_the_paragraph_and_the_bold_words_that_it_stands_in(app, typed, drawn):
    with app.test_request_context():
        block = '<p class="acts"><a class="main" href="https://e.org">A</a></p>'
        found = str(drawing.placed(richtext.sanitise(typed), "fr"))
    assert found.replace(block, "BLOCK") == drawn


@pytest.mark.parametrize(
    "typed, refusal",
    [
        ("[[carte 3]]", blocks.UnknownBlock),
        ("[[événement]]", blocks.UnknownBlock),
        ("[[événement 999999999999]]", blocks.UnknownBlock),
        ("[[événement 99]]", blocks.GoneBlock),
        ("[[image 1 OR 1=1]]", blocks.UnknownBlock),
        ("[[bouton Aller]]", blocks.BadButton),
        ("[[bouton Aller | javascript:alert(1)]]", blocks.BadButton),
        ("[[bouton Aller | https://x.org/ y]]", blocks.BadButton),
        ("[[bouton Aller | https://[x.org]]", blocks.BadButton),
        ("[[bouton Aller | https://x.org:port/]]", blocks.BadButton),
        ("[[bouton Aller | https://x.org/?n={{prénom}}]]", fields.FieldInLink),
        ("[[bouton <b>Aller</b> | https://x.org]]", blocks.BrokenBlock),
        ("[[événement 3", blocks.BrokenBlock),
    ],
)
def test_what_is_no_block_is_said_when_it_is_saved(session, make, typed, refusal):
    with pytest.raises(refusal) as said:
        make.mailing(body_fr=f"<p>{typed}</p>")
    assert said.value.field == "body_fr"


def test_what_a_block_shows_is_never_read_as_a_field_or_a_block(session, make):
    event = make.event("{{prénom}} [[signature 1]] {{7*7}}<script>")
    said = read_by(make.mailing(body_fr=f"<p>[[événement {event.id}]]</p>"))
    assert "{{prénom}} [[signature 1]] {{7*7}}<script>" in said.text
    assert "<script>" not in said.html
    assert isinstance(drawing.placed(Markup("x"), "fr"), Markup)


def test_a_button_to_the_kit_leads_each_reader_to_a_page_of_their_own(session, make):
    kit = make.kit()
    person = make.person("Zoé")
    url = f"{messages.current_app.config['BASE_URL']}/k/{kit.slug}"
    mailing = make.mailing(body_fr=f"<p>[[bouton Écrire | {url}]]</p>", subject_ref=kit.ref)
    said = read_by(mailing, person)
    assert f'href="{url}"' not in said.html and "Écrire" in said.html
