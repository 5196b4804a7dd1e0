"""The kit as everyone sees it, without an account and without a script."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from crm import clock
from crm.kits import letters, queries
from crm.kits.models import KitState
from crm.web import files
from crm.web.access import public

bp = Blueprint("public_kits", __name__, url_prefix="/k")


@bp.get("/<slug>")
@public
def show(slug: str) -> ResponseReturnValue:
    kit = queries.by_slug(slug) or abort(404)
    is_closed = kit.state is KitState.CLOSED or kit.is_over(clock.day(clock.now()))
    fits = letters.fits(kit.letter_subject, kit.for_link)
    body = kit.for_link if fits else ""
    return render_template(
        "kits/public.html",
        kit=kit,
        is_closed=is_closed,
        fits=fits,
        mailto=letters.mailto(kit.letter_subject, body),
        webmails=letters.webmails(kit.letter_subject, body),
    )


@bp.get("/<slug>/files/<name>")
@public
def download(slug: str, name: str) -> ResponseReturnValue:
    """A file of the kit, under the random name that only its page tells."""
    kit = queries.by_slug(slug) or abort(404)
    resource = next((known for known in kit.resources if known.stored_as and known.stored_as == name), None)
    if resource is None:
        abort(404)
    return files.answer(stored_as=name, name=resource.file_name, media_type=resource.media_type)
