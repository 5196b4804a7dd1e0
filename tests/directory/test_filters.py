"""The filter of a list: one reading, whoever reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.directory import queries, services
from crm.directory.filters import BadFilter, Filter
from crm.directory.models import OrganisationKind, Person, PersonAddress, Role, RoleCategory
from tests.make import EARLY, day

TODAY = day("2026-03-02")
WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc"), max_codepoint=0x2FF), max_size=20)


def people(session, querystring):
    found = session.scalars(queries.people_filtered(querystring, day=TODAY))
    return sorted(person.given_name for person in found)


def organisations(session, querystring):
    found = session.scalars(queries.organisations(Filter.of(querystring), day=TODAY))
    return sorted(organisation.name for organisation in found)


def add(name, *organisations, category=RoleCategory.OTHER, **facts):
    person = services.add_person(given_name=name, family_name="X", by="test", at=EARLY, **facts)
    for organisation in organisations:
        services.give_role(person=person, organisation=organisation, category=category, by="test", at=EARLY)
    return person


@pytest.fixture
def west(session, make):
    """Brittany with two departments, a commune and an EPCI; Paris; and a company in Rennes."""
    bretagne = make.territory("Bretagne", "region", "53", region_code="53")
    finistere = make.territory("Finistère", "department", "29", region_code="53", department_code="29")
    make.territory("Ille-et-Vilaine", "department", "35", region_code="53", department_code="35")
    epci = make.territory("Brest Métropole", "epci", "242900314", region_code="53", department_code="29")
    brest = make.territory(
        "Brest", code="29019", region_code="53", department_code="29", epci_code="242900314"
    )
    paris = make.territory("Paris", code="75056", region_code="11", department_code="75")
    places = {place.name: place for place in (bretagne, finistere, epci, brest, paris)}
    made = {
        name: services.organisation_from_territory(place, by="test", at=EARLY)
        for name, place in places.items()
    }
    made["Entreprise"] = services.add_organisation(name="Entreprise", postcode="35000", by="test", at=EARLY)
    return places, made


def test_a_territory_means_all_that_lies_inside(session, west):
    places, _made = west
    assert organisations(session, "territory=region:53") == [
        "Brest",
        "Brest Métropole",
        "Bretagne",
        "Entreprise",
        "Finistère",
    ]
    assert organisations(session, "territory=department:29") == ["Brest", "Brest Métropole", "Finistère"]
    assert organisations(session, "territory=epci:242900314") == ["Brest", "Brest Métropole"]
    assert organisations(session, f"territory={places['Brest'].id}") == ["Brest"]
    assert organisations(session, "territory=department:35") == ["Entreprise"]
    assert organisations(session, "territory=department:99") == []


def test_what_is_asked_of_roles_is_asked_of_one_role(session, west):
    _places, made = west
    add("Ada", made["Brest"], category=RoleCategory.ELECTED)
    both = add("Bob", made["Paris"], category=RoleCategory.ELECTED)
    services.give_role(
        person=both, organisation=made["Brest"], category=RoleCategory.OFFICER, by="test", at=EARLY
    )
    assert people(session, "territory=region:53") == ["Ada", "Bob"]
    assert people(session, "territory=region:53&category=elected") == ["Ada"]


def test_only_current_roles_count(session, make):
    town = make.organisation()
    add("Ada", town)
    gone = add("Bob", town)
    services.end_role(gone.roles[0], on=day("2026-03-01"), by="test", at=EARLY)
    assert people(session, f"organisation={town.id}") == ["Ada"]


def test_several_tags_are_all_asked_for(session):
    add("Ada", tags=["presse", "élus"])
    add("Bob", tags=["presse"])
    assert people(session, "tag=presse") == ["Ada", "Bob"]
    assert people(session, "tag=presse&tag=%C3%A9lus") == ["Ada"]
    assert people(session, "tag=unknown") == []


def test_kind_follower_address_and_language(session, make):
    commune = make.add(OrganisationKind(slug="commune", name_fr="Commune", name_en="Commune"))
    follower = make.account()
    town = services.add_organisation(name="Ville", kind=commune, followed_by=follower, by="test", at=EARLY)
    club = services.add_organisation(name="Club", emails=["club@example.org"], by="test", at=EARLY)
    add("Ada", town, emails=["ada@example.org"])
    add("Bob", club, language="en")
    assert people(session, "kind=commune") == ["Ada"]
    assert people(session, f"followed={follower.id}") == ["Ada"]
    assert people(session, "followed=nobody") == ["Bob"]
    assert (people(session, "address=yes"), people(session, "address=no")) == (["Ada"], ["Bob"])
    assert people(session, "language=en") == ["Bob"]
    assert organisations(session, "address=yes") == ["Club"]
    assert organisations(session, "kind=commune&kind=region") == ["Ville"]
    assert organisations(session, f"followed={follower.id}") == ["Ville"]


def test_a_search_with_an_at_looks_among_addresses(session):
    add("Ada", emails=["ada@example.org"])
    assert people(session, "q=ADA%40example") == ["Ada"]
    assert people(session, "q=other%40example") == []


@pytest.mark.parametrize("typed", ["%25", "_", "%27", "--", "%5C", "’"])
def test_signs_of_the_database_s_own_language_find_nobody(session, typed):
    add("Ada")
    assert people(session, f"q={typed}") == []


@pytest.mark.parametrize(
    "querystring",
    [
        "kinds=commune",
        "category=electd",
        "territory=Bretagne",
        "followed=me",
        "chosen=x",
        "territory_name=a&nothing=1",
    ],
)
def test_an_audience_is_never_wider_than_what_was_asked(session, querystring):
    with pytest.raises(BadFilter):
        queries.people_filtered(querystring, day=TODAY)


def test_what_belongs_to_the_page_alone_is_no_part_of_the_filter():
    assert Filter.of("?q=ada&sort=-updated&columns=email&cursor=x&lang=en") == Filter(q="ada")


@given(
    q=WORDS,
    tags=st.lists(WORDS, max_size=3),
    kinds=st.lists(st.from_regex(r"[a-z_]{1,10}", fullmatch=True), max_size=3),
    category=st.sampled_from([None, *RoleCategory]),
    chosen=st.lists(st.integers(1, 999_999_999), max_size=4),
    in_bin=st.booleans(),
)
def test_a_filter_reads_back_from_its_own_address(q, tags, kinds, category, chosen, in_bin):
    pairs = [("q", q), *(("tag", tag) for tag in tags), *(("kind", kind) for kind in kinds)]
    pairs += [
        ("category", category or ""),
        *(("chosen", str(key)) for key in chosen),
        ("bin", "yes" if in_bin else ""),
    ]
    filter = Filter.read(pairs)
    assert Filter.of(filter.querystring()) == filter


def test_a_caller_may_join_what_the_filter_asks_about(session, make):
    town = make.organisation("Ville")
    add("Ada", town, category=RoleCategory.ELECTED, emails=["ada@example.org"])
    add("Bob", town, category=RoleCategory.OFFICER, emails=["bob@example.org"])
    meant = queries.people_filtered("category=elected&address=yes", day=TODAY)
    standing, first = queries.standing_for(TODAY), queries.first_addresses()
    rows = (
        meant.join(Role, Role.person_id == Person.id)
        .join(PersonAddress, PersonAddress.person_id == Person.id)
        .outerjoin(standing, standing.c.person_id == Person.id)
        .join(first, first.c.person_id == Person.id)
        .with_only_columns(Person.given_name, standing.c.organisation_id, first.c.address_id)
    )
    assert [row[:2] for row in session.execute(rows)] == [("Ada", town.id)]
