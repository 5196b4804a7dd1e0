"""The pages of staff: an event from its first day in the agenda to its end."""

import re
from datetime import datetime

import pytest
from sqlalchemy import func, select

from crm.db import db
from crm.events.models import Event, EventKind, EventState, Format, Invitation, Registration, Seat
from crm.mail.models import Delivery, DeliveryState

PLAN = {
    "title": "Journée des données",
    "starts": "2030-06-12T14:00",
    "ends": "2030-06-12T16:00",
    "venue": "Mairie",
    "city": "Angers",
}


def stored(make, kind, **facts):
    with make.app.app_context():
        return db.session.scalars(select(kind).filter_by(**facts).order_by(kind.id)).all()


def count(make, kind):
    with make.app.app_context():
        return db.session.scalar(select(func.count()).select_from(kind))


def leave(make):
    """All that waits has left."""
    with make.app.app_context():
        for delivery in db.session.scalars(select(Delivery)):
            delivery.state = DeliveryState.ACCEPTED
        db.session.commit()


def test_staff_plan_open_invite_and_see_who_answers(client, make):
    make.person("Ada", "Lovelace", email="ada@example.org")
    client.as_("staff")
    made = client.submit_and_follow("/events/new", **PLAN)
    assert "« Journée des données » est à l’agenda, en brouillon." in made.text.replace(
        "\u202f", " "
    ).replace("\xa0", " ")
    [event] = stored(make, Event)
    page = f"/events/{event.id}"
    assert "mercredi 12 juin 2030, de 14 h 00 à 16 h 00 (heure de Paris)" in made.text.replace(
        "\u202f", " "
    ).replace("\xa0", " ")
    client.submit(page, to="/publish")
    invited = client.submit_and_follow(f"{page}/invite", to="/invite", sure="9")
    assert "1 personne est invitée" in invited.text
    assert "ada@example.org" in invited.text
    shown = client.get(page).text
    assert re.search(r"<strong>1</strong>\s*<span>invités", shown)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"title": ""}, "Saisissez un titre"),
        ({"ends": "2030-06-12T13:00"}, "finit avant de commencer"),
        ({"starts": "2030-03-31T02:30", "ends": "2030-03-31T05:00"}, "n’existe pas"),
        ({"capacity": "0"}, "capacité de 1 ou plus"),
        ({"capacity": "many"}, "capacity"),
        ({"join_url": "javascript:alert(1)"}, "adresse complète"),
        ({"partners-0-name": "Nulle part"}, "pas dans l’annuaire"),
    ],
)
def test_what_cannot_be_is_said_on_the_same_page_and_nothing_is_kept(client, make, facts, sentence):
    client.as_("staff")
    refused = client.submit("/events/new", **{**PLAN, **facts})
    assert refused.status_code == 422
    assert sentence in refused.text
    assert count(make, Event) == 0


def test_a_double_click_makes_one_event(client, make):
    client.as_("staff")
    action, fields = client.filled("/events/new", **PLAN)
    first, second = client.post(action, data=fields), client.post(action, data=fields)
    assert first.headers["Location"] == second.headers["Location"]
    assert count(make, Event) == 1


def test_a_partner_is_named_by_its_name(client, make):
    organisation = make.organisation("Datactivist")
    client.as_("staff")
    client.submit("/events/new", **{**PLAN, "partners-0-name": "datactivist", "partners-0-part": "speaker"})
    [event] = stored(make, Event)
    page = client.get(f"/events/{event.id}").text
    assert f"/organisations/{organisation.id}" in page and "Intervient" in page


def test_opening_what_is_over_is_refused_with_a_sentence(client, make):
    event = make.event(state=EventState.DRAFT, starts_wall=datetime(2020, 1, 6, 9, 0))  # noqa: DTZ001
    client.as_("staff")
    action, fields = client.filled(f"/events/{event.id}", to="/hold")
    refused = client.post(action.replace("/hold", "/publish"), data=fields)
    assert refused.status_code == 422 and "déjà passé" in refused.text


