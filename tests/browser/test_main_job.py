"""The association's main job, from an empty directory to an attendance list, as the people who do it."""

import csv
import email
import email.policy
import re
import time
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import icalendar
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.events.models import Event
from crm.settings import services as settings
from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.make import PASSWORD

DAY = clock.day(clock.now()) + timedelta(days=40)


def mail_to(app: Flask, recipient: str) -> list[EmailMessage]:
    """Let everything that waits leave, then what that person finds in the mailbox, oldest first."""
    told = app.test_cli_runner().invoke(args=["mail", "deliver"])
    assert told.exit_code == 0, told.output
    found = []
    for file in sorted(Path(app.config["DATA_DIR"], "outbox").glob("*.eml"), key=lambda f: f.stat().st_mtime):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        if recipient in str(message["To"]):
            found.append(message)
    return found  # type: ignore[return-value]


def entry_in(message: EmailMessage) -> icalendar.Event:
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    return icalendar.Calendar.from_ical(part.get_payload(decode=True)).events[0]


def link_in(message: EmailMessage, path: str) -> str:
    text = message.get_body(("plain",)).get_content()
    return re.search(rf"https?://\S+{path}\S+", text).group().rstrip(".)>")


def choose(page: Page, field: str, typed: str, proposal: str) -> None:
    """Type a few letters into a proposing field and take the proposal."""
    page.locator(f"[name={field}]").press_sequentially(typed, delay=30)
    page.locator("[role=listbox] [role=option]:visible").filter(has_text=proposal).first.click()


