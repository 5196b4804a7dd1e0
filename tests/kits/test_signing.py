"""Signing a kit: asking, confirming, deciding, inviting, withdrawing, and the list of a day."""

import io
from datetime import timedelta
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select

from crm import clock
from crm.db import db
from crm.directory.models import Organisation, OrganisationAddress, Person
from crm.errors import CrmError
from crm.kits import services as kits
from crm.kits.models import Cosignatory, Kit, SignatoryOrder
from crm.kits.signing import papers, queries, robots, services
from crm.kits.signing.blocks import blocks
from crm.kits.signing.models import KitRelease, Signing, SigningState
from crm.mail.composers import Claimed, Origin, composer
from crm.mail.models import Address, Delivery, Purpose
from crm.relations.models import Act, Note
from tests.make import EARLY

LATER = EARLY + timedelta(days=1)
DAY = clock.day(EARLY)
TYPED = {
    "name": "Les Communs d’Angers",
    "number": "",
    "given_name": "Ana",
    "family_name": "Roux",
    "function": "Présidente",
    "email": "ana@example.org",
    "is_public": True,
    "wants_mail": False,
    "language": "fr",
}
FORM = {**TYPED, "has_mandate": "y", "is_public": "yes", "wants_mail": "no"}
del FORM["language"]


def with_address(make, name, email):
    organisation = make.organisation(name)
    address = make.add(Address(email=email))
    make.add(OrganisationAddress(organisation_id=organisation.id, address_id=address.id))
    return organisation


def claimed(mail):
    """The message as it stands in a worker's hands."""
    facts = {name: getattr(mail, name) for name in Claimed.__slots__ if hasattr(mail, name)}
    origin = Origin("maillage@example.org", "Maison", "", "https://example.org")
    return Claimed(**facts, email=mail.address.email, origin=origin)


@pytest.fixture
def kit(session, make):
    return session.merge(make.kit(takes_signatures=True, press_release="<p>Nous <b>signons</b>.</p>"))


def asked(kit, **facts):
    return services.ask(kit, services.Asked(**{**TYPED, **facts}), at=EARLY)


def confirmed(kit, **facts):
    signing = asked(kit, **facts)
    services.confirm(signing, at=EARLY)
    return signing


# Asking


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", ("", "")),
        ("552 100 554", ("552100554", "")),
        ("w751.000.123", ("", "W751000123")),
        ("W9R1001234", ("", "W9R1001234")),
    ],
)
def test_a_siren_or_an_rna_is_taken_as_it_is_typed(typed, read):
    assert services.numbers(typed) == read


@pytest.mark.parametrize("typed", ["552100555", "W75100012", "Z751000123", "١٢٣٤٥٦٧٨٩"])
def test_a_number_with_a_wrong_sign_is_refused(typed):
    with pytest.raises(services.BadNumber):
        services.numbers(typed)


def test_one_address_asks_once_and_gets_one_mail(session, kit):
    first = asked(kit)
    assert asked(kit, name="Une autre", email="ANA@example.org") is None
    assert session.scalar(select(func.count(Delivery.id))) == 1
    assert session.scalar(select(Signing.name)) == first.name


def test_nobody_looks_at_a_request_before_its_address_is_confirmed(session, kit):
    signing = asked(kit)
    assert queries.waiting(kit) == []
    with pytest.raises(services.NotConfirmed):
        services.accept(signing, None, by="test", at=EARLY)
    services.confirm(signing, at=EARLY)
    services.confirm(signing, at=LATER)
    assert queries.waiting(kit) == [signing] and signing.confirmed_at == EARLY


@pytest.mark.parametrize("way", ["switch", "close", "deadline"])
def test_a_kit_that_takes_no_more_signatures_takes_none(session, kit, way):
    signing = asked(kit)
    if way == "switch":
        services.settle(kit, takes=False, order=SignatoryOrder.NAME, by="test")
    elif way == "close":
        kits.close(kit, by="test", at=EARLY)
    else:
        kit.deadline = DAY - timedelta(days=1)
    with pytest.raises(services.SigningOver):
        services.confirm(signing, at=EARLY)
    with pytest.raises(services.SigningOver):
        asked(kit, email="other@example.org")


# Deciding


def test_an_accepted_request_signs_and_stands_in_the_log_with_the_function_of_that_day(session, kit, make):
    town = make.organisation("Les communs d'Angers")
    signing = confirmed(kit)
    alike = queries.likeness(kit, signing)
    assert alike.organisation.id == town.id
    signature = services.accept(signing, alike.organisation, by="mod@example.org", at=LATER)
    assert (signature.signer, signature.signer_function, signature.has_mandate) == (
        "Ana Roux", "Présidente", True,
    )  # fmt: skip
    note = session.scalar(select(Note).where(Note.act == Act.COSIGNED))
    assert (note.organisation_id, signing.decided_by, signing.state) == (
        town.id, "mod@example.org", SigningState.ACCEPTED,
    )  # fmt: skip
    with pytest.raises(services.Decided):
        services.refuse(signing, reason="Trop tard", by="other@example.org", at=LATER)


