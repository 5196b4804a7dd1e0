"""Tests of a mailing to several, and what a stranger may type in every field of it."""

from contextlib import suppress

import pytest
from sqlalchemy import select

from crm.db import db
from crm.errors import CrmError
from crm.mail.models import Delivery, Purpose
from crm.mail.services import object_to
from crm.mailings import messages, queries, services
from tests.make import EARLY
from tests.outbox import send_due
from tests.pages import Browser

INJECTED = "Lettre\r\nBcc: tous@example.org\r\n\r\n<script>alert(1)</script>"


def test_a_test_goes_to_several_as_one_person_reads_it(session, make):
    zoe = make.person("Zoé")
    mailing = make.mailing(body_fr="<p>Bonjour {{prénom}}</p>")
    to = ["ada@example.org", "BOB@example.org", "bob@example.org"]
    assert services.test(mailing, to=to, person_id=zoe.id, language="fr", at=EARLY) == 2
    session.commit()
    sent = send_due(at=EARLY)
    assert {message.to for message in sent} == {"ada@example.org", "bob@example.org"}
    assert all(one.subject.startswith("[Essai] ") and "Bonjour Zoé" in one.text for one in sent)


def test_a_test_is_no_way_to_write_to_many_or_to_whoever_refused(session, make):
    mailing = make.mailing()
    many = [f"n{number}@example.org" for number in range(11)]
    with pytest.raises(services.TooManyTests):
        services.test(mailing, to=many, person_id=None, language="fr", at=EARLY)
    object_to(make.address("non@example.org"), frozenset({Purpose.NEWSLETTER}), source="self", at=EARLY)
    with pytest.raises(services.TestUnwanted):
        services.test(mailing, to=["non@example.org"], person_id=None, language="fr", at=EARLY)
    with pytest.raises(CrmError):
        services.test(
            mailing, to=["a@example.org\r\nBcc: b@example.org"], person_id=None, language="fr", at=EARLY
        )
    assert session.scalars(select(Delivery)).all() == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_other_addresses_are_for_those_who_may_send(app, client, make):
    make.person("Zoé")
    mailing = make.mailing()
    writer = client.as_("writer", name="Rose")
    preview = f"/mailings/{mailing.id}/preview"
    page = writer.get(preview).text
    assert 'name="others"' not in page and "Rose" in page
    action, fields = writer.filled(preview, to="/test")
    assert writer.post(action, data={**fields, "others": "x@example.org"}).status_code == 403
    staff = Browser(app.test_client(), client._sign_in).as_("staff")
    typed = {"others": "x@example.org, y@example.org", "colleagues": "writer@example.org"}
    assert staff.post(action, data={**staff.filled(preview, to="/test")[1], **typed}).status_code == 302
    assert "mail-frame-phone" in staff.get(f"{preview}?width=phone").text
    with app.app_context():
        assert len(db.session.scalars(select(Delivery)).all()) == 3


def test_no_field_of_a_mailing_breaks_out_of_its_place(session, make):
    ada = make.person("{{nom}}\r\nBcc: x@example.org", "[[signature 1]] {{7*7}} ${x} {x.__class__}<b>")
    for text in (INJECTED, "{{7*7}}"):
        with suppress(CrmError):
            make.mailing(subject=text)
    mailing = make.mailing(
        subject=INJECTED + " {{prénom}}", body_fr=f"<p>{INJECTED} {{{{prénom}}}} {{{{nom}}}}</p>"
    )
    assert "\n" not in mailing.subject_fr and "\r" not in mailing.subject_fr
    reader = queries.readers([ada.id], day=EARLY.date())[ada.id]
    said = messages.written(mailing, reader, "fr")
    assert "\n" not in said.subject and "\r" not in said.subject
    assert "{{nom}}" in said.text and "[[signature 1]] {{7*7}} ${x} {x.__class__}<b>" in said.text
    assert "<script>" not in said.html and "<b>" not in said.html
    services.leave(mailing, by="x", at=EARLY)
    session.commit()
    [message] = send_due(at=EARLY)
    head = message.as_bytes().split(b"\r\n\r\n")[0]
    assert b"\nBcc:" not in head


@pytest.mark.parametrize("typed", ["{{7*7}}", "{{ config }}", "{{x.__class__}}"])
def test_what_looks_like_a_template_is_refused_with_a_sentence(session, make, typed):
    for place in ("subject_fr", "body_fr", "subject_en", "body_en"):
        with pytest.raises(CrmError) as refusal:
            make.mailing(**{place: typed})
        assert refusal.value.field == place
