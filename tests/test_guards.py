"""Guards: promises about every route there is, found by walking the map and not by a list."""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

import config
from crm.app import create_app
from crm.db import Base, db
from crm.web import access
from crm.web.access import SAFE
from crm.web.rights import May, Right, allows
from tests.conftest import ENGINES
from tests.pages import Browser

PUBLIC = {
    "accounts.choose",
    "accounts.forgotten",
    "accounts.sign_in",
    "agenda.answer_offer",
    "agenda.change_mode",
    "agenda.come_back",
    "agenda.download",
    "agenda.event",
    "agenda.erase",
    "agenda.feed",
    "agenda.index",
    "agenda.invitation",
    "agenda.keep",
    "agenda.organisations",
    "agenda.own_answers",
    "agenda.own_data",
    "agenda.own_entry",
    "agenda.own_evaluation",
    "agenda.own_file",
    "agenda.own_resource",
    "agenda.own_resources",
    "agenda.private",
    "agenda.public_document",
    "agenda.public_resource",
    "agenda.registration",
    "agenda.series",
    "agenda.series_entries",
    "agenda.series_feed",
    "agenda.series_registration",
    "agenda.series_thanks",
    "agenda.speaking",
    "agenda.subscribed",
    "agenda.thanks",
    "agenda.withdraw",
    "agenda.withdraw_series",
    "certificates.check",
    "certificates.fetch",
    "certificates.issue",
    "certificates.show",
    "door.name",
    "door.note",
    "door.show",
    "door.state",
    "door.worker",
    "health.live",
    "health.ready",
    "hooks.sendgrid",
    "links.follow",
    "mailings.picture",
    "preferences.show",
    "public_kits.confirm",
    "public_kits.confirmed",
    "public_kits.download",
    "public_kits.mine",
    "public_kits.not_me",
    "public_kits.replied",
    "public_kits.seen",
    "public_kits.show",
    "public_kits.shown_logo",
    "public_kits.sign",
    "public_kits.signed",
    "public_kits.undo",
    "public_kits.wrote",
    "static",
    "subscribe.confirm",
    "subscribe.confirmed",
    "subscribe.show",
    "subscribe.thanks",
    "web.privacy",
}
# RFC 8058: the provider posts without having seen a page. Events of the provider are signed.
ONE_CLICK = {"hooks.sendgrid", "preferences.show"}
# A mail is shown as mailboxes show it, with its own styles, in a frame where nothing runs.
MAIL = {"deliveries.html", "mailings.look_html", "mailings.preview_html", "outbox.html"}
MAIL_POLICY = {"sandbox", "form-action", "frame-ancestors", "base-uri"}
WRITES = ("INSERT", "UPDATE", "DELETE")


def routes(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule))


def asked(app: Flask, rule: Rule) -> May | str | None:
    return access.declared(app, rule.endpoint)


@dataclass
class Records:
    """One record of each kind, so that routes with keys lead somewhere."""

    keys: dict[str, Any] = field(default_factory=dict)

    def address(self, rule: Rule) -> str:
        """The rule's path with its arguments filled in."""
        values = {}
        for name in rule.arguments:
            if name in (rule.defaults or {}):
                continue
            converter = rule._converters[name]
            kind = type(converter).__name__
            if kind == "AnyConverter":
                values[name] = sorted(converter.items)[0]
            elif name in self.keys:
                values[name] = self.keys[name]
            else:
                values[name] = 1 if kind == "Key" else "x"
        path = rule.build(values)
        assert path is not None, rule
        return path[1]


