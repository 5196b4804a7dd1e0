"""What every answer says to the browser."""

from typing import Any

from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.guards.routes import MAIL, MAIL_POLICY
from tests.pages import Browser


def is_guarded(answer: TestResponse, rule: Rule) -> None:
    """It tells the browser what it may load, and whom it may tell."""
    headers, policy = answer.headers, answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy, rule
    assert "unsafe" not in policy or (rule.endpoint in MAIL and set(policy.split()) >= MAIL_POLICY), rule
    assert "sandbox" in policy or "frame-ancestors" in policy, rule
    assert "allow-scripts" not in policy, rule
    assert headers["X-Content-Type-Options"] == "nosniff", rule
    assert headers["Referrer-Policy"] in ("no-referrer", "same-origin"), rule
    assert "Server" not in headers, rule
    if answer.mimetype.startswith("text/"):
        assert answer.content_type.lower().endswith("charset=utf-8"), (rule, answer.content_type)


def is_for_its_reader_alone(answer: TestResponse, rule: Rule) -> None:
    """What was made for one reader is kept by no cache that others use."""
    if answer.status_code == 200:
        kept = answer.headers["Cache-Control"]
        assert "no-store" in kept or "private" in kept, rule
        assert "Cookie" in answer.headers["Vary"], rule


def leads_to_the_door(answer: TestResponse) -> bool:
    return answer.headers.get("Location", "").startswith("/sign-in")


def hidden_fields(client: Browser, page: str = "/account") -> dict[str, Any]:
    """The hidden fields of a page of this browser, with a key that was never used."""
    _, fields = client.filled(page)
    return {name: fields[name] for name in ("csrf_token", "form_key")}