def test_changing_the_hour_first_asks_who_will_be_told_and_then_tells_them(client, make):
    for _number in range(3):
        make.person()
    event = make.event()
    client.as_("staff")
    client.submit(f"/events/{event.id}/invite", to="/invite", sure="9")
    leave(make)
    edit = f"/events/{event.id}/edit"
    asked = client.submit(edit, starts="2030-06-13T14:00", ends="2030-06-13T16:00")
    assert asked.status_code == 422
    assert "3 personnes connaissent" in asked.text and "Enregistrer et prévenir 3 personnes" in asked.text
    # Whoever has read what they will read need not go past the whole form; secret links are left out.
    assert asked.text.index('name="tell"') < asked.text.index('id="title"')
    assert "/u/…" in asked.text and "%E2%80%A6" not in asked.text
    assert stored(make, Event)[0].starts_wall == datetime(2030, 6, 12, 14, 0)  # noqa: DTZ001

    action, fields = client.filled(edit, starts="2030-06-13T14:00", ends="2030-06-13T16:00")
    told = client.post(action, data={**fields, "tell": "yes"}, follow_redirects=True)
    assert "3 personnes sont prévenues" in told.text
    assert stored(make, Event)[0].sequence == 1
    assert [delivery.facts for delivery in stored(make, Delivery, sequence=1)] == [{"changed": True}] * 3


def test_a_change_of_words_alone_is_saved_without_asking(client, make):
    make.person()
    event = make.event()
    client.as_("staff")
    client.submit(f"/events/{event.id}/invite", to="/invite", sure="9")
    assert client.submit(f"/events/{event.id}/edit", title="Autre titre").status_code == 302
    assert stored(make, Event)[0].sequence == 0


def test_raising_the_capacity_moves_people_up_from_the_waiting_list(client, make):
    event = make.event(capacity=1)
    people = [make.person(), make.person()]
    client.as_("staff")
    for person in people:
        client.submit(
            f"/events/{event.id}/registrations/new",
            to="/known",
            person=person.name,
            person_key=str(person.id),
        )
    assert [r.seat for r in stored(make, Registration)] == [Seat.CONFIRMED, Seat.WAITING]
    client.submit(f"/events/{event.id}/edit", capacity="2")
    assert [r.seat for r in stored(make, Registration)] == [Seat.CONFIRMED, Seat.CONFIRMED]
    refused = client.submit(f"/events/{event.id}/edit", capacity="1")
    assert refused.status_code == 422 and "2 places sont prises ou proposées" in refused.text


def test_cancelling_says_how_many_are_told_and_tells_them(client, make):
    make.person(), make.person()
    event = make.event()
    client.as_("staff")
    client.submit(f"/events/{event.id}/invite", to="/invite", sure="9")
    leave(make)
    assert "2 personnes sont prévenues par courriel" in client.get(f"/events/{event.id}").text
    done = client.submit_and_follow(f"/events/{event.id}/cancel", to="/cancel")
    assert "est annulé" in done.text
    kinds = {delivery.kind for delivery in stored(make, Delivery, state=DeliveryState.QUEUED)}
    assert kinds == {"events.invitation_off"}


def test_the_invite_page_says_who_is_left_out_and_why(client, make):
    make.person("Sans", "Adresse", email="")
    make.person("Ada", "Lovelace")
    event = make.event()
    page = client.as_("staff").get(f"/events/{event.id}/invite").text
    assert "1 personne sera invitée" in page
    assert "Sans adresse électronique" in page and "Sans Adresse" in page


def test_the_filtered_list_of_people_is_carried_to_the_event(client, make):
    make.person("Ada", "Lovelace")
    make.person("Blaise", "Pascal")
    event = make.event()
    client.as_("staff")
    assert f"/events/{event.id}/invite?q=pascal" in client.get("/events/invite?q=pascal").text
    client.submit(f"/events/{event.id}/invite?q=pascal", to="/invite")
    [invitation] = stored(make, Invitation)
    with make.app.app_context():
        assert db.session.get_one(Invitation, invitation.id).person.family_name == "Pascal"


def test_the_whole_directory_is_invited_only_when_its_number_is_ticked(client, make):
    make.person(), make.person()
    event = make.event()
    page = f"/events/{event.id}/invite"
    assert "Je veux écrire à 2 personnes" in client.as_("staff").get(page).text
    refused = client.submit(page, to="/invite")
    assert refused.status_code == 422 and "cochez la case" in refused.text
    fewer = client.submit(page, to="/invite", sure="1")
    assert fewer.status_code == 422 and not stored(make, Invitation) and not stored(make, Delivery)
    action, fields = client.filled(page, to="/invite", sure="2")
    first, second = client.post(action, data=fields), client.post(action, data=fields)
    assert first.status_code == 302 and first.headers["Location"] == second.headers["Location"]
    assert (count(make, Invitation), count(make, Delivery)) == (2, 2)


