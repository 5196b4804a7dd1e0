"""Starting: what the settings refuse, with a sentence that says what to do."""

import pytest

import config
from crm.mail import addresses

GOOD = {
    "MAILLAGE_ENV": "production",
    "SECRET_KEY": "N7bq-2Vx9_sTqL0zKp4RmYw8eHc1UdJa",
    "BASE_URL": "https://crm.example.org",
    "MAIL_FROM": "crm@example.org",
}


def load(tmp_path, **changes):
    environ = {**GOOD, "DATA_DIR": str(tmp_path), **changes}
    return config.load({name: value for name, value in environ.items() if value is not None})


def test_a_production_start_needs_nothing_more_than_these(tmp_path):
    settings = load(tmp_path)
    assert settings["PRODUCTION"] and settings["TRUSTED_HOSTS"] == ["crm.example.org"]
    assert settings["SESSION_COOKIE_SECURE"] and settings["SESSION_COOKIE_NAME"] == "__Host-maillage"


@pytest.mark.parametrize(
    "secret", [None, "", "short", "x" * 31, config.EXAMPLE_SECRET, "a" * 64, "abcabcabc" * 8]
)
def test_a_production_start_refuses_a_missing_short_example_or_repeating_secret(tmp_path, secret):
    with pytest.raises(config.BadSetting, match="SECRET_KEY"):
        load(tmp_path, SECRET_KEY=secret)
    assert not (tmp_path / "secret.key").exists()


@pytest.mark.parametrize("secret", ["short", config.EXAMPLE_SECRET])
def test_development_refuses_a_bad_secret_too_and_makes_its_own_without_one(tmp_path, secret):
    with pytest.raises(config.BadSetting):
        load(tmp_path, MAILLAGE_ENV="development", SECRET_KEY=secret)
    first = load(tmp_path, MAILLAGE_ENV="development", SECRET_KEY=None)["SECRET_KEY"]
    again = load(tmp_path, MAILLAGE_ENV="development", SECRET_KEY=None)["SECRET_KEY"]
    assert first == again and len(first) >= 32
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_a_data_folder_that_is_made_here_is_its_owner_s_alone(tmp_path):
    load(tmp_path / "new", MAILLAGE_ENV="development", SECRET_KEY=None)
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_FROM", None),
        ("BASE_URL", "crm.example.org"),
        ("PORT", "eight"),
        ("MAIL_SENDER", "pigeon"),
        ("MAIL_SENDER", "sendgrid"),
        ("MAX_UPLOAD_MB", "-1"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path, name, value):
    with pytest.raises(
        config.BadSetting, match=r"MAIL_FROM|BASE_URL|PORT|MAIL_SENDER|SENDGRID|MAX_UPLOAD_MB"
    ):
        load(tmp_path, **{name: value})


def test_the_example_file_names_every_setting_that_is_read(tmp_path):
    import re
    from pathlib import Path

    root = Path(config.__file__).parent
    read = set(re.findall(r'environ(?:\.get\(|\[|, )"([A-Z_]+)"', (root / "config.py").read_text()))
    told = set(re.findall(r"^#? ?([A-Z_]+)=", (root / ".env.example").read_text(), re.M))
    assert read <= told, read - told


@pytest.mark.parametrize(
    "bad",
    [
        {"BOUNCE_ADDRESS": "bounces"},
        {"BOUNCE_ADDRESS": "a+b@example.org"},
        {"BOUNCE_ADDRESS": "journal@example.org"},
        {"BOUNCE_ADDRESS": f"{'b' * 31}@example.org"},
        {"SENDGRID_WEBHOOK_KEY": "not base64!"},
        {"MAIL_PER_MINUTE": "fast"},
        {"MAIL_DOMAINS_PER_MINUTE": "orange.fr"},
        {"MAIL_DOMAINS_PER_MINUTE": "orange.fr=0"},
        {"MAIL_DOMAINS_AT_ONCE": "4"},
    ],
)
def test_settings_of_what_comes_back_and_of_rates_are_checked(tmp_path, bad):
    with pytest.raises(config.BadSetting, match=next(iter(bad))):
        config.load({"DATA_DIR": str(tmp_path), **bad})


def test_rates_are_read_by_domain(tmp_path):
    known = config.load({"DATA_DIR": str(tmp_path), "MAIL_DOMAINS_PER_MINUTE": "Orange.fr=60 *=600"})
    assert known["MAIL_DOMAINS_PER_MINUTE"] == {"orange.fr": 60, "*": 600}


def test_a_domain_of_the_settings_is_meant_as_addresses_write_it(tmp_path):
    known = config.load({"DATA_DIR": str(tmp_path), "MAIL_DOMAINS_AT_ONCE": "Société.example=1"})
    address = addresses.normalise("ada@société.example")
    assert known["MAIL_DOMAINS_AT_ONCE"][address.partition("@")[2]] == 1
