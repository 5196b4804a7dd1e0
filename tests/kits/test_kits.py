"""Kits: their life, what refuses, what the log and the public page say."""

import io
import json
from datetime import date

import pytest
from sqlalchemy import select, update

from crm.db import db
from crm.errors import Changed
from crm.kits import messages, queries, services
from crm.kits.models import Kit, KitResource, KitState
from crm.kits.services import Told
from crm.mail.models import Purpose
from crm.mailings.models import Mailing
from crm.relations.models import Act, Note
from tests.make import EARLY

DAY = date(2026, 3, 2)
WRITTEN = {
    "title": "Pour l’inclusion numérique",
    "objective": "Garder les conseillers numériques au budget",
    "call": "<p>Écrivez à votre <strong>député</strong>.</p>",
    "letter_subject": "Conseillers numériques",
    "letter_body": "Madame, Monsieur,\n\nGardez-les.\n\nCordialement",
    "language": "fr",
}
LONG = {**WRITTEN, "letter_body": "é" * 2000}


def draft(**facts):
    return services.create(Told(**{**WRITTEN, **facts}), by="test", at=EARLY)


def published(**facts):
    kit = draft(**facts)
    services.publish(kit, by="test", at=EARLY)
    return kit


# Life


def test_a_kit_goes_from_draft_to_published_to_closed_and_can_be_published_again(session):
    kit = draft()
    assert (kit.state, queries.by_slug(kit.slug)) == (KitState.DRAFT, None)
    services.publish(kit, by="test", at=EARLY)
    session.flush()
    assert queries.by_slug(kit.slug) is kit and kit.published_at == EARLY
    services.close(kit, by="test", at=EARLY)
    services.publish(kit, by="test", at=EARLY)
    assert kit.state is KitState.PUBLISHED


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"letter_body": ""}, services.NothingToSend),
        ({"letter_subject": ""}, services.NothingToSend),
        ({"letter_body": "é" * 2000}, services.LetterTooLong),
        ({"letter_short": "é" * 400}, services.LetterTooLong),
        ({"deadline": date(2026, 3, 1)}, services.DeadlinePassed),
    ],
)
def test_a_kit_that_nobody_could_use_is_not_published(session, facts, refusal):
    kit = draft(**facts)
    with pytest.raises(refusal):
        services.publish(kit, by="test", at=EARLY)
    assert kit.state is KitState.DRAFT


def test_a_long_letter_is_published_with_a_short_form_and_on_the_day_of_the_deadline(session):
    assert published(letter_body="é" * 2000, letter_short="Court.", deadline=DAY).for_link == "Court."


def test_a_draft_cannot_be_closed(session):
    with pytest.raises(services.NotPublished):
        services.close(draft(), by="test", at=EARLY)


def test_a_deadline_before_the_beginning_is_refused(session):
    with pytest.raises(services.EndsBeforeItBegins):
        draft(begins_on=DAY, deadline=date(2026, 3, 1))


def test_a_published_kit_is_not_spoiled_by_a_letter_that_is_too_long(session):
    kit = published()
    with pytest.raises(services.LetterTooLong):
        services.edit(kit, Told(**LONG), version=kit.version, by="test", at=EARLY)


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(session):
    kit = draft()
    seen = kit.version
    services.edit(kit, Told(**{**WRITTEN, "title": "x"}), version=seen, by="ana@example.org", at=EARLY)
    session.flush()
    with pytest.raises(Changed):
        services.edit(kit, Told(**WRITTEN), version=seen, by="test", at=EARLY)


def test_two_kits_of_one_title_have_addresses_of_their_own(session):
    assert [draft().slug, draft().slug] == ["pour-l-inclusion-numerique", "pour-l-inclusion-numerique-2"]


def test_what_is_typed_into_the_call_is_cleaned(session):
    kit = draft(call='<p onclick="x()">a<script>alert(1)</script><img src=x></p>', press_release="<b>b</b>")
    assert (kit.call, kit.press_release) == ("<p>a</p>", "<b>b</b>")


