"""Readers of a kit: the letter for each of their deputies and senators, and what they declare."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.kits import services as kits
from crm.kits.acting import finding, letters, queries, results, services
from crm.kits.acting.letters import Writer
from crm.kits.acting.models import ActKind, KitAct, KitLetter, KitReader, Reply
from crm.kits.models import Kit
from crm.kits.parliament.models import Chamber, CommuneSeat, Parliamentarian
from crm.kits.views import acts as pages
from crm.relations.models import Act, Note
from crm.web.robots import Door
from tests.make import EARLY

LATER = EARLY + timedelta(days=1)


def version(kit, label, **rule):
    told = {"chamber": None, "group": "", "committee": "", "named": [], "subject": "Objet", "body": label}
    told = {**told, "short": "", **rule}
    return services.write_letter(kit, None, label=label, **told)


# The letter for each


def test_everybody_gets_one_letter_the_narrowest_that_names_them(session, make):
    kit = make.kit()
    lis = make.parliamentarian("Lis", "49-01", group="MES", committee="Finances")
    iris = make.parliamentarian("Iris", "49", group="MES")
    rose = make.parliamentarian("Rose", "49-02", group="GRI")
    by_name = version(kit, "nommée", named=[rose])
    chamber = version(kit, "sénat", chamber=Chamber.SENATE)
    group = version(kit, "groupe", group="mes")
    committee = version(kit, "commission", committee="finances")
    versions = queries.versions(kit)
    assert [letters.version_for(one, versions) for one in (lis, iris, rose)] == [committee, group, by_name]
    other = make.parliamentarian("Autre", "75", group="GRI")
    assert letters.version_for(other, versions) is chamber
    assert letters.version_for(make.parliamentarian("Nul", "75-01", group="GRI"), versions) is None


def test_a_rule_of_several_parts_fits_only_who_fits_all_of_them(session, make):
    kit = make.kit()
    version(kit, "sénat du groupe", chamber=Chamber.SENATE, group="MES")
    deputy = make.parliamentarian("Lis", "49-01", group="MES")
    assert letters.version_for(deputy, queries.versions(kit)) is None


def test_the_letter_is_filled_in_once_and_what_is_not_known_is_a_visible_blank(session, make):
    kit = make.kit(
        letter_body="{{civilite}}, {{titre}} {{elu}}, {{circonscription}}\n{{prenom}} {{nom}}, {{ commune }}"
    )
    one = make.parliamentarian("{{nom}}", "49-01", given_name="Zoé", civility="Mme")
    ready = letters.ready(kit, one, (), Writer(given_name="Ana"))
    assert ready.body == "Madame, députée Zoé {{nom}}, Maine-et-Loire, 1re circonscription\nAna ……, ……"
    assert "None" not in ready.body


def test_a_word_in_braces_that_cannot_be_filled_in_is_refused(session, make):
    with pytest.raises(letters.UnknownVariable, match="7"):
        version(make.kit(), "x", body="Bonjour {{7*7}}")


def test_a_letter_too_long_for_a_link_opens_with_its_subject_and_is_there_to_copy(session, make):
    kit = make.kit(letter_body="é" * 3000)
    ready = letters.ready(kit, make.parliamentarian(email="v@example.org"), (), Writer())
    assert ready.for_link == "" and len(ready.body) == 3000
    assert ready.mailto.startswith("mailto:v@example.org?subject=") and ready.fits


# What readers declare


def test_a_letter_told_twice_counts_once_and_can_be_taken_back(session, make):
    kit, one = make.kit(), make.parliamentarian()
    reader = services.reader_of(kit, None, at=EARLY)
    services.wrote(kit, reader, one, at=EARLY)
    services.wrote(kit, reader, one, at=LATER)
    services.replied(kit, reader, one, Reply.MEETING, words="Mardi", at=LATER)
    tally = queries.tallies(kit)[one.id]
    assert (tally.contacted, tally.replied, tally.replies) == (1, 1, {Reply.MEETING: 1})
    services.undo(reader, one, ActKind.WROTE, at=LATER)
    assert one.id not in queries.tallies(kit) and reader.acted_at is None
    services.wrote(kit, reader, one, at=LATER)
    assert queries.tallies(kit)[one.id].contacted == 1 and reader.acted_at == LATER


def test_an_answer_comes_after_a_letter(session, make):
    kit, one = make.kit(), make.parliamentarian()
    with pytest.raises(services.NotWritten):
        services.replied(kit, services.reader_of(kit, None, at=EARLY), one, Reply.ANSWERED, at=EARLY)


def test_a_button_that_opens_a_letter_counts_under_nobody_and_is_no_letter(session, make):
    kit, one = make.kit(), make.parliamentarian()
    services.clicked(kit, one, "Gmail")
    services.clicked(kit, one, "Gmail")
    tally = queries.tallies(kit)[one.id]
    assert (tally.opened, tally.contacted) == (2, 0)
    assert session.scalar(select(KitReader.id)) is None


def test_the_results_say_who_was_written_to_and_whom_nobody_wrote_to(session, make):
    kit = make.kit()
    lis, iris = (
        make.parliamentarian("Lis", "49-01", group="MES"),
        make.parliamentarian("Iris", "49", group="GRI"),
    )
    for _ in range(3):
        services.wrote(kit, services.reader_of(kit, None, at=EARLY), lis, at=EARLY)
    told = results.of(kit)
    assert (told.letters, [row.one for row in told.contacted], [row.one for row in told.untouched]) == (
        3,
        [lis],
        [iris],
    )
    assert [(one.name, one.members, one.contacted, one.letters) for one in told.by("group")] == [
        ("MES", 1, 1, 3), ("GRI", 1, 0, 0),
    ]  # fmt: skip
    assert (results.outside(3), results.outside(5), results.outside(0)) == ("< 5", "5", "0")


# The page


@pytest.fixture
def house(app, make):
    """A kit, a commune's deputy and senator, and a person who works there."""
    commune = make.territory("Angers", code="49007", department_code="49", postcodes="49000 49100")
    make.add(CommuneSeat(commune="49007", constituency="49-01"))
    town = make.organisation("Ville d’Angers", territory_id=commune.id, city="Angers", postcode="49000")
    ana = make.person("Ana", "Roux", organisation=town)
    kit = make.kit("Pour les données", slug="donnees")
    deputy = make.parliamentarian("Lis", "49-01", email="lis@example.org")
    make.parliamentarian("Sauge", "49", email="sauge@example.org")
    with app.test_request_context():
        token = finding.own_link(kit.id, ana.id)
    return {"kit": kit, "ana": ana, "deputy": deputy, "token": token, "town": town}


