"""Writing templates and signatures, keeping pictures."""

from datetime import datetime

from crm import history
from crm.accounts.models import Account
from crm.db import db
from crm.errors import Changed, CrmError
from crm.mailings import blocks, fields
from crm.mailings.models import Mailing
from crm.mailings.stationery.models import Picture, Signature, Template
from crm.text import N_, clean
from crm.web import richtext
from crm.web.files import Kept

LANGUAGES = ("fr", "en")


class NothingToKeep(CrmError):
    text = N_("There is nothing to keep yet. Write a text, in French or in English.")
    field = "body_fr"


class SignatureInSignature(CrmError):
    text = N_("A signature cannot hold blocks. Write words and links.")
    field = "body_fr"


class AltMissing(CrmError):
    text = N_("Say in words what the image shows: some readers do not see it.")
    field = "alt_fr"


class NotYours(CrmError):
    text = N_("This is the signature of %(name)s, who alone changes it.")


def write_template(
    template: Template,
    *,
    name: str,
    subject_fr: str,
    body_fr: str,
    subject_en: str = "",
    body_en: str = "",
    version: int | None = None,
    by: Account | None,
    at: datetime,
) -> Template:
    """Say what the template holds; new ones come on the list.

    Raises NothingToKeep, Changed, and what is wrong with a merge field or a block.
    """
    _meet(template, version)
    template.name = _line(name)
    template.subject_fr, template.subject_en = _line(subject_fr), _line(subject_en)
    template.body_fr, template.body_en = _body(body_fr, "body_fr"), _body(body_en, "body_en")
    for language in LANGUAGES:
        fields.check(getattr(template, f"subject_{language}"), field=f"subject_{language}", is_html=False)
    if not any((template.subject_fr, template.subject_en, _told(template.body_fr), _told(template.body_en))):
        raise NothingToKeep
    if template.id is None:
        template.created_by, template.created_at = by, at
        db.session.add(template)
    history.save(db.session(), template)
    return template


def template_of(mailing: Mailing, *, name: str, by: Account | None, at: datetime) -> Template:
    """The mailing's words as a template."""
    return write_template(
        Template(),
        name=name,
        subject_fr=mailing.subject_fr,
        body_fr=mailing.body_fr,
        subject_en=mailing.subject_en,
        body_en=mailing.body_en,
        by=by,
        at=at,
    )


def write_signature(
    signature: Signature,
    *,
    name: str,
    account: Account | None,
    body_fr: str,
    body_en: str = "",
    version: int | None = None,
    by: Account,
) -> Signature:
    """Say how one of us (`account`) signs, or everybody. Raises NotYours, NothingToKeep, Changed."""
    _is_for(signature, by)
    _meet(signature, version)
    signature.name, signature.account = _line(name), account
    signature.body_fr, signature.body_en = _body(body_fr, "body_fr"), _body(body_en, "body_en")
    if not _told(signature.body_fr) and not _told(signature.body_en):
        raise NothingToKeep
    if any(blocks.used(signature.body_fr, signature.body_en)):
        raise SignatureInSignature
    if signature.id is None:
        db.session.add(signature)
    history.save(db.session(), signature)
    return signature


def archive_signature(signature: Signature, *, archived: bool, by: Account) -> None:
    """Offer it no more, or again; mailings that hold it keep it. Raises NotYours."""
    _is_for(signature, by)
    signature.is_archived = archived


def _is_for(signature: Signature, by: Account) -> None:
    if signature.id is not None and signature.account is not None and signature.account_id != by.id:
        raise NotYours(name=signature.account.name)


def keep_picture(
    file: Kept,
    size: tuple[int, int],
    *,
    name: str,
    alt_fr: str,
    alt_en: str = "",
    by: Account | None,
    at: datetime,
) -> Picture:
    """A kept file of that width and height as a picture of mails. Raises AltMissing."""
    picture = Picture(
        media_type=file.media_type,
        size=file.size,
        width=size[0],
        height=size[1],
        stored_as=file.stored_as,
        added_by_id=by.id if by else None,
        added_at=at,
    )
    describe_picture(picture, name=name or file.name, alt_fr=alt_fr, alt_en=alt_en)
    db.session.add(picture)
    db.session.flush()
    return picture


def describe_picture(picture: Picture, *, name: str, alt_fr: str, alt_en: str = "") -> None:
    """Raises AltMissing."""
    picture.name, picture.alt_fr, picture.alt_en = _line(name), _line(alt_fr), _line(alt_en)
    if not picture.alt_fr:
        raise AltMissing


def _line(text: str) -> str:
    return clean(text).replace("\n", " ")


def _body(text: str, field: str) -> str:
    body = str(richtext.sanitise(text))
    fields.check(body, field=field, is_html=True)
    blocks.check(body, field=field)
    return body


def _told(body: str) -> str:
    return richtext.plain(body).strip()


def _meet(record: Template | Signature, version: int | None) -> None:
    if record.id is not None and version is not None and version != record.version:
        raise Changed(who=history.last_actor(db.session(), record))
