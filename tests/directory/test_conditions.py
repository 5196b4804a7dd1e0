"""Views: what their conditions mean, in which words they are told, and who may see them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from crm.db import db
from crm.directory import conditions, queries, services
from crm.directory.conditions.tree import (
    ALL,
    ANY,
    HOW,
    NONE,
    Ask,
    Group,
    Unreadable,
    as_json,
    from_json,
    read,
    write,
)
from crm.directory.filters import BadFilter, Filter, ViewGone, ViewNotUnderstood
from crm.directory.merging import services as merging
from crm.directory.models import OrganisationKind, RoleCategory, SavedView, Tag
from crm.directory.queries import views
from crm.directory.saved import services as saved
from crm.directory.saved import words
from crm.errors import Changed
from tests.make import EARLY, day

TODAY = day("2026-03-02")


def meant(session, where, kind="people"):
    rows = getattr(queries, kind)(Filter(where=where), day=TODAY)
    return sorted(getattr(row, "given_name", "") or row.name for row in session.scalars(rows))


def add(name, *organisations, function="", category=RoleCategory.OTHER, **facts):
    person = services.add_person(given_name=name, family_name="X", by="test", at=EARLY, **facts)
    for organisation in organisations:
        services.give_role(
            person=person,
            organisation=organisation,
            function=function,
            category=category,
            by="test",
            at=EARLY,
        )
    return person


# The tree

PARTS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12)
ASKS = st.builds(
    Ask,
    st.from_regex(r"[a-z][a-z_.]{0,8}[a-z]", fullmatch=True),
    st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
    st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), PARTS, max_size=2).map(
        lambda kept: tuple((name, " ".join(value.split())) for name, value in kept.items())
    ),
)
INNER = st.builds(Group, st.sampled_from(HOW), st.lists(ASKS, min_size=1, max_size=3).map(tuple))
GROUPS = st.builds(
    Group,
    st.sampled_from(HOW),
    st.lists(
        st.one_of(ASKS, INNER),
        min_size=1,
        max_size=4,
    ).map(tuple),
)  # fmt: skip


@given(GROUPS)
def test_conditions_read_back_from_their_address_and_from_what_is_kept(one):
    told = read(write(one))
    assert write(told) == write(one)
    assert from_json(as_json(told)) == told


@pytest.mark.parametrize(
    "where",
    ["", "all()", "all", "all(x)", "all(tag.has;7)", "some(tag.any)", "all(tag.any", "all(tag.any)x",
     "all((tag.any))", "all(all(all(all(tag.any))))",
     "all(" + ",".join(["tag.any"] * 41) + ")", "all(A.b)", "x" * 9_000],
)  # fmt: skip
def test_spoiled_conditions_are_refused_and_never_mean_everybody(session, where):
    with pytest.raises(Unreadable):
        read(where)
    if where:
        with pytest.raises(BadFilter):
            queries.people(Filter.read([("where", where)]), day=TODAY)


# What they mean


def test_groups_are_all_any_and_none(session):
    add("Ada", tags=["presse"])
    add("Bob", tags=["presse", "élus"])
    add("Cléo")
    press, elected = (session.scalar(select(Tag.id).where(Tag.name == name)) for name in ("presse", "élus"))
    a, b = f"tag.has;value:{press}", f"tag.has;value:{elected}"
    assert meant(session, f"all({a},{b})") == ["Bob"]
    assert meant(session, f"any({a},{b})") == ["Ada", "Bob"]
    assert meant(session, f"none({a},{b})") == ["Cléo"]
    assert meant(session, f"all({a},none({b}))") == ["Ada"]
    assert meant(session, f"any(all({a},{b}),tag.no)") == ["Bob", "Cléo"]


def test_what_is_asked_of_a_role_is_asked_of_one_role_and_of_its_day(session, make):
    town, club = make.organisation("Ville"), make.organisation("Club")
    add("Ada", town, function="Maire", category=RoleCategory.ELECTED)
    both = add("Bob", town, function="Agent")
    services.give_role(person=both, organisation=club, function="Maire honoraire", by="test", at=EARLY)
    services.end_role(both.roles[0], on=day("2026-01-31"), by="test", at=EARLY)
    at_town = f"organisation:{town.id}"
    assert meant(session, f"all(role.now;function:maire;{at_town})") == ["Ada"]
    assert meant(session, "all(role.now;function:maire)") == ["Ada", "Bob"]
    assert meant(session, f"all(role.past;{at_town})") == ["Bob"]
    assert meant(session, f"all(role.on;on:2026-01-15;{at_town})") == ["Ada", "Bob"]
    assert meant(session, "all(role.not;category:elected)") == ["Bob"]


def test_places_kinds_and_blanks_of_organisations(session, make):
    kind = make.add(OrganisationKind(slug="commune", name_fr="Commune", name_en="Commune"))
    bretagne = make.territory("Bretagne", "region", "53", region_code="53")
    services.organisation_from_territory(bretagne, by="test", at=EARLY)
    services.add_organisation(name="Ville", kind=kind, city="Angers", by="test", at=EARLY)
    services.add_organisation(name="Sans rien", by="test", at=EARLY)
    assert meant(session, "all(territory.in;value:region~3a53)", "organisations") == ["Bretagne"]
    assert meant(session, "all(territory.not_in;value:region~3a53)", "organisations") == [
        "Sans rien",
        "Ville",
    ]
    assert meant(session, f"all(kind.is_not;value:{kind.id})", "organisations") == ["Bretagne", "Sans rien"]
    assert meant(session, "none(city.has;value:ANGERS)", "organisations") == ["Bretagne", "Sans rien"]
    assert meant(session, "all(city.empty,siren.empty)", "organisations") == ["Bretagne", "Sans rien"]


def test_who_can_be_written_to_for_a_purpose(session, make):
    from crm.mail.models import Objection, Purpose

    add("Ada", emails=["ada@example.org"])
    add("Bob")
    refuses = make.address("ada@example.org")
    assert meant(session, "all(reachable.yes;value:newsletter)") == ["Ada"]
    session.add(Objection(address_id=refuses.id, purpose=Purpose.NEWSLETTER, at=EARLY, source="page"))
    session.flush()
    assert meant(session, "all(reachable.yes;value:newsletter)") == []
    assert meant(session, "all(reachable.yes;value:invitation)") == ["Ada"]
    assert meant(session, "all(mailings.unsubscribed.yes;purpose:newsletter)") == ["Ada"]


def test_every_condition_and_its_contrary_share_out_everybody(session, make):
    """Each way to ask, filled in as a reader would, on both lists: nobody is lost, nobody counted twice."""
    town = make.organisation("Ville")
    add("Ada", town, tags=["presse"], emails=["ada@example.org"])
    add("Bob")
    make.event()
    samples = {"text": "a", "number": "2", "date": "2026-01-01", "organisation": str(town.id)}
    make.territory("Bretagne", "region", "53", region_code="53")
    samples["territory"] = "region:53"
    for kind in ("people", "organisations"):
        everybody = len(meant(session, "any(name.has;value:a,name.has_not;value:a)", kind))
        for condition in conditions.offered(kind):
            for operator in condition.operators:
                asked = [(part, samples.get(part.takes) or _first(part)) for part in operator.parts]
                if any(not value for part, value in asked if part.is_required):
                    continue
                ask = Ask(condition.key, operator.key, tuple((p.key, v) for p, v in asked if v))
                here = meant(session, write(Group(ALL, (ask,))), kind)
                others = meant(session, write(Group(NONE, (ask,))), kind)
                assert len(here) + len(others) == everybody, (kind, condition.key, operator.key)


def _first(part):
    offered = list(part.choices(False)) if part.choices else []
    return offered[-1].value if offered else ""


# Participation


def test_who_was_invited_came_or_did_not(session, make):
    from crm.events.models import Answer, Attendance, Invitation, Mode, Registration, Seat

    may, june = make.event("Mai"), make.event("Juin")
    may.starts_at = EARLY
    ada, bob, cleo = add("Ada"), add("Bob"), add("Cléo")
    address = make.address()
    for number, (person, event) in enumerate(((ada, may), (ada, june), (bob, june))):
        session.add(
            Registration(
                event_id=event.id, person_id=person.id, mode=Mode.ONSITE, seat=Seat.CONFIRMED,
                token=f"t{number}",
                asked_at=EARLY, attendance=Attendance.ABSENT if person is bob else Attendance.PRESENT,
            )
        )  # fmt: skip
    session.add(
        Invitation(event_id=june.id, person_id=cleo.id, address_id=address.id, token="i", invited_at=EARLY,
                   invited_by="test", answer=Answer.DECLINED)
    )  # fmt: skip
    session.flush()
    assert meant(session, "all(events.came.yes;event:any)") == ["Ada"]
    assert meant(session, "all(events.came.yes;event:any;times:2)") == ["Ada"]
    assert meant(session, "all(events.came.yes;event:any;times:3)") == []
    assert meant(session, "all(events.came.yes;event:any;until:2026-12-31)") == ["Ada"]
    assert meant(session, f"all(events.came.absent;event:{june.id})") == ["Bob"]
    assert meant(session, f"all(events.came.no;event:{june.id})") == ["Bob", "Cléo"]
    assert meant(session, "all(events.registered.yes;event:any;since:2030-01-01)") == ["Ada", "Bob"]
    assert meant(session, f"all(events.invited.declined;event:{june.id})") == ["Cléo"]
    assert meant(session, f"all(events.invited.no;event:{june.id})") == ["Ada", "Bob"]


def test_with_whom_nothing_was_exchanged_for_long(session, make):
    town, club, never = (make.organisation(name) for name in ("Ville", "Club", "Jamais"))
    met = add("Ada", town)
    add("Bob", never)
    make.exchange(organisations=[town], people=[met], at=EARLY)
    make.exchange(organisations=[club], at=EARLY.replace(year=2025))
    assert never.id
    assert meant(session, "all(relations.exchange.older;days:90)", "organisations") == ["Club", "Jamais"]
    assert meant(session, "all(relations.exchange.last;days:90)", "organisations") == ["Ville"]
    assert meant(session, "all(relations.exchange.never)", "organisations") == ["Jamais"]
    assert meant(session, "all(relations.exchange.any)") == ["Ada"]
    assert meant(session, "all(relations.organisation_exchange.never)") == ["Bob"]


# In words


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_view_is_told_in_both_languages(app, make):
    tag = make.add(Tag(name="presse"))
    asked = read(f"all(events.came.yes;event:any;since:2024-01-01,tag.has_not;value:{tag.id})")
    with app.test_request_context("/?lang=en"):
        assert words.sentence(asked, "people") == (
            "People who came to an event since 1 Jan 2024 and who are not tagged “presse”"
        )
    with app.test_request_context("/?lang=fr"):
        assert words.sentence(asked, "people") == (
            "Personnes qui sont venues à un événement depuis le 01/01/2024 et "
            "qui n’ont pas l’étiquette «\u00a0presse\u00a0»"
        )


# Kept


def test_a_view_is_the_same_list_for_the_page_the_file_and_an_audience(session, make):
    add("Ada")
    add("Bob")
    view = make.view(where="all(name.has;value:ada)")
    found = session.scalars(queries.people_filtered(f"view={view.id}", day=TODAY)).all()
    assert [person.given_name for person in found] == ["Ada"]
    add("Adam")
    assert len(session.scalars(queries.people_filtered(f"view={view.id}", day=TODAY)).all()) == 2


def test_a_view_that_is_gone_or_no_longer_understood_means_nobody(session, make):
    tag = make.add(Tag(name="presse"))
    view = make.view("Presse", where=f"all(tag.has_not;value:{tag.id})")
    asked = f"view={view.id}"
    session.scalars(queries.people_filtered(asked, day=TODAY)).all()
    session.delete(tag)
    session.flush()
    with pytest.raises(ViewNotUnderstood, match="Presse"):
        queries.people_filtered(asked, day=TODAY)
    view.binned_at = EARLY
    with pytest.raises(ViewGone):
        queries.people_filtered(asked, day=TODAY)
    for spoiled in ("view=0", "view=x", "view=999999999", "where=all(nothing.is)"):
        with pytest.raises(BadFilter):
            queries.people_filtered(spoiled, day=TODAY)


def test_a_tag_that_is_renamed_stays_what_the_view_asks_for(session, make):
    add("Ada", tags=["presse"])
    tag = session.scalar(select(Tag))
    view = make.view(where=f"all(tag.has;value:{tag.id})")
    tag.name = "Médias"
    session.flush()
    assert len(session.scalars(queries.people_filtered(f"view={view.id}", day=TODAY)).all()) == 1


def test_the_bar_of_a_list_becomes_conditions_that_mean_the_same(session, make):
    kind = make.add(OrganisationKind(slug="commune", name_fr="Commune", name_en="Commune"))
    other = make.add(OrganisationKind(slug="epci", name_fr="EPCI", name_en="EPCI"))
    town = services.add_organisation(name="Ville", kind=kind, by="test", at=EARLY)
    epci = services.add_organisation(name="EPCI", kind=other, by="test", at=EARLY)
    add("Ada", town, category=RoleCategory.ELECTED, tags=["presse"], emails=["ada@example.org"])
    add("Bob", epci, language="en")
    for asked in ("kind=commune&category=elected", "kind=commune&kind=epci", "tag=presse&address=yes", "q=ad",
                  "kind=unknown", "tag=unknown", "language=en",
                  "followed=nobody", f"organisation={town.id}"):  # fmt: skip
        filter = Filter.of(asked)
        before = sorted(p.given_name for p in session.scalars(queries.people(filter, day=TODAY)))
        tree = views.as_tree(filter, "people")
        after = [] if "unknown" in asked else meant(session, write(tree))
        assert after == before, asked
    with pytest.raises(views.NoCondition):
        views.as_tree(Filter.of("chosen=1"), "people")


def test_a_private_view_is_its_owner_s_alone(session, make):
    ana, admin = make.account(), make.account("admin")
    own = saved.save(kind="people", name="À moi", tree=read("all(tag.any)"), by=ana, at=EARLY)
    shared = saved.save(
        kind="people", name="À tous", tree=read("all(tag.any)"), is_shared=True, by=ana, at=EARLY
    )
    assert [v.name for v in session.scalars(views.open_to(admin))] == ["À tous"]
    with pytest.raises(ViewGone):
        views.check_reader(Filter(view=str(own.id)), "people", admin)
    views.check_reader(Filter(view=str(own.id)), "people", ana)
    assert saved.may_change(shared, admin) and not saved.may_change(own, admin)
    assert not saved.may_change(shared, make.account())
    facts = {"description": "", "tree": read("all(tag.no)"), "seen": shared.version, "at": EARLY}
    with pytest.raises(saved.NotYoursToHide):
        saved.change(shared, name="À tous", is_shared=False, by=admin, **facts)
    saved.change(shared, name="À tous", is_shared=True, by=admin, **facts)
    with pytest.raises(Changed):
        saved.change(shared, name="À tous", is_shared=True, by=ana, **{**facts, "seen": 99})


def test_names_copies_defaults_and_removal(session, make):
    ana = make.account()
    view = saved.save(kind="people", name="Presse", tree=read("all(tag.any)"), by=ana, at=EARLY)
    with pytest.raises(saved.NameTaken):
        saved.save(kind="people", name="presse", tree=read("all(tag.any)"), by=ana, at=EARLY)
    with pytest.raises(saved.NothingAsked):
        saved.save(kind="people", name="Vide", tree=Group(ANY), by=ana, at=EARLY)
    copy = saved.duplicate(view, name="Presse", by=ana, at=EARLY)
    assert (copy.name, copy.is_shared) == ("Presse (2)", False)
    saved.make_default(view, of=ana)
    session.flush()
    assert views.default_of(ana, "people") is view
    saved.remove(view, by=ana, at=EARLY)
    session.flush()
    assert views.default_of(ana, "people") is None
    saved.restore(view, by=ana)
    assert views.default_of(ana, "people") is view


# Pages


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_view_is_built_kept_and_opened_without_a_script(client, app, make):
    make.person("Ada", "Roux")
    make.person("Bob", "Noir")
    client.as_("staff")
    page = client.get("/views/people/build?how=all&is-0=name&op-0=has&v-0-value=roux&lang=en").text
    assert ">1 person<" in page and "whose name contains “roux”" in page
    added = client.get("/views/people/build?how=all&is-0=name&op-0=has&v-0-value=roux&act=add:&lang=en").text
    assert 'name="is-1"' in added and "1 condition is not filled in yet" in added
    client.submit(
        "/views/people/new?where=all(name.has;value:roux)",
        to="/views/people/new",
        name="Les Roux",
        is_shared="y",
    )
    with app.app_context():
        view = db.session.scalar(select(SavedView))
        key = view.id
    listed = client.get(f"/people/?view={key}&lang=en").text
    assert "Roux" in listed and "Noir" not in listed and "View: Les Roux" in listed
    assert "Les Roux" in client.get("/views/").text
    client.submit("/views/", to=f"/views/{key}/default")
    assert client.get("/people/").headers["Location"].endswith(f"/people/?view={key}")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_broken_view_says_so_counts_nobody_and_leads_to_its_mending(client, make):
    make.person("Ada", "Roux")
    view = make.view(where="all(tag.has_not;value:77)")
    client.as_("admin")
    page = client.get(f"/people/?view={view.id}&lang=en").text
    assert "has a condition that is no longer understood" in page and "Roux" not in page
    assert f"/views/people/build?view={view.id}" in page
    mending = client.get(f"/views/people/build?view={view.id}&lang=en").text
    assert "names something that no longer exists" in mending and "Nobody, for now" in mending
    assert client.get(f"/people/export?view={view.id}").status_code == 422


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_another_s_private_view_is_found_nowhere(client, make):
    ana = make.account()
    view = make.view("Secret", is_shared=False, owner_id=ana.id)
    client.as_("admin")
    mailing = make.mailing()
    assert "Secret" not in client.get("/views/").text
    for address in (f"/people/?view={view.id}", f"/people/export?view={view.id}",
                    f"/mailings/to?view={view.id}", f"/views/people/build?view={view.id}",
                    f"/views/{view.id}/edit"):  # fmt: skip
        assert "Secret" not in client.get(address).text, address
    answer = client.submit(
        "/mailings/to?q=x", to=f"/mailings/{mailing.id}/audience", audience=f"view={view.id}"
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_mailing_goes_to_a_view_which_then_cannot_be_removed(client, make):
    make.person("Ada", "Roux")
    make.person("Ida", "Roux", email="")
    make.person("Bob", "Noir")
    view = make.view("Les Roux", where="all(name.has;value:roux)")
    mailing = make.mailing(audience=f"view={view.id}")
    client.as_("admin")
    assert client.get(f"/mailings/{mailing.id}").status_code == 200
    assert "Ida" in client.get(f"/mailings/{mailing.id}/left-out?why=no_address").text
    refused = client.submit("/views/", to=f"/views/{view.id}/remove")
    assert refused.status_code == 422 and "s’adresse aux personnes de cette vue" in refused.text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_command_line_exports_a_shared_view_by_its_name(app, make, tmp_path):
    make.person("Ada", "Roux")
    make.person("Bob", "Noir")
    make.view("Les Roux", where="all(name.has;value:roux)")
    out = tmp_path / "roux.csv"
    run = app.test_cli_runner().invoke
    done = run(args=["directory", "export", "people", "--view", "Les Roux", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "Roux" in out.read_text("utf-8-sig") and "Noir" not in out.read_text("utf-8-sig")
    assert run(args=["directory", "export", "people", "--view", "Nul", "--out", str(out)]).exit_code == 1


def test_a_view_that_names_a_merged_organisation_means_the_one_it_became(session, make):
    """Also where the organisation is excluded: nobody more is meant after a merge."""
    kept, gone, part = (make.organisation(name) for name in ("Brest métropole", "Brest", "Port"))
    part.parent_id = gone.id
    session.flush()
    below = f"none(parent.is;value:{gone.id})"
    add("Ana", gone)
    add("Zoé", make.organisation("Rennes"))
    excluded, at = f"none(role.now;organisation:{gone.id})", f"all(role.now;organisation:{gone.id})"
    assert (meant(session, excluded), meant(session, at)) == (["Zoé"], ["Ana"])
    assert "Port" not in meant(session, below, "organisations")

    merging.merge(kept, gone, by="test", at=EARLY)

    assert (meant(session, excluded), meant(session, at)) == (["Zoé"], ["Ana"])
    assert "Port" not in meant(session, below, "organisations")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_spoiled_place_on_the_builder_is_passed_over(client):
    client.as_("viewer")

    for place in ("²", "9" * 5_000, "-", "1-x"):
        assert client.get(f"/views/people/build?how=all&is-0=name&act=add:{place}").status_code == 200


def test_who_lies_in_the_bin_is_no_audience(session):
    with pytest.raises(BadFilter):
        queries.people_filtered("bin=yes", day=TODAY)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_bin_can_neither_be_written_to_nor_invited(client):
    client.as_("staff")

    for page in ("/mailings/to?bin=yes", "/mailings/new?bin=yes", "/events/invite?bin=yes"):
        assert client.get(page, follow_redirects=True).status_code < 500
