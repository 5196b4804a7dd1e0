"""Lists of governance as files; each one taken is on record before its first row leaves."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from flask import Response, stream_with_context
from flask_login import current_user

from crm import clock
from crm.db import db, reads_only
from crm.governance.forms import FileForm
from crm.text import slug
from crm.web import exports
from crm.web.exports import Column
from crm.web.pages import say


def answer(
    columns: Sequence[Column], rows: Sequence[Any], form: FileForm, *, what: str, title: str, chosen: str
) -> Response:
    """The table as a workbook or as text; `what` and `chosen` say in the log what was taken.

    The cells are read first: bodies and members are some thousands at most.
    """
    format, purpose = form.format.data, form.purpose.data or ""
    at, cells = clock.now(), [[column.value(row) for column in columns] for row in rows]
    by = current_user.email
    exports.log(what=what, chosen=chosen, format=format, rows=len(rows), purpose=purpose, by=by, at=at)
    db.session.commit()
    reads_only(True)
    name = f"{clock.day(at).isoformat()}-{slug(title)}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    read = [Column(column.key, column.label, itemgetter(place)) for place, column in enumerate(columns)]
    labels, media_type = [say(column.label) for column in columns], exports.MEDIA_TYPES[format]
    if format == exports.XLSX:
        book = exports.xlsx_file(read, labels, cells, title=title, author=current_user.name)
        return Response(book, mimetype=media_type, headers=headers, direct_passthrough=True)
    chunks = stream_with_context(exports.csv_chunks(read, labels, cells))
    return Response(chunks, mimetype=media_type, headers=headers)
