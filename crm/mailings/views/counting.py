"""The way through the count to where a link leads: the one page that writes on GET, a number and no more."""

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from crm.db import db, reads_only
from crm.mailings.clicks import counting
from crm.web.access import public

bp = Blueprint("links", __name__, url_prefix="/go")


@bp.get("/<token>")
@public
def follow(token: str) -> ResponseReturnValue:
    """Lead on, to an address that a mailing of ours holds; programs that only look (HEAD) are not counted."""
    link = counting.led_to(token) or abort(404)
    key, url = link.id, link.url
    if request.method != "HEAD":
        # From here on it writes: on SQLite the lock is taken when the unit of work begins.
        db.session.rollback()
        reads_only(False)
        counting.count(key)
        db.session.commit()
    answer = redirect(url)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