def test_an_unknown_organisation_enters_the_directory_and_its_contact_only_if_wanted(session, kit):
    services.accept(confirmed(kit, number="552100554"), None, by="test", at=LATER)
    assert session.scalar(select(Organisation.siren)) == "552100554"
    assert session.scalar(select(Person.id)) is None
    services.accept(
        confirmed(kit, name="Autre", email="b@example.org", wants_mail=True), None, by="test", at=LATER
    )
    person = session.scalars(select(Person)).one()
    assert (person.family_name, person.source) == ("Roux", services.SOURCE)


def test_a_refusal_needs_its_reason_and_mails_it(session, app, kit):
    signing = confirmed(kit)
    with pytest.raises(services.ReasonMissing):
        services.refuse(signing, reason="  ", by="test", at=LATER)
    services.refuse(signing, reason="Une personne ne signe pas.", by="test", at=LATER)
    [mail] = session.scalars(select(Delivery).where(Delivery.kind == services.DECIDED))
    assert mail.purpose == Purpose.SERVICE
    with app.test_request_context():
        [letter] = composer(services.DECIDED)([claimed(mail)])
    assert "Une personne ne signe pas." in letter.text and letter.unsubscribe_url == ""


def test_the_same_organisation_is_told_by_number_and_without_one_by_name(session, kit, make):
    one = confirmed(kit, number="552100554", email="a@example.org")
    by_number = confirmed(kit, number="552 100 554", name="Autre nom", email="b@example.org")
    by_name = confirmed(kit, name="LES COMMUNS D'ANGERS", email="c@example.org")
    other = confirmed(kit, number="732829320", email="d@example.org")
    assert set(queries.likeness(kit, one).twins) == {by_number, by_name}
    assert one not in queries.likeness(kit, other).twins
    # A name that the directory gives another SIREN is not this organisation.
    make.organisation("Les Communs d’Angers", siren="404833048")
    assert queries.likeness(kit, one).organisation is None


def test_an_organisation_that_signed_already_is_pointed_out_and_not_taken_twice(session, kit, make):
    town = session.merge(make.organisation("Les Communs d’Angers"))
    kits.cosign(kit, town, signed_on=DAY, by="test", at=EARLY)
    signing = confirmed(kit)
    assert queries.likeness(kit, signing).signed is not None
    with pytest.raises(kits.AlreadySigned):
        services.accept(signing, town, by="test", at=LATER)


# Inviting


def test_each_organisation_is_invited_once_at_its_own_address_and_not_when_it_signs(session, kit, make):
    free = session.merge(with_address(make, "A", "a@example.org"))
    signed = session.merge(with_address(make, "B", "b@example.org"))
    silent = session.merge(make.organisation("C"))
    kits.cosign(kit, signed, signed_on=DAY, by="test", at=EARLY)
    everybody = lambda: list(session.scalars(queries.to_invite(kit)))  # noqa: E731
    assert everybody() == [free, silent]
    assert services.invite(kit, everybody(), by="test", at=EARLY) == 1
    [mail] = session.scalars(select(Delivery).where(Delivery.kind == services.INVITE))
    assert (mail.purpose, mail.address.email) == (Purpose.MOBILISATION, "a@example.org")
    with pytest.raises(services.NobodyToInvite):
        services.invite(kit, everybody(), by="test", at=LATER)


# Order, withdrawal, press release


def signed(session, kit, make, *names):
    return [
        kits.cosign(kit, session.merge(make.organisation(name)), signed_on=DAY, by="test", at=EARLY)
        for name in names
    ]


def names(kit):
    return [one.organisation.name for one in kit.signatures]


def test_signatories_stand_by_name_until_somebody_puts_them_in_another_order(session, kit, make):
    zoo, abbey, _mill = signed(session, kit, make, "Zoo", "Abbaye", "Moulin")
    assert names(kit) == ["Abbaye", "Moulin", "Zoo"]
    services.move(zoo, up=True, by="test")
    assert names(kit) == ["Abbaye", "Zoo", "Moulin"]
    services.move(abbey, up=True, by="test")
    assert names(kit) == ["Abbaye", "Zoo", "Moulin"]
    services.settle(kit, takes=True, order=SignatoryOrder.NAME, by="test")
    assert names(kit) == ["Abbaye", "Moulin", "Zoo"]


