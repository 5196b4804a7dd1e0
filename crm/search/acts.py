"""What can be done from the search box: pages to go to, things to begin; shown to those who may."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, url_for
from flask_login import current_user

from crm.search.rows import Row
from crm.text import N_, fold
from crm.web.pages import say
from crm.web.rights import May, allows

MOST = 6


@dataclass(frozen=True)
class Command:
    """A page to open. `also` are other words for it."""

    endpoint: str
    label: str
    may: May = May.READ
    also: str = ""


COMMANDS = (
    Command("relations.new", N_("Log an exchange"), May.WRITE, N_("note, call, meeting, minutes")),
    Command("people.new", N_("New person"), May.WRITE, N_("add, contact")),
    Command("organisations.new", N_("New organisation"), May.WRITE, N_("add, partner, authority")),
    Command("events.new", N_("New event"), May.WRITE, N_("add, webinar, meeting, agenda")),
    Command("governance.new_membership", N_("Record a membership"), May.WRITE, N_("add, member, fee")),
    Command("governance.new_body", N_("New body"), May.WRITE, N_("add, board, committee, bureau")),
    Command("mailings.new", N_("New mailing"), May.SEND, N_("write, newsletter, letter, send")),
    Command("kits.new", N_("New mobilisation kit"), May.WRITE, N_("add, campaign, letter")),
    Command("imports.new", N_("Import a file"), May.IMPORT, N_("csv, excel, spreadsheet, upload")),
    Command("home.index", N_("Go to the home page"), also=N_("today, start")),
    Command("organisations.index", N_("Go to organisations"), also=N_("partners, authorities, list")),
    Command("people.index", N_("Go to people"), also=N_("contacts, directory, list")),
    Command("relations.index", N_("Go to exchanges"), also=N_("log, relations")),
    Command("relations.promises", N_("Go to follow-ups"), also=N_("promised, to do, tasks")),
    Command("relations.quiet", N_("Go to organisations gone quiet"), also=N_("cold, remind")),
    Command("relations.board", N_("Go to partnerships"), also=N_("stages, board, pipeline")),
    Command("relations.agreements", N_("Go to agreements"), also=N_("contracts, renewal")),
    Command("governance.index", N_("Go to bodies"), also=N_("board, bureau, committee, seats")),
    Command("governance.members", N_("Go to members"), also=N_("memberships, fees, colleges")),
    Command("events.index", N_("Go to events"), also=N_("agenda, list")),
    Command("events.month", N_("Go to the calendar"), also=N_("month, agenda")),
    Command("mailings.index", N_("Go to mailings"), also=N_("newsletters, sent")),
    Command("kits.index", N_("Go to mobilisation"), also=N_("campaigns, parliament")),
    Command("imports.index", N_("Go to imports"), May.IMPORT, N_("files, batches")),
    Command("outbox.status", N_("Go to the state of mail"), May.SEND, N_("deliveries, bounces, outbox")),
    Command("tags.index", N_("Go to tags"), May.WRITE, N_("labels")),
    Command("settings.index", N_("Go to the settings"), also=N_("configuration, lists")),
    Command("accounts.index", N_("Go to accounts"), May.ACCOUNTS, N_("users, rights, passwords")),
    Command("accounts.mine", N_("My account"), also=N_("password, language, profile")),
)


def offered(words: Sequence[str]) -> list[Row]:
    """The commands that the reader may give and that have all the words; the first few without any."""
    ranked = []
    for place, command in enumerate(COMMANDS):
        if command.endpoint not in current_app.view_functions or not allows(current_user.right, command.may):
            continue
        label = say(command.label)
        far = _far(words, fold(label).split(), fold(say(command.also)).split())
        if far is not None:
            ranked.append((far, place, Row(url_for(command.endpoint), label)))
    return [row for _far_off, _place, row in sorted(ranked, key=lambda each: each[:2])[:MOST]]


def _far(words: Sequence[str], label: list[str], also: list[str]) -> int | None:
    """0 when all words begin a word of the label, 1 when some are other words for it; else None."""
    far = 0
    for word in words:
        if any(told.startswith(word) for told in label):
            continue
        if not any(told.startswith(word) for told in also):
            return None
        far = 1
    return far
