"""General meetings: who votes, who stands in for whom, and when there is a quorum."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm import clock
from crm.db import db
from crm.events.assemblies import queries, services, words
from crm.events.assemblies.models import Assembly, Electorate, Turnout
from crm.events.checkin import services as doors
from crm.events.checkin.models import Act
from crm.events.checkin.services import Asked
from crm.events.models import Mode
from crm.events.services import seats
from crm.events.services.visitors import Standing
from crm.governance.services import memberships
from crm.web import files
from crm.web.models import Export
from tests.make import EARLY

ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
SIX = datetime(2026, 3, 2, 17, tzinfo=UTC)


@pytest.fixture
def meeting(make):
    return make.event("Assemblée", starts_wall=datetime(2026, 3, 2, 17))  # noqa: DTZ001


@pytest.fixture
def four(make, meeting):
    """Four voters, of which half make a quorum; one may hold one proxy."""
    assembly = make.assembly(meeting, most_proxies=1)
    return assembly, [make.voter(assembly, name) for name in ("Angers", "Brest", "Cahors", "Dijon")]


def say(voter, turnout):
    services.say(voter, turnout, by="staff", at=SIX)


def represent(voter, holder):
    services.represent(voter, holder, by="staff", at=SIX)


def registered(make, event, organisation, given="Ada"):
    person = make.person(given, organisation=organisation)
    standing = Standing(None, organisation, organisation.name, "")
    return seats.register(
        event, person, mode=Mode.ONSITE, address=None, standing=standing,
        language="fr", source="staff", at=EARLY,
    )  # fmt: skip


def come(event, registration):
    asked = Asked(Act.ENTER, registration.badge, "Ana", SIX)
    doors.note(event, registration.badge, asked, at=SIX)


def test_present_and_represented_voters_make_a_quorum_and_excused_ones_do_not(session, four):
    assembly, (angers, brest, cahors, _dijon) = four
    assert queries.quorum(assembly).needed == 2
    say(angers, Turnout.PRESENT)
    say(cahors, Turnout.EXCUSED)
    assert not queries.quorum(assembly).is_reached
    represent(brest, angers)
    now = queries.quorum(assembly)
    assert (now.present, now.represented, now.excused, now.is_reached) == (1, 1, 1, True)
    assembly.counts_proxies = False
    assert queries.quorum(assembly).missing == 1


def test_a_proxy_counts_while_the_voter_who_holds_it_is_there(session, four):
    assembly, (angers, brest, *_others) = four
    represent(brest, angers)
    assert queries.quorum(assembly).represented == 0
    say(angers, Turnout.PRESENT)
    assert queries.quorum(assembly).represented == 1
    say(angers, Turnout.EXPECTED)
    assert queries.quorum(assembly).represented == 0


def test_nobody_holds_more_proxies_than_allowed_nor_their_own_nor_passes_one_on(session, make, four):
    _assembly, (angers, brest, cahors, dijon) = four
    represent(brest, angers)
    represent(brest, angers)  # The same again is no second one.
    with pytest.raises(services.TooManyProxies):
        represent(cahors, angers)
    with pytest.raises(services.ToOneself):
        represent(cahors, cahors)
    with pytest.raises(services.HolderIsAway):
        represent(cahors, brest)
    with pytest.raises(services.HoldsProxies):
        represent(angers, dijon)
    with pytest.raises(services.HoldsProxies):
        say(angers, Turnout.EXCUSED)
    with pytest.raises(services.HoldsProxies):
        services.strike(angers)
    elsewhere = make.voter(make.assembly(make.event()), "Évreux")
    with pytest.raises(services.NotAVoter):
        represent(cahors, elsewhere)
    say(brest, Turnout.EXPECTED)
    represent(cahors, angers)


def test_whoever_is_let_in_at_the_door_is_present_for_the_organisation(session, make, meeting):
    angers, brest = make.organisation("Angers"), make.organisation("Brest")
    ada, zoe = registered(make, meeting, angers), registered(make, meeting, brest, "Zoé")
    assembly = make.assembly(meeting)
    first, second = (one.voter for one in queries.voters(assembly))
    represent(second, first)
    come(meeting, ada)
    told = queries.voters(assembly)
    assert [one.turnout for one in told] == [Turnout.PRESENT, Turnout.REPRESENTED]
    assert told[0].by_whom == (f"Ada {ada.family_name}",)
    # Whoever comes after all votes for itself.
    come(meeting, zoe)
    assert queries.quorum(assembly).present == 2


def test_people_vote_each_for_themselves_where_the_rule_says_so(session, make, meeting):
    angers = make.organisation("Angers")
    for given_name in ("Ada", "Blaise"):
        registered(make, meeting, angers, given_name)
    people = make.assembly(meeting, electorate=Electorate.PEOPLE)
    assert queries.quorum(people).voters == 2
    # Nothing was said of anybody yet: another rule makes another list.
    make.assembly(meeting, electorate=Electorate.ORGANISATIONS)
    assert [one.voter.name for one in queries.voters(people)] == ["Angers"]


def test_members_of_that_day_are_the_voters_and_new_ones_are_added_without_losing_what_was_said(
    session, make, meeting
):
    angers, brest, former = (make.organisation(name) for name in ("Angers", "Brest", "Caen"))
    facts = {"by": make.account(), "at": EARLY}
    memberships.record_membership(angers, begins_on=datetime(2025, 1, 1).date(), **facts)  # noqa: DTZ001
    assembly = make.assembly(meeting, electorate=Electorate.MEMBERS)
    assert [one.voter.name for one in queries.voters(assembly)] == ["Angers"]
    say(queries.voters(assembly)[0].voter, Turnout.EXCUSED)
    memberships.record_membership(brest, begins_on=datetime(2026, 1, 1).date(), **facts)  # noqa: DTZ001
    assert services.draw_up(assembly) == 1
    told = {one.voter.name: one.turnout for one in queries.voters(assembly)}
    assert told == {"Angers": Turnout.EXCUSED, "Brest": Turnout.EXPECTED}
    assert former.name not in told


@given(
    voters=st.integers(0, 5_000),
    fraction=st.sampled_from([(0, 1), (1, 4), (1, 3), (1, 2), (2, 3), (3, 4), (1, 1)]),
    is_more_than=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_the_quorum_is_the_smallest_number_that_satisfies_the_rule(voters, fraction, is_more_than):
    above, below = fraction
    rule = Assembly(numerator=above, denominator=below, is_more_than=is_more_than)
    needed = queries.needed(rule, voters)
    if above == 0 or voters == 0:
        assert needed == 0
        return

    def satisfies(number):
        return number * below > above * voters if is_more_than else number * below >= above * voters

    assert satisfies(needed) and not satisfies(needed - 1)


@ON_ONE_ENGINE
def test_the_sheet_of_the_assembly_says_who_stood_in_for_whom(app, session, make, four):
    assembly, (angers, brest, cahors, _dijon) = four
    say(angers, Turnout.PRESENT)
    represent(brest, angers)
    say(cahors, Turnout.EXCUSED)
    with app.test_request_context():
        told = [words._row(n, one)["by"] for n, one in enumerate(queries.voters(assembly), start=1)]
        octets = words.sheet(
            assembly, queries.voters(assembly), queries.quorum(assembly), house="ODF", at=SIX
        )
    assert told == ["Présent", "pouvoir à Angers", "Excusé", ""]
    assert octets.startswith(b"%PDF") and b"pdfuaid" in octets


@ON_ONE_ENGINE
def test_staff_call_an_assembly_note_proxies_and_the_door_shows_the_quorum(
    client, make, meeting, monkeypatch
):
    with make.app.app_context():
        event = db.session.merge(meeting)
        before = set(files.folder().glob("*"))
        for name in ("Angers", "Brest"):
            registered(make, event, make.organisation(name), name)
        db.session.commit()
    monkeypatch.setattr(clock, "now", lambda: SIX)
    address = f"/events/{meeting.id}/assembly"
    client.as_("staff")
    client.submit(f"{address}/rule", electorate="organisations", quorum=">1/2", most_proxies="1")
    page = client.get(address)
    assert "Quorum non atteint" in page.text and "il en faut 2" in page.text
    first, second = sorted(int(part.partition('"')[0]) for part in page.text.split('id="voter-')[1:])
    client.submit(address, to=f"/voters/{first}/present")
    written = (io.BytesIO(b"%PDF-1.7 pouvoir"), "pouvoir.pdf")
    form = f"{address}/voters/{second}/proxy"
    assert client.submit(form, holder="Personne").status_code == 422
    _, fields = client.filled(form, holder="Angers")
    more = [(io.BytesIO(b"%PDF-1.7 autre"), f"{number}.pdf") for number in range(2)]
    client.post(form, data={**fields, "written": [written, *more]}, content_type="multipart/form-data")
    with make.app.app_context():
        assert len(set(files.folder().glob("*")) - before) == 1
    assert "Quorum atteint" in client.get(address).text
    with client.get(f"{form}/file") as given_back:
        assert given_back.data == b"%PDF-1.7 pouvoir"
    assert [one["label"] for one in client.get(f"{address}/voters?q=bre").json] == ["Brest"]
    assert client.submit(address, to="/sheet", purpose="").status_code == 422
    assert client.submit(address, to="/sheet", purpose="Signatures").mimetype == "application/pdf"
    with make.app.app_context():
        assert [one.purpose for one in db.session.query(Export)] == ["Signatures"]
    door = make.door(meeting, at=SIX)
    client.submit(f"/c/{door.token}", helper="Ana")
    assert "Quorum atteint\u00a0: 2 votants sur 2" in client.get(f"/c/{door.token}").text
    assert client.get(f"/c/{door.token}/state").json["quorum"].startswith("Quorum atteint")
