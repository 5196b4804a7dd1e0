"""Pairs that may be one: looked for, gone through, settled; and the warning while one types."""

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.directory.filters import key_in
from crm.directory.forms import lines
from crm.directory.merging import cards, queries, scans, tasks, warning, words
from crm.directory.merging.models import Pair
from crm.directory.merging.warning import Likely
from crm.errors import CrmError
from crm.jobs import wake
from crm.web.access import needs
from crm.web.forms import pressed, said
from crm.web.pages import offer_undo
from crm.web.rights import May
from crm.web.tables import Order, page_of

bp = Blueprint("duplicates", __name__, url_prefix="/duplicates")

PAGE = 20
SETTLED_SHOWN = 50


@bp.get("/<any(people, organisations):kind>")
@needs(May.READ)
def index(kind: str) -> ResponseReturnValue:
    """The pairs that wait, the strongest first."""
    session = db.session()
    order = Order(by=Pair.strength, key=Pair.id, descending=True)
    page = page_of(session, queries.pairs(kind), order, cursor=request.args.get("cursor"), size=PAGE)
    keys = {key for row in page.rows for key in (row.one_id, row.other_id)}
    return render_template(
        "directory/merging/pairs.html",
        kind=kind,
        page=page,
        pairs=[
            {"row": row, "likelihood": words.likelihood(row.strength), "why": words.reasons(row.reasons)}
            for row in page.rows
        ],
        cards=cards.of(session, kind, keys, day=clock.day(clock.now())),
        scan=scans.latest(session, kind),
        open=scans.OPEN,
        numbers={one: queries.number_of_pairs(session, one) for one in queries.MODELS},
        most=queries.COUNTED,
    )


@bp.get("/<any(people, organisations):kind>/settled")
@needs(May.READ)
def settled(kind: str) -> ResponseReturnValue:
    """The pairs that somebody said are not the same, with the way back."""
    pairs = db.session.scalars(queries.settled(kind).limit(SETTLED_SHOWN)).all()
    keys = {key for pair in pairs for key in (pair.one_id, pair.other_id)}
    return render_template(
        "directory/merging/settled.html",
        kind=kind,
        pairs=pairs,
        cards=cards.of(db.session(), kind, keys, day=clock.day(clock.now())),
    )


@bp.post("/<any(people, organisations):kind>/scan")
@needs(May.WRITE)
def scan(kind: str) -> ResponseReturnValue:
    """Look through the directory: a small one now, a large one by a worker."""
    pressed()
    session = db.session()
    try:
        asked = scans.ask(session, kind, by=current_user.email, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
        return redirect(url_for(".index", kind=kind))
    key, size = asked.id, scans.size(session, kind)
    session.commit()
    if size <= tasks.MOST_AT_ONCE:
        tasks.do(key)
    else:
        wake("duplicates")
    return redirect(url_for(".index", kind=kind))


@bp.post("/<any(people, organisations):kind>/scan/cancel")
@needs(May.WRITE)
def cancel(kind: str) -> ResponseReturnValue:
    pressed()
    under_way = scans.latest(db.session(), kind)
    if under_way is not None:
        scans.cancel(under_way, at=clock.now())
        db.session.commit()
        flash(_("The search was cancelled. The pairs found before are still here."))
    return redirect(url_for(".index", kind=kind))


@bp.post("/pairs/<int:pair_id>/not-same")
@needs(May.WRITE)
def not_same(pair_id: int) -> ResponseReturnValue:
    """These two are not the same: no search proposes them again."""
    pair = db.get_or_404(Pair, pair_id)
    pressed()
    scans.settle(pair, by=current_user.email, at=clock.now())
    kind = pair.kind
    db.session.commit()
    offer_undo(
        _("These two are not the same: they will not be proposed again."),
        url_for(".reopen", pair_id=pair_id),
    )
    return redirect(url_for(".index", kind=kind))


@bp.post("/pairs/<int:pair_id>/reopen")
@needs(May.WRITE)
def reopen(pair_id: int) -> ResponseReturnValue:
    pair = db.get_or_404(Pair, pair_id)
    pressed()
    scans.reopen(pair)
    kind = pair.kind
    db.session.commit()
    flash(_("The pair is among the proposals again."))
    return redirect(url_for(".index", kind=kind))


# The warning while one types


@bp.get("/<any(people, organisations):kind>/alike")
@needs(May.WRITE)
def alike(kind: str) -> Response:
    """Who may be meant by what stands in the fields of the form so far."""
    look = people_alike if kind == "people" else organisations_alike
    return jsonify(look(request.args))


def people_alike(typed: Any) -> list[dict[str, Any]]:
    """The people whom the fields of `NewPersonForm` may mean, as the warning shows them."""
    found = warning.people(
        db.session(),
        given_name=typed.get("given_name", "")[:200],
        family_name=typed.get("family_name", "")[:200],
        emails=[typed.get("email", ""), *lines(typed.get("other_emails"))][:10],
        phones=lines(typed.get("phone"))[:10],
        organisation_id=key_in(typed.get("organisation", "")),
    )
    return _shown("people", found)


def organisations_alike(typed: Any) -> list[dict[str, Any]]:
    """The organisations that the fields of `OrganisationForm` may mean."""
    texts = ("name", "acronym", "siren", "siret", "postcode", "city", "website", "phone")
    found = warning.organisations(
        db.session(),
        emails=lines(typed.get("email"))[:10],
        **{text: typed.get(text, "")[:200] for text in texts},
    )
    return _shown("organisations", found)


def _shown(kind: str, found: list[Likely]) -> list[dict[str, Any]]:
    known = cards.of(db.session(), kind, [one.key for one in found], day=clock.day(clock.now()))
    return [
        {
            "name": known[one.key].name,
            "address": known[one.key].address,
            "detail": " · ".join(known[one.key].facts[:2]),
            "why": words.reasons(one.reasons),
        }
        for one in found
        if one.key in known
    ]