def test_a_withdrawal_leaves_the_page_but_not_the_trace_and_can_be_followed_by_a_new_signature(
    session, kit, make
):
    [abbey] = signed(session, kit, make, "Abbaye")
    with pytest.raises(kits.WithdrawnTooEarly):
        kits.withdraw(abbey, on=DAY - timedelta(days=1), by="test", at=LATER)
    with pytest.raises(kits.WithdrawnTooEarly):
        kits.withdraw(abbey, on=clock.day(LATER) + timedelta(days=1), by="test", at=LATER)
    kits.withdraw(abbey, on=clock.day(LATER), why="Autre position", by="test", at=LATER)
    assert kit.signatures == [] and kit.withdrawals == [abbey]
    assert kits.cosign(kit, abbey.organisation, signed_on=DAY, by="test", at=LATER) is abbey
    assert kit.signatures == [abbey] and session.scalar(select(func.count(Cosignatory.id))) == 1


def test_the_list_of_a_press_release_stays_as_it_was_on_its_day(session, kit, make):
    abbey, mill = signed(session, kit, make, "Abbaye", "Moulin")
    mill.is_public = False
    frozen = services.release(kit, released_on=DAY, by="test", at=LATER)
    kits.withdraw(abbey, on=clock.day(LATER), by="test", at=LATER)
    kit.press_release = "<p>Autre</p>"
    assert [one["name"] for one in frozen.signatories] == ["Abbaye"]
    assert frozen.body == "<p>Nous <b>signons</b>.</p>"
    # Who withdrew later stood there on that day.
    assert [
        one["name"] for one in services.release(kit, released_on=DAY, by="test", at=LATER).signatories
    ] == ["Abbaye"]
    today = clock.day(LATER)
    assert services.release(kit, released_on=today, by="test", at=LATER).signatories == []
    with pytest.raises(CrmError):
        services.release(kit, released_on=today + timedelta(days=1), by="test", at=LATER)


def test_typed_html_becomes_blocks_of_runs():
    told = blocks("<div>Un <strong>gras</strong><br>deux</div><ul><li>point</li></ul><h2>T</h2><p></p>")
    assert [(block.kind, [(run.text, run.bold) for run in block.runs]) for block in told] == [
        ("paragraph", [("Un ", False), ("gras", True), ("\n", False), ("deux", False)]),
        ("item", [("point", False)]),
        ("heading", [("T", False)]),
    ]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_press_release_is_a_pdf_and_a_word_document_in_which_no_sign_is_an_instruction(app, make):
    odd = "{{ 7*7 }} #set {%p if %} <b>&"
    frozen = KitRelease(
        kit=make.kit(), released_on=DAY, title=odd,
        body="<p>{{ house }} &lt;b&gt; <b>gras</b></p><ul><li>un</li></ul>",
        signatories=[{"name": odd, "signer": "Ana", "function": ""}], made_at=EARLY, made_by="test",
    )  # fmt: skip
    with app.test_request_context():
        pdf, word = papers.pdf(frozen), papers.word(frozen)
        assert pdf == papers.pdf(frozen)
    assert pdf.startswith(b"%PDF-")
    text = ZipFile(io.BytesIO(word)).read("word/document.xml").decode()
    assert text.count("{{ 7*7 }} #set {%p if %} &lt;b&gt;&amp;") == 2
    assert "{{ house }} &lt;b&gt;" in text and "<w:b/>" in text


# The pages


@pytest.fixture
def open_kit(make, monkeypatch):
    monkeypatch.setattr(robots, "QUICKEST", timedelta(0))
    return make.kit("Pour l’eau", slug="eau", takes_signatures=True, press_release="<p>Nous signons.</p>")


def rows(app):
    with app.app_context():
        return list(db.session.execute(select(Signing.name, Signing.state)))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whoever_goes_back_and_types_another_organisation_asks_for_both(client, app, open_kit):
    action, fields = client.filled("/k/eau/sign", **FORM)
    for typed in ({}, {}, {"name": "Les Eaux libres", "email": "eaux@example.org"}):
        assert client.post(action, data={**fields, **typed}).status_code == 302
    assert len(rows(app)) == 2


