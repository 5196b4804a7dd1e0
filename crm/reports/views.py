"""The home page, and whether the house stands."""

from pathlib import Path

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from crm import clock
from crm.events import words
from crm.mail import words as mail
from crm.relations import messages as relations
from crm.reports import health, queries
from crm.reports.pictures.views import bp as pictures
from crm.reports.publics.views import bp as publics
from crm.web.access import may, needs, public
from crm.web.rights import May

home = Blueprint("home", __name__)
standing = Blueprint("health", __name__, url_prefix="/health")
blueprints = [home, standing, pictures, publics]


@home.get("/", endpoint="index")
@needs(May.READ)
def show_home() -> ResponseReturnValue:
    """What must I do today, what is coming, what is on its way, what is going cold."""
    now = clock.now()
    today = clock.day(now, clock.office())
    return render_template(
        "reports/home.html",
        today=today,
        now=now,
        to_do=queries.to_do(current_user, today=today),
        coming=queries.next_events(at=now),
        on_their_way=queries.on_their_way(),
        scheduled=queries.scheduled(),
        uncertain=queries.uncertain(),
        paused_channels=queries.paused_channels() if may(May.SEND) else [],
        way_called=mail.called,
        duplicates=queries.duplicates(),
        exchanges=queries.latest_exchanges(),
        quiet=queries.quiet(at=now, today=today),
        words=words,
        messages=relations,
    )


@standing.get("/live")
@public
def live() -> ResponseReturnValue:
    """The process answers."""
    return {"live": True}


@standing.get("/ready")
@public
def ready() -> ResponseReturnValue:
    """Requests can be answered: 200, else 503 with what is missing."""
    needed = health.is_ready(Path(current_app.config["DATA_DIR"]))
    is_ready = all(needed.values())
    return {"ready": is_ready, **needed}, 200 if is_ready else 503
