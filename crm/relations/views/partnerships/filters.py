"""What the address of the board asks for, and its form."""

from urllib.parse import urlencode

from flask import request, url_for
from flask_babel import gettext as _
from wtforms import SelectChoice

from crm.db import db
from crm.directory import messages as directory_words
from crm.directory import queries as directory
from crm.relations import queries as log
from crm.relations.forms import key_of
from crm.relations.partnerships import queries, words
from crm.relations.partnerships.forms import BoardFilterForm
from crm.relations.partnerships.queries import Asked
from crm.territories import queries as territories
from crm.text import N_
from crm.web import tables
from crm.web.pages import say

STILL = (30, 60, 90, 180, 365)
NOBODY = "nobody"


def asked() -> Asked:
    """What the address asks for; what cannot be read counts as not asked."""
    owner, still = request.args.get("owner", ""), key_of(request.args.get("still"))
    return Asked(
        owner_id=key_of(owner),
        nobody=owner == NOBODY,
        kind=request.args.get("kind", "")[:80],
        territory=_territory(request.args.get("territory", "")[:80]),
        stage=request.args.get("stage", "")[:80],
        still=still if still in STILL else None,
        in_bin=request.args.get("bin") == "yes",
    )


def _territory(key: str) -> str:
    """The territory in the address; without one, the likeliest of the name that was typed."""
    typed = request.args.get("territory_name", "")[:200]
    if key_of(key) or not typed:
        return key if key_of(key) else ""
    likely = territories.suggest(typed, limit=1)
    return str(likely[0].territory.id) if likely else ""


def filter_form(meant: Asked) -> BoardFilterForm:
    territory = directory.territory_named(meant.territory) if meant.territory else None
    form = BoardFilterForm(
        data={
            "owner": NOBODY if meant.nobody else str(meant.owner_id or ""),
            "kind": meant.kind,
            "territory": meant.territory,
            "territory_name": territory.name if territory else "",
            "still": str(meant.still or ""),
            "stage": meant.stage,
        }
    )
    everything = SelectChoice("", N_("All"))
    accounts = db.session.scalars(log.accounts())
    form.owner.choices = [
        everything,
        SelectChoice(NOBODY, N_("Nobody")),
        *(SelectChoice(str(account.id), account.name) for account in accounts),
    ]
    kinds = db.session.scalars(directory.kinds())
    form.kind.choices = [everything, *(SelectChoice(k.slug, directory_words.kind_name(k)) for k in kinds)]
    periods = (SelectChoice(str(days), _("for %(days)s days", days=days)) for days in STILL)
    form.still.choices = [SelectChoice("", N_("Does not matter")), *periods]
    stages = db.session.scalars(queries.stages())
    form.stage.choices = [everything, *(SelectChoice(s.slug, words.stage_name(s)) for s in stages)]
    return form


def chips(form: BoardFilterForm) -> list[dict[str, str]]:
    """The filters in use, each with the address of the page without it."""
    told = []
    for field in form:
        if not field.data or field.name == "territory":
            continue
        labels = {choice.value: choice.label for choice in getattr(field, "choices", None) or []}
        value = say(labels.get(field.data, field.data))
        label = _("%(what)s: %(value)s", what=say(field.label.text), value=value)
        names = ("territory", "territory_name") if field.name == "territory_name" else (field.name,)
        told.append({"label": label, "remove": tables.here(**dict.fromkeys(names))})
    return told


def same(endpoint: str, **changes: str) -> str:
    """Another view of what this address asks for."""
    # Not by url_for alone: a stranger's `?_external=1` would be taken for an instruction.
    query = {k: v for k, v in request.args.to_dict().items() if k not in ("cursor", *changes)} | changes
    return f"{url_for(endpoint)}?{urlencode(query)}" if query else url_for(endpoint)
