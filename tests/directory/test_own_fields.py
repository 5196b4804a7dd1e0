"""Fields that the association adds to people and organisations."""

from datetime import date

import pytest
from sqlalchemy import event, func, select

from crm.db import db
from crm.directory import conditions
from crm.directory.importing import extra
from crm.directory.models import Person
from crm.directory.own import queries, services, values
from crm.directory.own.models import OwnField, OwnKind, PersonValue
from crm.history import Change
from crm.keeping import services as keeping
from crm.keeping.services import ValueGone
from tests.make import EARLY

NNBSP = "\u202f"


def field(session, kind=OwnKind.TEXT, name="Logiciel", of="people", **facts):
    return services.add(of=of, kind=kind, name_fr=name, by="test", **facts)


@pytest.mark.parametrize(
    ("typed", "language", "number"),
    [
        ("1 234,5", "fr", 1234.5), (f"1{NNBSP}234,5", "fr", 1234.5), ("1,234", "fr", 1.234),
        ("1,234", "en", 1234), ("0,234", "en", 0.234), ("1,234.5", "fr", 1234.5), ("1.234,5", "en", 1234.5),
        ("1.234.567", "fr", 1234567),
        ("−12", "fr", -12), ("007", "fr", 7), ("0.1", "en", 0.1), ("-0", "fr", 0),
    ],
)  # fmt: skip
def test_a_number_is_read_as_french_and_english_people_write_it(typed, language, number):
    assert values.number(typed, language) == number


@pytest.mark.parametrize("typed", ["douze", "1e5", "1 234 €", "nan", "--1", "1,2,", "٣"])
def test_what_is_no_number_is_refused_in_words(typed):
    with pytest.raises(values.NotANumber):
        values.number(typed)


def test_a_number_longer_than_a_spreadsheet_keeps_is_refused():
    with pytest.raises(values.TooManyDigits):
        values.number("1234567890123456")
    assert values.number("123456789012345") == 123456789012345


def test_days_and_yes_or_no_are_read_in_both_languages():
    assert values.day("23/11/2026") == values.day("2026-11-23") == date(2026, 11, 23)
    assert [values.yes(word) for word in ("Oui", "YES", "vrai", "non", "No", "0")] == [True] * 3 + [False] * 3
    for wrong, read in (("30/02/2026", values.day), ("peut-être", values.yes)):
        with pytest.raises((values.NotADay, values.NotYesOrNo)):
            read(wrong)


def test_a_value_is_kept_found_and_told_in_the_history_of_its_record(session, make):
    person, budget = make.person(), field(session, OwnKind.NUMBER, "Budget")
    services.put(person, {budget: 1234.5}, by="ada@example.org", at=EARLY)
    services.put(person, {budget: 1234.5}, by="ada@example.org", at=EARLY)
    services.put(person, {budget: None}, by="bob@example.org", at=EARLY)
    told = session.scalars(
        select(Change)
        .where(Change.record == f"people:{person.id}", Change.act == "changed")
        .order_by(Change.id)
    )
    assert [(change.actor, change.values) for change in told] == [
        ("ada@example.org", {"own-budget": [None, 1234.5]}),
        ("bob@example.org", {"own-budget": [1234.5, None]}),
    ]
    assert queries.values_of(person) == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_change_of_own_fields_is_set_back_from_the_history(session, make):
    person, signed = make.person(), field(session, OwnKind.DATE, "Signé le")
    choice = field(session, OwnKind.CHOICE, "Logiciel", choices=["Excel", "Autre"])
    first, other = (one["key"] for one in choice.choices)
    services.put(person, {signed: date(2026, 3, 2), choice: first}, by="ada@example.org", at=EARLY)
    services.put(person, {signed: None, choice: other}, by="bob@example.org", at=EARLY)
    change = session.scalars(select(Change).order_by(Change.id.desc()).limit(1)).one()
    assert {step.name: step.is_free for step in keeping.steps(change)} == {
        f"own-{signed.key}": True,
        f"own-{choice.key}": True,
    }
    keeping.revert(change, names=set(change.values), by="cyd@example.org", at=EARLY)
    held = queries.values_of(person)
    assert (held[signed.id], held[choice.id]) == (date(2026, 3, 2), first)
    undone = session.scalars(select(Change).order_by(Change.id.desc()).limit(1)).one()
    assert (undone.actor, undone.values[f"own-{choice.key}"]) == ("cyd@example.org", [other, first])
    services.put(person, {choice: other}, by="bob@example.org", at=EARLY)
    services.remove_choice(choice, first, by="bob@example.org")
    session.flush()
    gone = session.scalars(select(Change).where(Change.actor == "bob@example.org").order_by(Change.id.desc()))
    with pytest.raises(ValueGone):
        keeping.revert(
            next(one for one in gone if one.record == f"people:{person.id}"),
            names={f"own-{choice.key}"}, by="cyd@example.org", at=EARLY,
        )  # fmt: skip


