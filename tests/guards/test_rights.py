"""Promises about every route, found by walking the map and not by a list: who may open what."""

import pytest
from flask import Flask

from crm.web import access
from crm.web.access import SAFE
from crm.web.rights import May, Right, allows
from tests.guards.answers import hidden_fields, is_for_its_reader_alone, is_guarded, leads_to_the_door
from tests.guards.changes import digest, written
from tests.guards.routes import ON_ONE_ENGINE, ONE_CLICK, PUBLIC, asked, routes


def test_a_route_that_declares_no_right_stops_the_application():
    app = Flask("bare")
    app.add_url_rule("/x", "x", lambda: "")
    with pytest.raises(RuntimeError, match="says neither"):
        access.install(app)


def test_the_routes_open_to_anyone_are_those_listed_here(app):
    assert {rule.endpoint for rule in routes(app) if asked(app, rule) is None} == PUBLIC


def test_the_routes_that_take_posts_of_machines_are_those_listed_here(app):
    known = {name for name, view in app.view_functions.items() if getattr(view, "__one_click__", False)}
    assert known == ONE_CLICK
    assert known <= PUBLIC


def test_without_a_sign_in_every_other_route_leads_to_the_door_and_changes_nothing(client, records):
    app = client._client.application
    before = digest(app)
    with written(app) as kept:
        for rule in routes(app):
            if asked(app, rule) is None:
                continue
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                answer = client.open(records.address(rule), method=method)
                assert answer.status_code == 302, (rule, method, answer.status_code)
                assert answer.headers["Location"].startswith("/sign-in?next=/"), (rule, method)
                assert kept == [], (rule, method, kept)
    assert digest(app) == before


@ON_ONE_ENGINE
@pytest.mark.parametrize("right", list(Right))
def test_a_right_opens_what_it_declares_and_nothing_else(client, records, right):
    """Refused requests, sent as the page itself would send them, change nothing.

    Nor does reading; each answer tells its policy, and who is signed in is never sent to the door again.
    """
    client.as_(right.value)
    app = client._client.application
    hidden = hidden_fields(client)
    before = digest(app)
    with written(app) as kept:
        for rule in routes(app):
            may = asked(app, rule)
            if not isinstance(may, May):
                continue
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                if allows(right, may) and method not in SAFE:
                    continue
                data = hidden if method not in SAFE else None
                answer = client.open(records.address(rule), method=method, data=data)
                refused = answer.status_code == 403
                assert refused is not allows(right, may), (right, rule, method, answer.status_code)
                assert answer.status_code < 500, (right, rule, method)
                assert kept == [], (right, rule, method, kept)
                assert not leads_to_the_door(answer), (right, rule, method)
                if method == "GET":
                    is_guarded(answer, rule)
                    is_for_its_reader_alone(answer, rule)
                answer.close()
    assert digest(app) == before
