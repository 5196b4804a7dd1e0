"""What answers say to browsers, caches and strangers."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

import config
from crm.app import create_app
from crm.db import db
from crm.web import access
from tests.guards.routes import ON_ONE_ENGINE, routes


def test_pages_behind_a_mailed_link_are_kept_by_no_cache(client, records):
    app = client._client.application
    behind = [rule for rule in routes(app) if "token" in rule.arguments and "GET" in (rule.methods or set())]
    assert len(behind) >= 5
    for rule in behind:
        answer = client.get(records.address(rule))
        assert answer.headers["Cache-Control"] == "no-store", rule
        answer.close()


@pytest.fixture(scope="module")
def in_production(settings: dict[str, Any], migrated: Flask) -> Iterator[Flask]:
    """The application as production runs it, on the same database."""
    environ = {
        "MAILLAGE_ENV": "production",
        "SECRET_KEY": settings["SECRET_KEY"],
        "BASE_URL": "https://crm.example.org",
        "MAIL_FROM": "crm@example.org",
        "DATA_DIR": str(settings["DATA_DIR"]),
        "DATABASE_URL": settings["SQLALCHEMY_DATABASE_URI"],
    }
    production = create_app(config.load(environ))
    production.jinja_env.bytecode_cache = migrated.jinja_env.bytecode_cache
    yield production
    with production.app_context():
        db.engine.dispose()


@pytest.fixture
def live(in_production: Flask, app: Flask) -> Flask:
    """Production's application; the database is emptied afterwards."""
    return in_production


def test_in_production_cookies_stay_on_this_host_behind_tls(live):
    answer = live.test_client().get("/sign-in", base_url="https://crm.example.org")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-maillage=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in cookie
    age = answer.headers["Strict-Transport-Security"]
    assert "max-age=31536000" in age and "includeSubDomains" in age


@ON_ONE_ENGINE
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "crm.example.org.evil.example"},
        {"Host": "evil.example:443"},
        {"Host": "crm.example.org@evil.example"},
        {"Host": "[::1]"},
        {"Host": "evil.example/crm.example.org"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Server": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"X-Original-Host": "evil.example"},
    ],
)
def test_no_page_or_redirect_repeats_a_host_that_was_made_up(live, headers):
    for path in ("/sign-in", "/account", "/forgotten"):
        answer = live.test_client().get(path, base_url="https://crm.example.org", headers=headers)
        assert "evil.example" not in answer.text
        assert "evil.example" not in str(answer.headers)
        if "Host" in headers:
            assert answer.status_code == 400


def test_what_breaks_is_told_without_its_inside(app, monkeypatch):
    def broken() -> None:
        raise RuntimeError("inside: SELECT password FROM /srv/secret")

    monkeypatch.setitem(app.view_functions, "accounts.forgotten", access.public(broken))
    answer = app.test_client().get("/forgotten")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text and "SELECT" not in answer.text and "/srv" not in answer.text


def test_every_connection_keeps_foreign_keys(app):
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            with db.engine.connect() as connection:
                assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
