"""Accounts: who opens, changes and closes them; what is refused."""

import json

import pytest
from sqlalchemy import select

from crm.accounts import services, sign_ins
from crm.accounts.models import Account, SignIn
from crm.db import db
from crm.mail.addresses import BadAddress
from crm.mail.models import Delivery
from crm.web.rights import Right
from tests.make import EARLY, PASSWORD


def stored(client, email):
    with client._client.application.app_context():
        return db.session.scalars(select(Account).where(Account.email == email)).one()


def test_an_admin_opens_an_account_and_its_owner_is_mailed_a_link(client):
    client.as_("admin")
    answer = client.submit_and_follow(
        "/settings/accounts/new", email="New@Example.org", name="Ana Roux", right="director", present=PASSWORD
    )
    assert "Ana Roux a un compte" in answer.text
    assert stored(client, "new@example.org").right is Right.DIRECTOR
    with client._client.application.app_context():
        delivery = db.session.scalars(select(Delivery)).one()
        assert (delivery.kind, delivery.address.email) == ("account-invitation", "new@example.org")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"email": "no address"}, "no address"),
        ({"email": "admin@example.org"}, "Il y a déjà un compte pour admin@example.org"),
        ({"name": ""}, "Indiquez un nom"),
        ({"right": "emperor"}, ""),
        ({"present": "wrong"}, "n’est pas votre mot de passe actuel"),
    ],
)
def test_an_account_that_cannot_be_opened_is_refused_with_a_sentence(client, typed, sentence):
    client.as_("admin")
    fields = {"email": "new@example.org", "name": "Ana", "right": "staff", "present": PASSWORD, **typed}
    answer = client.submit("/settings/accounts/new", **fields)
    assert answer.status_code == 422 and sentence in answer.text
    with client._client.application.app_context():
        assert len(db.session.scalars(select(Account)).all()) == 1


def test_a_change_of_right_ends_every_sign_in_of_that_account(session, make):
    admin, staff = make.account("admin"), make.account("staff")
    sign_ins.begin(staff, at=EARLY, network="", agent="")
    services.alter(staff, name="Ana", right=Right.VIEWER, version=staff.version, by=admin, at=EARLY)
    assert staff.right is Right.VIEWER
    assert session.scalars(select(SignIn).where(SignIn.ended_at.is_(None))).all() == []


def test_a_changed_name_alone_signs_nobody_out(session, make):
    admin, staff = make.account("admin"), make.account("staff")
    sign_ins.begin(staff, at=EARLY, network="", agent="")
    services.alter(staff, name="Ana", right=Right.STAFF, version=staff.version, by=admin, at=EARLY)
    assert len(session.scalars(select(SignIn).where(SignIn.ended_at.is_(None))).all()) == 1


def test_nobody_changes_his_own_right_or_closes_his_own_account(session, make):
    admin = make.account("admin")
    make.account("admin")
    with pytest.raises(services.OwnAccount):
        services.alter(admin, name="x", right=Right.STAFF, version=admin.version, by=admin, at=EARLY)
    with pytest.raises(services.OwnAccount):
        services.close(admin, by=admin, at=EARLY)


def test_the_last_open_admin_can_be_neither_demoted_nor_closed(session, make):
    admin, other = make.account("admin"), make.account("admin")
    services.close(other, by=admin, at=EARLY)
    with pytest.raises(services.LastAdmin):
        services.alter(admin, name="x", right=Right.STAFF, version=admin.version, by=other, at=EARLY)
    with pytest.raises(services.LastAdmin):
        services.close(admin, by=other, at=EARLY)


def test_a_closed_account_can_be_opened_again(session, make):
    admin, staff = make.account("admin"), make.account("staff")
    services.close(staff, by=admin, at=EARLY)
    with pytest.raises(sign_ins.NotRecognised):
        sign_ins.verified(email=staff.email, password=PASSWORD)
    services.reopen(staff, at=EARLY)
    assert sign_ins.verified(email=staff.email, password=PASSWORD) is staff


def test_the_page_closes_and_reopens_an_account(client, make):
    client.as_("admin")
    staff = make.account("staff", email="ana@example.org", name="Ana")
    page = f"/settings/accounts/{staff.id}"
    assert "est fermé" in client.submit_and_follow(page, to="/close").text
    assert not stored(client, "ana@example.org").is_open
    assert "de nouveau ouvert" in client.submit_and_follow(page, to="/reopen").text
    assert stored(client, "ana@example.org").is_open


def test_an_account_that_somebody_else_changed_meanwhile_is_not_overwritten(client, make):
    client.as_("admin")
    staff = make.account("staff", email="ana@example.org", name="Ana")
    action, fields = client.filled(f"/settings/accounts/{staff.id}", present=PASSWORD, right="director")
    client.submit(f"/settings/accounts/{staff.id}", present=PASSWORD, right="viewer")
    answer = client.post(action, data=fields)
    assert answer.status_code == 422
    assert stored(client, "ana@example.org").right is Right.VIEWER


def test_only_the_fields_of_the_page_move(client):
    """Mass assignment: every column of an account sent to one's own page."""
    client.as_("staff")
    before = stored(client, "staff@example.org")
    action, fields = client.filled("/account", name="Ana", language="en")
    fields |= {
        "right": "admin",
        "is_open": "",
        "email": "x@example.org",
        "password_hash": "x",
        "id": "99",
        "version": "7",
    }
    assert client.post(action, data=fields).status_code == 302
    after = stored(client, "staff@example.org")
    assert (after.name, after.language) == ("Ana", "en")
    assert (after.right, after.is_open, after.password_hash, after.id) == (
        before.right, True, before.password_hash, before.id,
    )  # fmt: skip


def test_the_language_of_one_s_account_is_the_language_of_the_pages(client):
    client.as_("staff")
    assert "Mon compte" in client.get("/account").text
    assert "Your account is saved." in client.submit_and_follow("/account", language="en").text


def test_an_address_that_is_not_one_is_refused(session):
    with pytest.raises(BadAddress):
        services.create(email="x", name="x", right=Right.STAFF, at=EARLY)


def test_users_create_makes_an_account_that_can_sign_in(app):
    run = app.test_cli_runner().invoke
    made = run(args=["users", "create", "cli@example.org", "--right", "admin", "--name", "Ana"])
    right, email, password = made.output.split()[1:]
    assert (made.exit_code, right, email) == (0, "admin", "cli@example.org")
    with app.app_context():
        assert sign_ins.verified(email=email, password=password).name == "Ana"
    twice = run(args=["users", "create", "CLI@example.org", "--right", "staff"])
    assert twice.exit_code == 1 and "already an account" in twice.output
    weak = run(args=["users", "create", "b@example.org", "--right", "staff", "--password", "password1234"])
    assert weak.exit_code == 1 and "too easy to guess" in weak.output


def test_users_create_reads_a_password_from_standard_input(app):
    run = app.test_cli_runner().invoke
    args = ["users", "create", "a@example.org", "--right", "staff", "--password-stdin"]
    made = run(args=args, input=f"{PASSWORD}\n")
    assert made.output.strip() == "sign-in: staff a@example.org"
    listed = run(args=["users", "list", "--json"])
    assert json.loads(listed.output) == [
        {"email": "a@example.org", "right": "staff", "name": "a", "is_open": True}
    ]