def test_a_chosen_list_is_invited_at_one_press_unless_it_is_long(client, make, monkeypatch):
    make.person("Ada", "Lovelace"), make.person("Adèle", "Lovelace")
    event = make.event()
    page = f"/events/{event.id}/invite?q=lovelace"
    assert 'name="sure"' not in client.as_("staff").get(page).text
    monkeypatch.setattr("crm.events.views.inviting.UNASKED", 1)
    assert 'name="sure" value="2" required' in client.get(page).text
    assert client.submit(page, to="/invite").status_code == 422
    assert client.submit(page, to="/invite", sure="2").status_code == 302


@pytest.mark.parametrize("opened", [True, False])
def test_a_cancelled_event_shows_what_had_happened_by_then(client, make, opened):
    event = make.event(state=EventState.DRAFT)
    page = f"/events/{event.id}"
    client.as_("staff")
    if opened:
        client.submit(page, to="/publish")
    client.submit(f"{page}/cancel", to="/cancel")
    steps = re.search(r'<ol class="life".*?</ol>', client.get(page).text, re.DOTALL).group()
    assert re.findall(r"<span>([^<]+)<", steps) == ["Préparé", *(["Ouvert"] if opened else []), "Annulé"]
    assert "pas encore" not in steps


def test_a_draft_invites_nobody(client, make):
    make.person()
    event = make.event(state=EventState.DRAFT)
    page = client.as_("staff").get(f"/events/{event.id}/invite").text
    assert "Ouvrez les inscriptions avant d’inviter." in page
    assert "Inviter 1 personne" not in page


def test_staff_register_someone_new_and_withdraw_them(client, make):
    event = make.event(format=Format.HYBRID)
    client.as_("staff")
    new = f"/events/{event.id}/registrations/new"
    facts = {"given_name": "Ada", "family_name": "Lovelace", "email": "ada@example.org", "mode": "online"}
    assert "Ada Lovelace est inscrit" in client.submit_and_follow(new, to="/new", **facts).text
    [registration] = stored(make, Registration)
    own = f"/events/{event.id}/registrations/{registration.id}"
    assert "ada@example.org" in client.get(own).text
    client.submit(own, to="/withdraw")
    assert stored(make, Registration)[0].seat == Seat.WITHDRAWN


def test_a_registration_is_only_found_through_its_own_event(client, make):
    event, other = make.event(), make.event()
    client.as_("staff")
    facts = {"given_name": "Ada", "family_name": "Lovelace", "email": "ada@example.org"}
    client.submit(f"/events/{event.id}/registrations/new", to="/new", **facts)
    [registration] = stored(make, Registration)
    assert client.get(f"/events/{other.id}/registrations/{registration.id}").status_code == 404


def test_the_month_shows_each_day_of_an_event(client, make):
    make.event(
        "Salon",
        starts_wall=datetime(2030, 6, 29),  # noqa: DTZ001
        ends_wall=datetime(2030, 7, 2),  # noqa: DTZ001
        is_all_day=True,
    )
    client.as_("staff")
    assert client.get("/events/month/2030-6").text.count(">Salon") >= 2
    assert client.get("/events/month/2030-7").text.count(">Salon") >= 1
    assert client.get("/events/month/2030-13").status_code == 404


def test_the_list_is_filtered_by_what_stands_in_the_address(client, make):
    kind = make.add(EventKind(slug="visit", name_fr="Visite", name_en="Visit", position=1, is_archived=False))
    make.event("Visite d’Angers", kind_id=kind.id)
    make.event("Assises")
    page = client.as_("staff").get(f"/events/?kind={kind.id}").text
    assert "Visite d’Angers" in page and "Assises" not in page
    assert client.get("/events/?kind=abc&state=nope&part=x&cursor=zzz&period=never").status_code == 200


