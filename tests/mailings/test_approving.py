"""A colleague's approval: who may give it, what it is for, what takes it away."""

from datetime import timedelta

import pytest

from crm.mailings import services
from crm.mailings.approvals import services as approvals
from crm.mailings.approvals.services import Standing
from crm.mailings.audiences import parts
from crm.mailings.audiences import services as audiences
from crm.settings import queries as settings
from tests.make import EARLY
from tests.outbox import send_due
from tests.pages import Browser


@pytest.fixture
def rule(session, make):
    """The association asks for an approval."""
    from crm.settings import services as association

    association.set_up(name="OpenDataFrance").mailings_need_approval = True
    session.flush()
    make.person("Zoé", email="zoe@example.org")


@pytest.fixture
def people(session, make):
    return make.account("staff", name="Ada"), make.account("director", name="Claire")


def written_by(session, make, account, **facts):
    """A mailing whose words the history says that account wrote."""
    from crm import history

    history.act_as(session(), account.email)
    mailing = make.mailing(by=account, **facts)
    session.flush()
    return mailing


def test_it_leaves_only_with_a_yes_where_the_association_asks_for_one(session, make, rule, people):
    ada, claire = people
    mailing = written_by(session, make, ada)
    for leave in (
        lambda: services.leave(mailing, by=ada.email, at=EARLY),
        lambda: services.schedule(mailing, leaves_at=EARLY + timedelta(days=1), at=EARLY),
    ):
        with pytest.raises(approvals.NotApproved):
            leave()
    approvals.ask(mailing, of=None, by=ada, at=EARLY)
    approvals.approve(mailing, seen=approvals.fingerprint(mailing), by=claire, at=EARLY)
    assert approvals.standing(mailing) is Standing.GIVEN
    assert services.leave(mailing, by=ada.email, at=EARLY) == 1


def test_without_that_rule_nothing_is_asked(session, make, people):
    make.person()
    mailing = written_by(session, make, people[0])
    assert not settings.association().mailings_need_approval
    assert services.leave(mailing, by="x", at=EARLY) == 1


def test_neither_its_writers_nor_those_who_may_not_send_approve_it(session, make, rule, people):
    from crm import history

    ada, claire = people
    writer = make.account("writer", name="Rose")
    mailing = written_by(session, make, ada)
    approvals.ask(mailing, of=None, by=ada, at=EARLY)
    seen = approvals.fingerprint(mailing)
    with pytest.raises(approvals.WroteIt):
        approvals.approve(mailing, seen=seen, by=ada, at=EARLY)
    with pytest.raises(approvals.MayNotSend):
        approvals.approve(mailing, seen=seen, by=writer, at=EARLY)
    assert [one.name for one in approvals.colleagues(mailing)] == ["Claire"]
    # Who corrects a word has written in it.
    history.act_as(session(), claire.email)
    services.write(mailing, body_fr="<p>Bonjour à tous</p>", at=EARLY)
    with pytest.raises(approvals.WroteIt):
        approvals.approve(mailing, seen=approvals.fingerprint(mailing), by=claire, at=EARLY)
    with pytest.raises(approvals.NobodyToAsk):
        approvals.ask(mailing, of=None, by=ada, at=EARLY)


@pytest.mark.parametrize(
    "change",
    [
        lambda mailing: services.write(mailing, body_fr="<p>Autre</p>", at=EARLY),
        lambda mailing: services.write(mailing, subject_en="Other", body_en="<p>Other</p>", at=EARLY),
        lambda mailing: services.write(mailing, purpose="mobilisation", at=EARLY),
        lambda mailing: audiences.add(mailing, parts.of_list("language=en"), by=None, at=EARLY),
    ],
    ids=["text", "a second language", "purpose", "audience"],
)
def test_a_change_takes_the_approval_away(session, make, rule, people, change):
    ada, claire = people
    mailing = written_by(session, make, ada)
    approvals.ask(mailing, of=claire, by=ada, at=EARLY)
    approvals.approve(mailing, seen=approvals.fingerprint(mailing), by=claire, at=EARLY)
    change(mailing)
    assert approvals.standing(mailing) is Standing.LOST
    with pytest.raises(approvals.NotApproved):
        services.leave(mailing, by=ada.email, at=EARLY)