def test_every_kind_of_value_comes_back_as_it_was_written(session, make):
    organisation = make.organisation()
    of = "organisations"
    wanted = {
        field(session, OwnKind.TEXT, "Logiciel", of): "Étoile",
        field(session, OwnKind.NUMBER, "Budget", of): 0.0,
        field(session, OwnKind.DATE, "Premier contact", of): date(2024, 2, 29),
        field(session, OwnKind.CHOICE, "Taille", of, choices=["Petite", "Grande"]): "grande",
        field(session, OwnKind.YES_NO, "Adhère", of): False,
    }
    services.put(organisation, wanted, by="test", at=EARLY)
    assert queries.values_of(organisation) == {one.id: value for one, value in wanted.items()}


def test_a_renamed_field_and_a_renamed_choice_keep_key_and_values(session, make):
    size = field(session, OwnKind.CHOICE, "Taille", choices=["Petite", "Grande"])
    person = make.person()
    services.put(person, {size: "petite"}, by="test", at=EARLY)
    services.rename(size, name_fr="Envergure", name_en="Reach", by="test")
    services.rename_choice(size, "petite", name_fr="Modeste", name_en="Modest", by="test")
    session.flush()
    session.expire_all()
    assert (size.key, size.name_en) == ("taille", "Reach")
    assert size.choice_name(str(queries.values_of(person)[size.id]), "fr") == "Modeste"
    assert values.read(size, "modeste") == values.read(size, "petite") == "petite"


def test_a_field_in_the_bin_says_what_goes_and_comes_back_whole(session, make):
    one, size = make.person(), field(session, OwnKind.TEXT, "Taille")
    services.put(one, {size: "XL"}, by="test", at=EARLY)
    assert services.count_lost(size) == 1
    services.bin_field(size, by="test", at=EARLY)
    session.flush()
    assert queries.listed("people") == []
    twin = field(session, OwnKind.TEXT, "Taille")
    assert twin.key == "taille-2"
    with pytest.raises(services.FieldNameTaken):
        services.restore(size, by="test")
    services.rename(twin, name_fr="Pointure", name_en="", by="test")
    services.restore(size, by="test")
    assert [f.key for f in queries.listed("people")] == ["taille", "taille-2"]
    assert queries.values_of(one) == {size.id: "XL"}


def test_a_choice_in_use_is_archived_not_removed(session, make):
    size = field(session, OwnKind.CHOICE, "Taille", choices=["Petite", "Grande"])
    services.put(make.person(), {size: "petite"}, by="test", at=EARLY)
    with pytest.raises(services.ChoiceInUse):
        services.remove_choice(size, "petite", by="test")
    services.archive_choice(size, "petite", by="test")
    services.remove_choice(size, "grande", by="test")
    assert [(c["key"], c["is_archived"]) for c in size.choices] == [("petite", True)]
    with pytest.raises(values.NotAChoice, match="Taille"):
        values.read(size, "Moyenne")