def acts(app):
    with app.app_context():
        return [
            (act.kind, act.reader.person_id, act.undone_at is None)
            for act in db.session.scalars(select(KitAct).where(KitAct.kind != ActKind.OPENED))
        ]


def test_a_reader_finds_his_deputies_by_postcode_or_department_or_country_without_a_script(
    client, make, house
):
    page = client.get("/k/donnees")
    assert "Où votez-vous" in page.text and "lis@example.org" not in page.text
    found = client.get("/k/donnees?postcode=49000")
    assert "mailto:lis@example.org?subject=" in found.text and "mailto:sauge@example.org" in found.text
    # A department has several seats: the reader says which; the senators are everybody's.
    several = client.get("/k/donnees?department=49").text
    assert "mailto:sauge@example.org?subject=" in several and "mailto:lis@" not in several
    assert 'Maine-et-Loire, 2e circonscription</a> <span class="text-secondary">vacant' in several
    assert "mailto:lis@example.org?subject=" in client.get("/k/donnees?constituency=49-01").text
    assert "Aucune commune" in client.get("/k/donnees?postcode=99999").text
    assert "cinq chiffres" in client.get("/k/donnees?postcode=abc").text
    assert "Indiquez aussi le code postal" in client.get("/k/donnees?city=Angers").text
    for name in ("Cèdre", "Orme"):
        make.parliamentarian(name, "099", chamber=Chamber.SENATE)
    abroad = client.get("/k/donnees?country=DE").text
    assert "7e circonscription" in abroad
    assert "Tous représentent les Français" in abroad and "représentent le département" not in abroad
    assert abroad.index(">Éthiopie<") < abroad.index(">Finlande<")


