"""Promises about every page: reading changes nothing."""

import pytest

from crm.web.rights import May
from tests.conftest import ENGINES
from tests.guards.answers import is_for_its_reader_alone, is_guarded, leads_to_the_door
from tests.guards.changes import written
from tests.guards.records import Records
from tests.guards.routes import ON_ONE_ENGINE, asked, routes
from tests.pages import Browser


def every_page_is_read(client: Browser, records: Records, *, signed_in: bool) -> None:
    """No GET commits a change, whoever sends it, and each answer tells the browser what it may load."""
    app = client._client.application
    with written(app) as kept:
        for rule in routes(app):
            if "GET" in (rule.methods or set()):
                answer = client.get(records.address(rule))
                assert answer.status_code < 500, (rule, answer.status_code)
                is_guarded(answer, rule)
                answer.close()
                assert kept == [], (rule, kept)
                assert not (signed_in and leads_to_the_door(answer)), rule


def test_reading_changes_nothing(client, records):
    """Mail gateways follow every link."""
    every_page_is_read(client, records, signed_in=False)


# On the other engine each right reads each page, above; what takes no right is read below.
@pytest.mark.parametrize("database", ["postgresql"] if "postgresql" in ENGINES else [], indirect=True)
def test_reading_as_an_admin_changes_nothing(client, records):
    every_page_is_read(client.as_("admin"), records, signed_in=True)


@ON_ONE_ENGINE
def test_reading_what_takes_no_right_changes_nothing_either(client, records):
    client.as_("admin")
    app = client._client.application
    with written(app) as kept:
        for rule in routes(app):
            if "GET" in (rule.methods or set()) and not isinstance(asked(app, rule), May):
                answer = client.get(records.address(rule))
                assert answer.status_code < 500, (rule, answer.status_code)
                is_guarded(answer, rule)
                if asked(app, rule) is not None:
                    is_for_its_reader_alone(answer, rule)
                answer.close()
                assert kept == [], (rule, kept)
                assert not leads_to_the_door(answer), rule
