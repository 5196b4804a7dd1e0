"""Promises about every page: no words in an address break it."""

import pytest

from tests.guards.routes import ON_ONE_ENGINE, routes


@pytest.mark.parametrize("typed", ["\0", "9" * 40, "'\"<script>{{7*7}}%(x)s\ud7ff\u202e"])
def test_words_that_a_database_may_refuse_break_no_page(client, records, typed):
    every_page_opens_with(client, records, typed)


@ON_ONE_ENGINE
@pytest.mark.parametrize("typed", ["-1", "a" * 5000])
def test_odd_words_in_an_address_break_no_page(client, records, typed):
    every_page_opens_with(client, records, typed)


def every_page_opens_with(client, records, typed):
    client.as_("admin")
    app = client._client.application
    names = (
        "q",
        "cursor",
        "sort",
        "page",
        "kind",
        "tag",
        "columns",
        "period",
        "month",
        "lang",
        "record",
        "territory",
        "person",
        "organisation",
        "event",
        "size",
    )
    for rule in routes(app):
        if "GET" in (rule.methods or set()) and rule.endpoint != "static":
            answer = client.get(records.address(rule), query_string=dict.fromkeys(names, typed))
            assert answer.status_code < 500, (rule, typed)
            answer.close()


@pytest.mark.parametrize(
    "address",
    ["/e/%00", "/e/%00.ics", "/k/%00", "/k/%00/files/x", "/i/%00", "/r/%00", "/u/%00", "/password/%00",
     "/people/?tag=1&tag=%00"],
)  # fmt: skip
def test_a_nul_anywhere_in_an_address_is_refused_before_the_database_sees_it(client, address):
    assert client.as_("staff").get(address).status_code == 400


def test_a_key_too_large_for_the_database_is_an_address_that_does_not_exist(client):
    client.as_("admin")
    assert client.get(f"/settings/accounts/{10**30}").status_code == 404
    assert client.get(f"/settings/accounts/{2**31}").status_code == 404
    assert client.get(f"/settings/accounts/{2**31 - 1}").status_code == 404
