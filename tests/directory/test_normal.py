"""Names, numbers and addresses: one form for what people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.directory import normal
from crm.mail import addresses


@pytest.mark.parametrize(
    "given_name, family_name, typed",
    [
        ("Jean-Noël", "Lefèvre", "noel lefevre"),
        ("Jean-Noël", "Lefèvre", "JEANNOËL"),
        ("Siobhán", "O’Brien", "obrien"),
        ("Siobhán", "O'Brien", "o’brien"),
        ("Anne", "d’Ormesson", "dormesson anne"),
        ("Chloé", "Bœuf", "boeuf"),
        ("Μαρία", "Παπαδοπούλου", "παπαδοπουλου"),
        ("Thị", "Nguyễn", "nguyen"),
        ("Luc", "St-Étienne", "saint etienne"),
        ("Luc", "Saint-Étienne", "st etienne"),
        ("Zoé", "Martin", "arti"),
    ],
)
def test_a_name_is_found_by_any_part_without_accents_or_signs(given_name, family_name, typed):
    search = normal.person_search(given_name, family_name)
    assert all(word in search for word in normal.asked(typed)), search


@pytest.mark.parametrize("typed", ["’", "- -", "%", ""])
def test_signs_alone_ask_for_no_word(typed):
    assert normal.asked(typed) == []


def test_a_small_particle_does_not_decide_the_order():
    names = ["d’Ormesson", "Pascal", "Nodier", "de La Tour", "De Smet"]
    assert sorted(names, key=lambda name: normal.person_sort("", name)) == [
        "De Smet", "de La Tour", "Nodier", "d’Ormesson", "Pascal",
    ]  # fmt: skip


@pytest.mark.parametrize("typed", ["214900078", "214 900 078", " 214.900.078 ", "214\u202f900\u202f078"])
def test_a_siren_is_read_however_it_is_spaced(typed):
    assert normal.siren(typed) == "214900078"


@pytest.mark.parametrize("typed", ["214900079", "21490007", "2149000780", "21490007A", "abc", "٢١٤٩٠٠٠٧٨"])
def test_a_wrong_siren_is_refused(typed):
    with pytest.raises(normal.BadSiren):
        normal.siren(typed)


def test_the_establishments_of_la_poste_have_their_own_rule():
    assert normal.siret("356 000 000 49837") == "35600000049837"
    with pytest.raises(normal.BadSiret):
        normal.siret("35600000049838")


@pytest.mark.parametrize(
    "typed, number, shown",
    [
        ("06 12 34 56 78", "+33612345678", "06 12 34 56 78"),
        ("+33 (0)2 41 05 40 00", "+33241054000", "02 41 05 40 00"),
        ("0033241054000", "+33241054000", "02 41 05 40 00"),
        ("02.41.05.40.00", "+33241054000", "02 41 05 40 00"),
        ("0590 82 09 30", "+590590820930", "0590 82 09 30"),
        ("0692 12 34 56", "+262692123456", "0692 12 34 56"),
        ("+44 20 7946 0958", "+442079460958", "+44 20 7946 0958"),
    ],
)
def test_a_phone_number_is_kept_in_international_form_and_shown_as_it_is_dialled(typed, number, shown):
    assert normal.phone(typed) == number
    assert normal.shown_phone(number) == shown


@pytest.mark.parametrize("typed", ["12", "06 12 34 56", "call me", "+33 6 12 34 56 78 90 11 22"])
def test_a_wrong_phone_number_is_refused(typed):
    with pytest.raises(normal.BadPhone):
        normal.phone(typed)


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("example.org", "https://example.org"),
        ("http://a.example.org/x?y=1", "http://a.example.org/x?y=1"),
        ("", ""),
    ],
)
def test_a_website_has_a_scheme(typed, kept):
    assert normal.website(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["javascript:alert(1)", "ftp://example.org", "example", "https://", "two words.org", "data:text/html,x"],
)
def test_what_is_no_website_is_refused(typed):
    with pytest.raises(normal.BadWebsite):
        normal.website(typed)


@pytest.mark.parametrize(
    "typed, kept",
    [
        (" Ada.Lovelace@Example.ORG ", "ada.lovelace@example.org"),
        ("mailto:ada@example.org", "ada@example.org"),
        ("contact@mairie-Évry.fr", "contact@xn--mairie-vry-h7a.fr"),
    ],
)
def test_an_address_has_one_compared_form(typed, kept):
    assert addresses.normalise(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "a b@example.org",
        "ada@example",
        "a@b@c.fr",
        "ada@example.org\r\nBcc: x@y.fr",
    ],
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(addresses.BadAddress):
        addresses.normalise(typed)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_name_is_found_by_what_it_is_itself(given_name, family_name):
    search = normal.person_search(given_name, family_name)
    assert all(word in search for word in normal.asked(f"{family_name} {given_name}"))