def test_a_stranger_signs_confirms_and_is_accepted_without_a_script(client, app, open_kit):
    page = client.get("/k/eau/sign")
    assert page.text.count("checked") == 0
    first = client.submit("/k/eau/sign", **FORM)
    again = client.submit("/k/eau/sign", **FORM)
    assert first.status_code == again.status_code == 302
    assert first.headers["Location"] == again.headers["Location"] == "/k/eau/signed"
    assert rows(app) == [("Les Communs d’Angers", SigningState.UNCONFIRMED)]
    with app.app_context():
        token = db.session.scalar(select(Signing.token))
        assert db.session.scalar(select(func.count(Delivery.id))) == 1
    address = f"/k/eau/sign/{token}"
    assert "Présidente" in client.get(address).text
    assert rows(app)[0].state is SigningState.UNCONFIRMED
    assert client.submit(address, to=token).status_code == 302
    client.as_("staff")
    base = f"/kits/{open_kit.id}/signing"
    assert "Les Communs d’Angers" in client.get(base).text
    with app.app_context():
        key = db.session.scalar(select(Signing.id))
    assert client.submit(f"{base}/{key}", to=f"/signing/{key}").status_code == 302
    assert "Les Communs d’Angers" in client.get("/k/eau").text


def test_robots_are_told_that_all_went_well_and_nothing_is_kept(client, app, open_kit):
    answer = client.submit("/k/eau/sign", **FORM, website="https://example.org")
    assert answer.headers["Location"] == "/k/eau/signed" and rows(app) == []


def test_who_is_too_quick_ticks_nothing_or_asks_too_often_reads_why(client, app, open_kit, monkeypatch):
    unticked = client.submit("/k/eau/sign", **{**FORM, "has_mandate": None})
    assert unticked.status_code == 422 and "Cochez" in unticked.text
    monkeypatch.setattr(robots, "QUICKEST", timedelta(minutes=1))
    assert client.submit("/k/eau/sign", **FORM).status_code == 422
    monkeypatch.setattr(robots, "QUICKEST", timedelta(0))
    monkeypatch.setattr(robots, "NETWORKS", robots.Door("kit-signing", most_per_network=1))
    assert client.submit("/k/eau/sign", **FORM).status_code == 302
    crowd = client.submit("/k/eau/sign", **{**FORM, "email": "b@example.org"})
    assert crowd.status_code == 429 and len(rows(app)) == 1


def test_a_token_of_another_kit_confirms_nothing_and_a_closed_form_says_so(client, app, make, open_kit):
    other = make.kit(slug="autre")
    client.submit("/k/eau/sign", **FORM)
    with app.app_context():
        token = db.session.scalar(select(Signing.token))
    assert client.get(f"/k/autre/sign/{token}").status_code == 404
    assert client.get("/k/autre/sign").status_code == 410 and "/sign" not in client.get("/k/autre").text
    assert other.id


def test_staff_open_the_form_invite_reorder_withdraw_and_give_out_the_list(client, app, make):
    kit = make.kit(press_release="<p>Nous signons.</p>")
    with_address(make, "Abbaye", "a@example.org")
    client.as_("staff")
    base = f"/kits/{kit.id}"
    assert client.submit(f"{base}/signing", to="/signing", takes_signatures="y").status_code == 302
    assert client.submit(f"{base}/signing", to="/invite", organisation="abbaye").status_code == 302
    assert client.submit(f"{base}/signing", to="/invite", organisation="abbaye").status_code == 422
    for name in ("Moulin", "Zoo"):
        make.organisation(name)
        client.submit(base, to="/signatures", organisation=name, signed_on="2026-03-02")
    with app.app_context():
        mill, zoo = db.session.scalars(select(Cosignatory.id).order_by(Cosignatory.id))
    assert client.submit(f"{base}/signing", to=f"/signatures/{zoo}/up").status_code == 302
    released = client.submit(f"{base}/signing", to="/releases", released_on="2026-03-02")
    assert released.status_code == 302
    assert (
        client.submit(f"{base}/signatures/{mill}/withdraw", withdrawn_on="2026-03-02", why="Vote").status_code
        == 302
    )
    page = client.get(f"{base}/signing").text
    assert "Vote" in page and "2 signataires" in page
    with app.app_context():
        [frozen] = db.session.scalars(select(KitRelease))
        assert [one["name"] for one in frozen.signatories] == ["Zoo", "Moulin"]
    assert "Moulin" not in client.get(f"/k/{kit.slug}").text


def test_the_mail_to_confirm_and_the_invitation_lead_to_pages_that_open(client, app, make, open_kit):
    from crm.kits.signing.models import SigningInvitation

    with_address(make, "Abbaye", "a@example.org")
    client.submit("/k/eau/sign", **FORM)
    with app.test_request_context():
        kit = db.session.get(Kit, open_kit.id)
        services.invite(kit, db.session.scalars(queries.to_invite(kit)), by="test", at=EARLY)
        db.session.commit()
        token = db.session.scalar(select(SigningInvitation.token))
    page = client.get(f"/k/eau/sign?invited={token}").text
    assert 'value="Abbaye"' in page
