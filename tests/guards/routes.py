"""Every route there is, and the lists of those that are unlike the others."""

import pytest
from flask import Flask
from werkzeug.routing import Rule

from crm.web import access
from crm.web.access import SAFE
from crm.web.rights import May

PUBLIC = {
    "accounts.choose",
    "accounts.forgotten",
    "accounts.sign_in",
    "agenda.answer_offer",
    "agenda.change_mode",
    "agenda.come_back",
    "agenda.download",
    "agenda.event",
    "agenda.erase",
    "agenda.feed",
    "agenda.index",
    "agenda.invitation",
    "agenda.keep",
    "agenda.organisations",
    "agenda.own_answers",
    "agenda.own_data",
    "agenda.own_entry",
    "agenda.own_evaluation",
    "agenda.own_file",
    "agenda.own_resource",
    "agenda.own_resources",
    "agenda.private",
    "agenda.public_document",
    "agenda.public_resource",
    "agenda.registration",
    "agenda.series",
    "agenda.series_entries",
    "agenda.series_feed",
    "agenda.series_registration",
    "agenda.series_thanks",
    "agenda.speaking",
    "agenda.subscribed",
    "agenda.thanks",
    "agenda.withdraw",
    "agenda.withdraw_series",
    "certificates.check",
    "certificates.fetch",
    "certificates.issue",
    "certificates.show",
    "door.name",
    "door.note",
    "door.show",
    "door.state",
    "door.worker",
    "health.live",
    "health.ready",
    "hooks.sendgrid",
    "links.follow",
    "mailings.picture",
    "preferences.show",
    "public_kits.confirm",
    "public_kits.confirmed",
    "public_kits.download",
    "public_kits.mine",
    "public_kits.not_me",
    "public_kits.replied",
    "public_kits.seen",
    "public_kits.show",
    "public_kits.shown_logo",
    "public_kits.sign",
    "public_kits.signed",
    "public_kits.undo",
    "public_kits.wrote",
    "static",
    "subscribe.confirm",
    "subscribe.confirmed",
    "subscribe.show",
    "subscribe.thanks",
    "web.privacy",
}
# RFC 8058: the provider posts without having seen a page. Events of the provider are signed.
ONE_CLICK = {"hooks.sendgrid", "preferences.show"}
# A mail is shown as mailboxes show it, with its own styles, in a frame where nothing runs.
MAIL = {"deliveries.html", "mailings.look_html", "mailings.preview_html", "outbox.html"}
MAIL_POLICY = {"sandbox", "form-action", "frame-ancestors", "base-uri"}
WRITES = ("INSERT", "UPDATE", "DELETE")


def routes(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule))


def asked(app: Flask, rule: Rule) -> May | str | None:
    return access.declared(app, rule.endpoint)


def unsafe(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - SAFE)


# What is decided at the door, before the database is asked.
ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
