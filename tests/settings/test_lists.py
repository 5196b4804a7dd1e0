"""The lists that the association edits itself."""

import pytest
from sqlalchemy import select

from crm.db import NamedChoice, db
from crm.events.models import EventKind
from crm.settings import lists, services


def names(model=EventKind):
    return [entry.name_fr for entry in lists.entries(model)]


def test_every_list_of_the_schema_has_a_title_and_usual_entries(session):
    tables = {model.__tablename__ for model in NamedChoice.__subclasses__()}
    assert tables == set(lists.models()) == set(lists.DEFAULTS)


def test_a_new_installation_starts_with_the_usual_lists_and_twice_is_once(session):
    for _ in range(2):
        services.set_up(name="OpenDataFrance")
    assert names()[:2] == ["Webinaire", "Conférence"]
    assert len(names()) == len(lists.DEFAULTS["event_kinds"])


def test_setting_up_again_leaves_an_edited_list_as_it_is(session):
    lists.add(EventKind, name_fr="Forum", name_en="")
    services.set_up(name="x")
    assert names() == ["Forum"]


def test_an_entry_without_english_is_shown_in_french(session):
    assert lists.add(EventKind, name_fr="Forum", name_en="").name("en") == "Forum"


def test_two_entries_of_a_list_never_have_the_same_name(session):
    forum = lists.add(EventKind, name_fr="Forum", name_en="Forum")
    with pytest.raises(lists.NameTaken):
        lists.add(EventKind, name_fr=" forum", name_en="x")
    other = lists.add(EventKind, name_fr="Salon", name_en="Fair")
    with pytest.raises(lists.NameTaken):
        lists.rename(other, name_fr="FORUM", name_en="x")
    lists.rename(forum, name_fr="Forum ouvert", name_en="Open forum")
    assert names() == ["Forum ouvert", "Salon"]


def test_a_renamed_entry_keeps_the_name_that_programs_know(session):
    forum = lists.add(EventKind, name_fr="Forum", name_en="Forum")
    lists.rename(forum, name_fr="Agora", name_en="Agora")
    again = lists.add(EventKind, name_fr="Forum", name_en="Forum")
    assert (forum.slug, again.slug) == ("forum", "forum-2")


def test_entries_change_places_and_stop_at_the_ends(session):
    a, b, c = (lists.add(EventKind, name_fr=name, name_en=name) for name in "ABC")
    lists.move(c, up=True)
    lists.move(a, up=True)
    lists.move(b, up=False)
    assert names() == ["A", "C", "B"]


def test_an_entry_in_use_is_archived_and_never_removed(session, make):
    kind = lists.add(EventKind, name_fr="Forum", name_en="Forum")
    make.event(kind_id=kind.id)
    with pytest.raises(lists.InUse):
        lists.remove(kind)
    lists.archive(kind)
    assert lists.uses(EventKind) == {kind.id: 1}
    lists.bring_back(kind)
    unused = lists.add(EventKind, name_fr="Salon", name_en="Fair")
    lists.remove(unused)
    session.flush()
    assert names() == ["Forum"]


def test_a_list_is_filled_edited_ordered_and_archived_on_its_page(client):
    client.as_("admin")
    page = "/settings/lists/event_kinds"
    assert "Webinaire" in client.submit_and_follow(page, to="/fill").text
    added = client.submit_and_follow(page, to=page, name_fr="Forum", name_en="Forum")
    assert "« Forum » est dans la liste" in added.text
    twice = client.submit(page, to=page, name_fr="forum")
    assert twice.status_code == 422 and "est déjà dans cette liste" in twice.text
    with client._client.application.app_context():
        forum = db.session.scalars(select(EventKind.id).where(EventKind.name_fr == "Forum")).one()
    entry = f"{page}/{forum}"
    assert client.submit(page, to=f"/{forum}/up").status_code == 302
    assert "« Agora »" in client.submit_and_follow(entry, to=entry, name_fr="Agora").text
    assert "Archivé" in client.submit_and_follow(entry, to="/archive").text
    assert client.submit(entry, to="/back").status_code == 302
    assert client.submit(entry, to="/remove").status_code == 302
    assert "Agora" not in client.get(page).text


def test_a_list_that_does_not_exist_is_not_found(client):
    client.as_("admin")
    assert client.get("/settings/lists/accounts").status_code == 404


def test_every_usual_kind_of_exchange_has_an_icon_that_is_drawn(session):
    from pathlib import Path

    from crm.relations.models import InteractionKind

    services.set_up(name="x")
    drawn = Path("crm/static/icons.svg").read_text()
    assert all(f'id="{kind.icon}"' in drawn for kind in lists.entries(InteractionKind))
