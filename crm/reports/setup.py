"""What the reports put on the lists of the directory."""

from flask import Flask, url_for

from crm.text import N_
from crm.web import records
from crm.web.rights import May


def install(app: Flask) -> None:
    records.act("organisations-list-more", "map", N_("Map"), "map", May.READ, _organisations)
    records.act("people-list-more", "map", N_("Map"), "map", May.READ, _people)


def _organisations(querystring: str) -> str:
    return url_for("pictures.organisations") + (f"?{querystring}" if querystring else "")


def _people(querystring: str) -> str:
    return url_for("pictures.people") + (f"?{querystring}" if querystring else "")
