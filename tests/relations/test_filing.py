"""Mail filed by a blind copy: who is believed, what is read, what waits; nothing is lost or doubled."""

import errno
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm.db import db
from crm.directory.models import OrganisationAddress
from crm.mail.incoming import boxes, taking
from crm.relations.filing import reading, services
from crm.relations.models import FiledMail, Filing, Interaction, InteractionFile
from crm.web import files
from tests.relations import imap

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FILING = "journal@example.org"
TOKEN = "0123456789abcdef0123"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def mail(text="Merci pour l’échange.", **heads):
    message = EmailMessage()
    heads = {
        "From": "Camille <camille@example.org>",
        "To": "Ana Roux <ana@bretagne.example>",
        "Delivered-To": f"journal+{TOKEN}@example.org",
        "Subject": "Re: Convention 2027",
        "Date": "Mon, 02 Mar 2026 09:15:00 +0100",
        "Message-ID": "<a1@example.org>",
        **{name.replace("_", "-"): value for name, value in heads.items()},
    }
    for name, value in heads.items():
        if value is not None:
            message[name] = value
    message.set_content(text)
    return message


@pytest.fixture
def known(app, tmp_path):
    """Those of the application, with a folder of its own."""
    return {
        **app.config,
        "FILING_FOLDER": tmp_path,
        "REPLIES_FOLDER": tmp_path,
        "FILING_ADDRESS": FILING,
        "FILING_MOST_MB": 1,
    }


@pytest.fixture
def house(session, make):
    """Camille with her secret address; Ana, whom the directory knows."""
    make.interaction_kind("email", name_fr="Courriel", name_en="E-mail")
    camille = make.account(email="camille@example.org", name="Camille")
    services.give_address(camille, by=camille, at=NOW).token = TOKEN
    ana = make.person("Ana", "Roux", email="ana@bretagne.example", organisation=make.organisation("Bretagne"))
    session.commit()
    return ana


def come(known, *mails, name="mail"):
    for number, one in enumerate(mails):
        raw = one if isinstance(one, bytes) else one.as_bytes()
        (Path(known["FILING_FOLDER"]) / f"{name}{number}.eml").write_bytes(raw)
    return taking.take_all(known, at=NOW)


def only(session):
    return session.scalars(select(FiledMail)).one()


def refused(known, session, one, reason):
    assert come(known, one) == {"refused": 1}
    assert only(session).reason == reason
    assert session.scalar(select(func.count()).select_from(Interaction)) == 0


# Filed


def test_a_blind_copy_stands_in_the_log_of_whom_it_names(session, known, house):
    quoted = "Le lun. 2 mars 2026 à 08:00, Ana <ana@bretagne.example> a écrit :\n> Et alors ?\n"
    one = mail(f"Bonjour,\n\nAccord de principe.\n\n{quoted}")
    one.add_attachment(PNG, maintype="image", subtype="png", filename="plan.png")
    assert come(known, one) == {"filed": 1}
    exchange = session.scalars(select(Interaction)).one()
    assert (exchange.title, exchange.kind.slug) == ("Convention 2027", "email")
    assert exchange.happened_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert [took_part.person_id for took_part in exchange.people] == [house.id]
    assert exchange.people[0].organisation.name == "Bretagne"
    assert [account.name for account in exchange.staff] == ["Camille"]
    assert "Accord de principe" in exchange.body and "Et alors" not in exchange.body
    assert "Et alors" in exchange.mail.tail
    assert [file.name for file in exchange.files] == ["plan.png"]
    assert not list(Path(known["FILING_FOLDER"]).glob("*.eml"))


def test_the_same_mail_twice_is_filed_once(session, known, house):
    come(known, mail())
    assert come(known, mail(), name="again") == {"again": 1}
    assert session.scalar(select(func.count()).select_from(Interaction)) == 1


