"""What is said before a mailing leaves, each with the page where it is mended."""

import pytest

from crm import clock
from crm.mail import purposes
from crm.mail.domain import services as domains
from crm.mailings import checks, queries
from crm.mailings.stationery import services as stationery
from crm.mailings.stationery.models import Signature
from tests.make import EARLY

DAY = clock.day(EARLY)


@pytest.fixture
def said(app, session):
    """The sentences for a mailing, each with where it is mended."""

    def of(mailing):
        with app.test_request_context("/?lang=en"):
            count = queries.counted(mailing, day=DAY)
            return {one.sentence: one.href for one in checks.of(mailing, count, at=EARLY, day=DAY)}

    return of


def test_a_mailing_in_order_says_nothing(session, make, said):
    make.person("Zoé", language="fr")
    assert (
        said(make.mailing(body_fr="<p>Bonjour {{prénom}}, <a href='https://example.org/a'>lire</a></p>"))
        == {}
    )


def test_who_receives_another_language_than_wished_is_counted(session, make, said):
    make.person("Ada", language="en"), make.person("Bob", language="en"), make.person("Zoé", language="fr")
    mailing = make.mailing()
    sentence = "There is no English text: 2 people who prefer English receive French."
    assert said(mailing) == {sentence: f"/mailings/{mailing.id}/edit"}


def test_an_empty_field_is_counted_for_readers_of_the_text_it_stands_in_and_they_are_named(
    session, make, said
):
    make.person("", "Martin", language="fr"), make.person("", "Smith", language="en")
    zoe = make.person("Zoé", language="fr", organisation=make.organisation("Région"), function="")
    mailing = make.mailing(
        body_fr="<p>Bonjour {{prénom}}, {{fonction}}</p>",
        subject_en="Hello {{family name}}",
        body_en="<p>Hi</p>",
    )
    told = said(mailing)
    assert told["“Given name” is empty for 1 reader."] == f"/mailings/{mailing.id}/without/given_name"
    # Without any role there is no function either.
    assert "“Function” is empty for 2 readers." in told and len(told) == 2
    named = [
        row[0].family_name for row in session.execute(checks.people_without(mailing, "function", day=DAY))
    ]
    assert sorted(named) == sorted(["Martin", zoe.family_name])


def test_fields_of_a_signature_and_people_left_out_are_thought_of(session, make, said):
    make.person("", "Sans adresse", email=None), make.person("", "Avec", language="fr")
    signature = stationery.write_signature(
        Signature(), name="S", account=None, body_fr="<p>À bientôt {{prénom}}</p>", by=make.account("staff")
    )
    assert "“Given name” is empty for 1 reader." in said(
        make.mailing(body_fr=f"<p>[[signature {signature.id}]]</p>")
    )


@pytest.mark.parametrize(
    "url, tone",
    [
        ("https://example.org/page", None),
        ("mailto:contact@example.org", None),
        ("http://example.org/", "wait"),
        ("https://localhost/x", "bad"),
        ("https://intranet/x", "bad"),
        ("http://192.168.1.4/", "bad"),
        ("http://169.254.169.254/latest/meta-data", "bad"),
        ("https://[::1]/", "bad"),
        ("https://[broken", "bad"),
        ("mailto:contact", "bad"),
        ("BASE/mailings/", "bad"),
        ("BASE/nowhere/at/all", "bad"),
        ("BASE/e/gone", "bad"),
        ("BASE/e/here", None),
        ("BASE/agenda", None),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_link_is_judged_without_asking_anybody(app, session, make, url, tone):
    make.event(slug="here")
    with app.test_request_context():
        told = checks.wrong_with(url.replace("BASE", app.config["BASE_URL"]))
    assert (told and told[0]) == tone


def test_links_subjects_images_and_events_are_looked_at(session, make, said):
    picture = make.picture("Carte")
    hidden, body = (
        make.event("Privé", visibility="invitation"),
        "<p><a href='http://example.org'>lire</a></p>",
    )
    mailing = make.mailing(
        subject="S" * 71,
        body_fr=f"{body}<p>[[événement {hidden.id}]] [[ressources {hidden.id}]]</p>",
        subject_en="Hi",
        body_en=f"<p>[[image {picture.id}]]</p>",
    )
    told = said(mailing)
    edit, event = f"/mailings/{mailing.id}/edit", f"/events/{hidden.id}"
    http = "“http://example.org” is not protected: begin it with https:// if the site has that."
    silent = "The image “Carte” says nothing in English to those who do not see it."
    assert told == {
        "The French subject has 71 characters: phones cut it after some 70.": f"{edit}#subject_fr",
        http: f"{edit}#body_fr",
        "“Privé” has no page that strangers may open: its card has no button.": event,
        "“Privé” has no document that everybody may open yet.": event,
        silent: f"/mailings/pictures/{picture.id}",
    }


def test_a_message_that_gmail_would_cut_is_said(session, make, said):
    mailing = make.mailing(
        body_fr="<ul>" + "<li><a href='https://example.org/a'>mot</a></li>" * 1200 + "</ul>"
    )
    assert any("Gmail cuts" in sentence for sentence in said(mailing))


def test_a_domain_that_does_not_vouch_for_our_mail_is_said_to_those_who_send(app, session, make):
    domains.keep(
        "example.org", {"example.org": [], "_dmarc.example.org": ["v=DMARC1; p=none"]}, by="x", at=EARLY
    )
    with app.test_request_context("/?lang=en"):
        assert [one.sentence for one in checks._sender()] == [
            "example.org does not vouch for our mail (SPF)."
        ]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_page_shows_them_with_their_links(client, make):
    make.person("", "Martin")
    mailing = make.mailing(body_fr="<p>Bonjour {{prénom}}</p>")
    client.as_("staff")
    page = client.get(f"/mailings/{mailing.id}").text
    assert "« Prénom » est vide pour 1 destinataire" in page.replace("\u202f", " ")
    assert "Martin" in client.get(f"/mailings/{mailing.id}/without/given_name").text


def test_the_purposes_that_may_be_used_are_the_ones_offered(session, make, said):
    from crm.mail.models import Purpose

    mailing = make.mailing()
    mailing.purpose = Purpose.SERVICE
    assert "It has no purpose that may be used." in said(mailing)
    assert Purpose.SERVICE not in {one.key for one in purposes.offered()}