def test_two_fields_of_one_name_are_refused(session):
    field(session, name="Effectif")
    with pytest.raises(services.FieldNameTaken):
        field(session, name="EFFECTIF")
    assert field(session, name="Effectif", of="organisations").key == "effectif"


# Views, imports and files


def of_people(asked, operator, **given):
    condition = conditions.find("people", asked)
    where = condition.where("people")(conditions.Asked(operator, given, EARLY.date()))
    return sorted(db.session.scalars(select(Person.family_name).where(where)))


def test_a_view_asks_of_own_fields_and_goes_on_when_they_are_renamed(session, make):
    ada, bob = make.person("A", "Ada"), make.person("B", "Bob")
    size = field(session, OwnKind.CHOICE, "Taille", choices=["Petite", "Grande"])
    tool, money = field(session, OwnKind.TEXT, "Logiciel"), field(session, OwnKind.NUMBER, "Budget")
    seen, member = field(session, OwnKind.DATE, "Vue le"), field(session, OwnKind.YES_NO, "Adhère")
    facts = {size: "petite", tool: "Étoile filante", money: 1234.5, seen: date(2026, 3, 1), member: False}
    services.put(ada, facts, by="test", at=EARLY)
    services.put(bob, {money: 10.0}, by="test", at=EARLY)
    services.rename(size, name_fr="Envergure", name_en="Reach", by="test")
    services.rename_choice(size, "petite", name_fr="Modeste", name_en="Modest", by="test")
    session.flush()
    assert conditions.find("people", "own.taille").label == "Envergure"
    assert of_people("own.taille", "is", value="petite") == ["Ada"]
    assert of_people("own.taille", "is_not", value="petite") == ["Bob"]
    assert of_people("own.logiciel", "has", value="ETOILE") == ["Ada"]
    assert of_people("own.logiciel", "begins", value="etoi") == ["Ada"]
    assert of_people("own.budget", "least", value=11) == ["Ada"]
    assert of_people("own.vue-le", "since", value=date(2026, 3, 1)) == ["Ada"]
    assert of_people("own.adhere", "no") == ["Ada"]
    assert of_people("own.adhere", "empty") == ["Bob"]
    services.bin_field(size, by="test", at=EARLY)
    session.flush()
    assert conditions.find("people", "own.taille") is None


def test_cells_are_read_as_forms_are_and_refused_by_name(session, make):
    person = make.person()
    size = field(session, OwnKind.CHOICE, "Taille", choices=["Petite", "Grande"])
    field(session, OwnKind.DATE, "Vue le")
    columns = {column.key: column for column in extra.columns(session)}
    assert columns["people-own-vue-le"].read("23/11/2026") == "2026-11-23"
    with pytest.raises(values.NotAChoice, match="Moyenne"):
        columns["people-own-taille"].read("Moyenne")
    told = [(person.id, "people-own-taille", "grande"), (person.id, "people-own-vue-le", "2026-11-23")]
    extra.keep(session, "people", told)
    assert extra.held(session, "people", [person.id]) == {person.id: {key: value for _id, key, value in told}}
    assert queries.values_of(person)[size.id] == "grande"
    extra.keep(session, "people", [(person.id, "people-own-taille", None)])
    assert size.id not in queries.values_of(person)


# Pages


on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def stored(client, what):
    with client._client.application.app_context():
        return db.session.scalar(what)


def added(client, kind, name, of="people", **more):
    answer = client.submit(f"/settings/fields/{of}/new", name_fr=name, kind=kind, **more)
    assert answer.status_code == 302, answer.text
    return stored(client, select(OwnField.id).where(OwnField.name_fr == name))


