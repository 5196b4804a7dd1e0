"""Agreements: signed with the roles of that day, ended by their date, announced once before."""

import io
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm import clock
from crm.mail.models import Delivery
from crm.relations.agreements import queries, services
from crm.relations.agreements.models import Agreement, AgreementState, later
from crm.relations.agreements.tasks import announce
from crm.relations.models import FollowUp
from tests.make import EARLY
from tests.outbox import send_due

END = date(2028, 12, 31)
DECIDE = date(2028, 10, 2)  # ninety days before


def at(day):
    return clock.instant(EARLY.replace(tzinfo=None, year=day.year, month=day.month, day=day.day), clock.PARIS)


def test_who_signed_keeps_the_role_of_that_day(session, make):
    organisation = make.organisation("Agence ORE")
    person = make.person("Ana", "Roux")
    make.role(person=person, organisation=organisation, function="Directrice", ends_on=date(2026, 1, 31))
    make.role(person=person, organisation=organisation, function="Présidente", begins_on=date(2026, 2, 1))
    make.role(person=person, organisation=make.organisation(), function="Maire")
    agreement = make.agreement(organisations=[organisation], signers=[person])
    (signer,) = agreement.signers
    assert (signer.role.function, signer.organisation_id) == ("Directrice", organisation.id)


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({"organisations": []}, services.WithNoPartner),
        ({"begins_on": date(2029, 1, 1)}, services.EndsBeforeItBegins),
        ({"signed_on": date(2026, 3, 3)}, services.SignedInTheFuture),
        ({"signed_on": None}, services.UnsignedYet),
        ({"ends_on": None, "renewal_months": 12}, services.NothingToRenew),
    ],
)
def test_what_cannot_be_is_refused(session, make, told, refusal):
    with pytest.raises(refusal):
        make.agreement(**{"organisations": [make.organisation()], **told})


@pytest.mark.parametrize("day", [date(2026, 6, 1), DECIDE, END, END + timedelta(days=1), date(2031, 5, 5)])
def test_the_state_on_a_day_is_the_same_in_the_database_and_out_of_it(session, make, day):
    make.agreement()
    make.agreement(renewal_months=12)
    make.agreement(ends_on=None)
    for state in AgreementState:
        make.agreement(state=state)
    every = session.scalars(select(Agreement)).all()
    for state in AgreementState:
        found = set(session.scalars(select(Agreement.id).where(queries.in_state(state, day))))
        assert found == {one.id for one in every if one.state_on(day) is state}, state


def test_an_agreement_that_renews_itself_goes_on_from_end_to_end(session, make):
    agreement = make.agreement(renewal_months=12)
    assert agreement.end_on(END) == END
    assert agreement.end_on(END + timedelta(days=1)) == date(2029, 12, 31)
    assert agreement.decide_by(date(2030, 6, 1)) == date(2030, 10, 2)
    assert later(date(2024, 2, 29), 12) == date(2025, 2, 28)


def test_the_end_is_announced_once_a_month_before_notice_must_be_given(session, make):
    owner, organisation = make.account(language="fr"), make.organisation("Agence ORE")
    agreement = make.agreement(organisations=[organisation], owner=owner)
    make.agreement(state=AgreementState.DRAFT, owner=owner)
    make.agreement(ends_on=None)
    session.commit()
    near = DECIDE - timedelta(days=30)
    assert announce(at=at(near - timedelta(days=1)), zone=clock.PARIS) == 0
    assert announce(at=at(near), zone=clock.PARIS) == 1
    assert announce(at=at(near), zone=clock.PARIS) == announce(at=at(END), zone=clock.PARIS) == 0
    step = session.scalars(select(FollowUp)).one()
    assert (step.assigned_to_id, step.organisation_id, step.due_on) == (owner.id, organisation.id, DECIDE)
    assert "Convention cadre" in step.what and "31/12/2028" in step.what
    (message,) = send_due(at=at(near))
    assert "prend fin le 31/12/2028" in message.subject and "02/10/2028" in message.text
    assert f"/relations/agreements/{agreement.id}" in message.html


def test_an_end_that_was_moved_is_announced_anew_and_word_of_the_old_one_does_not_leave(session, make):
    agreement = make.agreement(owner=make.account())
    session.commit()
    announce(at=at(DECIDE), zone=clock.PARIS)
    agreement.ends_on = date(2028, 11, 30)
    session.commit()
    assert announce(at=at(DECIDE), zone=clock.PARIS) == 1
    assert len(send_due(at=at(DECIDE))) == 1
    states = sorted(row.state.value for row in session.scalars(select(Delivery)))
    assert states == ["accepted", "suppressed"]


def test_another_worker_that_comes_second_announces_nothing(session, make):
    agreement = make.agreement()
    assert services.announce(agreement, what="Décider", day=DECIDE, at=EARLY) is not None
    assert services.announce(agreement, what="Décider", day=DECIDE, at=EARLY) is None
    assert len(session.scalars(select(FollowUp)).all()) == 1


