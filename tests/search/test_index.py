"""The search index follows every change, however it is made."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, text, update

from crm import index
from crm.db import db, is_sqlite
from crm.directory import normal
from crm.directory import queries as directory
from crm.directory.filters import Filter
from crm.directory.models import Organisation, Person
from crm.index import postgres, sqlite
from crm.index.kinds import Memo, Wanted
from crm.relations.models import Interaction
from crm.writing import insert_many

EARLY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def people(*words, part=False, limit=20):
    find = index.containing if part else index.beginning
    return list(find(db.session(), "people", [[word] for word in words], limit=limit))


def test_what_was_never_committed_is_found_too(session, make):
    ada = make.person("Ada", "Lefèvre")
    assert people("lefe") == people("ada", "lef") == people("efev", part=True) == [ada.id]


def test_a_changed_name_is_found_and_the_old_one_is_not(session, make):
    ada = make.person("Ada", "Lefèvre")
    session.commit()
    ada.family_name, ada.search = "Bœuf", normal.person_search("Ada", "Bœuf")
    session.commit()
    assert people("boeuf") == [ada.id]
    assert people("lefevre") == []


def test_what_is_in_the_bin_is_not_found_until_it_comes_back(session, make):
    ada = make.person("Ada", "Lefèvre")
    session.commit()
    ada.binned_at = EARLY
    session.commit()
    assert people("lefevre") == people("fevr", part=True) == []
    ada.binned_at = None
    session.commit()
    assert people("lefevre") == [ada.id]


def test_bulk_inserts_updates_and_deletes_are_seen(session):
    rows = [
        {
            "given_name": "Ada", "family_name": f"Quercy{n}",
            "search": f"ada quercy{n}", "sort": f"quercy{n} ada",
            "created_at": EARLY, "updated_at": EARLY,
        }
        for n in range(30)
    ]  # fmt: skip
    insert_many(session, Person.__table__, rows)
    session.commit()
    assert len(people("quercy", limit=50)) == len(people("uercy", part=True, limit=50)) == 30
    session.execute(update(Person).where(Person.search == "ada quercy7").values(search="ada berry"))
    session.execute(delete(Person).where(Person.search == "ada quercy8"))
    session.commit()
    assert len(people("quercy", limit=50)) == 28
    assert len(people("berry")) == 1


def test_the_words_of_an_exchange_are_those_of_its_title_and_text_without_the_markup(session, make):
    exchange = make.exchange(
        "Réunion",
        organisations=[make.organisation()],
        body="<p>Feuille de <strong>route</strong> &amp; données</p>",
    )
    session.commit()

    def found(*words):
        return list(index.containing(session, "interactions", [[word] for word in words], limit=5))

    assert found("reunion", "feuille", "route", "donnees") == [exchange.id]
    assert found("strong") == found("amp") == []
    exchange.title = "Visite"
    session.commit()
    assert found("reunion") == []
    assert found("isit") == [exchange.id]


def test_words_in_other_scripts_are_found(session, make):
    greek, arabic = make.person("Ελένη", "Παπαδοπούλου"), make.person("ليلى", "حداد")
    session.commit()
    assert people("ελενη") == people("δοπουλ", part=True) == [greek.id]
    assert people(normal.asked("حداد")[0]) == [arabic.id]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("lefevre", "lefebvre"), ("dupnt", "dupont"), ("duponnt", "dupont"), ("dupomt", "dupont"),
     ("duopnt", "dupont"), ("papdopolou", "papadopoulou"), ("παπαδοπουλυ", "παπαδοπουλου")],
)  # fmt: skip
def test_a_word_typed_wrongly_leads_to_the_one_that_was_meant(session, make, typed, meant):
    for name in ("Lefebvre", "Dupont", "Papadopoulou", "Παπαδοπούλου"):
        make.person("Ada", name)
    session.commit()
    proposed = index.respelled(session, typed)
    assert any(meant.startswith(word) for word in proposed)


def test_numbers_are_never_respelled(session, make):
    make.organisation("Angers", siren="214900078")
    session.commit()
    assert index.respelled(session, "214900077") == []


def test_an_index_made_anew_finds_the_same(session, make):
    ada = make.person("Ada", "Lefèvre", email="ada.lefevre@example.org")
    session.commit()
    index.rebuild(session)
    session.commit()
    assert people("lefevre") == people("fevr", part=True) == [ada.id]
    (address,) = index.containing(session, "addresses", [["lefevre"]], limit=5)
    assert address == ada.addresses[0].address_id


def test_nothing_is_wrong_with_the_index_after_all_migrations(session):
    """A migration that makes a table anew on SQLite loses its triggers: it must make them again."""
    assert index.problems(session) == []
    if is_sqlite(session):
        made = session.scalars(
            text("SELECT sql FROM sqlite_master WHERE name LIKE 'search%' AND type = 'trigger'")
        )
        assert all("search_marks" in statement for statement in made)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_rows_added_in_bulk_are_noted_by_their_range_and_found_before_and_after(session, make):
    ada, bob = make.person("Ada", "Quercy"), make.person("Bob", "Quercy")
    assert people("quercy") == [bob.id, ada.id]
    assert session.scalar(text("SELECT count(*) FROM search_pending")) == 0
    session.commit()
    assert people("quercy") == [bob.id, ada.id]
    assert session.scalar(text("SELECT upto FROM search_marks WHERE kind = 'people'")) == bob.id


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_key_that_is_given_anew_leads_to_whoever_has_it_now(session, make):
    """SQLite gives the highest key again when its row is deleted: below the mark, and another person."""
    key = make.person("Ada", "Quercy").id
    session.commit()
    session.execute(delete(Person))
    assert make.person("Bob", "Berry").id == key
    assert people("berry") == [key]
    session.commit()
    assert people("berry") == [key]
    assert people("quercy") == []
    index_itself = text("SELECT rowid FROM search_people WHERE search_people MATCH 'quercy' AND rowid = :key")
    assert session.scalars(index_itself, {"key": key}).all() == []


def test_a_lost_trigger_is_told(session):
    if not is_sqlite(session):
        pytest.skip("PostgreSQL keeps its triggers")
    made = session.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'search_people_made'"))
    session.execute(text("DROP TRIGGER search_people_made"))
    assert "search_people_made" in index.problems(session)[0]
    session.execute(text(made))


def test_a_row_that_the_index_still_knows_but_nobody_has_is_not_found(session, make):
    """The index may hold too much, never lie."""
    ada = make.person("Ada", "Lefèvre")
    session.commit()
    if is_sqlite(session):
        session.execute(
            text("INSERT INTO search_people (rowid, words) VALUES (:key, 'bidon')"), {"key": ada.id}
        )
        assert sqlite.beginning(session, index.KINDS["people"], [["bidon"]], Wanted(5, 5), Memo()) == {}
    session.execute(delete(Interaction))
    assert people("lefevre") == [ada.id]


@pytest.mark.parametrize(
    ("typed", "part"), [("zq", False), ("sain", True), ("sain zq", True), ("marc", False)]
)
def test_old_records_are_found_however_short_or_common_the_words(session, make, monkeypatch, typed, part):
    """Not among the newest, and so many words have it that no list of them is made."""
    monkeypatch.setattr(postgres, "NEWEST", 2)
    monkeypatch.setattr(postgres, "MOST_WORDS", 1)
    old = make.person("Marc", "Toussaint Zqadi")
    for number in range(3):
        make.person("Ada", f"Roux{number}")
    session.commit()
    find = index.containing if part else index.beginning
    assert list(find(session, "people", [[word] for word in typed.split()], limit=5)) == [old.id]


def test_an_old_record_with_the_very_word_is_found_among_many_that_begin_so(session, make, monkeypatch):
    monkeypatch.setattr(postgres, "NEWEST", 3)
    old = make.exchange("Eau", organisations=[make.organisation()])
    for number in range(3):
        make.exchange(f"Eaux{number}", organisations=[make.organisation()])
    session.commit()
    assert old.id in index.beginning(session, "interactions", [["eau"]], limit=5, enough=2)


@pytest.mark.parametrize("typed", ["nion", "nion zq", "nion ranta"])
def test_old_exchanges_are_found_by_a_part_that_very_many_words_have(session, make, monkeypatch, typed):
    monkeypatch.setattr(postgres, "NEWEST", 2)
    monkeypatch.setattr(postgres, "MOST_WORDS", 3)
    house = make.organisation()
    old = make.exchange("Réunion zqadi à Otranta", organisations=[house])
    for word in ("unionisme", "opinions", "communion", "pignon", "oignons", "salle"):
        make.exchange(word, organisations=[house])
    session.commit()
    find = index.containing(session, "interactions", [[word] for word in typed.split()], limit=9, enough=3)
    assert old.id in find


def test_merged_away_organisations_are_not_found(session, make):
    kept, gone = make.organisation("Saumur"), make.organisation("Saumur Ville")
    gone.binned_at = EARLY
    session.commit()
    found = list(index.beginning(session, "organisations", [["saumur"]], limit=5))
    assert (
        found
        == [kept.id]
        == list(session.scalars(select(Organisation.id).where(Organisation.binned_at.is_(None))))
    )


@pytest.mark.parametrize("most", [400, 0])
def test_a_list_shows_everybody_with_these_parts_of_words_also_who_was_just_written(
    session, make, monkeypatch, most
):
    monkeypatch.setattr(sqlite, "MOST_LISTED", most)
    old = [make.person("Zoé", "Toussaint"), make.person("Zoé", "Saintonge"), make.person("Marc", "Toussaint")]
    session.commit()
    new = make.person("Zoé", "Dessaint")
    old[1].family_name, old[1].search = "Roux", "roux zoe"
    session.flush()

    def listed(typed):
        return set(
            session.scalars(directory.people(Filter(q=typed), day=EARLY.date()).with_only_columns(Person.id))
        )

    assert listed("saint zoé") == {old[0].id, new.id}
    assert listed("saint") == {old[0].id, old[2].id, new.id}
    assert listed("ou") == {old[0].id, old[1].id, old[2].id}
    assert listed("xyz") == set()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_list_that_is_searched_goes_by_the_index(session, make):
    make.person("Zoé", "Toussaint")
    session.commit()
    rows = directory.people(Filter(q="saint"), day=EARLY.date()).with_only_columns(Person.id)
    told = session.connection().exec_driver_sql(
        "EXPLAIN QUERY PLAN " + str(rows.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
    )
    plan = " ".join(row[3] for row in told)
    assert "search_people VIRTUAL TABLE INDEX" in plan and "SCAN people" not in plan
