"""A draft saves itself: nothing typed is lost, nobody's words are overwritten, the history stays readable."""

import pytest
from sqlalchemy import select

from crm.db import db
from crm.directory.models import Tag
from crm.history import Change
from crm.mailings.models import Mailing

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def saves(client, page, **typed):
    """What the page's script sends while one writes."""
    action, fields = client.filled(page, to=page.split("?")[0].removeprefix("/mailings"), **typed)
    return client.post(action.replace("/edit", "/draft").replace("/new", "/draft"), data=fields), fields


def test_a_new_draft_is_made_at_the_first_save_and_goes_on_from_there(app, client):
    client.as_("writer")
    told, fields = saves(client, "/mailings/new?everyone=yes", subject_fr="Lettre", body_fr="<p>Bon</p>")
    assert told.status_code == 200 and told.json["said"].startswith("Enregistré à ")
    fields |= {"version": told.json["version"], "shown": told.json["shown"], "body_fr": "<p>Bonjour</p>"}
    again = client.post(told.json["autosave"], data=fields)
    assert again.status_code == 200
    # The button saves what the page has then, as ever.
    fields |= {"version": again.json["version"], "shown": again.json["shown"], "body_fr": "<p>Bonjour !</p>"}
    assert client.post(told.json["edit"], data=fields).status_code == 302
    with app.app_context():
        mailing = db.session.scalars(select(Mailing)).one()
        assert (mailing.subject_fr, mailing.body_fr) == ("Lettre", "<p>Bonjour !</p>")
        assert [part.kind for part in mailing.parts] == ["everyone"]


def test_what_a_colleague_saved_is_not_overwritten_and_both_are_shown(app, client, make):
    mailing = make.mailing()
    page = f"/mailings/{mailing.id}/edit"
    client.as_("staff")
    _action, mine = client.filled(page, subject_fr="La mienne")
    client.as_("director", name="Claire")
    client.submit(page, subject_fr="La sienne")
    client.as_("admin")
    refused = client.post(
        f"/mailings/{mailing.id}/draft", data={**mine, "csrf_token": client.filled(page)[1]["csrf_token"]}
    )
    assert refused.status_code == 409 and "Claire l’a modifié entre-temps" in refused.json["said"]
    with app.app_context():
        assert db.session.get(Mailing, mailing.id).subject_fr == "La sienne"
    fresh = {name: client.filled(page)[1][name] for name in ("csrf_token", "form_key")}
    both = client.post(page, data={**mine, **fresh})
    assert both.status_code == 422 and "La mienne" in both.text and "La sienne" in both.text


def test_a_colleague_who_chooses_its_people_meanwhile_stops_nobody_from_writing(app, client, make):
    mailing, tag = make.mailing(audience=None), make.add(Tag(name="élus"))
    page = f"/mailings/{mailing.id}/edit"
    client.as_("staff")
    _action, autosaved = client.filled(page, subject_fr="La mienne")
    _action, saved = client.filled(page, subject_fr="La mienne", body_fr="<p>Enfin</p>")
    to_whom = f"/mailings/{mailing.id}/to-whom"
    client.submit(to_whom, to="/parts", kind="tag", key=str(tag.id), side="include")
    told = client.post(f"/mailings/{mailing.id}/draft", data=autosaved)
    assert told.status_code == 200 and told.json["said"].startswith("Enregistré à ")
    client.submit(to_whom, to="/parts", kind="everyone", side="exclude")
    saved |= {"version": told.json["version"], "shown": told.json["shown"]}
    assert client.post(page, data=saved).status_code == 302
    with app.app_context():
        mailing = db.session.get(Mailing, mailing.id)
        assert (mailing.subject_fr, mailing.body_fr) == ("La mienne", "<p>Enfin</p>")
        assert len(mailing.parts) == 2


@pytest.mark.parametrize(
    "body, why",
    [
        ("<p>{{ami}}</p>", "{{ami}}"),
        ("<p>[[carte 3]]</p>", "[[carte 3]]"),
        ("x" * 60_001, "Raccourcissez le texte"),
    ],
)
def test_what_cannot_be_saved_is_said_and_the_draft_stays_as_it_was(app, client, make, body, why):
    mailing = make.mailing()
    client.as_("staff")
    told, _fields = saves(client, f"/mailings/{mailing.id}/edit", body_fr=body)
    assert (
        told.status_code == 422
        and told.json["said"].startswith("Pas enregistré")
        and why in told.json["said"]
    )
    with app.app_context():
        assert db.session.get(Mailing, mailing.id).body_fr == mailing.body_fr


def test_one_sitting_is_one_change_in_the_history(app, client, make):
    mailing = make.mailing(subject="A")
    client.as_("staff")
    for subject in ("AB", "ABC", "ABCD"):
        told, _fields = saves(client, f"/mailings/{mailing.id}/edit", subject_fr=subject)
        assert told.status_code == 200
    client.as_("director")
    saves(client, f"/mailings/{mailing.id}/edit", subject_fr="Autre")
    with app.app_context():
        rows = select(Change).where(Change.record == f"mailings:{mailing.id}", Change.act == "changed")
        told = [(one.actor, one.values["subject_fr"]) for one in db.session.scalars(rows.order_by(Change.id))]
    assert told == [("staff@example.org", ["A", "ABCD"]), ("director@example.org", ["ABCD", "Autre"])]


def test_a_mailing_that_has_left_saves_nothing_any_more(client, make, app):
    make.person()
    mailing = make.mailing()
    client.as_("staff")
    _action, fields = client.filled(f"/mailings/{mailing.id}/edit", subject_fr="Trop tard")
    client.submit(f"/mailings/{mailing.id}", to="/send")
    told = client.post(f"/mailings/{mailing.id}/draft", data=fields)
    assert told.status_code == 422
    with app.app_context():
        assert db.session.get(Mailing, mailing.id).subject_fr == mailing.subject_fr


def test_a_text_of_five_megabytes_is_refused_with_a_sentence(client):
    client.as_("staff")
    answer = client.submit("/mailings/new", subject_fr="Lettre", body_fr="x" * (5 * 1024 * 1024))
    assert answer.status_code == 422 and "Raccourcissez le texte" in answer.text
