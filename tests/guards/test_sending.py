"""Promises about every form: what our own pages did not send changes nothing."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.guards.answers import hidden_fields
from tests.guards.changes import digest, written
from tests.guards.routes import ON_ONE_ENGINE, ONE_CLICK, routes, unsafe
from tests.pages import Browser


def posts(app: Flask) -> list[Rule]:
    return [rule for rule in routes(app) if unsafe(rule) and rule.endpoint not in ONE_CLICK]


def spoiled(how: str, client: Browser) -> Callable[[], dict[str, Any]]:
    """What makes a request one that our pages did not send."""
    token = hidden_fields(client)["csrf_token"]

    def options() -> dict[str, Any]:
        hidden = {"csrf_token": token, "form_key": secrets.token_urlsafe(16)}
        if how == "no token":
            return {"data": {}}
        if how == "a forged token":
            return {"data": {**hidden, "csrf_token": "20990101000000##" + "0" * 40}}
        if how == "another session's token":
            return {"data": {**hidden, "csrf_token": client.foreign_token}}
        if how == "another site":
            return {"data": hidden, "headers": {"Origin": "https://evil.example"}}
        return {"data": hidden, "headers": {"Sec-Fetch-Site": "cross-site"}}

    return options


UNTICKED = {"organisations.selected", "people.selected"}  # ask for ticked rows before anything else


@ON_ONE_ENGINE
@pytest.mark.parametrize(
    "how",
    [
        "no token",
        "a forged token",
        "another session's token",
        "another site",
        "another site, says the browser",
    ],
)
def test_what_our_own_pages_did_not_send_changes_nothing(client, records, app, how):
    stranger = Browser(app.test_client(), client._sign_in).as_("viewer")
    client.foreign_token = hidden_fields(stranger)["csrf_token"]
    client.as_("admin")
    before = digest(app)
    options = spoiled(how, client)
    with written(app) as kept:
        for rule in posts(app):
            answer = client.open(records.address(rule), method="POST", **options())
            assert kept == [], (how, rule, kept)
            assert answer.status_code < 500, (how, rule)
            # Refused in words: nobody may believe that it was done.
            says_so = answer.status_code >= 400 or rule.endpoint in UNTICKED
            assert says_so, (how, rule, answer.status_code)
    assert digest(app) == before
