"""A record's old address leads to the record that it was merged into."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.db import db
from crm.directory.merging import following
from crm.directory.merging.services import called
from crm.directory.models import Organisation, Person
from crm.web.access import SAFE


def lead_on(model: type[Person] | type[Organisation], name: str) -> Callable[[], ResponseReturnValue | None]:
    """What to do before each request of a blueprint whose addresses hold the key as `name`."""

    def before_request() -> ResponseReturnValue | None:
        key = (request.view_args or {}).get(name)
        record: Any = db.session.get(model, key) if key is not None else None
        if record is None or record.merged_into_id is None:
            return None
        now: Any = following.kept(record)
        if request.method in SAFE:
            flash(_("“%(gone)s” was merged into this record.", gone=called(record)))
        else:
            flash(
                _(
                    "“%(gone)s” was merged into this record meanwhile: nothing was changed.",
                    gone=called(record),
                ),
                "warning",
            )
        return redirect(url_for(".show", **{name: now.id}))

    return before_request
