"""Letters: laid out once, filled in for each, in HTML and in plain text that says the same."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from markupsafe import Markup

from crm.mail import composing
from crm.mail.composing import Button, Filled, Letter, lay_out, place
from crm.web import richtext

VALUES = {"greeting": "Bonjour Ada,", "answer_url": "https://crm.example.org/i/a1?x=1&y=2"}


@pytest.fixture(autouse=True)
def context(migrated: Flask) -> Iterator[None]:
    with migrated.app_context():
        yield


def letter(**facts: Any) -> Letter:
    usual: dict[str, Any] = {
        "language": "fr",
        "title": "Webinaire : les données & l’été",
        "body": Markup("<p>{}</p>").format(place("greeting")) + Markup("<p>Venez <b>nombreux</b>.</p>"),
        "facts": (("Quand", "jeudi 26 mars 2026 à 18 h"),),
        "buttons": (Button("Je viens", place("answer_url")),),
        "notices": ("Vous suivez nos travaux.",),
        "links": (Button("Choisir ce que je reçois", "https://crm.example.org/u/1"),),
        "house": "L’association",
    }
    return Letter(**{**usual, **facts})


def filled(**facts: Any) -> Filled:
    return lay_out(letter(**facts)).fill(**VALUES)


def test_both_parts_say_the_same():
    said = filled()
    for words in (
        "Bonjour Ada,",
        "Quand",
        "jeudi 26 mars 2026 à 18 h",
        "Je viens",
        "Vous suivez nos travaux.",
    ):
        assert words in said.html
        assert words in said.text
    assert said.subject == "Webinaire : les données & l’été"


def test_links_are_written_out_in_plain_text():
    said = filled(body=richtext.sanitise('<p><a href="https://example.org/doc">Le document</a></p>'))
    assert "Le document (https://example.org/doc)" in said.text
    assert "Je viens\n  https://crm.example.org/i/a1?x=1&y=2\n" in said.text
    assert 'href="https://crm.example.org/i/a1?x=1&amp;y=2"' in said.html


def test_values_are_escaped_where_they_stand():
    evil = "<script>alert(1)</script>"
    said = lay_out(letter()).fill(**{**VALUES, "greeting": evil})
    assert evil not in said.html
    assert "&lt;script&gt;" in said.html
    assert evil in said.text


def test_a_value_is_never_looked_into():
    said = lay_out(letter()).fill(**{**VALUES, "greeting": place("answer_url")})
    assert said.text.count("https://crm.example.org/i/a1") == 1


def test_typed_text_cannot_make_a_place():
    said = filled(body="\ue000answer_url\ue001 {{7*7}} {greeting} %(greeting)s ${greeting}")
    assert "{{7*7}} {greeting} %(greeting)s ${greeting}" in said.text
    assert said.text.count("https://crm.example.org/i/a1") == 1


def test_a_place_without_a_value_is_an_error_and_not_a_gap():
    with pytest.raises(KeyError):
        lay_out(letter()).fill(greeting="Bonjour,")
    assert lay_out(letter()).places == {"greeting", "answer_url"}


def test_text_and_markup_of_the_same_signs_are_not_mixed_up():
    assert "<b>x</b>" in filled(body=Markup("<b>x</b>")).html
    assert "&lt;b&gt;x&lt;/b&gt;" in filled(body="<b>x</b>").html
    assert "<b>x</b>" in filled(body="<b>x</b>").text


def test_the_subject_is_one_line():
    said = lay_out(letter(subject="Pour " + place("greeting"))).fill(**{**VALUES, "greeting": "a\r\n b"})
    assert said.subject == "Pour a b"


def test_the_language_is_told_and_styles_stand_in_their_places():
    html = filled().html
    assert '<html lang="fr">' in html
    assert html.count("<h1") == 1
    assert "@media (prefers-color-scheme: dark)" in html
    assert "@media (max-width: 480px)" in html
    assert "<link" not in html
    assert 'style="' in html
    assert len(html.encode()) < 20_000


def test_laying_out_again_gives_the_same_letter():
    first = filled()
    composing._laid_out.cache_clear()
    assert filled() == first


def test_a_thousand_of_one_letter_are_laid_out_once(monkeypatch):
    composing._laid_out.cache_clear()
    rendered = []
    render = composing._render
    monkeypatch.setattr(composing, "_render", lambda *a: rendered.append(a) or render(*a))
    for number in range(1000):
        lay_out(letter()).fill(**{**VALUES, "greeting": f"Bonjour {number},"})
    assert len(rendered) == 2


def test_styles_are_never_fetched(tmp_path):
    secret = tmp_path / "secret.css"
    secret.write_text("p { color: teal }")
    body = Markup('<link rel="stylesheet" href="file://{}"><p>a</p>').format(secret)
    assert "teal" not in filled(body=body).html