def test_taken_by_two_workers_in_the_same_instant_it_is_filed_once_and_leaves_no_file(
    session, known, house, data_dir, monkeypatch
):
    """The second worker looked before the first had committed: the database holds them apart."""
    one = mail()
    one.add_attachment(PNG, maintype="image", subtype="png", filename="plan.png")
    come(known, one)
    before = set((data_dir / "files").iterdir())
    monkeypatch.setattr("crm.relations.filing.queries.with_key", lambda _key: None)
    assert come(known, one, name="second") == {"again": 1}
    assert session.scalar(select(func.count()).select_from(Interaction)) == 1
    assert set((data_dir / "files").iterdir()) == before


def test_the_addresses_inside_a_forwarded_mail_are_matched(session, known, house):
    inner = "De : Ana Roux <ana@bretagne.example>\nObjet : Visite\n\nVenez mardi."
    text = f"Pour info\n\n---------- Forwarded message ---------\n{inner}"
    come(known, mail(text, To=f"journal+{TOKEN}@example.org", Subject="Fwd: Visite", Delivered_To=None))
    exchange = session.scalars(select(Interaction)).one()
    assert exchange.title == "Visite" and "Venez mardi" in exchange.body
    assert exchange.people[0].person_id == house.id


def test_so_are_those_of_a_mail_attached_whole(session, known, house):
    inner = mail("Venez mardi.", From="ana@bretagne.example", To="camille@example.org", Subject="Visite")
    outer = mail("Voir ci-joint", To=f"journal+{TOKEN}@example.org")
    outer.add_attachment(inner)
    come(known, outer)
    exchange = session.scalars(select(Interaction)).one()
    assert exchange.people[0].person_id == house.id and "Venez mardi" in exchange.body


def test_a_shared_mailbox_stands_for_its_organisation(session, known, make, house):
    town = make.organisation("Angers")
    address = make.address("mairie@angers.example")
    make.add(OrganisationAddress(organisation_id=town.id, address_id=address.id))
    come(known, mail(To="mairie@angers.example"))
    assert [one.name for one in session.scalars(select(Interaction)).one().organisations] == ["Angers"]


# Waiting


def test_what_names_nobody_known_waits_and_what_several_read_does_too(session, known, make, house):
    first, second = make.person(email="accueil@x.example"), make.person(email="accueil@x.example")
    assert first.id != second.id
    stranger = mail(To="Bo Stranger <bo@nowhere.example>", Message_ID="<1@x>")
    shared = mail(To="accueil@x.example", Message_ID="<2@x>")
    assert come(known, stranger, shared) == {"waiting": 2}
    reasons = session.scalars(select(FiledMail.reason).order_by(FiledMail.id)).all()
    assert reasons == [services.NOBODY_KNOWN, services.SHARED]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_person_says_whom_a_waiting_mail_concerns_and_adds_who_is_new(client, app, make):
    client.as_("staff")
    make.interaction_kind("email")
    with app.app_context():
        account = db.session.merge(client.account)
        told = reading.Read(
            message_id="x", sender=account.email, subject="Re: Bonjour", body="<div>Salut</div>",
            named=[{"email": "zoe@nowhere.example", "name": "ROUX Zoé"}],
        )  # fmt: skip
        key = services.take(told, key="k", account=account, size=1, at=NOW).id
        db.session.commit()
    assert "Re: Bonjour" in client.get("/relations/mails").text
    page = f"/relations/mails/{key}"
    assert client.submit(page, to=page).status_code == 422  # nobody chosen
    answer = client.submit(page, to=page, newcomers=["zoe@nowhere.example"])
    shown = client.get(answer.headers["Location"]).text
    assert "Zoé ROUX" in shown and "Salut" in shown
    assert client.submit("/relations/mails", to="/relations/mails/address").status_code == 302
    assert "journal+" in client.get("/relations/mails").text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_put_aside_it_can_be_taken_back_and_is_gone_after_a_month(session, known, make, house):
    come(known, mail(To="bo@nowhere.example"))
    waiting, me = only(session), make.account()
    services.discard(waiting, by=me)
    services.take_back(waiting, by=me)
    assert waiting.state is Filing.WAITING
    services.discard(waiting, by=me)
    session.flush()
    services.forget(at=NOW + timedelta(days=29))
    assert session.scalar(select(func.count()).select_from(FiledMail)) == 1
    services.forget(at=NOW + timedelta(days=31))
    assert session.scalar(select(func.count()).select_from(FiledMail)) == 0


