"""The kit as everyone sees it, without an account and without a script."""

from typing import Any

from babel import Locale
from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from crm import clock
from crm.kits import queries
from crm.kits.acting import finding, letters, results, words
from crm.kits.acting import queries as acting
from crm.kits.acting.finding import Visit
from crm.kits.amending import queries as amending
from crm.kits.amending import words as amending_words
from crm.kits.models import Kit, KitState
from crm.kits.parliament import abroad, seats
from crm.kits.parliament import queries as parliament
from crm.kits.parliament import words as titles
from crm.kits.parliament.views import seat_called
from crm.kits.signing import services as signing
from crm.text import fold
from crm.web import files
from crm.web.access import public

bp = Blueprint("public_kits", __name__, url_prefix="/k")


@bp.context_processor
def _words() -> dict[str, Any]:
    return {"acting": words, "amending": amending_words, "parliament": titles, "seat_called": seat_called}


def found(slug: str) -> Kit:
    return queries.by_slug(slug) or abort(404)


@bp.get("/<slug>")
@public
def show(slug: str) -> ResponseReturnValue:
    return page(found(slug), Visit())


@bp.get("/<slug>/mine/<token>")
@public
def mine(slug: str, token: str) -> ResponseReturnValue:
    """The same page for whoever came by a link of their own, or comes back to what they declared."""
    kit = found(slug)
    return page(kit, finding.visit(kit, token))


def page(kit: Kit, visit: Visit) -> ResponseReturnValue:
    is_closed = kit.state is KitState.CLOSED or kit.is_over(clock.day(clock.now()))
    question = finding.asked(request.args)
    elected = finding.elected(visit, question)
    versions, targets = acting.versions(kit), acting.targets(kit)
    shown = [*elected.everybody, *(target.parliamentarian for target in targets)]
    return render_template(
        "kits/public.html",
        kit=kit,
        is_closed=is_closed,
        visit=visit,
        question=question,
        elected=elected,
        targets=targets,
        way_back=finding.way_back(question, elected),
        ready={one.id: letters.ready(kit, one, versions, visit.writer) for one in shown},
        own_letter=letters.unaddressed(kit, visit.writer),
        declared=acting.declared(visit.reader),
        letters_written=results.outside(acting.letters_declared(kit)),
        loads=parliament.latest_loads() if elected.everybody else {},
        amendments=amending.versions(kit),
        takes_signatures=signing.is_open(kit, day=clock.day(clock.now())),
        has_roster=parliament.has_roster(),
        areas=seats.AREAS,
        countries=_countries() if not is_closed else [],
    )


def _countries() -> list[tuple[str, str]]:
    """The countries in which French people vote, named in the reader's language and in its order."""
    names = Locale.parse(str(get_locale() or "fr")).territories
    listed = (code for countries in abroad.COUNTRIES.values() for code in countries.split())
    return sorted(((code, names.get(code, code)) for code in listed), key=lambda country: fold(country[1]))


@bp.get("/<slug>/files/<name>")
@public
def download(slug: str, name: str) -> ResponseReturnValue:
    """A file of the kit, under the random name that only its page tells."""
    kit = found(slug)
    resource = next((known for known in kit.resources if known.stored_as and known.stored_as == name), None)
    if resource is None:
        abort(404)
    return files.answer(stored_as=name, name=resource.file_name, media_type=resource.media_type)
