"""The pages of duplicates: the warning while one types, the pairs, the merge, the way back."""

import pytest

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_whoever_adds_a_person_that_is_there_sees_it_and_may_add_it_anyway(client, make):
    make.person("Ana", "Roux", email="ana@example.org", organisation=make.organisation("Ville d’Angers"))
    client.as_("staff")

    warned = client.submit("/people/new", given_name="ANA", family_name="roux")

    assert warned.status_code == 422
    assert "may be in the directory already" in warned.text or "peut-être déjà" in warned.text
    assert "/people/" in warned.text and "Ville d’Angers" in warned.text
    added = client.submit("/people/new", given_name="Ana", family_name="Roux", anyway="yes")
    assert added.status_code == 302


def test_an_address_or_number_that_somebody_has_is_told_while_one_types(client, make):
    ana = make.person("Ana", "Roux", email="ana@example.org")
    client.as_("staff")

    by_address = client.get("/duplicates/people/alike?email=ANA@example.org&given_name=A").get_json()
    by_nothing = client.get("/duplicates/people/alike?given_name=Paul&family_name=Roux").get_json()

    assert [one["address"] for one in by_address] == [f"/people/{ana.id}"]
    assert by_nothing == []


def test_an_organisation_called_alike_is_told_before_it_is_added_twice(client, make):
    angers = make.organisation("Angers", postcode="49000", city="Angers")
    client.as_("staff")

    told = client.get("/duplicates/organisations/alike?name=Mairie d’Angers&postcode=49000").get_json()
    warned = client.submit("/organisations/new", name="Ville d’Angers", postcode="49000")

    assert [one["name"] for one in told] == ["Angers"]
    assert warned.status_code == 422 and f"/organisations/{angers.id}" in warned.text


def test_a_search_proposes_pairs_and_forgets_what_is_not_the_same(client, make):
    house = make.organisation()
    for given in ("Ana", "Ana"):
        make.person(given, "Roux", email=None, organisation=house)
    client.as_("staff")

    client.submit("/duplicates/people", to="/scan")
    page = client.get("/duplicates/people").text
    assert page.count('class="box pair"') == 1
    client.submit("/duplicates/people", to="/not-same")
    client.submit("/duplicates/people", to="/scan")

    assert client.get("/duplicates/people").text.count('class="box pair"') == 0
    assert client.get("/duplicates/people/settled").text.count('class="box pair"') == 1
    client.submit("/duplicates/people/settled", to="/reopen")
    assert client.get("/duplicates/people").text.count('class="box pair"') == 1


def test_two_people_become_one_field_by_field_and_two_again(client, make):
    kept = make.person("Ana", "Roux", notes="Aime le matin")
    gone = make.person("Anna", "Roux", email="anna@example.org", notes="Parle breton")
    client.as_("staff")
    where = f"/duplicates/people/{kept.id}/{gone.id}"

    client.submit(where, **{"side-given_name": "gone", "side-notes": "both"})

    page = client.get(f"/people/{kept.id}").text
    assert "Anna Roux" in page and "Aime le matin" in page and "Parle breton" in page
    assert "anna@example.org" in page
    old = client.get(f"/people/{gone.id}")
    assert (old.status_code, old.location) == (302, f"/people/{kept.id}")
    client.submit("/duplicates/merges/1", to="/undo")
    assert "Parle breton" in client.get(f"/people/{gone.id}").text
    assert "anna@example.org" not in client.get(f"/people/{kept.id}").text


def test_what_cannot_be_merged_is_told_in_a_sentence(client, make):
    one, other, third = make.person(), make.person(), make.person()
    client.as_("staff")
    action, fields = client.filled(f"/duplicates/people/{one.id}/{other.id}")
    make.merge(third, other)

    late = client.post(action, data=fields, follow_redirects=True)
    itself = client.get(f"/duplicates/people/{one.id}/{one.id}", follow_redirects=True)
    client.submit(f"/people/{third.id}", to="/bin")
    binned = client.get(f"/duplicates/people/{one.id}/{third.id}", follow_redirects=True)

    assert "Nothing was done a second time" in late.text or "une seconde fois" in late.text
    assert "cannot be merged with itself" in itself.text or "avec elle-même" in itself.text
    assert "is in the bin" in binned.text or "dans la corbeille" in binned.text


def test_a_form_sent_to_a_record_that_was_merged_meanwhile_changes_nothing(client, make):
    kept, gone = make.person("Ana", "Roux"), make.person("Anna", "Roux")
    client.as_("staff")
    action, fields = client.filled(f"/people/{gone.id}/edit")
    make.merge(kept, gone)

    answer = client.post(action, data={**fields, "family_name": "Autre"})

    assert (answer.status_code, answer.location) == (302, f"/people/{kept.id}")
    assert "Autre" not in client.get(f"/people/{kept.id}").text
