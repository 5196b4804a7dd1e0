"""To whom a kit's letter goes and in which words: versions by rule, and people whom everybody writes to."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import history
from crm.db import db
from crm.errors import CrmError
from crm.kits.acting import letters, queries, services
from crm.kits.acting.forms import LetterForm, TargetForm
from crm.kits.acting.models import KitLetter, KitTarget
from crm.kits.models import Kit
from crm.kits.parliament import queries as parliament
from crm.kits.parliament.models import Chamber
from crm.kits.views.making import bp, found
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May


@bp.get("/<int:kit_id>/letters")
@needs(May.READ)
def letters_of(kit_id: int) -> ResponseReturnValue:
    return _page(found(kit_id), TargetForm())


def _page(kit: Kit, form: TargetForm) -> ResponseReturnValue:
    answer = render_template(
        "kits/letters.html",
        kit=kit,
        versions=queries.versions(kit),
        targets=queries.targets(kit),
        form=form,
        variables=letters.VARIABLES,
    )
    return answer, form.status


@bp.route("/<int:kit_id>/letters/new", methods=["GET", "POST"])
@needs(May.WRITE)
def letter_new(kit_id: int) -> ResponseReturnValue:
    kit = found(kit_id)
    shown = {"subject": kit.letter_subject, "body": kit.letter_body, "short": kit.letter_short}
    return _written(kit, None, LetterForm(request.form, data=shown))


@bp.route("/<int:kit_id>/letters/<int:letter_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def letter_edit(kit_id: int, letter_id: int) -> ResponseReturnValue:
    kit = found(kit_id)
    letter = _letter(kit, letter_id)
    return _written(kit, letter, LetterForm(request.form, data=_shown(letter)))


def _letter(kit: Kit, letter_id: int) -> KitLetter:
    return next((known for known in queries.versions(kit) if known.id == letter_id), None) or abort(404)


def _shown(letter: KitLetter) -> dict[str, Any]:
    names = ", ".join(one.parliamentarian.name for one in letter.named)
    told = {
        name: getattr(letter, name) for name in ("label", "group", "committee", "subject", "body", "short")
    }
    return {**told, "chamber": letter.chamber or "", "names": names}


def _written(kit: Kit, letter: KitLetter | None, form: LetterForm) -> ResponseReturnValue:
    form.group.choices = [("", _("Any group")), *((name, name) for name in parliament.groups())]
    form.committee.choices = [("", _("Any committee")), *((name, name) for name in parliament.committees())]
    if form.accepted():
        history.act_as(db.session(), current_user.email)
        try:
            services.write_letter(kit, letter, **_told(form))
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("The version “%(label)s” is saved.", label=form.label.data))
            return redirect(url_for(".letters_of", kit_id=kit.id))
    page = render_template(
        "kits/letter.html", kit=found(kit.id), letter=letter, form=form, variables=letters.VARIABLES
    )
    return page, form.status


def _told(form: LetterForm) -> dict[str, Any]:
    """What was typed. Raises NobodyNamed, SeveralNamed."""
    names = [name.strip() for name in (form.names.data or "").split(",") if name.strip()]
    return {
        "label": form.label.data or "",
        "chamber": Chamber(form.chamber.data) if form.chamber.data in list(Chamber) else None,
        "group": form.group.data or "",
        "committee": form.committee.data or "",
        "named": [parliament.named(name) for name in names],
        "subject": form.subject.data or "",
        "body": (form.body.data or "").replace("\r\n", "\n").strip(),
        "short": (form.short.data or "").replace("\r\n", "\n").strip(),
    }


@bp.post("/<int:kit_id>/letters/<int:letter_id>/remove")
@needs(May.WRITE)
def letter_remove(kit_id: int, letter_id: int) -> ResponseReturnValue:
    pressed()
    kit = found(kit_id)
    letter = _letter(kit, letter_id)
    history.act_as(db.session(), current_user.email)
    db.session.delete(letter)
    db.session.commit()
    flash(_("The version “%(label)s” is removed: the kit’s own letter serves again.", label=letter.label))
    return redirect(url_for(".letters_of", kit_id=kit.id))


@bp.post("/<int:kit_id>/targets")
@needs(May.WRITE)
def target(kit_id: int) -> ResponseReturnValue:
    kit = found(kit_id)
    form = TargetForm(request.form)
    if form.accepted():
        history.act_as(db.session(), current_user.email)
        try:
            services.add_target(kit, parliament.named(form.name.data or ""), reason=form.reason.data or "")
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            return redirect(url_for(".letters_of", kit_id=kit.id, _anchor="targets"))
    return _page(found(kit_id), form)


@bp.post("/<int:kit_id>/targets/<int:target_id>/remove")
@needs(May.WRITE)
def target_remove(kit_id: int, target_id: int) -> ResponseReturnValue:
    pressed()
    kit = found(kit_id)
    known = db.session.get(KitTarget, target_id)
    if known is None or known.kit_id != kit.id:
        abort(404)
    history.act_as(db.session(), current_user.email)
    db.session.delete(known)
    db.session.commit()
    return redirect(url_for(".letters_of", kit_id=kit.id, _anchor="targets"))
