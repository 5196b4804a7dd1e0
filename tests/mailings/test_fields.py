"""Merge fields: a closed list, looked for once, filled in by context."""

import pytest
from markupsafe import Markup

from crm.mail.composing import Layout
from crm.mailings import fields

PAYLOADS = [
    "{{7*7}}",
    "{{config}}",
    "{{ prénom.__class__ }}",
    "{{''}}",
    "{{}}",
    "{{{prénom}}}x{{",
    "{{a{{nom}}",
]
HARMLESS = ["{x.__class__}", "{% if 1 %}", "${7*7}", "((((", "{0}", "%(name)s", "#{1}"]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("is_html", [False, True])
def test_what_is_in_braces_and_not_on_the_list_refuses_the_text(payload: str, is_html: bool) -> None:
    with pytest.raises((fields.UnknownField, fields.BrokenField)) as refused:
        fields.check(f"Bonjour {payload}", field="body_fr", is_html=is_html)
    assert refused.value.field == "body_fr"


@pytest.mark.parametrize("payload", HARMLESS)
def test_other_signs_of_templates_are_words_like_any_other(payload: str) -> None:
    fields.check(f"Bonjour {payload}", field="body_fr", is_html=True)
    assert fields.placed(payload) == payload


@pytest.mark.parametrize(
    "word", ["prénom", "Prenom", " prénom ", "given name", "given_name", "pr&eacute;nom"]
)
def test_a_field_is_recognised_however_it_is_typed(word: str) -> None:
    fields.check("{{" + word + "}}", field="body_fr", is_html=True)
    assert fields.used("{{" + word + "}}") == {"given_name"}


def test_a_field_in_the_address_of_a_link_is_refused() -> None:
    with pytest.raises(fields.FieldInLink):
        fields.check('<a href="https://example.org/{{nom}}">ici</a>', field="body_fr", is_html=True)


@pytest.mark.parametrize(
    "name",
    ["{{nom}}", "{{7*7}}", "<b>Ada</b>", "{x.__class__}", "\ue000given_name\ue001", "a\r\nBcc: x@y.org"],
)
def test_a_name_that_looks_like_a_field_stays_a_name(name: str) -> None:
    html = str(fields.placed_html(Markup("<p>{{prénom}}</p>")))
    said = Layout(fields.placed("Pour {{prénom}}"), fields.placed("{{prénom}}"), html).fill(given_name=name)
    assert said.text == name
    assert said.html == f"<p>{Markup.escape(name)}</p>"
    assert "\n" not in said.subject and "\r" not in said.subject