def test_the_calendar_has_the_first_day_the_last_one_and_the_one_to_decide(session, make):
    agreement = make.agreement(renewal_months=12)
    make.agreement(state=AgreementState.TERMINATED)

    def days(first, last):
        found = queries.calendar(first, last)
        return {day: [(one.agreement.id, one.what) for one in told] for day, told in found.items()}

    assert days(date(2026, 1, 1), date(2026, 1, 31)) == {date(2026, 1, 5): [(agreement.id, "begin")]}
    assert days(date(2028, 10, 1), date(2028, 12, 31)) == {
        DECIDE: [(agreement.id, "decide")],
        END: [(agreement.id, "end")],
    }
    assert list(days(date(2029, 12, 1), date(2029, 12, 31))) == [date(2029, 12, 31)]


def test_in_the_bin_it_shows_nowhere_and_comes_back(session, make):
    organisation, by = make.organisation(), make.account()
    agreement = make.agreement(organisations=[organisation])
    services.bin(agreement, by=by, at=EARLY)
    assert queries.number_with(organisation) == 0 and queries.running(EARLY.date()) == []
    services.restore(agreement, by=by, at=EARLY)
    assert queries.number_with(organisation) == 1 and queries.of_organisations([organisation.id])


# The pages


@pytest.fixture
def staff(client, make):
    client.as_("staff")
    client.organisation = make.organisation("Agence ORE")
    make.person("Ana", "Roux", organisation=client.organisation)
    return client


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_agreement_is_written_with_its_text_and_found_from_its_partner(staff, make, data_dir):
    address = f"/relations/agreements/new?organisation={staff.organisation.id}"
    facts = {"title": "Convention cadre", "state": "signed", "ends_on": "2099-12-31"}
    refused = staff.submit(address, **facts)
    assert refused.status_code == 422 and "jour de la signature" in refused.text
    action, fields = staff.filled(address, **facts, signed_on="2026-01-05", our_signatory="La présidente")
    fields["files"] = (io.BytesIO(b"%PDF-1.7 convention"), "convention.pdf")
    page = staff.post(action, data=fields, follow_redirects=True)
    assert "Convention cadre" in page.text and "convention.pdf" in page.text
    file = staff.get(f"{page.request.path}/files/1")
    assert file.data == b"%PDF-1.7 convention" and "attachment" in file.headers["Content-Disposition"]
    file.close()
    assert "Convention cadre" in staff.get(f"/organisations/{staff.organisation.id}?tab=agreements").text
    for listed in ("/relations/agreements", "/relations/agreements?state=signed",
                   "/relations/agreements/calendar/2099-12"):  # fmt: skip
        assert "Convention cadre" in staff.get(listed).text, listed
    assert "Convention cadre" not in staff.get("/relations/agreements?state=draft").text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_file_of_another_kind_is_refused_and_nothing_is_kept(staff, make, data_dir):
    action, fields = staff.filled(
        f"/relations/agreements/new?organisation={staff.organisation.id}", title="Convention"
    )
    fields["files"] = (io.BytesIO(b"MZ\x00\x01program"), "convention.exe")
    before = set((data_dir / "files").glob("*"))
    assert staff.post(action, data=fields).status_code == 422
    assert set((data_dir / "files").glob("*")) == before
    assert "Aucune convention" in staff.get("/relations/agreements").text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_of_two_who_change_an_agreement_the_second_is_told_and_the_bin_gives_it_back(staff, make):
    agreement = make.agreement(organisations=[staff.organisation])
    page = f"/relations/agreements/{agreement.id}"
    action, stale = staff.filled(f"{page}/edit", title="Deux")
    staff.submit(f"{page}/edit", title="Un")
    refused = staff.post(action, data=stale)
    assert refused.status_code == 422
    assert "Un" in refused.text and 'name="choose-title"' in refused.text
    assert "<h1>Un</h1>" in staff.get(page).text
    staff.submit_and_follow(page, to="/bin")
    assert "Aucune convention" in staff.get("/relations/agreements").text
    assert "Un" in staff.get("/bin?kind=agreements&q=un").text
    staff.submit_and_follow(page, to="/restore")
    assert ">Un</a>" in staff.get("/relations/agreements").text


def test_a_change_set_back_cannot_leave_an_agreement_that_ends_before_it_begins(session, make):
    from crm.history import Change
    from crm.keeping import services as keeping

    agreement, by = make.agreement(), make.account()
    agreement.ends_on = date(2030, 12, 31)
    session.flush()
    agreement.begins_on = date(2029, 1, 1)
    session.flush()
    moved = session.scalars(select(Change).where(Change.record == f"agreements:{agreement.id}")).all()
    change = next(one for one in moved if one.act == "changed" and "ends_on" in one.values)
    with pytest.raises(services.EndsBeforeItBegins):
        keeping.revert(change, names={"ends_on"}, by=by.email, at=EARLY)
