"""The pages of the log, as the association's own people use them."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from crm import clock
from crm.db import db
from crm.relations.models import FollowUp, Interaction, InteractionFile

LONG_AGO = datetime(2025, 1, 6, 9, 0, tzinfo=UTC)
NASTY = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def count(app, model) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model))


def exchanges(app):
    with app.app_context():
        return db.session.scalars(select(Interaction).order_by(Interaction.id)).all()


@pytest.fixture
def organisation(make):
    make.interaction_kind("meeting", name_fr="Réunion", name_en="Meeting")
    return make.organisation("Région Bretagne")


def test_an_exchange_is_logged_in_place_from_the_organisations_page(client, app, make, organisation):
    person = make.person("Ana", "Roux", organisation=organisation)
    client.as_("staff")
    answer = client.submit(
        f"/organisations/{organisation.id}",
        to="/relations/new",
        title="Convention 2027",
        people=[str(person.id)],
        body="<div>Accord de principe</div>",
        follow_up="Envoyer le projet",
        follow_up_due="2099-01-31",
    )
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"/organisations/{organisation.id}?tab=journal")
    page = client.get(answer.headers["Location"]).text
    for part in ("Convention 2027", "Ana Roux", "Accord de principe", "Envoyer le projet", "est au journal"):
        assert part in page
    assert "Envoyer le projet" in client.get("/").text


def test_with_nothing_but_a_title_it_is_a_meeting_now_with_that_organisation_and_me(
    client, app, organisation
):
    client.as_("staff", name="Moi-même")
    client.submit(f"/organisations/{organisation.id}", to="/relations/new", title="Appel")
    page = client.get(f"/relations/{exchanges(app)[0].id}").text
    assert "Région Bretagne" in page and "Moi-même" in page and "Réunion" in page
    assert abs(exchanges(app)[0].happened_at - clock.now()) < timedelta(minutes=6)


def test_a_double_click_logs_once(client, app, organisation):
    client.as_("staff")
    action, fields = client.filled(f"/organisations/{organisation.id}", to="/relations/new", title="Appel")
    first, second = (client.post(action, data=fields) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert len(exchanges(app)) == 1


def test_a_refused_exchange_keeps_what_was_typed_and_changes_nothing(client, app, organisation):
    client.as_("staff")
    answer = client.submit(
        f"/organisations/{organisation.id}",
        to="/relations/new",
        title="Visite",
        day="2099-01-01",
        hour="",
        body="<div>Mes notes</div>",
    )
    assert answer.status_code == 422
    assert "encore à venir" in answer.text and "Mes notes" in answer.text
    assert exchanges(app) == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": "  "}, "de quoi il s’agissait"),
        ({"day": ""}, "Indiquez un jour"),
        ({"organisations": None}, "Dites avec qui"),
        ({"organisation_name": "Nulle part"}, "Nulle part"),
        ({"person_name": "Personne du tout"}, "parmi les propositions"),
        ({"follow_up": "Rappeler", "follow_up_due": "2001-01-01"}, "prévue avant l’échange"),
        ({"follow_up_due": "2099-01-01"}, "Dites ce qu’il y a à faire"),
        ({"people": ["999999"]}, "error-summary"),
        ({"kind": "999999"}, "form-error"),
    ],
)
def test_each_refusal_says_what_to_do(client, app, organisation, typed, sentence):
    client.as_("staff")
    answer = client.submit(
        f"/organisations/{organisation.id}", to="/relations/new", **{"title": "Appel", **typed}
    )
    assert answer.status_code == 422
    assert sentence in answer.text
    assert exchanges(app) == []


def test_other_organisations_and_people_are_added_one_by_one_without_javascript(
    client, app, make, organisation
):
    make.organisation("Angers Loire Métropole")
    make.person("Zoé", "Unique")
    client.as_("staff")
    more = client.submit(
        "/relations/new",
        title="À trois",
        organisation_name="Angers Loire Métropole",
        person_name="Zoé Unique",
        more="1",
    )
    assert more.status_code == 200 and exchanges(app) == []
    assert "À trois" in more.text
    assert more.text.count("checked>") >= 3  # both, and my own account


def test_a_person_met_alone_leads_back_to_the_persons_log(client, app, make, organisation):
    person = make.person("Ana", "Roux", organisation=organisation)
    client.as_("staff")
    answer = client.submit(f"/people/{person.id}", to="/relations/new", title="Café")
    assert answer.headers["Location"].startswith(f"/people/{person.id}")
    assert "Café" in client.get(f"/organisations/{organisation.id}?tab=journal").text


def test_files_are_attached_and_come_back_as_downloads(client, app, make, organisation):
    client.as_("staff")
    action, fields = client.filled(f"/organisations/{organisation.id}", to="/relations/new", title="Visite")
    file = (io.BytesIO(b"%PDF-1.7 bonjour"), "Compte rendu.pdf")
    client.post(action, data={**fields, "files": [file]}, content_type="multipart/form-data")
    (exchange,) = exchanges(app)
    with app.app_context():
        kept = db.session.scalars(select(InteractionFile)).one()
    answer = client.get(f"/relations/{exchange.id}/files/{kept.id}")
    assert answer.data == b"%PDF-1.7 bonjour"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer.close()
    other = make.exchange(organisations=[organisation])
    assert client.get(f"/relations/{other.id}/files/{kept.id}").status_code == 404


def test_a_forbidden_file_is_refused_with_the_whole_form(client, app, organisation):
    client.as_("staff")
    action, fields = client.filled(f"/organisations/{organisation.id}", to="/relations/new", title="Visite")
    file = (io.BytesIO(b"<svg onload=alert(1)>"), "<img src=x onerror=alert(1)>.svg")
    answer = client.post(action, data={**fields, "files": [file]}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "n’est pas un fichier" in answer.text and "<img" not in answer.text
    assert exchanges(app) == [] and count(app, InteractionFile) == 0


def test_an_exchange_is_changed_and_a_file_dropped(client, app, make, organisation, data_dir):
    client.as_("staff")
    action, fields = client.filled(f"/organisations/{organisation.id}", to="/relations/new", title="Visite")
    file = (io.BytesIO(b"%PDF-1.7"), "a.pdf")
    client.post(action, data={**fields, "files": [file]}, content_type="multipart/form-data")
    (exchange,) = exchanges(app)
    with app.app_context():
        stored = data_dir / "files" / db.session.scalars(select(InteractionFile.stored_as)).one()
    assert stored.exists()
    answer = client.submit(
        f"/relations/{exchange.id}/edit", title="Visite du service", hour="", keep_files=None
    )
    assert answer.status_code == 302
    assert "Visite du service" in client.get(f"/relations/{exchange.id}").text
    assert exchanges(app)[0].is_all_day and count(app, InteractionFile) == 0 and not stored.exists()


def test_saving_over_a_colleague_is_refused_and_the_text_kept(client, app, make, organisation):
    exchange = make.exchange("Visite", organisations=[organisation])
    client.as_("staff", name="Samir Le Goff")
    action, fields = client.filled(f"/relations/{exchange.id}/edit", title="Mon titre")
    client.submit(f"/relations/{exchange.id}/edit", title="Leur titre")
    answer = client.post(action, data=fields)
    assert answer.status_code == 422
    assert "Mon titre" in answer.text and "Samir Le Goff a modifié" in answer.text
    assert exchanges(app)[0].title == "Leur titre"


def test_the_bin_can_be_undone(client, app, make, organisation):
    exchange = make.exchange("Visite", organisations=[organisation])
    client.as_("staff")
    answer = client.submit_and_follow(f"/relations/{exchange.id}", to="/bin")
    assert f"/relations/{exchange.id}/restore" in answer.text
    assert "Visite" not in client.get("/relations/").text
    client.submit(f"/relations/{exchange.id}", to="/restore")
    assert "Visite" in client.get("/relations/").text


def test_a_follow_up_is_done_in_one_click_and_undone(client, app, make, organisation):
    client.as_("staff")
    make.exchange(
        organisations=[organisation],
        by=client.account,
        follow_up={"what": "Rappeler le maire", "assigned_to": client.account},
    )
    answer = client.submit_and_follow("/", to="/done")
    assert "Fait : Rappeler le maire" in answer.text.replace("\u202f", " ").replace("\xa0", " ")
    assert "Rappeler le maire" not in client.get("/relations/follow-ups").text
    assert "Rappeler le maire" in client.get("/relations/follow-ups?state=done").text
    client.submit("/relations/follow-ups?state=done", to="/reopen")
    assert "Rappeler le maire" in client.get("/relations/follow-ups").text


def test_the_follow_ups_of_others_are_on_everyones_list_only(client, app, make, organisation):
    other = make.account(name="Ben")
    make.exchange(organisations=[organisation], follow_up={"what": "Envoyer le guide", "assigned_to": other})
    client.as_("staff")
    assert "Envoyer le guide" not in client.get("/relations/follow-ups").text
    assert "Envoyer le guide" in client.get("/relations/follow-ups?who=all").text


def test_a_follow_up_is_said_anew(client, app, make, organisation):
    exchange = make.exchange(organisations=[organisation])
    client.as_("staff")
    client.submit(f"/relations/{exchange.id}", to="/follow-ups", what="Rappeler", due="2099-05-01")
    with app.app_context():
        promised = db.session.scalars(select(FollowUp)).one()
    url = f"/relations/follow-ups/{promised.id}/edit"
    assert client.submit(url, what="").status_code == 422
    assert client.submit(url, what="Écrire", who="").status_code == 302
    with app.app_context():
        kept = db.session.scalars(select(FollowUp)).one()
        assert (kept.what, kept.assigned_to_id, str(kept.due_on)) == ("Écrire", None, "2099-05-01")


def test_a_closed_account_is_given_nothing_to_do(client, app, make, organisation):
    gone = make.account(name="Partie")
    with app.app_context():
        db.session.merge(gone).is_open = False
        db.session.commit()
    client.as_("staff")
    answer = client.submit(
        f"/organisations/{organisation.id}",
        to="/relations/new",
        title="Appel",
        follow_up="Rappeler",
        follow_up_who=str(gone.id),
    )
    assert answer.status_code == 422 and exchanges(app) == []


def test_what_strangers_typed_is_shown_as_text_everywhere(client, app, make):
    make.interaction_kind("meeting", name_fr=NASTY, name_en=NASTY)
    organisation = make.organisation(NASTY)
    person = make.person(NASTY, NASTY, organisation=organisation, function=NASTY)
    client.as_("staff", name=NASTY)
    exchange = make.exchange(
        NASTY,
        organisations=[organisation],
        people=[person],
        staff=[client.account],
        body=NASTY,
        by=client.account,
        follow_up={"what": NASTY, "assigned_to": client.account},
    )
    for url in (
        "/",
        "/relations/",
        f"/relations/?person={person.id}&organisation={organisation.id}&staff={client.account.id}&kind={NASTY}",
        f"/relations/{exchange.id}",
        f"/relations/{exchange.id}/edit",
        "/relations/follow-ups?who=all",
        "/relations/quiet",
        f"/organisations/{organisation.id}?tab=journal&kind={NASTY}",
        f"/people/{person.id}?tab=journal",
        "/search?q=script",
    ):
        page = client.get(url)
        assert page.status_code == 200, url
        assert "<script>alert" not in page.text and "<img" not in page.text, url


@pytest.mark.parametrize(
    "query",
    ["kind=zzz", "person=x&since=yesterday", "since=2026-13-45", "until=9999-12-31", "person=99999999999",
     "cursor=AAAA", "since=0001-01-01&until=0001-01-01"],
)  # fmt: skip
def test_an_address_that_makes_no_sense_shows_a_log_all_the_same(client, make, organisation, query):
    make.exchange(organisations=[organisation])
    client.as_("viewer")
    for page in ("/relations/", f"/organisations/{organisation.id}"):
        assert client.get(f"{page}?tab=journal&{query}").status_code == 200


def test_who_only_reads_is_offered_nothing_to_write(client, make, organisation):
    exchange = make.exchange(organisations=[organisation], follow_up={"what": "Rappeler"})
    client.as_("viewer")
    for url in ("/", "/relations/", f"/relations/{exchange.id}", f"/organisations/{organisation.id}"):
        page = client.get(url)
        assert page.status_code == 200
        assert "/relations/new" not in page.text and "/done" not in page.text
    assert client.get("/relations/new").status_code == 403


def test_organisations_without_news_are_listed_longest_silence_first(client, make, organisation):
    make.exchange(at=LONG_AGO, organisations=[make.organisation("Ville lointaine")])
    make.exchange(at=LONG_AGO - timedelta(days=90), organisations=[make.organisation("Ville oubliée")])
    make.exchange(at=clock.now() - timedelta(days=2), organisations=[organisation])
    page = client.as_("director").get("/relations/quiet").text
    assert page.index("Ville oubliée") < page.index("Ville lointaine")
    assert "Région Bretagne" not in page


def test_a_folded_line_leads_to_its_event_and_names_people(client, app, make, organisation):
    event = make.event("Webinaire santé")
    person = make.person("Ana", "Roux", organisation=organisation)
    with app.app_context():
        from crm.relations import services

        services.note(
            act="invited",
            subject=f"events:{event.id}",
            title=event.title,
            person_id=person.id,
            at=clock.now(),
        )
        db.session.commit()
    page = client.as_("viewer").get(f"/organisations/{organisation.id}?tab=journal").text
    assert "1 personne invitée" in page
    assert f'href="/events/{event.id}"' in page and f'href="/people/{person.id}"' in page


def test_the_latest_exchanges_are_filtered_by_whom_they_concern(client, make, organisation):
    person = make.person("Ana", "Roux", organisation=organisation)
    make.exchange("Avec Ana", people=[person])
    make.exchange("Ailleurs", organisations=[make.organisation("Ville de Nulle Part")])
    client.as_("viewer")
    for query in (
        f"person={person.id}",
        f"organisation={organisation.id}",
        "person_name=ana+roux",
        "organisation_name=region+bretagne",
    ):
        page = client.get(f"/relations/?{query}").text
        assert "Avec Ana" in page and "Ailleurs" not in page, query
    assert "Ailleurs" in client.get("/relations/?organisation_name=nulle").text


def test_a_follow_up_of_a_talk_with_one_person_is_about_that_persons_organisation(
    client, app, make, organisation
):
    person = make.person("Ana", "Roux", organisation=organisation)
    client.as_("staff")
    client.submit(f"/people/{person.id}", to="/relations/new", title="Café", follow_up="Rappeler Ana")
    assert "Rappeler Ana" in client.get(f"/organisations/{organisation.id}?tab=own").text