@pytest.mark.parametrize("what", ["purpose", "audience", "side", "view"])
def test_who_chose_the_purpose_or_the_people_does_not_approve_either(session, make, rule, people, what):
    from crm import history
    from crm.mailings.audiences.models import AudiencePart, PartKind

    ada, claire = people
    view = session.merge(make.view())
    mailing = written_by(session, make, ada)
    english = audiences.add(mailing, parts.of_list("language=en"), by=None, at=EARLY)
    audiences.add(mailing, AudiencePart(kind=PartKind.VIEW, key=view.id, filter=""), by=ada, at=EARLY)
    session.commit()
    approvals.ask(mailing, of=None, by=ada, at=EARLY)
    assert claire in approvals.colleagues(mailing)
    history.act_as(session(), claire.email)
    if what == "purpose":
        services.write(mailing, purpose="mobilisation", at=EARLY)
    elif what == "audience":
        audiences.drop(mailing, english, at=EARLY)
    elif what == "side":
        audiences.add(mailing, parts.of_list("language=en"), is_excluded=True, by=claire, at=EARLY)
    else:
        view.conditions = {**view.conditions, "any": True}
    session.flush()
    with pytest.raises(approvals.WroteIt):
        approvals.approve(mailing, seen=approvals.fingerprint(mailing), by=claire, at=EARLY)
    with pytest.raises(approvals.NobodyToAsk):
        approvals.ask(mailing, of=None, by=ada, at=EARLY)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_page_to_schedule_says_that_the_approval_is_missing_before_anything_is_typed(app, client, make):
    from crm.db import db
    from crm.settings import services as association

    make.person()
    mailing = make.mailing()
    client.as_("staff")
    page = f"/mailings/{mailing.id}/schedule"
    assert "leaves_at" in client.get(page).text
    with app.app_context():
        association.set_up(name="OpenDataFrance").mailings_need_approval = True
        db.session.commit()
    shown = client.get(page).text
    assert "Un collègue doit approuver" in shown and "leaves_at" not in shown


def test_nobody_approves_what_was_changed_under_their_eyes(session, make, rule, people):
    ada, claire = people
    mailing = written_by(session, make, ada)
    approvals.ask(mailing, of=claire, by=ada, at=EARLY)
    seen = approvals.fingerprint(mailing)
    services.write(mailing, body_fr="<p>Autre</p>", at=EARLY)
    with pytest.raises(approvals.ChangedMeanwhile):
        approvals.approve(mailing, seen=seen, by=claire, at=EARLY)


def test_the_notice_goes_to_the_colleague_and_not_once_it_is_approved(session, make, rule, people):
    ada, claire = people
    mailing = written_by(session, make, ada, subject="Appel {{prénom}}")
    approvals.ask(mailing, of=claire, by=ada, at=EARLY)
    session.commit()
    [notice] = send_due(at=EARLY)
    assert notice.to == claire.email and "Ada" in notice.text and "Appel ‹prénom›" in notice.subject
    assert f"/mailings/{mailing.id}" in notice.text
    approvals.ask(mailing, of=claire, by=ada, at=EARLY)
    approvals.approve(mailing, seen=approvals.fingerprint(mailing), by=claire, at=EARLY)
    session.commit()
    assert send_due(at=EARLY) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_on_the_page_one_asks_another_approves_and_a_writer_never_sends(app, client, make):
    with app.app_context():
        from crm.db import db
        from crm.settings import services as association

        association.set_up(name="OpenDataFrance").mailings_need_approval = True
        db.session.commit()
    make.person()
    writer, director = (Browser(app.test_client(), client._sign_in) for _each in range(2))
    writer.as_("writer", name="Rose")
    director.as_("director", name="Claire")
    typed = {"subject_fr": "Appel", "body_fr": "<p>Bonjour</p>"}
    url = writer.submit("/mailings/new?everyone=yes", **typed).headers["Location"]
    page = writer.get(url).text
    assert "Il ne part qu’une fois lu par un collègue" in page and f"{url}/send" not in page
    assert writer.submit(f"{url}/preview", to="/test").status_code == 302
    _action, fields = writer.filled(url, to="/approval")
    assert writer.post(f"{url}/send", data=fields).status_code == 403
    assert f"{url}/send" not in director.get(url).text
    assert writer.submit(url, to="/approval").status_code == 302
    assert "Appel" in director.get("/mailings/").text.split("En attente d’une approbation")[1]
    assert director.submit(url, to="/approve").status_code == 302
    assert f"{url}/send" in director.get(url).text
    assert f"{url}/send" not in writer.get(url).text
    assert director.submit(url, to="/send").status_code == 302


def test_what_a_block_shows_was_read_too_and_changing_it_takes_the_yes_away(session, make, rule, people):
    ada, claire = people
    signature, picture, event = make.mail_signature(), make.picture(), make.event("Webinaire")
    blocks = f"[[signature {signature.id}]] [[image {picture.id}]] [[événement {event.id}]]"
    mailing = written_by(session, make, ada, body_fr=f"<p>{blocks}</p>")

    def approved():
        approvals.ask(mailing, of=None, by=ada, at=EARLY)
        approvals.approve(mailing, seen=approvals.fingerprint(mailing), by=claire, at=EARLY)
        return approvals.standing(mailing)

    for record, name, value in (
        (signature, "body_fr", "<p>Votez pour moi</p>"),
        (picture, "alt_fr", "Votez"),
        (event, "title", "Autre chose"),
    ):
        assert approved() is Standing.GIVEN
        setattr(record, name, value)
        session.flush()
        assert approvals.standing(mailing) is Standing.LOST


def test_a_view_whose_people_are_others_now_takes_the_yes_away(session, make, rule, people):
    ada, claire = people
    view = make.view("Élus", is_shared=True)
    mailing = written_by(session, make, ada, audience=f"view={view.id}")
    approvals.ask(mailing, of=None, by=ada, at=EARLY)
    approvals.approve(mailing, seen=approvals.fingerprint(mailing), by=claire, at=EARLY)
    view.conditions = make.view("Autres", where="all(name.has;value:z)").conditions
    session.flush()
    assert approvals.standing(mailing) is Standing.LOST
