"""The tags, among the settings: how often each is used; renamed, merged, removed."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from crm.db import db
from crm.directory.models import Tag
from crm.directory.services import tags
from crm.errors import CrmError
from crm.text import N_
from crm.web.access import needs
from crm.web.forms import PageForm, pressed, stripped
from crm.web.rights import May

bp = Blueprint("tags", __name__, url_prefix="/settings/tags")


class TagForm(PageForm):
    name = StringField(
        N_("Name"),
        [InputRequired(N_("Enter a name for the tag.")), Length(max=60)],
        description=N_("Given the name of another tag, the two become one."),
        filters=[stripped],
    )


@bp.get("")
@needs(May.SETTINGS)
def index() -> ResponseReturnValue:
    return render_template("directory/tags.html", tags=db.session.execute(tags.listed()).all())


@bp.route("/<int:tag_id>", methods=["GET", "POST"])
@needs(May.SETTINGS)
def edit(tag_id: int) -> ResponseReturnValue:
    tag = db.get_or_404(Tag, tag_id)
    form = TagForm(request.form, obj=tag)
    if form.accepted():
        try:
            kept = tags.rename(tag, name=form.name.data or "")
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("The tag “%(name)s” is saved.", name=kept.name))
            return redirect(url_for(".index"))
    return render_template("directory/tag.html", tag=tag, form=form), form.status


@bp.post("/<int:tag_id>/remove")
@needs(May.SETTINGS)
def remove(tag_id: int) -> ResponseReturnValue:
    pressed()
    tag = db.get_or_404(Tag, tag_id)
    tags.remove(tag)
    db.session.commit()
    flash(_("The tag “%(name)s” is removed.", name=tag.name))
    return redirect(url_for(".index"))