# Not taken, each with its reason


@pytest.mark.parametrize(
    ("heads", "reason"),
    [
        ({"From": "Camille <mallory@evil.example>"}, services.NOT_THE_OWNER),
        ({"From": "camille@example.org, mallory@evil.example"}, services.NOT_THE_OWNER),
        ({"From": '"camille@example.org" <mallory@evil.example>'}, services.NOT_THE_OWNER),
        ({"Delivered_To": "journal+ffffffffffffffffffff@example.org"}, services.NOT_ADDRESSED),
        ({"Delivered_To": f"journal+{TOKEN}@evil.example"}, services.NOT_ADDRESSED),
        ({"Delivered_To": None}, services.NOT_ADDRESSED),
        ({"Auto_Submitted": "auto-replied"}, services.AUTOMATIC),
        ({"Return_Path": "<>"}, services.AUTOMATIC),
        ({"Precedence": "bulk"}, services.AUTOMATIC),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_ones_own_mail_to_ones_own_address_is_taken(session, known, house, heads, reason):
    refused(known, session, mail(**heads), reason)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_closed_accounts_address_takes_nothing(session, known, house):
    from crm.accounts.models import Account

    session.scalars(select(Account).where(Account.name == "Camille")).one().is_open = False
    session.commit()
    refused(known, session, mail(), services.NOT_ADDRESSED)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_huge_mail_is_told_by_its_headers_alone(session, known, house):
    refused(known, session, mail("x" * 900 + "\n" * 1_200_000), services.TOO_LARGE)


@pytest.mark.parametrize("raw", [b"", b"\0\xff\xfe garbage", b"no header at all\n\nbody"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_is_no_mail_is_refused_and_the_next_one_taken(session, known, house, raw):
    told = come(known, raw, mail())
    assert told == {"refused": 1, "filed": 1}


# What a stranger may send


def test_many_files_and_kinds_that_are_not_kept_are_named_with_the_reason(session, known, house):
    one = mail()
    one.add_attachment(
        b"MZ\x90\0\0", maintype="application", subtype="octet-stream", filename="../../virus.exe"
    )
    one.add_attachment(b"bonjour", maintype="text", subtype="plain", filename="note.txt")
    come(known, one)
    filed = only(session)
    assert [left["name"] for left in filed.left_out] == ["../../virus.exe"] and filed.left_out[0]["why"]
    assert session.scalars(select(InteractionFile.name)).all() == ["note.txt"]


def test_the_secret_address_is_not_among_those_named_and_it_is_told_when_shown(session, known, house):
    come(known, mail(To=f"ana@bretagne.example, journal+{TOKEN}@example.org"))
    filed = only(session)
    assert TOKEN not in str(filed.named) and filed.facts["shown"] is True


# Who reads what waits


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_mail_that_waits_is_its_senders_and_the_directors_own(client, make):
    colleague, gone = make.account(), make.account(is_open=False)
    hers = make.filed_mail("Arrêt maladie", account_id=colleague.id)
    others = [make.filed_mail("Sans compte"), make.filed_mail("Partie", account_id=gone.id)]
    put_aside = make.filed_mail("Mis de côté", account_id=colleague.id, state=Filing.DISCARDED)

    client.as_("staff", language="en")
    listed = client.get("/relations/mails").text
    assert "Arrêt maladie" not in listed
    assert all(one.subject in listed for one in others)
    assert "Mis de côté" not in client.get("/relations/mails?state=discarded").text
    for mail in (hers, put_aside):
        assert client.get(f"/relations/mails/{mail.id}").status_code == 404
    mine = make.filed_mail("À moi", account_id=client.account.id)
    assert client.get(f"/relations/mails/{mine.id}").status_code == 200
    _, fields = client.filled(f"/relations/mails/{mine.id}", to="/discard")
    assert client.post(f"/relations/mails/{hers.id}/discard", data=fields).status_code == 404

    client.as_("director", language="en")
    assert "Arrêt maladie" in client.get("/relations/mails").text
    assert client.get(f"/relations/mails/{hers.id}").status_code == 200


# By IMAP


def imap_settings(known, port, **more):
    return {
        **known, "IMAP_HOST": "127.0.0.1", "IMAP_PORT": port, "IMAP_USER": "journal",
        "IMAP_PASSWORD": "secret", "IMAP_TLS": "none", "IMAP_FOLDER": "INBOX", "IMAP_DONE_FOLDER": "", **more,
    }  # fmt: skip


def wire(one):
    return one.as_bytes().replace(b"\n", b"\r\n")


def test_a_mailbox_is_read_and_marked_only_after_the_commit(session, known, house, monkeypatch):
    box = imap.Mailbox(wire(mail()), wire(mail(Message_ID="<b@x>")))
    with imap.serving(box) as port:
        there = imap_settings(known, port)

        def break_down():
            raise OSError("the disk stops here")

        first = next(iter(boxes.boxes(there)[0].mails()))
        assert box.flags == {1: set(), 2: set()} and first.is_whole
        with monkeypatch.context() as patched:
            patched.setattr(db.session, "commit", break_down)
            with pytest.raises(OSError, match="stops here"):
                taking.take_all(there, at=NOW)
        session.rollback()
        assert box.flags == {1: set(), 2: set()}
        assert taking.take_all(there, at=NOW) == {"filed": 2}
        assert box.flags == {1: {"\\Seen"}, 2: {"\\Seen"}}
        assert taking.take_all(there, at=NOW) == {}


@pytest.mark.parametrize("can_move", [True, False])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_taken_mails_go_to_another_folder_where_one_is_named(session, known, house, can_move):
    box = imap.Mailbox(wire(mail()))
    box.can_move = can_move
    with imap.serving(box) as port:
        there = imap_settings(known, port, IMAP_DONE_FOLDER="Classés")
        assert taking.take_all(there, at=NOW) == {"filed": 1}
        assert taking.take_all(there, at=NOW) == {}
    assert box.mails == {} and [len(mails) for mails in box.moved.values()] == [1]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_of_a_mail_that_is_too_large_the_mailbox_sends_only_the_headers(session, known, house):
    box = imap.Mailbox(wire(mail("x\n" * 700_000)))
    with imap.serving(box) as port:
        assert taking.take_all(imap_settings(known, port), at=NOW) == {"refused": 1}
    assert not any("BODY.PEEK[]" in line for line in box.log)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_mailbox_that_cannot_be_opened_stops_nothing_else(session, known, house):
    with imap.serving(imap.Mailbox()) as port:
        assert taking.take_all(imap_settings(known, port, IMAP_PASSWORD="wrong"), at=NOW) == {}
    assert taking.take_all(imap_settings(known, port), at=NOW) == {}


def test_on_a_full_disk_a_mail_stays_where_it_is_and_no_half_file_is_kept(
    session, known, house, app, monkeypatch
):
    one = mail()
    one.add_attachment(PNG, maintype="image", subtype="png", filename="plan.png")

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = set(files.folder().iterdir())
    monkeypatch.setattr(files.os, "fsync", full)
    monkeypatch.setattr(files, "_without_traces", lambda content, _kind: content)
    with pytest.raises(OSError, match="No space"):
        come(known, one)

    assert set(files.folder().iterdir()) == before
    assert session.scalars(select(FiledMail)).all() == []
    assert [path.name for path in Path(known["FILING_FOLDER"]).glob("*.eml")] == ["mail0.eml"]
