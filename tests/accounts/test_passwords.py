"""Passwords: which are refused, how they are kept, changed and chosen anew."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.accounts import passwords, queries, resets, services, sign_ins
from crm.accounts.models import Account, Reset, SignIn
from crm.db import db
from crm.mail.composers import composer
from crm.mail.models import Delivery
from tests.make import EARLY, PASSWORD

KEY = "k" * 40
OTHER = "quatre nuages verts dans la cave"


@pytest.mark.parametrize("password", ["azertyuiop123", "motdepasse1234", "aaaaaaaaaaaaaaaaa", "123456789012"])
def test_a_password_that_is_easy_to_guess_is_refused(password):
    with pytest.raises(passwords.WeakPassword):
        passwords.check(password)


def test_a_password_made_of_what_is_known_about_its_owner_is_refused():
    passwords.check("Guilvinec-Kermorvan")
    with pytest.raises(passwords.WeakPassword):
        passwords.check(
            "Guilvinec-Kermorvan", about=["Guilvinec Kermorvan", "gk@example.org", "Guilvinec-Kermorvan"]
        )


def test_twelve_to_a_hundred_and_twenty_eight_characters_of_any_kind_are_taken():
    with pytest.raises(passwords.ShortPassword):
        passwords.check("tuile-greni")
    with pytest.raises(passwords.LongPassword):
        passwords.check("tuile grenier " * 10)
    passwords.check("tuile bleue greniers")
    passwords.check("été 🦉 sous-bois, à l’aube")
    passwords.check("x7 tuile gre" + "nier cave " * 11)


def test_passwords_are_kept_with_argon2id_and_nothing_is_cut_off():
    stored = passwords.kept(PASSWORD + "x" * 90)
    assert stored.startswith("$argon2id$")
    assert passwords.matches(stored, PASSWORD + "x" * 90)
    assert not passwords.matches(stored, PASSWORD + "x" * 89)
    assert not passwords.matches(None, PASSWORD)


def test_changing_the_password_asks_for_the_present_one_and_ends_every_other_sign_in(session, make):
    account = make.account()
    here, there = (sign_ins.begin(account, at=EARLY, network="", agent="") for _ in range(2))
    with pytest.raises(services.NotThePassword):
        services.change_password(account, present="wrong", password=OTHER, keep=here, at=EARLY)
    services.change_password(account, present=PASSWORD, password=OTHER, keep=here, at=EARLY)
    open_ones = session.scalars(select(SignIn.token_hash).where(SignIn.ended_at.is_(None))).all()
    assert open_ones == [sign_ins.hashed(here)]
    assert sign_ins.hashed(there) not in open_ones
    assert passwords.matches(account.password_hash, OTHER)


def test_the_owner_is_told_of_a_changed_password(session, make):
    account = make.account()
    services.change_password(account, present=PASSWORD, password=OTHER, keep="", at=EARLY)
    delivery = session.scalars(select(Delivery)).one()
    assert (delivery.kind, delivery.address.email) == ("account-notice", account.email)


def test_one_changes_one_s_password_on_the_page(client):
    client.as_("viewer")
    refused = client.submit("/account/password", present="wrong", password=OTHER)
    assert refused.status_code == 422 and "n’est pas votre mot de passe actuel" in refused.text
    weak = client.submit("/account/password", present=PASSWORD, password="motdepasse1234")
    assert weak.status_code == 422 and "trop facile à deviner" in weak.text
    done = client.submit_and_follow("/account/password", present=PASSWORD, password=OTHER)
    assert "Votre mot de passe est changé" in done.text


def ask(email):
    resets.ask(email=email, key=KEY, at=EARLY)


def test_a_mailed_link_works_once_and_ends_every_sign_in(session, make):
    account = make.account()
    sign_ins.begin(account, at=EARLY, network="", agent="")
    ask(account.email)
    token = resets.token_of(session.scalars(select(Reset)).one(), KEY)
    resets.choose_password(resets.behind(token, at=EARLY), password=OTHER, about=[], at=EARLY)
    assert passwords.matches(account.password_hash, OTHER)
    assert session.scalars(select(SignIn).where(SignIn.ended_at.is_(None))).all() == []
    with pytest.raises(resets.SpentLink):
        resets.behind(token, at=EARLY)


def test_a_mailed_link_dies_with_time_with_the_next_one_and_with_a_changed_password(session, make):
    account = make.account()

    def fresh():
        ask(account.email)
        return resets.token_of(session.scalars(select(Reset).order_by(Reset.id.desc())).first(), KEY)

    first = fresh()
    with pytest.raises(resets.SpentLink):
        resets.behind(first, at=EARLY + resets.RESET_LIFE)
    second = fresh()
    with pytest.raises(resets.SpentLink):
        resets.behind(first, at=EARLY)
    resets.behind(second, at=EARLY)
    services.change_password(account, present=PASSWORD, password=OTHER, keep="", at=EARLY)
    with pytest.raises(resets.SpentLink):
        resets.behind(second, at=EARLY)


def test_the_database_alone_opens_no_account(session, make):
    account = make.account()
    ask(account.email)
    reset = session.scalars(select(Reset)).one()
    token = resets.token_of(reset, KEY)
    kept = [
        str(value)
        for value in (*vars(reset).values(), *vars(session.scalars(select(Delivery)).one()).values())
    ]
    assert not any(token in value for value in kept)
    assert token != resets.token_of(reset, "another key")


def test_an_account_is_mailed_three_links_an_hour_at_most(session, make):
    account = make.account()
    for _ in range(5):
        ask(account.email)
    assert len(session.scalars(select(Reset)).all()) == resets.MOST_PER_HOUR
    resets.ask(email=account.email, key=KEY, at=EARLY + timedelta(hours=1, seconds=1))
    assert len(session.scalars(select(Reset)).all()) == resets.MOST_PER_HOUR + 1


def test_asking_for_a_link_says_the_same_of_known_unknown_and_closed_accounts(client, make):
    make.account(email="ana@example.org")
    make.account(email="closed@example.org", is_open=False)
    answers = {
        (answer.status_code, answer.text.partition("<main")[2].partition("</main")[0])
        for email in ("ana@example.org", "closed@example.org", "nobody@example.org", "not an address")
        for answer in [client.submit("/forgotten", email=email)]
    }
    assert len(answers) == 1
    with client._client.application.app_context():
        assert [d.address.email for d in db.session.scalars(select(Delivery))] == ["ana@example.org"]


def test_the_link_that_was_mailed_leads_to_a_new_password(client, make):
    make.account(email="ana@example.org", language="en")
    client.submit("/forgotten", email="ana@example.org")
    app = client._client.application
    with app.app_context():
        letter = composed(db.session.scalars(select(Delivery)).one(), app)
    assert letter.subject == "Choose a new password"
    link = next(word for word in letter.text.split() if word.startswith("http"))
    path = link.removeprefix(app.config["BASE_URL"])
    assert path.startswith("/password/") and link in letter.html
    assert client.submit(path, password="azertyuiop123").status_code == 422
    done = client.submit_and_follow(path, password=OTHER)
    assert "Votre mot de passe est choisi" in done.text
    assert client.get(path).status_code == 410
    assert client.submit("/sign-in", email="ana@example.org", password=OTHER).status_code == 302


def test_a_link_leaves_at_once_and_the_worker_is_woken_for_unknown_addresses_too(client, make, monkeypatch):
    woken = []
    monkeypatch.setattr("crm.jobs.wake", lambda *names: woken.append(names))
    make.account(email="ana@example.org")
    for email in ("ana@example.org", "nobody@example.org"):
        client.submit("/forgotten", email=email)
    assert len(woken) == 2


def composed(delivery, app):
    from crm.mail.composers import Claimed, Origin

    origin = Origin("crm@example.org", "Maillage", "crm@example.org", app.config["BASE_URL"])
    names = ("id", "kind", "subject_id", "sequence", "address_id", "person_id", "purpose", "language",
             "stamp", "message_id", "token", "facts", "dispatch_id", "attempts")  # fmt: skip
    facts = {name: getattr(delivery, name) for name in names}
    claimed = Claimed(email=delivery.address.email, origin=origin, **facts)
    return next(iter(composer(delivery.kind)([claimed])))


def test_a_link_that_was_replaced_before_it_left_is_not_sent(session, make, app):
    account = make.account()
    ask(account.email)
    ask(account.email)
    first, second = session.scalars(select(Delivery).order_by(Delivery.id))
    assert composed(first, app).__class__.__name__ == "Suppressed"
    assert composed(second, app).to == account.email


@pytest.mark.parametrize("what", ["password", "right", "closed", "reopened"])
def test_each_notice_can_be_written_in_both_languages(session, make, app, what):
    for language, subject in (("fr", "Votre compte a changé"), ("en", "Your account was changed")):
        account = make.account(language=language)
        services._tell(account, what, at=EARLY)
        delivery = session.scalars(select(Delivery).where(Delivery.subject_id == account.id)).one()
        assert composed(delivery, app).subject == subject


def test_a_password_kept_with_weaker_parameters_is_kept_better_at_the_next_sign_in(session, make):
    from argon2 import PasswordHasher

    account = make.account()
    account.password_hash = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    assert sign_ins.verified(email=account.email, password=PASSWORD) is account
    assert not passwords.is_outdated(account.password_hash)


def test_an_address_is_found_however_it_is_typed(session, make):
    account = make.account(email="Ana@Example.ORG")
    assert account.email == "ana@example.org"
    assert queries.by_email(" ANA@example.org ") is account
    assert isinstance(account, Account)