# Signatures and resources


def test_a_signature_stands_in_the_log_of_the_organisation(session, make):
    kit, organisation = published(), make.organisation("Avicca")
    services.cosign(kit, organisation, signed_on=DAY, by="test", at=EARLY)
    note = session.scalars(select(Note)).one()
    assert (note.act, note.subject, note.title, note.organisation_id) == (
        Act.COSIGNED, kit.ref, kit.title, organisation.id,
    )  # fmt: skip


def test_an_organisation_signs_once_and_not_in_the_future_and_not_a_closed_kit(session, make):
    kit, organisation = published(), make.organisation("Avicca")
    with pytest.raises(services.SignedLater):
        services.cosign(kit, organisation, signed_on=date(2026, 3, 3), by="test", at=EARLY)
    services.cosign(kit, organisation, signed_on=DAY, by="test", at=EARLY)
    with pytest.raises(services.AlreadySigned):
        services.cosign(kit, organisation, signed_on=DAY, by="test", at=EARLY)
    services.close(kit, by="test", at=EARLY)
    with pytest.raises(services.AlreadyClosed):
        services.cosign(kit, make.organisation("APVF"), signed_on=DAY, by="test", at=EARLY)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "example.org", "https://", "https://a b"]
)
def test_a_resource_that_is_no_link_is_refused(session, url):
    with pytest.raises(services.NotALink):
        services.add_link(draft(), title="x", url=url, by="test")


# Pages


def kit_of(client):
    with client._client.application.app_context():
        return db.session.scalars(select(Kit)).one()


@pytest.fixture
def staff(client):
    return client.as_("staff")


@pytest.fixture
def kit(staff, make):
    """A published kit, made on the pages."""
    make.organisation("La MedNum")
    staff.submit("/kits/new", lead="La MedNum", **WRITTEN)
    kit = kit_of(staff)
    staff.submit(f"/kits/{kit.id}", to="/publish")
    return kit_of(staff)


def test_a_kit_is_written_and_published_on_its_pages(staff, make):
    make.organisation("La MedNum")
    page = staff.submit_and_follow("/kits/new", lead="La MedNum", deadline="2099-12-31", **WRITTEN)
    assert "enregistré comme brouillon" in page.text and "La MedNum" in page.text
    kit = kit_of(staff)
    assert staff.get(f"/k/{kit.slug}").status_code == 404
    assert "est publié" in staff.submit_and_follow(f"/kits/{kit.id}", to="/publish").text
    assert staff.get(f"/k/{kit.slug}").status_code == 200
    assert "est fermé" in staff.submit_and_follow(f"/kits/{kit.id}", to="/close").text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": ""}, "Saisissez un titre"),
        ({"lead": "Nobody"}, "Nobody"),
        ({"begins_on": "2026-03-02", "deadline": "2026-03-01"}, "vient avant le début"),
    ],
)
def test_a_kit_that_cannot_be_saved_is_refused_in_place_with_what_was_typed(staff, typed, sentence):
    answer = staff.submit("/kits/new", **{**WRITTEN, **typed})
    assert answer.status_code == 422
    assert sentence in answer.text and "Gardez-les." in answer.text
    with staff._client.application.app_context():
        assert db.session.scalars(select(Kit)).all() == []


def test_a_draft_whose_letter_is_too_long_is_kept_with_a_warning_and_a_proposal(staff):
    body = "Madame,\n\n" + "Une phrase entière. " * 120 + "\n\nMerci."
    page = staff.submit_and_follow("/kits/new", **{**WRITTEN, "letter_body": body})
    assert "coupent les liens" in page.text
    assert "Une forme courte pour commencer" in staff.get(f"/kits/{kit_of(staff).id}/edit").text


def test_the_list_finds_kits_by_words_and_state(staff, kit):
    for words in ("inclusion", "NUMERIQUE pour", "conseillers", "mednum"):
        assert kit.title in staff.get("/kits/", query_string={"q": words}).text
    assert kit.title in staff.get("/kits/?state=published").text
    for query in ("q=absent", "state=draft"):
        assert kit.title not in staff.get(f"/kits/?{query}").text
    assert staff.get("/kits/?state=nonsense").status_code == 200


