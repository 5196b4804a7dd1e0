"""The pictures that mailings show: their page for staff, and the files that mail programs fetch."""

from typing import Any

from flask import Response, abort, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.mailings import drawing
from crm.mailings.blocks import Block, BlockKind
from crm.mailings.stationery import images, queries, services
from crm.mailings.stationery.forms import DescribePictureForm, PictureForm
from crm.mailings.stationery.models import Picture
from crm.mailings.views.bp import bp
from crm.settings import queries as settings
from crm.text import N_
from crm.web import files, i18n
from crm.web.access import needs, own_path, public
from crm.web.forms import pressed
from crm.web.pages import offer_undo
from crm.web.rights import May

MOST_BYTES = 2 * 1024 * 1024
# Mail programs show some 600 pixels; what says that it has more than this would fill a phone's memory.
LONGEST_SIDE = 8_000
TYPES = frozenset({"image/png", "image/jpeg"})


class NoImage(CrmError):
    text = N_("Choose an image: a PNG or JPEG file.")
    field = "file"


class ImageTooWide(CrmError):
    text = N_("This image is %(width)s by %(height)s pixels. Send one of at most %(most)s on each side.")
    field = "file"


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
    kept, size = keep_image(request.files.get("file"))
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


def keep_image(upload: Any) -> tuple[files.Stored, tuple[int, int]]:
    """Keep an uploaded PNG or JPEG, with its width and height.

    Raises NoImage, ImageTooWide, TooLarge, Empty, Forbidden.
    """
    if not upload or not getattr(upload, "filename", ""):
        raise NoImage
    files.check(upload, most=MOST_BYTES)
    content = upload.stream.read()
    upload.stream.seek(0)
    size = images.dimensions(content)
    if files.kind_of(content) not in TYPES or size is None:
        raise NoImage
    if max(size) > LONGEST_SIDE:
        width, height, most = (i18n.number(side) for side in (*size, LONGEST_SIDE))
        raise ImageTooWide(width=width, height=height, most=most)
    return files.keep(upload), size


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
    db.session.commit()
    if picture.is_archived:
        undo = url_for(".archive_picture", picture_id=picture_id, act="back")
        offer_undo(_("“%(name)s” is offered no more.", name=picture.name), undo)
    return redirect(url_for(".pictures"))


@bp.get("/pictures/<stored_as>")
@public
def picture(stored_as: str) -> ResponseReturnValue:
    """The file under its random name, for mail programs: the same for every reader."""
    found = db.session.scalar(select(Picture.media_type).where(Picture.stored_as == stored_as))
    if found is None and settings.association().logo == stored_as:
        found = "image/png"
    if found is None:
        abort(404)
    path = files.path_of(stored_as)
    if not path.is_file():
        abort(404)
    response: Response = send_file(path, mimetype=files.kind_of(path.read_bytes()) or found)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    # Mails are read in pages of other sites.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