@pytest.fixture
def records(make: Any) -> Records:
    organisation = make.organisation("Région Bretagne")
    person = make.person("Ana", "Roux", email="ana@example.org", organisation=organisation)
    event = make.event("Webinaire santé")
    question = make.question(event)
    other = make.account("staff", email="other@example.org")
    kit = make.kit(slug=event.slug)
    mailing = make.mailing()
    exchange = make.exchange(organisations=[organisation], people=[person])
    partnership = make.partnership(organisation)
    agreement = make.agreement(organisations=[organisation])
    body = make.body()
    seat = make.seat(body, person, organisation_id=organisation.id, function_id=make.body_function().id)
    membership = make.membership(organisation, college_id=make.college().id)
    promised = make.follow_up(organisation_id=organisation.id)
    quote = make.quote(exchange, person)
    minutes = make.minutes()
    mail = make.filed_mail()
    twin = make.person("Anna", "Roux")
    pair = make.pair(person, twin)
    merge = make.merge(person, make.person("A.", "Roux"))
    session = make.programme_session(event, make.person())
    quota = make.quota(event, twin)
    return Records(
        {
            "kept_id": person.id,
            "gone_id": twin.id,
            "pair_id": pair.id,
            "merge_id": merge.id,
            "organisation_id": organisation.id,
            "person_id": person.id,
            "event_id": event.id,
            "question_id": question.id,
            "set_id": make.question_set().id,
            "column_set_id": make.column_set().id,
            "link_id": make.private_link(event).id,
            "account_id": other.id,
            "kit_id": kit.id,
            "parliamentarian_id": (one := make.parliamentarian()).id,
            "letter_id": make.kit_letter(kit).id,
            "target_id": make.kit_target(kit, one).id,
            "load_id": make.roster_load().id,
            "signature_id": make.cosignatory(kit, organisation).id,
            "signing_id": make.signing(kit).id,
            "release_id": make.kit_release(kit).id,
            "version_id": (version := make.kit_amendment(kit)).id,
            "relay_id": make.amendment_relay(version, one).id,
            "mailing_id": mailing.id,
            "mailing_template_id": make.mailing_template().id,
            "mail_signature_id": make.mail_signature().id,
            "picture_id": make.picture().id,
            "purpose_id": make.purpose().id,
            "part_id": mailing.parts[0].id,
            "form_id": make.subscription_form(event.slug).id,
            "view_id": make.view().id,
            "interaction_id": exchange.id,
            "partnership_id": partnership.id,
            "agreement_id": agreement.id,
            "body_id": body.id,
            "seat_id": seat.id,
            "membership_id": membership.id,
            "year": 2028,
            "month": 12,
            "follow_up_id": promised.id,
            "quote_id": quote.id,
            "minutes_id": minutes.id,
            "mail_id": mail.id,
            "slug": event.slug,
            "name": "event_kinds",
            "filename": "favicon.svg",
            "kind": "people",
            "key": person.id,
            "change_id": make.change(person).id,
            "connected_id": (connected := make.platform_person(event)).id,
            "file_id": connected.file_id,
            "resource_id": make.resource(event).id,
            "door_id": make.door(event).id,
            "document_id": make.event_document(event).id,
            "series_id": make.series(event, slug=event.slug).id,
            "session_id": session.id,
            "speaker_id": session.turns[0].speaker_id,
            "template_id": make.event_template(event).id,
            "quota_id": quota.id,
            "member_id": quota.members[0].id,
            "invitation_id": make.invitation(event, person).id,
            "prepared_id": make.prepared_invitation(event, make.person()).id,
            "reply_id": make.calendar_reply(event).id,
            "reminder_id": make.reminder(event).id,
            "address_id": (bounce := make.bounce()).address_id,
            "report_id": bounce.report_id,
            "delivery_id": make.delivery().id,
            "voter_id": make.voter(make.assembly(event)).id,
        }
    )


@contextmanager
def written(app: Flask) -> Iterator[list[str]]:
    """The statements that were committed while this lasts and changed something."""
    pending: list[str] = []
    kept: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            pending.append(statement.split("\n")[0][:120])

    def commit(connection: Any) -> None:
        kept.extend(pending)
        pending.clear()

    def forget(connection: Any) -> None:
        pending.clear()

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", commit)
    event.listen(engine, "rollback", forget)
    try:
        yield kept
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "commit", commit)
        event.remove(engine, "rollback", forget)


def digest(app: Flask) -> dict[str, str]:
    """What every table holds, as one short word each."""
    with app.app_context():
        return {
            table.name: hashlib.sha256(
                "\n".join(sorted(repr(tuple(row)) for row in db.session.execute(select(table)))).encode()
            ).hexdigest()[:16]
            for table in Base.metadata.sorted_tables
        }


def hidden_fields(client: Browser, page: str = "/account") -> dict[str, Any]:
    """The hidden fields of a page of this browser, with a key that was never used."""
    _, fields = client.filled(page)
    return {name: fields[name] for name in ("csrf_token", "form_key")}


def unsafe(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - SAFE)


# What is decided at the door, before the database is asked.
ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


# Who may open what


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


# What requests change


def leads_to_the_door(answer: TestResponse) -> bool:
    return answer.headers.get("Location", "").startswith("/sign-in")


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


# What every answer says to the browser


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


def test_pages_behind_a_mailed_link_are_kept_by_no_cache(client, records):
    app = client._client.application
    behind = [rule for rule in routes(app) if "token" in rule.arguments and "GET" in (rule.methods or set())]
    assert len(behind) >= 5
    for rule in behind:
        answer = client.get(records.address(rule))
        assert answer.headers["Cache-Control"] == "no-store", rule
        answer.close()


@pytest.fixture
def live(settings: dict[str, Any], app: Flask) -> Iterator[Flask]:
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
    production.jinja_env.bytecode_cache = app.jinja_env.bytecode_cache
    yield production
    with production.app_context():
        db.engine.dispose()


def test_in_production_cookies_stay_on_this_host_behind_tls(live):
    answer = live.test_client().get("/sign-in", base_url="https://crm.example.org")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-maillage=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in cookie
    age = answer.headers["Strict-Transport-Security"]
    assert "max-age=31536000" in age and "includeSubDomains" in age


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
