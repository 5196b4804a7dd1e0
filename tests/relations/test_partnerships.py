"""Partnerships: opened once, moved with an author and a day, never over somebody else's move."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from crm.errors import Changed
from crm.relations.partnerships import queries, services
from crm.relations.partnerships.models import Partnership
from crm.relations.partnerships.queries import Asked
from tests.make import EARLY
from tests.pages import forms

TODAY = EARLY.date()


def days(number):
    return EARLY + timedelta(days=number)


def test_what_moved_when_and_by_whom_is_kept(session, make):
    ana = make.account(name="Ana Roux")
    partnership = make.partnership(by=ana)
    services.move(partnership, make.stage("signed"), version=1, by=ana, at=days(3))
    first, second = reversed(queries.moves(partnership))
    assert (first.from_stage, first.to_stage.slug, first.at) == (None, "in_discussion", EARLY)
    assert (second.from_stage.slug, second.to_stage.slug) == ("in_discussion", "signed")
    assert (second.by.name, second.at, partnership.moved_at) == ("Ana Roux", days(3), days(3))


def test_of_two_who_move_the_same_card_the_second_is_told_who_moved_it_and_where(session, make):
    partnership = make.partnership()
    services.move(
        partnership, make.stage("signed", name_fr="Signée"), version=1, by=make.account(name="Ana"), at=EARLY
    )
    with pytest.raises(services.MovedMeanwhile) as refusal:
        services.move(partnership, make.stage("dormant"), version=1, by=make.account(), at=EARLY)
    assert "Ana" in str(refusal.value) and "“Signée”" in str(refusal.value)
    assert partnership.stage.slug == "signed"


def test_a_card_dropped_where_it_was_has_not_moved(session, make):
    partnership = make.partnership()
    moved = services.move(partnership, partnership.stage, version=1, by=make.account(), at=days(5))
    assert not moved and partnership.moved_at == EARLY and len(queries.moves(partnership)) == 1


def test_an_organisation_has_one_partnership_and_one_in_the_bin_comes_back(session, make):
    organisation = make.organisation("Agence ORE")
    first = make.partnership(organisation)
    with pytest.raises(services.AlreadyOpen, match="Agence ORE"):
        make.partnership(organisation)
    services.bin(first, by=make.account(), at=days(1))
    assert queries.of_organisation(organisation.id) is None
    again = make.partnership(organisation, stage=make.stage("to_meet"), at=days(2))
    assert again is first and again.binned_at is None and again.stage.slug == "to_meet"
    assert len(queries.moves(again)) == 2


def test_a_partnership_taken_out_of_the_bin_is_as_it_was(session, make):
    partnership = make.partnership(aim="Données d’énergie", rhythm_days=45)
    by = make.account()
    services.bin(partnership, by=by, at=days(1))
    services.restore(partnership, by=by, at=days(2))
    kept = session.scalars(select(Partnership)).one()
    assert (kept.binned_at, kept.aim, kept.rhythm, kept.moved_at) == (None, "Données d’énergie", 45, EARLY)


def test_a_closed_account_or_an_archived_stage_takes_nothing_new(session, make):
    with pytest.raises(services.OwnerClosed):
        make.partnership(owner=make.account(is_open=False))
    with pytest.raises(services.StageArchived):
        make.partnership(stage=make.stage("old", is_archived=True))
    with pytest.raises(services.OrganisationInBin):
        make.partnership(make.organisation(binned_at=EARLY))


def test_the_second_who_changes_the_facts_is_told(session, make):
    partnership = make.partnership()
    facts = {"stage": partnership.stage, "owner": None, "by": make.account(), "at": EARLY}
    services.change(partnership, rhythm_days=30, aim="Un", version=1, **facts)
    with pytest.raises(Changed):
        services.change(partnership, rhythm_days=60, aim="Deux", version=1, **facts)
    assert partnership.aim == "Un"


def test_the_board_counts_each_stage_and_puts_the_coldest_first(session, make):
    make.stage("to_meet", name_fr="À rencontrer")
    warm, cold = make.organisation("Tiède"), make.organisation("Froide")
    make.partnership(warm)
    make.partnership(cold)
    make.partnership(make.organisation(binned_at=None), stage=make.stage("signed"))
    make.exchange(organisations=[warm], at=days(100))
    columns = queries.board(Asked(), at=days(120), today=days(120).date())
    told = {column.stage.slug: column.number for column in columns}
    assert told == {"to_meet": 0, "in_discussion": 2, "signed": 1}
    column = next(column for column in columns if column.stage.slug == "in_discussion")
    assert [card.partnership.organisation.name for card in column.cards] == ["Froide", "Tiède"]
    assert [card.is_cold for card in column.cards] == [True, False]
    assert column.cards[0].late == 30


def test_the_board_is_narrowed_by_owner_kind_territory_and_stillness(session, make):
    from crm.directory.models import OrganisationKind

    ana, agency = make.account(), make.add(OrganisationKind(slug="agency", name_fr="A", name_en="A"))
    angers = make.territory("Angers")
    mine = make.partnership(make.organisation(kind_id=agency.id, territory_id=angers.id), owner=ana)
    other = make.partnership(at=days(50))

    def found(**asked):
        rows = queries.partnerships(Asked(**asked), at=days(60), today=days(60).date())
        return {row.id for row in session.execute(rows)}

    assert found() == {mine.id, other.id}
    for asked in ({"owner_id": ana.id}, {"kind": "agency"}, {"territory": str(angers.id)}, {"still": 30}):
        assert found(**asked) == {mine.id}, asked
    assert found(nobody=True) == {other.id}


# The pages


@pytest.fixture
def board(client, make):
    """A director before a board of two stages and one card."""
    client.as_("director", name="Claire Morvan")
    make.stage("in_discussion", name_fr="En discussion", tone="wait")
    client.signed = make.stage("signed", name_fr="Convention signée", tone="good")
    client.partnership = make.partnership(make.organisation("Agence ORE"), owner=client.account)
    return client


sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@sqlite
def test_the_menu_of_a_card_moves_it_without_any_script_and_the_move_can_be_undone(board):
    page = board.submit_and_follow("/relations/partnerships", to="/move", stage=str(board.signed.id))
    assert "Agence ORE est maintenant à l’étape" in page.text
    assert "Convention signée" in board.get(f"/organisations/{board.partnership.organisation_id}").text
    undo = next(form for form in forms(page.text) if "/move?stage=" in form.action)
    board.post(undo.action, data=undo.fields)
    assert (
        "En discussion"
        in board.get(f"/relations/partnerships/{board.partnership.id}").text.split("<h1>")[1][:300]
    )


@sqlite
def test_who_moves_a_card_from_an_old_page_is_told_that_it_was_moved(board, app):
    action, fields = board.filled("/relations/partnerships", to="/move", stage=str(board.signed.id))
    board.submit("/relations/partnerships", to="/move", stage=str(board.signed.id))
    _, again = board.filled("/relations/partnerships", to="/move")
    stale = {**again, "version": fields["version"], "stage": fields["stage"]}
    page = board.post(action, data=stale, follow_redirects=True)
    assert "Claire Morvan a changé ce partenariat entre-temps" in page.text


@sqlite
def test_the_organisations_page_says_stage_owner_rhythm_last_exchange_and_next_step(board, make):
    make.exchange(
        organisations=[board.partnership.organisation],
        by=board.account,
        follow_up={"what": "Envoyer le bilan"},
    )
    page = board.get(f"/organisations/{board.partnership.organisation_id}").text.replace("\u202f", " ")
    head = page[page.index("<h1>") : page.index('class="page-part"')]
    assert "En discussion" in head
    for words in ("Claire Morvan", "tous les 90 jours", "Envoyer le bilan", "/move?back="):
        assert words in page, words


@sqlite
def test_a_partnership_is_opened_changed_binned_and_restored_from_its_pages(board, make):
    organisation = make.organisation("Ekitia")
    page = board.submit_and_follow(
        f"/relations/partnerships/new?organisation={organisation.id}", rhythm_days="45", aim="Données du Sud"
    )
    assert "tous les 45 jours" in page.text and "Données du Sud" in page.text
    address = page.request.path
    assert board.submit(f"{address}/edit", rhythm_days="0").status_code == 422
    assert "tous les 30 jours" in board.submit_and_follow(f"{address}/edit", rhythm_days="30").text
    board.submit_and_follow(address, to="/bin")
    assert "Ekitia" not in board.get("/relations/partnerships").text
    assert "Ekitia" in board.get("/relations/partnerships/list?bin=yes").text
    assert "Ekitia" in board.get("/bin?kind=partnerships&q=ekit").text
    board.submit(address, to="/restore")
    assert "Ekitia" in board.get("/relations/partnerships").text


@sqlite
def test_the_list_is_sorted_filtered_and_taken_out_as_a_file_that_is_on_record(board, make, app):
    make.partnership(make.organisation("=Zone"), stage=board.signed, rhythm_days=5)
    for sort in ("name", "-name", "stage", "-moved", "last", "-late"):
        assert board.get(f"/relations/partnerships/list?sort={sort}").status_code == 200
    page = board.get("/relations/partnerships/list?stage=signed").text
    assert "=Zone" in page and "Agence ORE" not in page
    file = board.submit("/relations/partnerships/list?sort=-name", to="/export", purpose="Comité de juin")
    lines = file.get_data().decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Organisation;Étape;") and [line.split(";")[0] for line in lines[1:]] == [
        "'=Zone",
        "Agence ORE",
    ]
    with app.app_context():
        from crm.db import db
        from crm.web.models import Export

        taken = db.session.scalars(select(Export)).one()
        assert (taken.what, taken.purpose) == ("partnerships", "Comité de juin")
    refused = board.submit("/relations/partnerships/list", to="/export", purpose=" ")
    assert refused.status_code == 422 and "=Zone" in refused.text


def test_of_two_merged_partners_one_partnership_stays_and_undoing_gives_both_back(session, make):
    from crm.directory.merging import services as merging

    by, kept, gone = make.account(), make.organisation("Agence ORE"), make.organisation("ORE")
    first, second = make.partnership(kept), make.partnership(gone, stage=make.stage("signed"))
    services.bin(first, by=by, at=EARLY)
    agreement = make.agreement(organisations=[gone])
    made = merging.merge(kept, gone, by=by, at=days(1))
    session.expire_all()
    assert queries.of_organisation(kept.id).id == second.id
    assert [one.id for one in agreement.organisations] == [kept.id]
    merging.undo(made, by=by, at=days(2))
    session.expire_all()
    assert {one.id: one.organisation_id for one in session.scalars(select(Partnership))} == {
        first.id: kept.id,
        second.id: gone.id,
    }
    assert len(queries.moves(first)) == 1 and [one.id for one in agreement.organisations] == [gone.id]


def test_the_board_asks_as_little_for_many_cards_as_for_two(session, make):
    asked, engine = [], session.get_bind()

    def note(*told):
        asked.append(told[2])

    event.listen(engine, "before_cursor_execute", note)

    def questions():
        session.flush()
        session.expire_all()
        asked.clear()
        queries.board(Asked(), at=days(10), today=days(10).date())
        return len(asked)

    for number in range(2):
        make.partnership(make.organisation(f"Une {number}"), owner=make.account())
    few = questions()
    for number in range(10):
        organisation = make.organisation(f"Autre {number}")
        make.partnership(organisation, owner=make.account())
        make.agreement(organisations=[organisation])
    many = questions()
    event.remove(engine, "before_cursor_execute", note)
    assert many <= few + 1