def test_links_and_files_are_added_read_and_removed(staff, kit):
    page = f"/kits/{kit.id}"
    assert staff.submit(page, to="/links", url="https://example.org/etude", title="Étude").status_code == 302
    refused = staff.submit(page, to="/links", url="javascript:alert(1)", title="x")
    assert refused.status_code == 422 and "n’est pas un lien" in refused.text
    upload(staff, page, "argumentaire.pdf", b"%PDF-1.4 test")
    with staff._client.application.app_context():
        resource = db.session.scalars(select(KitResource).where(KitResource.stored_as.is_not(None))).one()
    public = f"/k/{kit.slug}/files/{resource.stored_as}"
    for address in (f"{page}/resources/{resource.id}", public):
        answer = staff.get(address)
        assert answer.data == b"%PDF-1.4 test"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=argumentaire.pdf")
        answer.close()
    assert "argumentaire.pdf" in staff.get(f"/k/{kit.slug}").text
    assert staff.submit(page, to=f"/{resource.id}/remove").status_code == 302
    assert staff.get(public).status_code == 404


def upload(client, page, name, content):
    action, fields = client.filled(page, to="/files")
    return client.post(action, data={**fields, "files": (io.BytesIO(content), name)})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.html", b"<html><script>1</script>"),
        ("x.svg", b"<svg/>"),
        ("x.exe", b"MZ\0"),
        ("x.pdf", b""),
        ("", b"x"),
    ],
)
def test_a_file_that_the_house_does_not_keep_is_refused(staff, kit, name, content):
    assert upload(staff, f"/kits/{kit.id}", name, content).status_code == 422
    with staff._client.application.app_context():
        assert db.session.scalars(select(KitResource)).all() == []


def test_a_file_name_never_leads_out_of_the_folder(staff, kit):
    for name in ("../../etc/passwd", "x", "a" * 32, "..%2f..%2fsecret.key"):
        assert staff.get(f"/k/{kit.slug}/files/{name}").status_code == 404


def test_organisations_sign_on_the_page_and_are_shown_with_their_day(staff, kit, make):
    make.organisation("Avicca")
    page = f"/kits/{kit.id}"
    done = staff.submit_and_follow(
        page, to="/signatures", organisation="avicca", signed_on="2024-10-25", signer="A. B."
    )
    assert "Avicca a signé" in done.text and "25/10/2024" in done.text
    public = staff.get(f"/k/{kit.slug}").text
    assert "Avicca" in public and "25/10/2024" in public and "A. B." not in public
    again = staff.submit(page, to="/signatures", organisation="Avicca", signed_on="2024-10-25")
    assert again.status_code == 422 and "Avicca a déjà signé" in again.text
    unknown = staff.submit(page, to="/signatures", organisation="Personne", signed_on="2024-10-25")
    assert unknown.status_code == 422 and "Personne" in unknown.text


def test_the_public_page_offers_the_letter_without_any_script(client, staff, kit):
    with client._client.session_transaction() as kept:
        kept.clear()
    for language, words in (
        ("fr", "Écrivez à vos députés et sénateurs"),
        ("en", "Write to your deputies and senators"),
    ):
        text = client.get(f"/k/{kit.slug}?lang={language}").text
        assert words in text and "Gardez-les." in text
        assert (
            'href="mailto:?subject=Conseillers%20num%C3%A9riques&amp;body=Madame%2C%20Monsieur%2C%0D%0A'
            in text
        )
        assert "mail.google.com" in text


def test_a_kit_that_is_closed_or_over_says_so_and_offers_nothing_to_send(client, staff, kit):
    staff.submit(f"/kits/{kit.id}", to="/close")
    with client._client.application.app_context():
        over = services.create(Told(**{**WRITTEN, "title": "Ancien", "deadline": DAY}), by="test", at=EARLY)
        services.publish(over, by="test", at=EARLY)
        db.session.commit()
    for slug in (kit.slug, "ancien"):
        text = client.get(f"/k/{slug}").text
        assert "Cette mobilisation est terminée" in text
        assert "mailto:" not in text and "Gardez-les." not in text


