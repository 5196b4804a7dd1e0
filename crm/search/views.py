"""The search box: what it proposes while somebody types, and the page of all answers."""

from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from crm import clock
from crm.search import acts, finding, rows
from crm.text import clean
from crm.web.access import needs
from crm.web.pages import say
from crm.web.rights import May

bp = Blueprint("search", __name__)
IN_BOX, ON_PAGE = 5, 12
# The lists that can show everything that a kind has of the words.
LISTS: dict[str, dict[str, Any]] = {
    "organisations.index": {},
    "people.index": {},
    "events.index": {"period": "all"},
}


@bp.get("/search", endpoint="index")
@needs(May.READ)
def show_answers() -> ResponseReturnValue:
    """`?q=`: the best of each kind, with the way to all of them."""
    asked = _asked()
    found = finding.find(asked, shown=ON_PAGE)
    return render_template(
        "search/answers.html",
        asked=asked,
        found=found,
        groups=_groups(found, asked),
        commands=acts.offered(finding.words_of(asked)),
        respelled=_respelled(found),
    )


@bp.get("/search/answers", endpoint="answers")
@needs(May.READ)
def propose() -> ResponseReturnValue:
    """`?q=`: what the box shows below itself, the best of each kind and the commands that fit."""
    asked = _asked()
    words = finding.words_of(asked)
    found = finding.find(asked, shown=IN_BOX)
    groups = _groups(found, asked)
    offered = acts.offered(words)
    if offered:
        group = {"label": _("Commands"), "icon": "chevron-right", "rows": offered}
        # A command that was typed comes first; the commonest ones when nothing was.
        is_first = not words or not found or found.hits[0].likeness > 0
        groups.insert(0 if is_first else len(groups), group)
    number = sum(len(group["rows"]) for group in groups)
    said = ngettext("%(num)s answer", "%(num)s answers", number) if number else _("Nothing found")
    told = _respelled(found)
    return jsonify(
        groups=[{**group, "all": "", "rows": [vars(row) for row in group["rows"]]} for group in groups],
        said=f"{told} {said}".strip() if words or asked else "",
        told=told,
        all={"href": url_for("search.index", q=asked), "title": _("All answers to “%(words)s”", words=asked)}
        if found
        else None,
    )


def _asked() -> str:
    return clean(request.args.get("q", ""))[:200]


def _groups(found: finding.Found | None, asked: str) -> list[dict[str, Any]]:
    today = clock.day(clock.now(), clock.office())
    groups = []
    for hits in found.hits if found else []:
        label, icon = rows.LABELS[hits.kind]
        known = LISTS.get(f"{hits.kind}.index")
        # A list compares with what was typed: it cannot know what was meant instead.
        leads = known is not None and not (found and found.respelled)
        groups.append(
            {
                "label": say(label),
                "icon": icon,
                "rows": rows.of(hits.kind, hits.keys, today=today),
                "all": url_for(f"{hits.kind}.index", **{"q": asked, **(known or {})}) if leads else "",
            }
        )
    return groups


def _respelled(found: finding.Found | None) -> str:
    if not found or not found.respelled:
        return ""
    return _(
        "No record has “%(typed)s”: these have “%(meant)s”.",
        typed=" ".join(found.respelled),
        meant=" ".join(found.respelled.values()),
    )
