"""The page of a form that could not be taken at that moment: it carries what was typed, to be sent again.

It asks nothing of the database, which may be what was away, and needs no script. The same CSRF token and
the same form key go with it, so that what had been done after all is done once.
"""

from dataclasses import dataclass, field

from flask import current_app, g, request, session
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from crm.web import access, forms, i18n

LARGEST = 1_000_000  # characters of names and values: a page with more is neither sent nor read quickly
RETRY_AFTER = 5  # seconds


@dataclass
class Kept:
    """What was sent, without passwords and files, which no page may carry."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    has_password: bool = False
    files: list[str] = field(default_factory=list)


def page(status: int, *, back: str | None) -> ResponseReturnValue:
    """What happened, and a button that sends the same form again."""
    with force_locale(_language()):
        sentence = {
            409: _("Someone changed this at the same moment. Nothing of yours was saved yet."),
            503: _("The service is busy. Nothing was changed: try again in a moment."),
        }[status]
        if request.accept_mimetypes.best == "application/json":
            return {"error": sentence}, status
        # Not `render_template`, which tells every page of the account and the association.
        template = current_app.jinja_env.get_template("errors/again.html")
        text = template.render(
            status=status, sentence=sentence, back=back, kept=_kept(), here=_here(), request=request
        )
    return text, status, {"Retry-After": str(RETRY_AFTER)} if status == 503 else {}


def _language() -> str:
    """The reader's language as far as it is known without asking who that is."""
    known = getattr(g, "babel_locale", None)
    if known is not None:
        return str(known.language)
    for said in (request.args.get("lang"), session.get("language")):
        if said in i18n.LANGUAGES:
            return str(said)
    return request.accept_languages.best_match(i18n.LANGUAGES, "fr")


def _here() -> str | None:
    """The address that was asked for, when it is one of ours."""
    return access.own_path(request.script_root + request.full_path.rstrip("?"))


def _kept() -> Kept | None:
    """What was sent; None where it was no form of ours, cannot be read, or is too large."""
    action = _here()
    if request.method != "POST" or action is None:
        return None
    try:
        sent = list(request.form.items(multi=True))
        files = [file.filename for file in request.files.values() if file.filename]
    except (HTTPException, OSError):
        return None
    fields = [(name, value) for name, value in sent if name not in forms.PASSWORDS]
    # A token is given back to whoever sent it, never to a form that came without one.
    if "csrf_token" not in request.form or sum(len(name) + len(value) for name, value in fields) > LARGEST:
        return None
    return Kept(action, fields, len(fields) < len(sent), files)