# On the other engine a guard reads every page.
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "path",
    [
        "",
        "/month",
        "/new",
        "/{id}",
        "/{id}/edit",
        "/{id}/registrations",
        "/{id}/registrations/new",
        "/{id}/invitations",
        "/{id}/invite",
        "/{id}/export",
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_answers_in_both_languages(client, make, path, language):
    make.person()
    event = make.event(format=Format.HYBRID, capacity=3)
    client.as_("admin", language=language)
    client.submit(f"/events/{event.id}/invite", to="/invite", sure="9")
    page = client.get(f"/events{path.format(id=event.id)}", follow_redirects=True)
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text


def test_a_viewer_reads_and_changes_nothing(client, make):
    event = make.event()
    client.as_("viewer")
    assert client.get(f"/events/{event.id}").status_code == 200
    assert client.get(f"/events/{event.id}/edit").status_code == 403
    assert client.get(f"/events/{event.id}/invite").status_code == 403
    assert client.post(f"/events/{event.id}/publish").status_code == 403


def test_long_lists_ask_few_queries(client, make):
    from sqlalchemy import event as hooks

    event = make.event()
    for _number in range(30):
        make.person()
    client.as_("staff")
    client.submit(f"/events/{event.id}/invite", to="/invite", sure="9")
    statements = []

    def note(*facts):
        statements.append(facts[2])

    with make.app.app_context():
        hooks.listen(db.engine, "before_cursor_execute", note)
        engine = db.engine
    try:
        client.get(f"/events/{event.id}/invitations")
    finally:
        hooks.remove(engine, "before_cursor_execute", note)
    assert len(statements) < 17


def test_the_page_of_an_organisation_and_of_a_person_shows_their_events(client, make):
    organisation = make.organisation("Ville d’Angers")
    person = make.person("Ada", "Lovelace", email="ada@example.org", organisation=organisation)
    event = make.event("Journée des données")
    client.as_("staff")
    new = f"/events/{event.id}/registrations/new"
    client.submit(new, to="/known", person=person.name, person_key=str(person.id))
    for page in (f"/organisations/{organisation.id}", f"/people/{person.id}"):
        shown = client.get(f"{page}?tab=events").text
        assert "Journée des données" in shown and f"/events/{event.id}" in shown


def test_who_saves_over_a_colleagues_change_is_told_and_may_save_again(client, make):
    event = make.event("Journée")
    client.as_("staff", name="Samir Le Goff")
    edit = f"/events/{event.id}/edit"
    action, fields = client.filled(edit, title="La mienne")
    client.submit(edit, title="Celle du collègue")
    refused = client.post(action, data=fields)
    assert refused.status_code == 422 and "Samir Le Goff a modifié" in refused.text
    assert "La mienne" in refused.text
    seen = stored(make, Event)[0].version
    assert client.post(action, data={**fields, "seen": str(seen), "form_key": "again"}).status_code == 302
    assert stored(make, Event)[0].title == "La mienne"


def test_the_messages_of_an_invitation_can_be_held_from_the_events_page(client, make):
    event, _ = make.event(), make.person("Zoé", "Urvoy")
    staff = client.as_("staff")
    staff.submit(f"/events/{event.id}/invite?q=urvoy", to="/invite")
    page = staff.get(f"/events/{event.id}/invitations")
    assert "/mail/dispatches/" in page.text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_of_an_hour_that_comes_twice_it_is_said_which_is_meant(client):
    client.as_("staff")
    said = "les horloges affichent deux fois 02:30"
    facts = {"title": "Nuit des données", "format": "online"}
    page = client.submit_and_follow(
        "/events/new", **facts, starts="2030-10-27T02:30", ends="2030-10-27T05:00"
    )
    assert said in page.text
    page = client.submit_and_follow(
        "/events/new", **facts, starts="2030-10-26T02:30", ends="2030-10-26T05:00"
    )
    assert said not in page.text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_draft_is_opened_from_the_page_that_invites(client, make):

    event = make.event(state=EventState.DRAFT)
    client.as_("staff")
    client.submit(f"/events/{event.id}/invite", to="/publish")
    assert "Inviter" in client.get(f"/events/{event.id}/invite").text
    with make.app.app_context():
        assert db.session.get_one(Event, event.id).state is EventState.OPEN


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_lasts_longer_than_a_week_is_said_once_above_the_month(client, make):
    for title, first, last in (("Un défi", (11, 3), (12, 12)), ("Trois jours à Lyon", (11, 10), (11, 12))):
        begins, ends = (datetime(2031, *day, 9) for day in (first, last))  # noqa: DTZ001  (walls)
        make.event(title, starts_wall=begins, ends_wall=ends)
    page = client.as_("viewer").get("/events/month/2031-11").text
    assert page.count("Un défi") == 1
    assert "Sur plusieurs semaines" in page and "du 03/11/2031 au 12/12/2031" in page
    assert page.count("Trois jours à Lyon") == 3
