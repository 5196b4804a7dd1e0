"""What the page of an organisation shows of its partnership."""

from flask import render_template, url_for

from crm import clock
from crm.db import db
from crm.directory.models import Organisation
from crm.relations.partnerships import queries, words
from crm.relations.partnerships.queries import Card
from crm.relations.views.follow_ups import today


def _card(organisation: Organisation) -> Card | None:
    one = queries.of_organisation(organisation.id)
    return queries.card_of(one, at=clock.now(), today=today()) if one else None


def box(organisation: Organisation) -> str:
    """Where the relation stands, beside the organisation; nothing for one that is not followed."""
    card = _card(organisation)
    if card is None:
        return ""
    stages = list(db.session.scalars(queries.stages()))
    return render_template(
        "relations/partnerships/box.html", card=card, stages=stages, words=words, today=today()
    )


def mark(organisation: Organisation) -> str:
    """The stage as a word in the organisation's first line."""
    one = queries.of_organisation(organisation.id)
    return render_template("relations/partnerships/mark.html", partnership=one, words=words) if one else ""


def follow_act(organisation: Organisation) -> str:
    """Where “partnership” leads: to its page, or to the form that opens one."""
    return url_for("relations.new_partnership", organisation=organisation.id)
