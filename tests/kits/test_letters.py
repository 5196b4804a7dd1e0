"""The `mailto:` link of a model letter: its form, its length, and what to do when it is too long."""

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.kits import letters

SENTENCE = "L’inclusion numérique est l’affaire de tous les territoires. "
LETTER = "\n\n".join(
    [
        "Madame la députée, Monsieur le député,",
        *(f"Paragraphe {n}. {SENTENCE * 5}" for n in range(1, 9)),
        "Veuillez agréer mes salutations distinguées.",
    ]
)


def test_spaces_and_line_ends_are_written_as_mail_programs_read_them():
    link = letters.mailto("À lire = oui", "Bonjour,\n\nUne + deux [trois] & 4 % ?")
    assert link == (
        "mailto:?subject=%C3%80%20lire%20%3D%20oui"
        "&body=Bonjour%2C%0D%0A%0D%0AUne%20%2B%20deux%20%5Btrois%5D%20%26%204%20%25%20%3F"
    )


def test_line_ends_of_every_system_are_one():
    assert letters.mailto("", "a\r\nb") == letters.mailto("", "a\nb")


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=300))
def test_the_link_says_what_was_written_and_nothing_in_it_ends_it_early(text):
    text = text.replace("\r", "")
    link = letters.mailto("s", text)
    assert link.isascii() and not set(link) & set(' "<>\n\r\\^`{|}')
    query = urlsplit(link).query
    assert len(query.split("&")) == 2
    assert unquote(query.partition("&body=")[2]) == text.replace("\n", "\r\n")


def test_french_grows_when_it_is_encoded_and_the_limit_counts_the_whole_link():
    text = "é" * 300
    assert letters.length("", text) == len("mailto:?subject=&body=") + 1800
    assert letters.fits("", text)
    assert not letters.fits("a" * 100, text)


def test_a_letter_that_is_too_long_gets_a_shorter_proposal_that_fits():
    proposal = letters.shortened("Sujet", LETTER)
    assert letters.fits("Sujet", proposal) and not letters.fits("Sujet", LETTER)
    assert proposal.startswith("Madame la députée") and proposal.endswith("salutations distinguées.")
    assert "Paragraphe 1." in proposal and "Paragraphe 8." not in proposal


def test_the_proposal_cuts_between_sentences():
    body = "Bonjour,\n\n" + "Une phrase entière et bien construite. " * 80 + "\n\nMerci."
    proposal = letters.shortened("s", body)
    middle = proposal.split("\n\n")[1]
    assert middle.endswith("construite.") and letters.fits("s", proposal)
    assert letters.length("s", proposal) > letters.MOST - 80


@pytest.mark.parametrize("body", ["x" * 5000, "", "a\n\n" + "y" * 5000 + "\n\n" + "z" * 5000])
def test_a_letter_that_cannot_be_cut_gets_no_broken_proposal(body):
    assert letters.fits("s", letters.shortened("s", body))


def test_webmails_get_the_same_words():
    for address in letters.webmails("Été", "a & b\nc").values():
        words = [value for _name, value in parse_qsl(urlsplit(address).query)]
        assert "Été" in words and "a & b\r\nc" in words
