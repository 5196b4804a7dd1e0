"""The pictures that mailings show: their page for staff, and the files that mail programs fetch."""

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.mailings import drawing
from crm.mailings.blocks import Block, BlockKind
from crm.mailings.stationery import queries, services
from crm.mailings.stationery.forms import DescribePictureForm, PictureForm
from crm.mailings.stationery.models import Picture
from crm.mailings.views.bp import bp
from crm.settings import queries as settings
from crm.web import files, images
from crm.web.access import needs, own_path, public
from crm.web.forms import pressed
from crm.web.pages import archived
from crm.web.rights import May


@bp.get("/pictures")
@needs(May.READ)
def pictures() -> ResponseReturnValue:
    return render_template(
        "mailings/pictures.html",
        form=PictureForm(),
        pictures=db.session.scalars(queries.pictures()).all(),
        archived=db.session.scalars(queries.pictures(archived=True)).all(),
    )


@bp.route("/pictures/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_picture() -> ResponseReturnValue:
    """Take in an image; asked by the editor, the answer is what it puts into the text."""
    form = PictureForm(request.form)
    if form.accepted():
        try:
            picture = _taken_in(form)
        except CrmError as refusal:
            refusal.field = "file" if refusal.field == "files" else refusal.field
            form.refuse(refusal)
        else:
            db.session.commit()
            if _asks_for_json():
                return jsonify(_as_block(picture))
            flash(_("“%(name)s” is among the images.", name=picture.name))
            return redirect(own_path(form.next.data) or url_for(".pictures"))
    if form.status == 422 and _asks_for_json():
        return jsonify({"said": " ".join(_faults(form))}), 422
    return render_template("mailings/picture_new.html", form=form), form.status


def _taken_in(form: PictureForm) -> Picture:
    """Raises NoImage, and what keeping the file or the picture raises."""
    kept, size = images.keep(request.files.get("file"))
    try:
        return services.keep_picture(
            kept,
            size,
            name=form.name.data or "",
            alt_fr=form.alt_fr.data or "",
            alt_en=form.alt_en.data or "",
            by=current_user._get_current_object(),
            at=clock.now(),
        )
    except CrmError:
        files.discard(kept.stored_as)
        raise


def _asks_for_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _as_block(picture: Picture) -> dict[str, str]:
    block = Block(BlockKind.IMAGE, picture.id)
    language = str(current_user.language)
    return {"marker": block.marker("fr"), "label": drawing.called(block, language), "name": picture.name}


def _faults(form: PictureForm) -> list[str]:
    found = [str(error) for field in form for error in field.errors if isinstance(error, str)]
    return [str(_(sentence)) for sentence in [*found, *form.refusals]]


@bp.route("/pictures/<int:picture_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def edit_picture(picture_id: int) -> ResponseReturnValue:
    """Say again what the picture shows."""
    picture = db.get_or_404(Picture, picture_id)
    form = DescribePictureForm(request.form, obj=picture)
    if form.accepted():
        try:
            services.describe_picture(
                picture,
                name=form.name.data or picture.name,
                alt_fr=form.alt_fr.data or "",
                alt_en=form.alt_en.data or "",
            )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(name)s” is saved.", name=picture.name))
            return redirect(url_for(".pictures"))
    return render_template("mailings/picture_edit.html", form=form, picture=picture), form.status


@bp.post("/pictures/<int:picture_id>/<any(archive, back):act>")
@needs(May.WRITE)
def archive_picture(picture_id: int, act: str) -> ResponseReturnValue:
    """Offer it no more, or again; mails that show it go on showing it."""
    pressed()
    picture = db.get_or_404(Picture, picture_id)
    picture.is_archived = act == "archive"
    undo = url_for(".archive_picture", picture_id=picture_id, act="back")
    return archived(picture, picture.name, undo=undo, then=url_for(".pictures"))


@bp.get("/pictures/<stored_as>")
@public
def picture(stored_as: str) -> ResponseReturnValue:
    """The file under its random name, for mail programs: the same for every reader."""
    known = select(Picture.id).where(Picture.stored_as == stored_as)
    if db.session.scalar(known) is None and settings.association().logo != stored_as:
        abort(404)
    response = images.answer(stored_as)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    # Mails are read in pages of other sites.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
