"""Signing in and out: the promises at the door."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm import clock
from crm.accounts import sign_ins, throttling
from crm.accounts.models import SignIn
from crm.db import db
from tests.make import EARLY, PASSWORD

IDLE, LONGEST = timedelta(hours=12), timedelta(days=14)


def signed_in(client, password=PASSWORD, email="ana@example.org", to="/sign-in"):
    return client.submit(to, email=email, password=password)


def test_the_right_password_opens_the_page_that_was_asked_for(client, make):
    make.account(email="ana@example.org")
    door = client.get("/account?x=1").headers["Location"]
    answer = signed_in(client, to=door)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account?x=1")
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https:evil", "https://evil.example", "/\t/evil.example",
     "/%0d%0aSet-Cookie:x", "\\\\evil", "javascript:alert(1)", "/ok\r\nX: y", "http://127.0.0.1@evil.example"],
)  # fmt: skip
def test_signing_in_never_leads_off_the_site(client, make, target):
    make.account(email="ana@example.org")
    _, fields = client.filled("/sign-in", email="ana@example.org", password=PASSWORD)
    place = client.post("/sign-in", query_string={"next": target}, data=fields).headers["Location"]
    assert place.startswith("/") and place[1:2] not in ("/", "\\") and "\n" not in place


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, make):
    make.account(email="ana@example.org")
    answers = [signed_in(client, password="x" * 20), signed_in(client, email="nobody@example.org")]
    make.account(email="closed@example.org", is_open=False)
    answers.append(signed_in(client, email="closed@example.org"))
    assert {answer.status_code for answer in answers} == {422}
    sentence = "Il n’y a pas de compte ouvert avec cette adresse et ce mot de passe"
    assert all(sentence in answer.text for answer in answers)


def test_a_form_that_comes_from_nowhere_signs_nobody_in(client, make):
    make.account(email="ana@example.org")
    answer = client.post("/sign-in", data={"email": "ana@example.org", "password": PASSWORD})
    assert answer.status_code == 422
    assert client.get("/account").status_code == 302


def test_every_sign_in_has_a_token_of_its_own_and_keeps_nothing_of_the_session_before(client, make):
    make.account(email="ana@example.org")
    with client._client.session_transaction() as kept:
        kept["_user_id"], kept["planted"] = "planted", "x"
    tokens = []
    for _ in range(2):
        assert signed_in(client).status_code == 302
        with client._client.session_transaction() as kept:
            tokens.append(kept["_user_id"])
            assert "planted" not in kept
            kept.pop("_user_id")
    assert tokens[0] != tokens[1]
    with client._client.application.app_context():
        stored = set(db.session.scalars(select(SignIn.token_hash)))
        assert stored == {sign_ins.hashed(token) for token in tokens}


def test_signing_out_ends_the_sign_in_on_the_server_and_clears_the_browser(client):
    client.as_("staff")
    with client._client.session_transaction() as kept:
        stolen = dict(kept)
    _, fields = client.filled("/account")
    answer = client.post("/sign-out", data=fields)
    assert "cookies" in answer.headers["Clear-Site-Data"]
    with client._client.session_transaction() as kept:
        kept.update(stolen)
    assert client.get("/account").status_code == 302


def test_a_sign_in_ends_by_itself_when_idle_and_after_its_longest_time(session, make):
    token = sign_ins.begin(make.account(), at=EARLY, network="", agent="")

    def holds(at, seen=None):
        return sign_ins.resumed(token, at=at, idle=IDLE, longest=LONGEST, seen=seen) is not None

    assert holds(EARLY + IDLE)
    assert not holds(EARLY + IDLE + timedelta(seconds=1))
    assert holds(EARLY + 2 * IDLE, seen=EARLY + IDLE)
    assert not holds(EARLY + LONGEST + timedelta(seconds=1), seen=EARLY + LONGEST)


def test_a_closed_account_is_signed_in_nowhere(session, make):
    account = make.account()
    token = sign_ins.begin(account, at=EARLY, network="", agent="")
    account.is_open = False
    session.flush()
    assert sign_ins.resumed(token, at=EARLY, idle=IDLE, longest=LONGEST) is None


def test_tries_are_slowed_down_by_account_and_nobody_is_locked_out(session):
    def failed_try(at, email="ana@example.org", network="n"):
        throttling.hold_back(email=email, network=network, at=at)
        throttling.record(email=email, network=network, at=at)
        session.flush()

    for second in range(throttling.FREE_BY_ACCOUNT):
        failed_try(EARLY + timedelta(seconds=second))
    last = EARLY + timedelta(seconds=throttling.FREE_BY_ACCOUNT - 1)
    with pytest.raises(throttling.TooManyTries):
        failed_try(last, network="elsewhere")
    failed_try(last, email="bob@example.org")
    for _ in range(12):
        last += timedelta(seconds=throttling.LONGEST_PAUSE)
        failed_try(last)  # after a minute at most, one may always try again


def test_tries_are_slowed_down_by_network_whatever_the_account(session):
    for number in range(throttling.FREE_BY_NETWORK):
        throttling.record(email=f"{number}@example.org", network="n", at=EARLY)
    session.flush()
    with pytest.raises(throttling.TooManyTries):
        throttling.hold_back(email="new@example.org", network="n", at=EARLY)
    throttling.hold_back(email="new@example.org", network="other", at=EARLY)


def test_one_s_own_success_does_not_free_the_way_to_other_accounts(session):
    for number in range(throttling.FREE_BY_NETWORK):
        throttling.record(email=f"{number}@example.org", network="n", at=EARLY)
    throttling.record(email="own@example.org", network="n", at=EARLY).succeeded = True
    session.flush()
    with pytest.raises(throttling.TooManyTries):
        throttling.hold_back(email="own@example.org", network="n", at=EARLY)


def test_what_is_too_old_to_matter_is_dropped_at_a_sign_in(session, make):
    from crm.accounts.models import Attempt
    from crm.web.models import Submission

    for days in (0, 3, 40):
        throttling.record(email="ana@example.org", network="n", at=EARLY - timedelta(days=days))
        session.add(Submission(key=f"{days}", at=EARLY - timedelta(days=days)))
    sign_ins.begin(make.account(), at=EARLY, network="", agent="")
    assert len(session.scalars(select(Attempt)).all()) == 2
    assert session.scalars(select(Submission.key)).all() == ["0"]


def test_too_many_tries_are_told_to_wait_also_with_the_right_password(client, make):
    make.account(email="ana@example.org")
    for email in ("ana@example.org", "nobody@example.org"):
        for _ in range(throttling.FREE_BY_ACCOUNT):
            signed_in(client, email=email, password="wrong wrong wrong")
        answer = signed_in(client, email=email)
        assert answer.status_code == 429
        assert "Trop d’essais en peu de temps" in answer.text


def test_reading_pages_writes_nothing_about_the_sign_in(client):
    client.as_("viewer")
    client.get("/account")
    with client._client.application.app_context():
        sign_in = db.session.scalars(select(SignIn)).one()
        assert sign_in.seen_at == sign_in.began_at


def test_one_sees_and_ends_one_s_own_sign_ins_and_no_other(client, make):
    client.as_("staff")
    other = make.account()
    app = client._client.application
    with app.app_context():
        for account_id, agent in ((client.account.id, "Firefox/140 Windows"), (other.id, "Chrome/150 Linux")):
            account = db.session.get(type(other), account_id)
            sign_ins.begin(account, at=clock.now(), network="192.0.2.7", agent=agent)
        db.session.commit()
        mine, theirs = (
            db.session.scalars(
                select(SignIn.id).where(SignIn.network == "192.0.2.7", SignIn.account_id == owner)
            ).one()
            for owner in (client.account.id, other.id)
        )
    page = client.get("/account").text
    assert "Firefox · Windows" in page and "Chrome · Linux" not in page
    _, fields = client.filled("/account", to=f"/{mine}/end")
    assert client.post(f"/account/sign-ins/{theirs}/end", data=fields).status_code == 404
    _, fields = client.filled("/account", to=f"/{mine}/end")
    assert client.post(f"/account/sign-ins/{mine}/end", data=fields).status_code == 302
    with app.app_context():
        assert db.session.get(SignIn, mine).ended_at is not None
        assert db.session.get(SignIn, theirs).ended_at is None
    assert client.get("/account").status_code == 200


def test_the_demonstration_shows_its_accounts_at_the_door_and_nobody_else_does(client, make):
    from crm.demo import accounts as demo
    from crm.settings.models import Association

    key = client._client.application.config["SECRET_KEY"]
    email = demo.PEOPLE[0][1]
    make.account("admin", email=email, password=demo.password(key, email))
    assert demo.password(key, email) not in client.get("/sign-in").text
    make.add(Association(name="Démo", is_demo=True))
    assert demo.password(key, email) in client.get("/sign-in").text
    client._client.application.config["PRODUCTION"] = True
    try:
        assert demo.password(key, email) not in client.get("/sign-in").text
    finally:
        client._client.application.config["PRODUCTION"] = False
