"""Mailings as staff see them, from the list of people to each message's fate."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.directory.models import Tag
from crm.directory.services import tags
from crm.mail.models import Delivery, DeliveryState, Dispatch, DispatchState
from crm.mailings import queries as mailings
from crm.mailings.models import Mailing, MailingState
from crm.settings import services as settings
from tests.make import Make
from tests.outbox import MemorySender, courier
from tests.pages import Browser

TEXTS = {"subject_fr": "Lettre de printemps", "body_fr": "<p>Bonjour {{prénom}}</p>"}


def _drafted(client: Browser, audience: str = "everyone=yes", **texts: str) -> str:
    """The address of a mailing that staff has just written."""
    answer = client.submit(f"/mailings/new?{audience}", **{**TEXTS, **texts})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def _delivered(app: Flask, sender: MemorySender | None = None) -> list[Any]:
    sender = sender or MemorySender()
    with app.app_context():
        courier(sender, at=clock.now()).run()
    return sender.messages


def test_a_filtered_list_of_people_becomes_a_mailing_that_each_reads_with_their_name(
    app: Flask, client: Browser, make: Make
) -> None:
    make.person("Ada", language="en")
    make.person("Zoé", language="fr")
    staff = client.as_("staff")
    assert "/mailings/to?language=fr" in staff.get("/people/?language=fr").text
    page = staff.get("/mailings/to?language=fr").text
    assert "/mailings/new?language=fr" in page
    url = _drafted(staff, "language=fr")
    assert staff.submit_and_follow(url, to="/send").status_code == 200
    [message] = _delivered(app)
    assert "Bonjour Zoé" in message.text
    page = staff.get(url).text
    assert "1" in page and "Envoyé" in page


def test_a_mailing_written_before_anybody_is_chosen_waits_for_its_audience(
    app: Flask, client: Browser, make: Make
) -> None:
    make.person("Ada")
    staff = client.as_("staff")
    url = _drafted(staff, audience="q=")
    page = staff.get(url).text
    assert "Personne n’est encore choisi" in page and f'href="{url}/to-whom"' in page
    assert f"{url}/send" not in page
    assert "Choisissez d’abord les destinataires" in staff.get(f"{url}/schedule").text
    action, fields = staff.filled(f"{url}/preview", to="/test")
    typed = {**fields, "leaves_at": "2030-07-01T09:00"}
    refused = staff.post(action.replace("/test", "/schedule"), data=typed)
    assert refused.status_code == 422 and "Choisissez d’abord les destinataires" in refused.text
    action, fields = staff.filled(f"{url}/preview", to="/test")
    refused = staff.post(action.replace("/test", "/send"), data=fields)
    assert refused.status_code == 422
    assert _delivered(app) == []
    # The whole directory, chosen on the list of people.
    assert staff.submit("/mailings/to", to=f"{url}/audience").status_code == 302
    assert f"{url}/send" in staff.get(url).text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_filter_that_nobody_matches_says_so_and_what_to_do(client: Browser, make: Make) -> None:
    make.person("Ada")
    page = client.as_("staff").get("/mailings/to?q=personne").text
    assert "Personne à qui écrire" in page and 'href="/people/?q=personne"' in page
    assert 'href="/mailings/new?q=personne"' in page
    assert "Personne à qui écrire" not in client.get("/mailings/to?q=ada").text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_tabs_of_the_list_name_several_and_titles_name_merge_fields_in_words(
    app: Flask, client: Browser, make: Make
) -> None:
    make.person("Ada")
    url = _drafted(client.as_("staff"), subject_fr="Lettre à {{prénom}} {{ nom }}")
    page = client.get("/mailings/").text
    assert all(word in page for word in ("Brouillons", "Programmés", "Envoyés", "Rappelés"))
    for address in ("/mailings/", url, f"{url}/to-whom", f"{url}/schedule", f"{url}/edit"):
        page = client.get(address).text
        assert "Lettre à ‹prénom› ‹nom›" in page, address
        assert "{{" not in page.partition("<h1>")[2].partition("</h1>")[0], address
    client.submit(url, to="/send")
    [message] = _delivered(app)
    assert message.subject.startswith("Lettre à Ada")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_preview_reads_on_while_a_part_of_the_audience_is_gone_and_says_which(
    app: Flask, client: Browser, make: Make
) -> None:
    tag = make.add(Tag(name="élus"))
    make.person("Ada", tags=[tag])
    url = _drafted(client.as_("staff"), audience="tag=élus")
    assert "Ada" in client.get(f"{url}/preview").text
    with app.app_context():
        tags.remove(db.session.get_one(Tag, tag.id))
        db.session.commit()
    page = client.get(f"{url}/preview")
    assert page.status_code == 200 and "élus" in page.text and f'href="{url}/to-whom"' in page.text
    assert client.get(f"{url}/preview/html").status_code == 200


def test_the_whole_directory_is_chosen_on_the_list_of_people(app: Flask, client: Browser, make: Make) -> None:
    make.person("Ada")
    staff = client.as_("staff")
    assert 'href="/mailings/new?everyone=yes"' in staff.get("/mailings/to").text
    refused = staff.submit("/mailings/new?everyone=yes", subject_fr="Lettre", body_fr="<p>{{ami}}</p>")
    assert refused.status_code == 422 and 'name="everyone" type="hidden" value="yes"' in refused.text
    staff.submit_and_follow(_drafted(staff), to="/send")
    assert len(_delivered(app)) == 1


def test_an_empty_mailing_is_refused_with_a_sentence(app: Flask, client: Browser) -> None:
    answer = client.as_("staff").submit("/mailings/new", body_fr="<div><br></div>")
    assert answer.status_code == 422 and "Il n’y a encore rien à garder" in answer.text
    with app.app_context():
        assert db.session.scalars(select(Mailing)).all() == []


def test_the_page_says_who_is_left_out_and_names_them(client: Browser, make: Make) -> None:
    make.person("Ada", email="ada@example.org")
    make.person("Grace", "Hopper", email=None)
    url = _drafted(client.as_("staff"))
    page = client.get(url).text
    assert f"{url}/left-out?why=no_address" in page
    assert "Hopper" in client.get(f"{url}/left-out?why=no_address").text


def test_an_unknown_field_is_refused_beside_the_text_and_nothing_is_lost(app: Flask, client: Browser) -> None:
    answer = client.as_("staff").submit("/mailings/new", **{**TEXTS, "body_fr": "<p>Cher {{ami}}</p>"})
    assert answer.status_code == 422
    assert "{{ami}}" in answer.text and "Cher" in answer.text
    with app.app_context():
        assert db.session.scalars(select(Mailing)).all() == []


def test_two_people_who_change_the_same_draft_do_not_undo_each_other(client: Browser) -> None:
    url = _drafted(client.as_("staff"))
    action, stale = client.filled(f"{url}/edit")
    client.submit(f"{url}/edit", subject_fr="Nouvelle lettre")
    answer = client.post(action, data={**stale, "subject_fr": "Ancienne lettre"})
    assert answer.status_code == 422
    assert "Ancienne lettre" in answer.text
    assert "Nouvelle lettre" in client.get(url).text


def test_the_preview_walks_from_reader_to_reader_in_a_frame_without_scripts(
    client: Browser, make: Make
) -> None:
    first, second = make.person("Ada"), make.person("Grace")
    url = _drafted(client.as_("staff"))
    page = client.get(f"{url}/preview").text
    assert "Ada" in page and f"person={second.id}" in page
    frame = client.get(f"{url}/preview/html?person={second.id}&text_in=fr")
    assert "Bonjour Grace" in frame.text
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    assert "script-src" not in frame.headers["Content-Security-Policy"]
    # Whoever reads on a phone's width goes on reading so.
    page = client.get(f"{url}/preview?person={second.id}&width=phone&text_in=fr").text
    assert re.search(rf'/preview\?(?=[^"]*person={first.id}\b)(?=[^"]*width=phone)(?![^"]*text_in)', page)


def test_a_test_goes_to_oneself(app: Flask, client: Browser, make: Make) -> None:
    make.person("Ada")
    url = _drafted(client.as_("staff"))
    assert client.submit(f"{url}/preview", to="/test").status_code == 302
    [message] = _delivered(app)
    assert message.to == "staff@example.org" and "Bonjour Ada" in message.text


def test_it_is_scheduled_in_the_associations_zone_and_can_be_taken_back(
    app: Flask, client: Browser, make: Make
) -> None:
    make.person()
    url = _drafted(client.as_("staff"))
    assert client.submit(f"{url}/schedule", leaves_at="2030-03-31T02:30").status_code == 422
    assert client.submit(f"{url}/schedule", leaves_at="2030-07-01T09:00").status_code == 302
    with app.app_context():
        mailing = db.session.scalars(select(Mailing)).one()
        assert mailing.leaves_at is not None
        assert mailing.leaves_at.isoformat() == "2030-07-01T07:00:00+00:00"
    client.submit(url, to="/unschedule")
    with app.app_context():
        assert db.session.scalars(select(Mailing.state)).one() is MailingState.DRAFT


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("zone", "wall", "leaves"),
    [
        ("Pacific/Noumea", "2030-07-01T09:00", datetime(2030, 6, 30, 22, 0, tzinfo=UTC)),
        # The night in which clocks of Paris skip that hour is any other night there.
        ("Pacific/Noumea", "2030-03-31T02:30", datetime(2030, 3, 30, 15, 30, tzinfo=UTC)),
        ("Europe/Paris", "2030-03-31T02:30", None),
        ("Europe/Paris", "2030-03-31T03:30", datetime(2030, 3, 31, 1, 30, tzinfo=UTC)),
        # Shown twice in autumn: the first time is meant.
        ("Europe/Paris", "2030-10-27T02:30", datetime(2030, 10, 27, 0, 30, tzinfo=UTC)),
        ("Europe/Paris", "2030-10-27T03:30", datetime(2030, 10, 27, 2, 30, tzinfo=UTC)),
    ],
)
def test_hours_are_those_of_the_associations_zone_also_in_nights_in_which_clocks_change(
    app: Flask, client: Browser, make: Make, zone: str, wall: str, leaves: datetime | None
) -> None:
    with app.app_context():
        settings.describe(name="Maison", siret="", zone=zone, contact_email="")
        db.session.commit()
    make.person(email="ada@example.org")
    url = _drafted(client.as_("staff"))
    assert zone in client.get(f"{url}/schedule").text
    answer = client.submit(f"{url}/schedule", leaves_at=wall)
    if leaves is None:
        assert answer.status_code == 422 and "02:30 n’existe pas" in answer.text
        return
    with app.app_context():
        assert db.session.scalars(select(Mailing.leaves_at)).one() == leaves
    shown = re.sub(r"\s+", " ", client.get(url).text)
    assert f"{int(wall[11:13])} h {wall[14:16]} ({zone})" in shown
    assert ("deux fois" in shown) == (wall == "2030-10-27T02:30")
    minute = timedelta(minutes=1)
    with app.app_context():
        assert [[one.id for one in mailings.due(at)] for at in (leaves - minute, leaves)] == [[], [1]]


def test_an_hour_that_has_passed_is_refused(client: Browser, make: Make) -> None:
    make.person()
    url = _drafted(client.as_("staff"))
    assert client.submit(f"{url}/schedule", leaves_at="2020-07-01T09:00").status_code == 422


def test_it_is_paused_resumed_and_called_back(app: Flask, client: Browser, make: Make) -> None:
    make.person()
    url = _drafted(client.as_("staff"))
    client.submit(url, to="/send")
    client.submit(url, to="/pause")
    assert _delivered(app) == []
    with app.app_context():
        assert db.session.scalars(select(Dispatch.state)).one() is DispatchState.PAUSED
    client.submit(url, to="/resume")
    client.submit(url, to="/cancel")
    assert _delivered(app) == []
    with app.app_context():
        assert db.session.scalars(select(Delivery.state)).one() is DeliveryState.CANCELLED


def test_sending_twice_from_two_open_pages_sends_once(app: Flask, client: Browser, make: Make) -> None:
    make.person()
    url = _drafted(client.as_("staff"))
    action, fields = client.filled(url, to="/send")
    other, again = client.filled(url, to="/send")
    assert client.post(action, data=fields).status_code == 302
    assert client.post(other, data=again).status_code == 422
    assert len(_delivered(app)) == 1


def test_uncertain_messages_are_shown_and_sent_again_by_a_persons_click(
    app: Flask, client: Browser, make: Make
) -> None:
    from crm.mail.senders import Uncertain

    def lost(_message: object) -> None:
        raise Uncertain

    make.person()
    url = _drafted(client.as_("staff"))
    client.submit(url, to="/send")
    _delivered(app, MemorySender(lost))
    with app.app_context():
        from crm.mail import breaker

        breaker.recover(breaker.channel("memory"))
        db.session.commit()
    assert "uncertain" in client.get(url).text
    assert _delivered(app) == []
    client.submit(url, to="/resend/uncertain")
    assert len(_delivered(app)) == 1
    assert "Envoyé" in client.get(f"{url}/messages").text


def test_viewers_read_but_cannot_send(app: Flask, client: Browser, make: Make) -> None:
    make.person()
    url = _drafted(client.as_("staff"))
    viewer = client.as_("viewer")
    assert viewer.get(url).status_code == 200
    assert viewer.get("/mailings/new").status_code == 403
    assert viewer.post(f"{url}/send").status_code == 403
    assert _delivered(app) == []


def test_the_command_lists_them_with_their_messages(app: Flask, client: Browser, make: Make) -> None:
    make.person()
    url = _drafted(client.as_("staff"))
    client.submit(url, to="/send")
    told = json.loads(app.test_cli_runner().invoke(args=["mailings", "list", "--json"]).output)
    assert [(row["subject"], row["state"], row["deliveries"]) for row in told] == [
        ("Lettre de printemps", "left", {"queued": 1})
    ]


def test_a_writer_is_told_who_changed_the_mailing_meanwhile(client: Browser) -> None:
    page = f"{_drafted(client.as_('staff'))}/edit"
    _action, opened = client.filled(page, subject_fr="Lettre d’hiver")
    client.as_("director", name="Anne Ferrand").submit(page, subject_fr="Lettre d’été")
    _action, own = client.as_("admin").filled(page)
    answer = client.post(
        page, data={**own, **{name: opened[name] for name in ("version", "shown", "subject_fr")}}
    )
    assert answer.status_code == 422
    assert "Anne Ferrand a modifié" in answer.text and "Lettre d’hiver" in answer.text


def test_the_bin_is_refused_as_an_audience_and_the_draft_keeps_its_own(client: Browser, make: Make) -> None:
    staff = client.as_("staff")
    url = _drafted(staff, audience="q=ada")
    answer = staff.submit("/mailings/to", to=f"{url}/audience", audience="bin=yes")
    assert answer.status_code == 422
    assert "/people/?q=ada" in staff.get(url).text


def test_nobody_sends_what_a_colleague_changed_since_the_page_was_opened(
    app: Flask, client: Browser, make: Make
) -> None:
    make.person("Ada", email="ada@example.org")
    staff = client.as_("staff")
    mailing = make.mailing()
    url = f"/mailings/{mailing.id}"
    send, opened = staff.filled(url, "/send")
    later, hour = staff.filled(f"{url}/schedule", leaves_at="2030-07-01T09:00")
    staff.submit(f"{url}/edit", body_fr="<p>Autre chose</p>")
    assert staff.post(send, data=opened).status_code == 422
    refused = staff.post(later, data=hour)
    assert refused.status_code == 422 and "modifiés depuis que vous avez ouvert la page" in refused.text
    # So is a part that a colleague adds to its audience.
    send, opened = staff.filled(url, "/send")
    tag = make.add(Tag(name="élus"))
    staff.submit(f"{url}/to-whom", to="/parts", kind="tag", key=str(tag.id), side="include")
    assert staff.post(send, data=opened).status_code == 422
    assert _delivered(app) == []
    assert staff.submit(url, to="/send").status_code == 302


def test_what_has_left_or_is_about_to_opens_no_form_to_change_it(client: Browser, make: Make) -> None:
    make.person("Ada", email="ada@example.org")
    staff = client.as_("staff")
    url = f"/mailings/{make.mailing().id}"
    staff.submit(url, to="/send")
    for page in ("/edit", "/schedule"):
        answer = staff.get(url + page)
        assert (answer.status_code, answer.headers.get("Location")) == (302, url)