def test_a_link_of_ones_own_shows_ones_own_without_asking_and_a_get_writes_nothing(client, app, house):
    page = client.get(f"/k/donnees/mine/{house['token']}")
    assert "Ana Roux" in page.text and "lis@example.org" in page.text
    assert 'content="noindex"' in page.text
    with app.app_context():
        assert db.session.scalar(select(KitReader.id)) is None


def test_without_a_word_a_letter_is_counted_under_nobody_and_no_reminder_follows(client, app, house):
    address = f"/k/donnees/mine/{house['token']}"
    answer = client.submit(address, to="/wrote", token=house["token"], parliamentarian=house["deputy"].id)
    assert answer.status_code == 302 and house["token"] not in answer.headers["Location"]
    assert acts(app) == [(ActKind.WROTE, None, True)]
    with app.app_context():
        own = db.session.scalar(select(KitReader).where(KitReader.person_id == house["ana"].id))
        assert own is not None and own.acted_at is not None
        assert db.session.scalar(select(Note.id).where(Note.act == Act.WROTE_TO_PARLIAMENT)) is None
    back = client.get(answer.headers["Location"])
    assert "Finalement, je n’ai pas écrit" in back.text and "Ana Roux" not in back.text


def test_under_ones_name_it_stands_in_the_log_of_the_organisation(client, app, house):
    address = f"/k/donnees/mine/{house['token']}"
    client.submit(
        address, to="/wrote", token=house["token"], parliamentarian=house["deputy"].id, keeps_name="yes"
    )
    assert acts(app) == [(ActKind.WROTE, house["ana"].id, True)]
    with app.app_context():
        note = db.session.scalar(select(Note).where(Note.act == Act.WROTE_TO_PARLIAMENT))
        assert note.organisation_id == house["town"].id


def test_a_stranger_declares_tells_the_answer_and_takes_both_back(client, app, house):
    answer = client.submit("/k/donnees?postcode=49000", to="/wrote", parliamentarian=house["deputy"].id)
    home, _sign, _anchor = answer.headers["Location"].partition("#")
    # The same people are there to whoever comes back.
    assert home.endswith("?postcode=49000") and "lis@example.org" in client.get(home).text
    about = {"parliamentarian": house["deputy"].id}
    told = client.submit(home, to="/replied", reply="meeting", words="<b>Mardi</b>", **about)
    assert told.status_code == 302 and "&lt;b&gt;Mardi" in client.get(home).text
    client.submit(home, to="/undo", kind="wrote", **about)
    assert [is_on for _kind, _person, is_on in acts(app)] == [False, False]


def test_a_token_of_another_kit_or_a_forged_one_opens_nothing(client, app, make, house):
    other = make.kit("Autre", slug="autre")
    assert client.get(f"/k/autre/mine/{house['token']}").status_code == 404
    assert client.get(f"/k/donnees/mine/{house['token'][:-2]}xx").status_code == 404
    with app.app_context():
        reader = services.reader_of(db.session.get(Kit, other.id), None, at=EARLY)
        db.session.commit()
        token = reader.token
    assert client.get(f"/k/donnees/mine/{token}").status_code == 404


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_each_letter_counts_against_the_network_also_those_of_one_reader(client, app, house, monkeypatch):
    monkeypatch.setattr(pages, "DOOR", Door("kits", most_per_network=2))
    about = {"parliamentarian": house["deputy"].id}
    sent = client.submit("/k/donnees?postcode=49000", to="/wrote", **about)
    home = sent.headers["Location"].partition("#")[0]
    client.submit(home, to="/undo", kind="wrote", **about)
    again = client.submit(home, to="/wrote", **about)
    client.submit(again.headers["Location"].partition("#")[0], to="/undo", kind="wrote", **about)
    refused = client.submit(home, to="/wrote", **about)
    assert "Trop d’envois" in client.get(refused.headers["Location"]).text
    assert not any(is_on for _kind, _person, is_on in acts(app))


