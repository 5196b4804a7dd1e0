"""An organisation's sheet before a meeting: a page that prints well, and the same as a PDF."""

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.db import db
from crm.directory.models import Organisation
from crm.relations.sheet import words
from crm.relations.sheet.facts import sheet_of
from crm.relations.views.blueprint import bp, office
from crm.settings import queries as settings
from crm.text import slug
from crm.web.access import needs
from crm.web.rights import May


def sheet_act(organisation: Organisation) -> str:
    """Where the act “sheet for a meeting” leads."""
    return url_for("relations.sheet", organisation_id=organisation.id)


@bp.get("/sheet/<int:organisation_id>")
@needs(May.READ)
def sheet(organisation_id: int) -> ResponseReturnValue:
    organisation = db.get_or_404(Organisation, organisation_id)
    day = clock.day(clock.now(), office())
    told = words.told(sheet_of(organisation, day=day, zone=office()), house=settings.association().name)
    return render_template("relations/sheet.html", organisation=organisation, told=told)


@bp.get("/sheet/<int:organisation_id>.pdf")
@needs(May.READ)
def sheet_pdf(organisation_id: int) -> ResponseReturnValue:
    """Named for people: `2024-11-24-agence-ore.pdf`."""
    from crm.relations.sheet.pdf import pdf_of

    organisation = db.get_or_404(Organisation, organisation_id)
    at = clock.now()
    day = clock.day(at, office())
    told = words.told(sheet_of(organisation, day=day, zone=office()), house=settings.association().name)
    name = f"{day.isoformat()}-{slug(organisation.name)[:80] or 'fiche'}.pdf"
    return Response(
        pdf_of(told, at=at),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
