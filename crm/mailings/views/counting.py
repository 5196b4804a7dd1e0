"""The way through the count to where a link leads: the one page that writes on GET, a number and no more."""

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from crm.db import db
from crm.mailings.clicks import counting
from crm.mailings.clicks.models import MailingLink
from crm.web.access import public

bp = Blueprint("links", __name__, url_prefix="/go")


@bp.get("/<token>")
@public
def follow(token: str) -> ResponseReturnValue:
    """Lead on, to an address that a mailing of ours holds; programs that only look (HEAD) are not counted."""
    if request.method == "HEAD":
        url = db.session.scalar(db.select(MailingLink.url).where(MailingLink.token == token))
    else:
        url = counting.opened(token)
        db.session.commit()
    answer = redirect(url or abort(404))
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