def test_from_an_empty_directory_to_the_attendance_list(app, site, make, person_at, accessible, tmp_path):
    with app.app_context():
        settings.set_up(name="OpenDataFrance")
        db.session.commit()
    make.territory("Angers", "commune", "49007", population=157_175, siren="214900078")
    make.territory("Angers Loire Métropole", "epci", "244900015", population=311_000)
    make.account("staff", email="equipe@example.org", name="Samir Le Goff")

    desk = person_at(WIDE)
    sign_in(desk, site, "equipe@example.org", PASSWORD)
    desk.goto(site)
    accessible(desk)

    # Three letters find the authority in the official reference.
    desk.goto(f"{site}/organisations/new")
    choose(desk, "reference", "ang", "Commune")
    desk.get_by_role("button", name="Remplir").click()
    desk.locator("form[method=post] button.btn-primary:visible").last.click()
    desk.wait_for_url(re.compile(r"/organisations/\d+"))
    organisation = desk.url.partition("?")[0]
    accessible(desk)

    for given, family, address in (
        ("Zoé", "D’Hérouville", "zoe@example.org"),
        ("Malo", "Urvoy", "malo@example.org"),
    ):
        desk.goto(f"{site}/people/new")
        desk.fill("[name=given_name]", given)
        desk.fill("[name=family_name]", family)
        desk.fill("[name=email]", address)
        choose(desk, "organisation_name", "ange", "Angers")
        desk.fill("[name=function]", "Adjointe au numérique")
        desk.get_by_role("button", name="Ajouter la personne").click()
        desk.wait_for_url(re.compile(r"/people/\d+"))
    accessible(desk)

    desk.goto(f"{site}/events/new")
    desk.fill("[name=title]", "Les données de l’école : par où commencer ?")
    desk.fill("[name=starts]", f"{DAY}T14:00")
    desk.fill("[name=ends]", f"{DAY}T15:30")
    desk.check("[name=format][value=online]", force=True)
    desk.fill("[name=join_url]", "https://visio.example.org/ecole")
    accessible(desk)
    desk.get_by_role("button", name="Mettre à l’agenda").click()
    desk.wait_for_url(re.compile(r"/events/\d+$"))
    event = desk.url
    desk.get_by_role("button", name=re.compile("Ouvrir")).first.click()
    desk.wait_for_load_state()

    # A stranger comes upon it; the form is shut to those who fill it in within three seconds.
    stranger = person_at(PHONE)
    stranger.goto(f"{site}/agenda")
    stranger.get_by_role("link", name="Les données de l’école").first.click()
    accessible(stranger)
    opened = time.monotonic()

    desk.goto(f"{event}/invite?territory=&q=")
    accessible(desk)
    desk.get_by_label("Je veux écrire à 2 personnes").check()
    desk.get_by_role("button", name=re.compile("Inviter 2")).click()
    desk.wait_for_url(re.compile("/invitations"))

    # Each gets one message, with an entry in his or her own name.
    (invitation,) = mail_to(app, "zoe@example.org")
    entry = entry_in(invitation)
    assert str(entry["ATTENDEE"]).lower() == "mailto:zoe@example.org"
    assert entry.start.isoformat().startswith(f"{DAY}T14:00")

    # On a phone: looking changes nothing, a button accepts.
    phone = person_at(PHONE)
    phone.goto(link_in(invitation, "/i/"))
    accessible(phone)
    phone.get_by_role(
        "button", name=re.compile("Je participe|J’accepte|Accepter|participerai|viens")
    ).first.click()
    phone.wait_for_load_state()
    accessible(phone)
    confirmation = mail_to(app, "zoe@example.org")[-1]
    assert entry_in(confirmation)["UID"] == entry["UID"]

    # A stranger registers without an account, on a phone.
    stranger.fill("[name=given_name]", "Jean-Noël")
    stranger.fill("[name=family_name]", "O'Brien")
    stranger.fill("[name=email]", "jn.obrien@example.org")
    stranger.fill("[name=organisation]", "Angers")
    stranger.wait_for_timeout(max(0, 3_500 - (time.monotonic() - opened) * 1_000))
    stranger.locator("main form button[type=submit], main form button:not([type])").last.click()
    stranger.wait_for_load_state()
    accessible(stranger)
    assert mail_to(app, "jn.obrien@example.org")

    # The day has come: who is there is marked by hand.
    with app.app_context():
        held = db.session.scalars(select(Event)).one()
        held.starts_wall -= timedelta(days=40)
        held.starts_at -= timedelta(days=40)
        db.session.commit()
    desk.goto(f"{event}/registrations")
    accessible(desk)
    desk.locator("tr", has_text="O'Brien").get_by_role("button", name="Présent").click()
    desk.wait_for_load_state()
    desk.locator("tr", has_text="Hérouville").get_by_role("button", name="Présent").click()
    desk.wait_for_load_state()

    # The list opens as a table, with the organisation of that day.
    desk.goto(f"{event}/export")
    accessible(desk)
    desk.locator("[name=format][value=csv]").check(force=True)
    desk.fill("[name=purpose]", "Bilan pour le conseil")
    with desk.expect_download() as download:
        desk.get_by_role("button", name="Télécharger le fichier").click()
    file = tmp_path / "presence.csv"
    download.value.save_as(file)
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert {row["Nom"] for row in rows} == {"D’Hérouville", "O'Brien"}
    assert {row["Organisation"] for row in rows} == {"Angers"}

    # A kit is published, and mailed to the people of a list.
    desk.goto(f"{site}/kits/new")
    desk.fill("[name=title]", "Sauvons les conseillers numériques")
    desk.fill("[name=letter_subject]", "Maintenir les conseillers numériques")
    desk.fill("[name=letter_body]", "Madame, Monsieur,\n\nJe vous demande de soutenir ce dispositif.")
    accessible(desk)
    desk.locator("form[method=post] button.btn-primary:visible").last.click()
    desk.wait_for_url(re.compile(r"/kits/\d+$"))
    desk.get_by_role("button", name=re.compile("Publier")).first.click()
    desk.wait_for_load_state()
    phone.goto(f"{site}/k/sauvons-les-conseillers-numeriques")
    accessible(phone)
    assert phone.locator("a[href^='mailto:']").count()

    desk.get_by_role("button", name="Envoyer ce kit").click()
    desk.wait_for_url(re.compile(r"/mailings/\d+"))
    accessible(desk)
    mailing = desk.url
    desk.goto(f"{site}/people/")
    desk.locator("a[href^='/mailings/to']").click()
    accessible(desk)
    desk.locator("li", has_text="Sauvons").get_by_role("button", name="Leur envoyer aussi").click()
    desk.goto(mailing)
    accessible(desk)
    desk.get_by_text("Envoyer maintenant").click()
    desk.get_by_role("button", name=re.compile("Envoyer à 3")).click()
    desk.wait_for_load_state()
    (kit,) = [m for m in mail_to(app, "malo@example.org") if "Sauvons" in str(m["Subject"])]
    assert "/k/sauvons-les-conseillers-numeriques" in kit.get_body(("plain",)).get_content()
    assert kit["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    # Every step stands in the log of the organisation.
    desk.goto(organisation)
    accessible(desk)
    log = desk.locator("main").inner_text()
    assert "Sauvons les conseillers numériques" in log
    school = next(line for line in log.splitlines() if "Les données de l’école" in line)
    assert "2 personnes invitées · 2 inscriptions · 2 présences" in " ".join(school.split())