def test_when_a_kit_is_closed_while_someone_writes_a_sentence_says_so(client, app, house):
    wrote = {"parliamentarian": house["deputy"].id}
    action, fields = client.filled("/k/donnees?postcode=49000", "/wrote", **wrote)
    with app.app_context():
        kits.close(db.session.get(Kit, house["kit"].id), by="test", at=EARLY)
        db.session.commit()
    answer = client.post(action, data=fields)
    assert answer.status_code == 302 and acts(app) == []
    assert "terminée" in client.get("/k/donnees").text


def test_the_mailed_kit_leads_each_reader_to_a_page_of_their_own(client, app, make, house):
    from crm.kits import messages
    from crm.mailings import letters, own_links
    from crm.mailings import services as mailings

    with app.test_request_context():
        kit = db.session.get(Kit, house["kit"].id)
        mailing = mailings.create(subject_ref=kit.ref, at=EARLY, **messages.mailing(kit))
        filled = letters.layout(mailing, "fr").fill(
            preferences_url="", own_url=own_links.value(kit.ref, house["ana"].id)
        )
        [own] = re.findall(r"/k/donnees/mine/([\w.-]+)", filled.html)
    assert "Ana Roux" in client.get(f"/k/donnees/mine/{own}").text


def test_staff_write_versions_name_targets_and_take_the_results_out(client, app, make, house):
    client.as_("staff")
    base = f"/kits/{house['kit'].id}"
    new = client.submit(
        f"{base}/letters/new", label="Sénat", chamber="senate", subject="Objet", body="{{civilite}},"
    )
    assert new.status_code == 302 and "Sénat" in client.get(f"{base}/letters").text
    wrong = client.submit(f"{base}/letters/new", label="X", subject="O", body="{{constructor}}")
    assert wrong.status_code == 422 and "accolades" in wrong.text
    assert (
        client.submit(f"{base}/letters", to="/targets", name="lis", reason="Rapporteure").status_code == 302
    )
    assert client.submit(f"{base}/letters", to="/targets", name="personne").status_code == 422
    assert "Rapporteure" in client.get("/k/donnees").text
    with app.app_context():
        letter_id = db.session.scalar(select(KitLetter.id))
        one = db.session.get(Parliamentarian, house["deputy"].id)
        kit = db.session.get(Kit, house["kit"].id)
        services.wrote(kit, services.reader_of(kit, None, at=EARLY), one, at=EARLY)
        db.session.commit()
    assert "Véra Lis" in client.get(f"{base}/results?by=department").text
    assert client.submit(f"{base}/results", to="/export").status_code == 422
    exported = client.submit(f"{base}/results", to="/export", purpose="Bilan")
    assert exported.status_code == 200 and "Véra Lis" in exported.data.decode("utf-8-sig")
    assert client.submit(f"{base}/letters", to=f"/{letter_id}/remove").status_code == 302


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_outside_small_numbers_of_letters_are_not_told(client, app, make):
    kit = make.kit()

    def write(number):
        for _one in range(number):
            reader = make.add(KitReader(kit_id=kit.id, token=f"r{make.number()}", made_at=EARLY))
            make.add(
                KitAct(
                    kit_id=kit.id,
                    reader_id=reader.id,
                    parliamentarian_id=make.parliamentarian().id,
                    kind=ActKind.WROTE,
                    at=EARLY,
                )
            )

    page = f"/k/{kit.slug}"
    assert "ont écrites" not in client.get(page).text
    write(2)
    assert "avoir écrites : &lt; 5." in client.get(page).text.replace("\u00a0", " ")
    write(3)
    assert "avoir écrites : 5." in client.get(page).text.replace("\u00a0", " ")