def test_mailing_a_kit_prepares_a_mailing_with_its_text_and_its_link(client, staff, kit):
    answer = staff.submit(f"/kits/{kit.id}", to="/mail")
    assert answer.status_code == 302
    with client._client.application.app_context():
        mailing = db.session.scalars(select(Mailing)).one()
        assert (mailing.purpose, mailing.subject_ref) == (Purpose.MOBILISATION, kit.ref)
        assert mailing.subject_fr == kit.title
        assert f"/k/{kit.slug}" in mailing.body_fr and "<strong>député</strong>" in mailing.body_fr
        assert mailing.body_en == ""
        assert mailing.parts == []
    assert f"{answer.headers['Location']}" in staff.get(f"/kits/{kit.id}").text


def test_a_draft_is_not_mailed(staff):
    staff.submit("/kits/new", **WRITTEN)
    kit = kit_of(staff)
    _, fields = staff.filled(f"/kits/{kit.id}", to="/publish")
    answer = staff.post(f"/kits/{kit.id}/mail", data=fields)
    assert answer.status_code == 422 and "n’est pas publié" in answer.text


def test_the_mailing_is_written_in_the_language_of_the_kit(app):
    with app.app_context():
        kit = published(language="en", deadline=date(2026, 12, 31))
        words = messages.mailing(kit)
    assert words["subject_en"] == kit.title and "31 Dec 2026" in words["body_en"]
    assert "subject_fr" not in words


def test_kits_are_listed_for_programs(app):
    with app.app_context():
        kit = published()
        db.session.commit()
        expected = (kit.id, kit.slug, "published", 0)
    told = json.loads(app.test_cli_runner().invoke(args=["kits", "list", "--json"]).output)
    assert [(k["id"], k["slug"], k["state"], k["cosignatories"]) for k in told] == [expected]
    assert told[0]["url"].endswith(f"/k/{kit.slug}")


def test_mailing_a_kit_is_logged_against_the_organisation_of_each_recipient(app, make):
    from crm.mailings import services as mailings

    region = make.organisation("Région Bretagne")
    make.person("Ana", organisation=region, email="ana@example.org")
    make.person("Bob", email="bob@example.org")
    with app.app_context():
        kit = published()
        mailing = mailings.create(audience="", subject_ref=kit.ref, at=EARLY, **messages.mailing(kit))
        assert mailings.leave(mailing, by="test", at=EARLY) == 2
        notes = db.session.scalars(select(Note).where(Note.act == Act.KIT_MAILED)).all()
        assert {(note.subject, note.title) for note in notes} == {(kit.ref, kit.title)}
        assert sorted(note.organisation_id or 0 for note in notes) == [0, region.id]
        assert queries.reached(kit) == 2


def test_a_form_cannot_publish_a_kit_or_give_it_another_address(staff):
    staff.submit("/kits/new", **WRITTEN)
    kit = kit_of(staff)
    action, fields = staff.filled(f"/kits/{kit.id}/edit")
    fields |= {
        "state": "published",
        "slug": "stolen",
        "published_at": "2026-01-01",
        "lead_id": "1",
        "id": "9",
    }
    assert staff.post(action, data=fields).status_code == 302
    after = kit_of(staff)
    assert (after.id, after.slug, after.state, after.lead_id) == (kit.id, kit.slug, KitState.DRAFT, None)


def test_two_saves_in_the_same_instant_leave_one_and_tell_the_other(session):
    kit = draft()
    session.commit()
    seen = kit.version
    elsewhere = update(Kit).values(version=Kit.version + 1).execution_options(synchronize_session=False)
    session.execute(elsewhere)
    with pytest.raises(Changed):
        services.edit(kit, Told(**{**WRITTEN, "title": "x"}), version=seen, by="test", at=EARLY)