@on_sqlite
def test_an_admin_adds_a_field_and_staff_fill_it_in_on_the_record(client, make):
    person = make.person("Ada", "Byron")
    client.as_("admin", language="fr")
    for kind, name in (("number", "Budget"), ("date", "Vue le"), ("yes_no", "Adhère"), ("text", "Logiciel")):
        added(client, kind, name)
    added(client, "choice", "Taille", choices="Petite\nGrande")
    client.as_("staff", language="fr")
    edit = f"/people/{person.id}/edit"
    wrong = client.submit(edit, **{"own-budget": "beaucoup"})
    assert wrong.status_code == 422 and "beaucoup\u00a0» n’est pas un nombre" in wrong.text
    facts = {
        "own-budget": "1 234,5",
        "own-vue-le": "2026-03-02",
        "own-adhere": "no",
        "own-logiciel": "Étoile",
    }
    shown = client.submit_and_follow(edit, **facts, **{"own-taille": "grande"})
    for words in (f"1{NNBSP}234,5", "02/03/2026", "Grande", "Étoile"):
        assert words in shown.text
    assert stored(client, select(func.count()).select_from(PersonValue)) == 5
    _, again = client.filled(edit)
    assert again["own-budget"] == "1 234,5" and again["own-vue-le"] == "2026-03-02"


@on_sqlite
def test_the_settings_page_renames_orders_archives_and_takes_the_deletion_back(client, make):
    client.as_("admin", language="fr")
    first, second = added(client, "text", "Premier"), added(client, "choice", "Second", choices="A\nB")
    client.submit("/settings/fields", to=f"/{second}/up")
    assert client.get("/settings/fields").text.index("Second") < client.get("/settings/fields").text.index(
        "Premier"
    )
    client.submit(f"/settings/fields/{first}", name_fr="Renommé", name_en="Renamed")
    client.submit(f"/settings/fields/{second}", to="/choices", name_fr="C")
    client.submit(f"/settings/fields/{second}/choices/a", name_fr="Alpha", name_en="Alpha")
    client.submit(f"/settings/fields/{second}", to="/choices/c/up")
    page = client.get(f"/settings/fields/{second}").text
    assert page.index(">Alpha<") < page.index(">C<") < page.index(">B<")
    client.submit(f"/settings/fields/{second}/choices/b", to="/remove")
    assert client.submit(f"/settings/fields/{second}", to="/choices", name_fr="alpha").status_code == 422
    client.submit(f"/settings/fields/{first}", to="/archive")
    assert "Premier" not in client.get("/people/new").text
    client.submit(f"/settings/fields/{second}", to="/bin")
    assert client.get(f"/settings/fields/{second}").status_code == 404
    client.submit("/settings/fields", to="/restore")
    assert client.get(f"/settings/fields/{second}").status_code == 200


@on_sqlite
def test_lists_and_files_have_own_fields_and_a_file_taken_out_reads_as_it_was(client, make, app):
    person = make.person("Ada", "Byron")
    with app.app_context():
        budget = services.add(of="people", kind=OwnKind.NUMBER, name_fr="Budget d’été", by="test")
        adheres = services.add(of="people", kind=OwnKind.YES_NO, name_fr="Adhère", by="test")
        services.put(db.session.merge(person), {budget: 1234.5, adheres: False}, by="test", at=EARLY)
        db.session.commit()
    client.as_("staff", language="fr")
    page = client.get("/people/?columns=own-budget-d-ete&columns=email").text
    assert f"1{NNBSP}234,5" in page and 'data-label="Budget d’été"' in page
    file = client.submit(
        "/people/export",
        columns=["family_name", "own-budget-d-ete", "own-adhere"],
        format="csv",
        purpose="Bilan",
    )
    assert file.text.splitlines() == ["\ufeffNom;Budget d’été;Adhère", "Byron;1234.5;non"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_cells_of_a_file_are_read_without_the_session_which_writes_others_meanwhile(session):
    field(session, OwnKind.CHOICE, choices=["Vert"])
    [column] = extra.columns(session)
    session.commit()
    session.expire_all()
    asked = []

    def note(*told):
        asked.append(told[2])

    event.listen(session.get_bind(), "before_cursor_execute", note)
    said = column.read("vert")
    event.remove(session.get_bind(), "before_cursor_execute", note)
    assert said and not asked
