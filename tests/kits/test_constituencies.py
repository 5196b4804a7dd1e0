"""Constituencies: how many there are, and the one way in which each is written."""

import pytest

from crm.kits.parliament import abroad, seats


def test_there_are_577_deputies_seats_and_348_of_senators():
    assert len(set(seats.every())) == 577
    assert sum(area.senators for area in seats.AREAS.values()) == 348


@pytest.mark.parametrize(
    ("department", "number", "code"),
    [
        ("01", "1", "01-01"), ("1", "1", "01-01"), ("2a", "1", "2A-01"), ("099", "11", "099-11"),
        ("ZZ", "01", "099-01"),
        ("977", "1", "977-01"), ("ZX", "1", "977-01"), ("978", "1", "977-01"), ("69M", "3", "69-03"),
        ("75", "018", "75-18"),
        ("01", "6", None), ("20", "1", None), ("48", "x", None), ("", "", None), ("49", "-1", None),
    ],
)  # fmt: skip
def test_a_constituency_is_written_in_one_way_whatever_the_file_writes(department, number, code):
    assert seats.constituency(department, number) == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("01004", "01-04"), ("2A001", "2A-01"), ("97101", "971-01"), ("98801", "988-01"), ("0101", "01-01"),
        ("101", "01-01"), ("ZX01", "977-01"), ("ZZ11", "099-11"), ("01003", "01-03"), ("97199", None),
        ("", None),
    ],
)  # fmt: skip
def test_codes_without_a_sign_between_are_read_as_insee_and_the_ministry_write_them(written, code):
    assert seats.joined(written) == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Alpes de Haute-Provence", "04"), ("La Réunion", "974"), ("Réunion", "974"), ("Corse-du-sud", "2A"),
        ("Iles Wallis et Futuna", "986"), ("Wallis-et-Futuna", "986"), ("Côte-d'Or", "21"),
        ("VAL D’OISE", "95"),
        ("Saint-Barthélemy et Saint-Martin", "977"), ("Français établis hors de France", "099"),
        ("Alger", None),
    ],
)  # fmt: skip
def test_departments_are_known_by_every_spelling_of_the_chambers(name, code):
    assert seats.area_named(name) == code


def test_every_country_abroad_votes_in_one_constituency_and_france_in_none():
    countries = [country for listed in abroad.COUNTRIES.values() for country in listed.split()]
    assert len(countries) == len(set(countries)) > 190
    assert [abroad.of_country(code) for code in ("DE", "us", "CH", "FR", "GP")] == [
        "099-07", "099-01", "099-06", None, None,
    ]  # fmt: skip
