"""How uses are counted by network and by mailbox, and what a log says of a link."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from structlog.testing import capture_logs

from crm.accounts.models import Attempt
from crm.db import db
from crm.events.queries import attendance
from crm.web import networks
from crm.web.robots import mailbox

ONCE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_of_ipv6_the_network_counts_and_not_the_address(address, network):
    assert networks.of(address) == network


def test_one_mailbox_counts_once_whatever_its_tag():
    assert (
        mailbox("Ada+one@Example.org") == mailbox("ada+two+three@example.org") == mailbox("ada@example.org")
    )
    assert mailbox("ada@example.org") != mailbox("bob@example.org")


@ONCE
def test_tries_to_sign_in_are_counted_by_network(client, make):
    _action, fields = client.filled("/sign-in", email="ana@example.org", password="x" * 20)
    client.post("/sign-in", data=fields, environ_base={"REMOTE_ADDR": "2001:db8:0:5::1"})
    with make.app.app_context():
        assert db.session.scalars(select(Attempt.network)).all() == ["2001:db8:0:5::/64"]


@ONCE
def test_a_page_that_breaks_leaves_no_token_in_the_log(client, make, monkeypatch):
    def broken(token):
        raise ValueError

    monkeypatch.setattr(attendance, "by_token", broken)
    with capture_logs() as lines:
        assert client.get("/r/a-secret-token").status_code == 500
    assert "a-secret-token" not in str([{**line, "exc_info": ""} for line in lines])
    assert any(line.get("path") == "/r/<token>" for line in lines)


@ONCE
def test_a_statement_that_fails_tells_no_value_it_was_given(session):
    with pytest.raises(DatabaseError) as broken:
        session.execute(text("SELECT :token FROM no_such_table"), {"token": "a-secret-token"})
    assert "a-secret-token" not in str(broken.value)
