"""Typed HTML: what may stay, and what it says in plain words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.web.richtext import TAGS, plain, sanitise

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVa&#09;Script:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<p style='position:fixed' class='x' id='main' onclick='x()' hx-get='/x' data-hx-post='/y'>x</p>",
    "<button hx-post='/people/1/delete'>x</button>",
    "<form action='/x'><input name=a></form>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    "<!--<img src=x onerror=alert(1)>-->",
    "<base href='https://evil.example/'><meta http-equiv=refresh content='0;url=x'>",
    "<details open ontoggle=alert(1)>x</details>",
    "<h1>x</h1><h1 onclick=x>y</h1>",
]
TAG = re.compile(r"<\s*/?\s*([a-zA-Z0-9]+)([^>]*)>")
HREF = re.compile(r'(?: href="(?:https?:|mailto:)[^"]*")?(?: rel="noopener noreferrer")?')


def only_what_may_stay(html: str) -> bool:
    for tag, attributes in TAG.findall(html):
        if tag not in TAGS - {"h1"} or (attributes and not (tag == "a" and HREF.fullmatch(attributes))):
            return False
    return True


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_html_loses_what_makes_it_so(typed):
    assert only_what_may_stay(sanitise(typed))


@given(
    st.lists(
        st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20), st.sampled_from("<>\"'/=& a")), max_size=8
    )
)
def test_any_mixture_of_them_does_too(pieces):
    clean = sanitise("".join(pieces))
    assert only_what_may_stay(clean)
    assert sanitise(clean) == clean


def test_what_trix_writes_stays():
    typed = (
        "<div>Bonjour <strong>à tous</strong>, <em>voici</em> <del>non</del><br>la suite.</div>"
        "<ul><li>un</li></ul><ol><li>deux</li></ol><blockquote>dit</blockquote><pre>code</pre>"
    )
    assert sanitise(typed) == typed
    assert sanitise("<h1>Titre</h1>") == "<h2>Titre</h2>"


def test_links_to_the_web_and_to_mailboxes_stay():
    for url in ("https://example.org/a?b=c&amp;d", "http://example.org", "mailto:ada@example.org"):
        assert f'href="{url}"' in sanitise(f'<a href="{url}" target="_blank">x</a>')


def test_nothing_typed_is_nothing():
    assert sanitise(None) == "" == sanitise("")
    assert plain(None) == "" == plain("")


def test_plain_words_keep_paragraphs_lists_and_links():
    html = (
        "<h2>Titre</h2><div>Bonjour &amp; merci,<br>à <b>vous</b></div><div><br></div>"
        "<ul><li>un<ul><li>sous</li></ul></li><li>deux</li></ul><ol><li>A</li><li>B</li></ol>"
        '<p><a href="https://example.org/x">ici</a>, <a href="mailto:ada@example.org">ada@example.org</a></p>'
    )
    assert plain(html) == (
        "Titre\n\nBonjour & merci,\nà vous\n\n- un\n  - sous\n- deux\n\n1. A\n2. B\n\n"
        "ici (https://example.org/x), ada@example.org"
    )


@given(st.text())
def test_plain_text_is_read_as_its_words(typed):
    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    read = plain(f"<p>{escaped}</p>")
    squeeze = re.compile(r"[\x00\x01 \t\r\n\f]+")
    assert squeeze.sub(" ", read).strip() == squeeze.sub(" ", typed).strip()


def test_more_tags_than_anybody_writes_become_paragraphs_and_keep_their_words():
    nested = "<div>" * 20_000 + "<b>le mot</b>" + "</div>" * 20_000
    shown = sanitise(nested)
    assert "le mot" in shown
    assert "<div>" not in shown
    assert sanitise("<div><b>le mot</b></div>") == "<div><b>le mot</b></div>"
